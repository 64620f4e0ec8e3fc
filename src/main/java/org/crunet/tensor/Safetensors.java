package org.crunet.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

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
public final class Safetensors implements AutoCloseable {

    /** The metadata key of the checksum; who needs to be sure asks whether {@link #metadata} has it. */
    public static final String CHECKSUM = "sha256";

    /** What fits into a Java array. */
    static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

    private static final int CHUNK = 1 << 16;

    private final Path file;
    private final RandomAccessFile in;
    private final SafetensorsHeader header;

    private Safetensors(Path file, RandomAccessFile in) throws IOException {
        this.file = file;
        this.in = in;
        byte[] head = readHead();
        header = SafetensorsHeader.parse(head, in.length());
        if (header.metadata().containsKey(CHECKSUM)) {
            verify(head, header.metadata().get(CHECKSUM));
        }
    }

    /**
     * A tensor in the file.
     *
     * @param type what its numbers are; also types that arrays of the PyTorch engine cannot have
     * @param shape its dimensions, slowest first
     * @param offset where its bytes start in the file
     * @param length how many bytes there are
     */
    public record Entry(DataType type, Shape shape, long offset, long length) {}

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
        SafetensorsWriter.write(file, arrays, metadata);
    }

    /**
     * Opens a file, reads its header and checks both; the tensors are read when asked for.
     *
     * @param file a safetensors file
     * @return the open file, to be closed
     * @throws UncheckedIOException if it cannot be read or is damaged; its message says what is wrong and what to do
     */
    public static Safetensors open(Path file) {
        if (!Files.isRegularFile(file)) {
            IOException cause = new IOException(Files.exists(file) ? "it is not a file" : "it does not exist");
            throw new UncheckedIOException(
                    "Cannot read " + file.toAbsolutePath() + ": " + cause.getMessage() + "; check the path", cause);
        }
        RandomAccessFile in;
        try {
            in = new RandomAccessFile(file.toFile(), "r");
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + e.getMessage() + ": check the permissions", e);
        }
        try {
            return new Safetensors(file, in);
        } catch (IOException e) {
            close(in);
            throw damaged(file, e);
        }
    }

    private byte[] readHead() throws IOException {
        long size = in.length();
        if (size < SafetensorsHeader.LENGTH_BYTES) {
            throw new IOException("it has only " + size + " bytes");
        }
        long length = Long.reverseBytes(in.readLong());
        long limit = Math.min(SafetensorsHeader.MAX_BYTES, size - SafetensorsHeader.LENGTH_BYTES);
        if (length < 1 || length > limit) {
            throw new IOException("it claims a header of " + Long.toUnsignedString(length) + " bytes, but only 1 to "
                    + limit + " are possible");
        }
        byte[] head = new byte[SafetensorsHeader.LENGTH_BYTES + (int) length];
        in.seek(0);
        in.readFully(head);
        return head;
    }

    private void verify(byte[] head, String expected) throws IOException {
        MessageDigest digest = Checksum.digest();
        digest.update(Checksum.without(head, expected));
        stream(head.length, in.length() - head.length, digest::update);
        String found = Checksum.hex(digest);
        if (!found.equals(expected)) {
            throw new IOException("its content has the SHA-256 " + found + ", but should have " + expected);
        }
    }

    private synchronized void stream(long offset, long length, Consumer<ByteBuffer> use) throws IOException {
        byte[] chunk = new byte[(int) Math.min(CHUNK, length)];
        in.seek(offset);
        for (long left = length; left > 0; left -= chunk.length) {
            int count = (int) Math.min(chunk.length, left);
            in.readFully(chunk, 0, count);
            use.accept(ByteBuffer.wrap(chunk, 0, count).order(ByteOrder.LITTLE_ENDIAN));
        }
    }

    /**
     * The texts that go with the tensors.
     *
     * @return value by key, with the {@link #CHECKSUM} if the file has one; empty if there are none
     */
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(header.metadata());
    }

    /**
     * What is in the file.
     *
     * @return the tensors by name, in the header's order
     */
    public Map<String, Entry> entries() {
        return Collections.unmodifiableMap(header.entries());
    }

    /**
     * Reads a tensor of any type as floats; integers and doubles are rounded to the nearest float, true is 1.
     *
     * @param name the tensor's name
     * @return its numbers, last dimension fastest
     * @throws IllegalArgumentException if there is no such tensor or it has more numbers than fit into a Java array
     * @throws UncheckedIOException if the file cannot be read any more
     */
    public float[] floats(String name) {
        Entry entry = entry(name);
        Dtype dtype = Dtype.of(entry.type());
        float[] values = new float[fitting(name, entry.length() / dtype.bytes())];
        int[] at = {0};
        read(entry, bytes -> {
            int i = at[0];
            while (bytes.hasRemaining()) {
                values[i++] = dtype.decoder.next(bytes);
            }
            at[0] = i;
        });
        return values;
    }

    /**
     * Reads a tensor into an array of the same type and shape, in memory of the array's own.
     *
     * @param manager the array's owner
     * @param name the tensor's name
     * @return a new array
     * @throws IllegalArgumentException if there is no such tensor, if arrays of the PyTorch engine cannot have its type
     *     (read it by {@link #floats}), or if it has more than 2 GiB
     * @throws UncheckedIOException if the file cannot be read any more
     */
    public NDArray array(NDManager manager, String name) {
        Entry entry = entry(name);
        if (!Dtype.IN_ARRAYS.contains(Dtype.of(entry.type()))) {
            throw new IllegalArgumentException("Tensor \"" + name + "\" of " + file + " is of type " + entry.type()
                    + ", which arrays cannot have: use floats(\"" + name + "\")");
        }
        fitting(name, entry.length());
        NDArray array = manager.create(entry.shape(), entry.type(), Device.cpu());
        try {
            read(entry, array.toByteBuffer(true)::put); // a view of the array's memory
        } catch (UncheckedIOException e) {
            array.close();
            throw e;
        }
        NDArray there = array.toDevice(manager.getDevice(), false);
        if (there != array) {
            array.close();
        }
        return there;
    }

    private Entry entry(String name) {
        Entry entry = header.entries().get(name);
        if (entry == null) {
            throw new IllegalArgumentException("No tensor \"" + name + "\" in " + file + ": it has "
                    + header.entries().keySet().stream().limit(10).toList()
                    + (header.entries().size() > 10 ? " and more; see entries()" : ""));
        }
        return entry;
    }

    private int fitting(String name, long count) {
        if (count > MAX_ARRAY) {
            throw new IllegalArgumentException("Tensor \"" + name + "\" of " + file + " is too large for Java: " + count
                    + " elements, at most " + MAX_ARRAY + "; split it where it was written");
        }
        return (int) count;
    }

    private void read(Entry entry, Consumer<ByteBuffer> use) {
        try {
            stream(entry.offset(), entry.length(), use);
        } catch (IOException e) {
            throw damaged(file, e);
        }
    }

    private static UncheckedIOException damaged(Path file, IOException e) {
        String what = e.getMessage() == null ? "it ends too early" : e.getMessage();
        return new UncheckedIOException(
                "Cannot read " + file.toAbsolutePath() + ": " + what
                        + ". The file is damaged, cut off or not a safetensors file: copy or download it again",
                e);
    }

    /** Closes the file; what was read stays. */
    @Override
    public void close() {
        close(in);
    }

    private static void close(RandomAccessFile in) {
        try {
            in.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close a file that was only read", e);
        }
    }

    @Override
    public String toString() {
        long bytes = header.entries().values().stream().mapToLong(Entry::length).sum();
        return String.format(
                Locale.ROOT,
                "%s: %d tensors, %,d bytes, %s",
                file,
                header.entries().size(),
                bytes,
                header.metadata().containsKey(CHECKSUM) ? "checksum right" : "no checksum");
    }
}
