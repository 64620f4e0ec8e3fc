package org.crunet.files;

import static org.crunet.base.Errors.quoted;
import static org.crunet.base.Errors.require;
import static org.crunet.base.Errors.shortened;

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
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.crunet.base.Names;

/**
 * A file of named tensors, whichever program wrote it. Opening reads and checks what the file says of itself; the tensors are
 * read when asked for.
 */
public abstract class TensorFile implements AutoCloseable {

    /** The largest number of bytes in a Java array. */
    public static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

    /** Bytes read or written at once. */
    static final int CHUNK = 1 << 16;

    private static final int MAX_MESSAGE = 400;

    protected final Path file;
    private final String kind;
    protected final InterruptibleFile in;
    /** To be filled in the file's order by whoever reads what it says of itself. */
    protected final Map<String, Entry> entries = new LinkedHashMap<>();

    /** What those of the entries are made of that are not read, by name. */
    protected final Map<String, String> unread = new HashMap<>();

    protected TensorFile(Path file, String kind, InterruptibleFile in) {
        this.file = file;
        this.kind = kind;
        this.in = in;
    }

    /**
     * A tensor in the file.
     *
     * @param type what its numbers are; also types that arrays of the PyTorch engine cannot have, and {@code UNKNOWN} for those
     *     that are not read
     * @param shape its dimensions, slowest first
     * @param offset where its bytes start in the file
     * @param length how many bytes there are
     */
    public record Entry(DataType type, Shape shape, long offset, long length) {}

    /** Reads what an open file says of itself. */
    public interface Opening<F extends TensorFile> {

        F of(Path file, InterruptibleFile in) throws IOException;
    }

    /**
     * Opens a file; it is closed again if it is none of its kind, or damaged.
     *
     * @param <F> what reads it
     * @param file what to open
     * @param kind what it should be
     * @param opening reads what it says of itself
     * @return the open file
     * @throws UncheckedIOException if it cannot be read; the message says why, and what to do
     * @throws IllegalArgumentException as {@code opening}, with the file's path before the message
     * @throws java.util.concurrent.CancellationException if the thread is interrupted meanwhile
     */
    protected static <F extends TensorFile> F open(Path file, String kind, Opening<F> opening) {
        InputFile.require(file);
        InterruptibleFile in;
        try {
            in = new InterruptibleFile(file);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + e.getMessage() + ": check the permissions", e);
        }
        try {
            return opening.of(file, in);
        } catch (IOException e) {
            close(in);
            throw damaged(file, kind, e);
        } catch (IllegalArgumentException e) {
            close(in);
            throw new IllegalArgumentException("Cannot read " + file.toAbsolutePath() + ": " + line(e), e);
        } catch (RuntimeException | Error e) {
            close(in);
            throw e;
        }
    }

    /** Reads bytes piece by piece, for little-endian numbers. */
    public static void stream(RandomAccessFile in, long offset, long length, Consumer<ByteBuffer> use)
            throws IOException {
        byte[] chunk = new byte[(int) Math.min(CHUNK, length)];
        synchronized (in) {
            in.seek(offset);
            for (long left = length; left > 0; left -= chunk.length) {
                int count = (int) Math.min(chunk.length, left);
                in.readFully(chunk, 0, count);
                use.accept(ByteBuffer.wrap(chunk, 0, count).order(ByteOrder.LITTLE_ENDIAN));
            }
        }
    }

    /**
     * Returns what is in the file.
     *
     * @return the tensors by name, in the file's order
     */
    public final Map<String, Entry> entries() {
        return Collections.unmodifiableMap(entries);
    }

    /**
     * Returns what the file says of a tensor that can be read.
     *
     * @param name the tensor's name
     * @return its type, shape and place
     * @throws IllegalArgumentException if there is no such tensor or its type is not read
     */
    public final Entry entry(String name) {
        Entry entry = entries.get(name);
        require(
                entry != null,
                () -> "No tensor " + quoted(name) + " in " + file + ": "
                        + Names.near(name, List.copyOf(entries.keySet())));
        require(
                !unread.containsKey(name),
                () -> "Tensor " + quoted(name) + " of " + file + " is made of " + shortened(unread.get(name))
                        + ", which is not read: save it as plain numbers, such as tensor.float(), tensor.dequantize() or"
                        + " tensor.to_dense()");
        return entry;
    }

    /**
     * Reads a tensor of any type as floats; integers and doubles are rounded to the nearest float, true is 1.
     *
     * @param name the tensor's name
     * @return its numbers, last dimension fastest
     * @throws IllegalArgumentException if there is no such tensor, its type is not read or it has more numbers than fit into a Java array
     * @throws UncheckedIOException if the file cannot be read any more
     */
    public float[] floats(String name) {
        Entry entry = entry(name);
        Dtype.Decoder decoder = Dtype.of(entry.type()).decoder;
        long count = entry.length() / entry.type().getNumOfBytes();
        FloatBuffer values = FloatBuffer.allocate(fitting(name, count));
        read(name, entry, bytes -> {
            while (bytes.hasRemaining()) {
                values.put(decoder.next(bytes));
            }
        });
        return values.array();
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
        String what = "Tensor \"" + name + "\" of " + file + " is of type " + entry.type();
        boolean possible = Dtype.IN_ARRAYS.contains(Dtype.of(entry.type()));
        require(possible, what + ", which arrays cannot have: use floats(\"" + name + "\")");
        fitting(name, entry.length());
        NDArray array = manager.create(entry.shape(), entry.type(), Device.cpu());
        try {
            read(name, entry, array.toByteBuffer(true)::put); // a view of the array's memory
        } catch (RuntimeException e) {
            array.close();
            throw e;
        }
        NDArray there = array.toDevice(manager.getDevice(), false);
        if (there != array) {
            array.close();
        }
        return there;
    }

    private int fitting(String name, long count) {
        String what = "Tensor \"" + name + "\" of " + file + " has " + count + " elements";
        require(count <= MAX_ARRAY, what + ", and Java at most " + MAX_ARRAY + ": split it where it was written");
        return (int) count;
    }

    private void read(String name, Entry entry, Consumer<ByteBuffer> use) {
        try {
            bytes(name, entry, bytes -> {
                in.requireUninterrupted(); // also where numbers are sorted that were read before
                use.accept(bytes);
            });
        } catch (IOException e) {
            throw damaged(file, kind, e);
        }
    }

    /** Hands over a tensor's numbers, last dimension fastest, little-endian; most files have them so. */
    protected void bytes(String name, Entry entry, Consumer<ByteBuffer> use) throws IOException {
        stream(in, entry.offset(), entry.length(), use);
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

    private static UncheckedIOException damaged(Path file, String kind, IOException e) {
        String fix = ". The file is damaged, cut off or not " + kind + ": copy or download it again";
        String what = FileKind.otherThan(file, kind).orElseGet(() -> line(e) + fix);
        return new UncheckedIOException("Cannot read " + file.toAbsolutePath() + ": " + what, e);
    }

    /** No more of what the file says than fits into a line. */
    private static String line(Exception e) {
        return e.getMessage() == null ? "it ends too early" : shortened(e.getMessage(), MAX_MESSAGE);
    }
}
