package org.crunet.files;

import static org.crunet.base.Errors.check;
import static org.crunet.base.Errors.require;
import static org.crunet.base.Errors.shortened;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.crunet.base.Checksum;

/**
 * A file of named tensors in the safetensors format, which Python reads with {@code safetensors.torch.load_file}.
 *
 * <pre>{@code
 * Safetensors.write(Path.of("w.safetensors"), Map.of("weight", array), Map.of("epoch", "3"));
 * try (var file = Safetensors.open(Path.of("w.safetensors"))) {
 *     float[] weight = file.floats("weight");
 * }
 * }</pre>
 *
 * <p>A file written here carries a checksum, the metadata {@link #CHECKSUM}: SHA-256 over the whole file, with its own 64
 * digits taken as zeros. Opening checks it, and checks every length in the header before it is used, so a damaged file
 * is refused and not half read. Files without a checksum, as Python writes them, are accepted.
 */
public final class Safetensors extends TensorFile {

    /** The metadata key of the checksum; who needs to be sure asks whether {@link #metadata} has it. */
    public static final String CHECKSUM = "sha256";

    private static final String KIND = "a safetensors file";

    /** Stands in the place of the sum while it is made. */
    private static final String NO_SUM = "0".repeat(64);

    private final Map<String, String> metadata;

    private Safetensors(Path file, InterruptibleFile in) throws IOException {
        super(file, KIND, in);
        byte[] head = readHead();
        SafetensorsHeader header = SafetensorsHeader.parse(head, in.length());
        entries.putAll(header.entries());
        unread.putAll(header.unread());
        metadata = Collections.unmodifiableMap(header.metadata());
        if (metadata().containsKey(CHECKSUM)) {
            verify(head, metadata().get(CHECKSUM));
        }
    }

