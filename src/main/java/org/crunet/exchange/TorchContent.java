package org.crunet.exchange;

import static org.crunet.base.Errors.check;
import static org.crunet.base.Errors.quoted;
import static org.crunet.base.Errors.require;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.crunet.exchange.TorchPickle.Storage;
import org.crunet.exchange.ZipRecords.Section;

/**
 * What is in a checkpoint of PyTorch: the object that was saved, and the storages of its tensors.
 *
 * <pre>
 * since PyTorch 1.6     a zip file: NAME/data.pkl is the object, NAME/data/KEY a storage, NAME/byteorder "little" or "big"
 * before ("legacy")     pickles of a magic number, the version, the machine, the object, the list of keys; then for each key
 *                       how many numbers (8 bytes) and the numbers, always little-endian
 * </pre>
 *
 * @param root the object, of what {@link TorchPickle} makes
 * @param bigEndian whether the first byte of a number is its highest
 * @param storages finds the numbers
 */
record TorchContent(Object root, boolean bigEndian, Storages storages) {

    private static final BigInteger LEGACY_MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final String LEGACY_VERSION = "1001";

    /** Finds the numbers of a storage in the file. */
    interface Storages {

        Section section(String key) throws IOException;
    }

    /**
     * Reads everything but the numbers.
     *
     * @throws IOException if it is damaged
     * @throws IllegalArgumentException if it is not a checkpoint but something else that PyTorch writes
     */
    static TorchContent read(RandomAccessFile in) throws IOException {
        boolean zip = in.length() >= Integer.BYTES && Integer.reverseBytes(in.readInt()) == ZipRecords.MAGIC;
        return zip ? zipped(new ZipRecords(in), in) : legacy(in);
    }

    private static TorchContent zipped(ZipRecords records, RandomAccessFile in) throws IOException {
        String pickle = records.names().stream()
                .filter(name -> name.matches("[^/]*/data\\.pkl"))
                .findFirst()
                .orElseThrow(() -> new IOException("it is a zip file without data.pkl"));
        String folder = pickle.substring(0, pickle.indexOf('/') + 1);
        String script = "it is a TorchScript program: save torch.jit.load(file).state_dict() by torch.save";
        require(!records.names().contains(folder + "constants.pkl"), script);
        Object root = new TorchPickle(bytes(in, records.section(pickle))).read();
        boolean big = records.names().contains(folder + "byteorder")
                && bytes(in, records.section(folder + "byteorder")).read() == 'b';
        Map<String, Section> sections = new HashMap<>();
        return new TorchContent(root, big, key -> {
            if (!sections.containsKey(key)) {
                sections.put(key, records.section(folder + "data/" + key)); // whose name may be long to look for
            }
            return sections.get(key);
        });
    }

    private static FileBytes bytes(RandomAccessFile in, Section section) {
        return new FileBytes(in, section.offset(), section.offset() + section.length());
    }

    private static TorchContent legacy(RandomAccessFile in) throws IOException {
        FileBytes bytes = new FileBytes(in, 0, in.length());
        TorchPickle pickle = new TorchPickle(bytes);
        in.seek(0);
        int first = in.read();
        boolean begins = first == 0x80 || first == 'L';
        check(begins && LEGACY_MAGIC.equals(pickle.read()), "it does not begin as such a file does");
        check(String.valueOf(pickle.read()).equals(LEGACY_VERSION), "it is of an unknown version");
        pickle.read(); // the machine it was written on
        Object root = pickle.read();
        Map<String, Section> sections = new HashMap<>();
        for (Object key : pickle.read() instanceof List<?> keys ? keys : List.of()) {
            Storage storage = key instanceof String ? pickle.storages().get(key) : null;
            check(storage != null, "it has a storage that nothing mentions");
            long count = bytes.number(Long.BYTES);
            String claim = quoted(storage.key()) + " claims " + Long.toUnsignedString(count) + " numbers";
            check(count >= 0 && count <= in.length() / storage.width(), "storage " + claim);
            sections.put(storage.key(), new Section(bytes.position(), count * storage.width()));
            bytes.pass(count * storage.width());
        }
        return new TorchContent(root, false, key -> {
            check(sections.containsKey(key), "it has no numbers for its storage " + quoted(key));
            return sections.get(key);
        });
    }
}
