package org.crunet.exchange;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.crunet.base.Errors;
import org.crunet.exchange.TorchObjects.Storage;
import org.crunet.exchange.ZipRecords.Section;

/**
 * What is in a checkpoint of PyTorch: the object that was saved, and the storages of its tensors.
 *
 * <pre>
 * since PyTorch 1.6     a zip file: NAME/data.pkl is the object, NAME/data/KEY a storage, NAME/byteorder "little" or "big"
 * before ("legacy")     pickles of a magic number, the version, the machine, the object, the list of keys; then for each key
 *                       how many numbers (8 bytes) and the numbers, always little-endian
 * </pre>
 */
abstract class TorchContent {

    private static final BigInteger LEGACY_MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final long LEGACY_VERSION = 1001;

    private final Object root;

    private TorchContent(Object root) {
        this.root = root;
    }

    /** The object that was saved, of what {@link Pickle} and {@link TorchObjects} make. */
    final Object root() {
        return root;
    }

    /** Where the numbers of a storage are. */
    abstract Section section(Storage storage) throws IOException;

    /** Whether the first byte of a number is its highest. */
    abstract boolean bigEndian();

    /**
     * Reads everything but the numbers.
     *
     * @throws IOException if it is damaged
     * @throws IllegalArgumentException if it is not a checkpoint but something else that PyTorch writes
     */
    static TorchContent read(RandomAccessFile in) throws IOException {
        in.seek(0);
        boolean zip = in.length() >= Integer.BYTES && Integer.reverseBytes(in.readInt()) == ZipRecords.MAGIC;
        return zip ? new Zipped(new ZipRecords(in), in) : legacy(in);
    }

    private static final class Zipped extends TorchContent {

        private final ZipRecords records;
        private final String folder;
        private final boolean bigEndian;

        Zipped(ZipRecords records, RandomAccessFile in) throws IOException {
            this(records, in, folder(records));
        }

        private Zipped(ZipRecords records, RandomAccessFile in, String folder) throws IOException {
            super(Pickle.read(bytes(in, records.section(folder + "data.pkl")), new TorchObjects()));
            this.records = records;
            this.folder = folder;
            bigEndian = records.names().contains(folder + "byteorder")
                    && bytes(in, records.section(folder + "byteorder")).next() == 'b';
        }

        private static String folder(ZipRecords records) throws IOException {
            String pickle = records.names().stream()
                    .filter(name -> name.matches("[^/]*/data\\.pkl"))
                    .findFirst()
                    .orElseThrow(() -> new IOException("it is a zip file without data.pkl; unpack it first"));
            String folder = pickle.substring(0, pickle.length() - "data.pkl".length());
            if (records.names().contains(folder + "constants.pkl")) {
                throw new IllegalArgumentException("it is a TorchScript program: save its weights, "
                        + "torch.save(torch.jit.load(file).state_dict(), newFile)");
            }
            return folder;
        }

        private static FileBytes bytes(RandomAccessFile in, Section section) {
            return new FileBytes(in, section.offset(), section.offset() + section.length());
        }

        @Override
        Section section(Storage storage) throws IOException {
            return records.section(folder + "data/" + storage.key());
        }

        @Override
        boolean bigEndian() {
            return bigEndian;
        }
    }

    private static TorchContent legacy(RandomAccessFile in) throws IOException {
        FileBytes bytes = new FileBytes(in, 0, in.length());
        TorchObjects objects = new TorchObjects();
        requireMagic(in, bytes, objects);
        if (!Long.valueOf(LEGACY_VERSION).equals(Pickle.read(bytes, objects))) {
            throw new IOException("it is of an unknown version");
        }
        Pickle.read(bytes, objects); // the machine it was written on
        Object root = Pickle.read(bytes, objects);
        Object keys = Pickle.read(bytes, objects);
        Map<String, Section> sections = new HashMap<>();
        for (Object key : keys instanceof List<?> list ? list : List.of()) {
            Storage storage = key instanceof String ? objects.storages().get(key) : null;
            if (storage == null) {
                throw new IOException("it has a storage that nothing mentions");
            }
            long count = bytes.number(Long.BYTES);
            if (count < 0 || count > in.length() / storage.width()) {
                throw new IOException("storage " + Errors.quoted(storage.key()) + " claims "
                        + Long.toUnsignedString(count) + " numbers");
            }
            sections.put(storage.key(), new Section(bytes.position(), count * storage.width()));
            bytes.skip(count * storage.width());
        }
        return new Legacy(root, sections);
    }

    private static void requireMagic(RandomAccessFile in, FileBytes bytes, TorchObjects objects) throws IOException {
        byte[] head = new byte[(int) Math.min(262, in.length())];
        in.seek(0);
        in.readFully(head);
        if (head.length == 262
                && new String(Arrays.copyOfRange(head, 257, 262), StandardCharsets.US_ASCII).equals("ustar")) {
            throw new IllegalArgumentException(
                    "it is a tar file, as PyTorch wrote them before version 0.1.10, or one that "
                            + "was packed: unpack it, or save it again in Python, torch.save(torch.load(file), newFile)");
        }
        if (head.length == 0
                || (head[0] & 0xff) != 0x80 && head[0] != 'L'
                || !LEGACY_MAGIC.equals(Pickle.read(bytes, objects))) {
            throw new IOException("it does not begin as such a file does");
        }
    }

    private static final class Legacy extends TorchContent {

        private final Map<String, Section> sections;

        Legacy(Object root, Map<String, Section> sections) {
            super(root);
            this.sections = sections;
        }

        @Override
        Section section(Storage storage) throws IOException {
            Section section = sections.get(storage.key());
            if (section == null) {
                throw new IOException("it has no numbers for its storage " + Errors.quoted(storage.key()));
            }
            return section;
        }

        @Override
        boolean bigEndian() {
            return false;
        }
    }
}