    /**
     * Writes arrays in the map's order, whole or not at all: at any failure the file that was there before stays as it
     * is, also when the process is killed (then a hidden {@code .tmp} file may stay beside it). Numbers go to the disk
     * array by array. An interrupted thread writes all the same.
     *
     * @param file where to; an existing file is replaced
     * @param arrays the arrays by name, of any type but complex and string
     * @param metadata texts to go with them; a {@link #CHECKSUM} in it is replaced by the new one
     * @throws UncheckedIOException if the file cannot be written; its message says why and what to do
     * @throws IllegalArgumentException if an array is closed, is called {@code __metadata__}, has a type that the format
     *     lacks or more than 2 GiB, or if a name or text cannot be written
     * @throws IllegalStateException if an array is closed while it is written
     */
    public static void write(Path file, Map<String, NDArray> arrays, Map<String, String> metadata) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        arrays.forEach((name, array) -> entries.put(name, entry(name, array)));
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put(CHECKSUM, NO_SUM);
        metadata.forEach(texts::putIfAbsent);
        SafetensorsHeader header = new SafetensorsHeader(texts, entries, Map.of());
        byte[] head;
        try {
            head = header.toBytes();
        } catch (IOException e) {
            throw new IllegalArgumentException("These names make no safetensors file: " + e.getMessage(), e);
        }
        long size =
                head.length + entries.values().stream().mapToLong(Entry::length).sum();
        WholeFile.write(file, out -> {
            MessageDigest digest = Checksum.digest();
            write(out, digest, ByteBuffer.wrap(head));
            for (NDArray array : arrays.values()) {
                write(out, digest, array.toByteBuffer(false)); // a copy in row order, whatever its strides and device
            }
            check(out.length() == size, "an array changed its size while it was written");
            texts.put(CHECKSUM, Checksum.hex(digest));
            out.seek(0);
            out.write(header.toBytes());
        });
    }

    private static Entry entry(String name, NDArray array) {
        boolean named = name != null && !name.equals(SafetensorsHeader.METADATA);
        require(named, "An array cannot be called " + name + ": give it another name");
        String what = "The array \"" + name + "\" ";
        require(!array.isReleased(), what + "is closed: write it before its manager closes");
        DataType type = array.getDataType();
        require(
                Dtype.of(type) != null,
                what + "is of type " + type
                        + ", which safetensors does not have: convert it, as in toType(DataType.FLOAT32, false)");
        long length = Math.multiplyExact(array.size(), type.getNumOfBytes());
        require(length <= MAX_ARRAY, what + "has " + length + " bytes, more than 2 GiB: split it");
        return new Entry(type, array.getShape(), 0, length);
    }

    private static void write(RandomAccessFile out, MessageDigest digest, ByteBuffer bytes) throws IOException {
        byte[] chunk = new byte[Math.min(CHUNK, bytes.remaining())];
        while (bytes.hasRemaining()) {
            int count = Math.min(chunk.length, bytes.remaining());
            bytes.get(chunk, 0, count);
            digest.update(chunk, 0, count);
            out.write(chunk, 0, count);
        }
    }

    /**
     * Opens a file, reads its header and checks both; the tensors are read when asked for.
     *
     * @param file a safetensors file
     * @return the open file, to be closed
     * @throws UncheckedIOException if it cannot be read or is damaged; its message says what is wrong and what to do
     */
    public static Safetensors open(Path file) {
        return open(file, KIND, Safetensors::new);
    }

    /**
     * Opens a file that was written here, whose checksum must be there: one that is gone is how damage may look.
     *
     * @param file as {@link #write} wrote it
     * @return the open file, to be closed
     * @throws UncheckedIOException as {@link #open(Path)}, and if it has no checksum
     */
    public static Safetensors openWritten(Path file) {
        return open(file, KIND, (place, in) -> {
            Safetensors found = new Safetensors(place, in);
            check(found.metadata.containsKey(CHECKSUM), "its checksum is gone");
            return found;
        });
    }

    private byte[] readHead() throws IOException {
        long size = in.length();
        check(size >= SafetensorsHeader.LENGTH_BYTES, "it has only " + size + " bytes");
        long length = Long.reverseBytes(in.readLong());
        long limit = Math.min(SafetensorsHeader.MAX_BYTES, size - SafetensorsHeader.LENGTH_BYTES);
        String claim = "it claims a header of " + Long.toUnsignedString(length) + " bytes, not 1 to " + limit;
        check(length >= 1 && length <= limit, claim);
        byte[] head = new byte[SafetensorsHeader.LENGTH_BYTES + (int) length];
        in.seek(0);
        in.readFully(head);
        return head;
    }

    private void verify(byte[] head, String expected) throws IOException {
        boolean sum = expected.length() == NO_SUM.length(); // a longer one takes long to find
        int at = sum ? new String(head, StandardCharsets.ISO_8859_1).indexOf(expected) : -1;
        check(at >= 0, "its sha256 is not 64 hexadecimal digits: " + shortened(expected));
        byte[] zeroed = head.clone();
        Arrays.fill(zeroed, at, at + NO_SUM.length(), (byte) '0');
        MessageDigest digest = Checksum.digest();
        digest.update(zeroed);
        stream(in, head.length, in.length() - head.length, digest::update);
        String found = Checksum.hex(digest);
        check(found.equals(expected), "its content has the SHA-256 " + found + ", but should have " + expected);
    }

    /**
     * Returns the texts that go with the tensors.
     *
     * @return value by key, with the {@link #CHECKSUM} if the file has one; empty if there are none
     */
    public Map<String, String> metadata() {
        return metadata;
    }

    @Override
    public String toString() {
        long bytes = entries().values().stream().mapToLong(Entry::length).sum();
        String sum = metadata().containsKey(CHECKSUM) ? "checksum right" : "no checksum";
        return String.format(
                Locale.ROOT, "%s: %d tensors, %,d bytes, %s", file, entries().size(), bytes, sum);
    }
}
