package org.crunet.exchange;

import static org.crunet.base.Errors.check;
import static org.crunet.base.Errors.quoted;
import static org.crunet.base.Errors.require;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.crunet.files.InterruptibleFile;
import org.crunet.files.TensorFile;

/**
 * A file of named arrays as MXNet writes it, usually {@code .params}: dense arrays of every number format, in all storage
 * versions (without one, V1, V2, V3). Names are as in the file, with {@code arg:} and {@code aux:} where MXNet's
 * {@code export} put them.
 *
 * <pre>
 * 8 bytes 0x112, 8 of zeros; how many arrays (8 bytes); the arrays; how many names (8); length (8) and bytes of each
 * an array: version (4), storage type (4, from V2 on), dimensions (4), each dimension (8), device (8), number format (4),
 * the numbers
 * </pre>
 */
public final class MxnetArrays extends TensorFile {

    private static final String KIND = "a file of arrays that MXNet wrote";
    private static final long MAGIC = 0x112;
    private static final int V1 = 0xF993FAC8;
    private static final int V2 = 0xF993FAC9;
    private static final int V3 = 0xF993FACA;
    private static final int MAX_DIMENSIONS = 64;
    private static final int MAX_ARRAYS = 100_000;
    private static final int MAX_NAME = 512;
    /** By MXNet's numbers. */
    private static final List<DataType> FORMATS = Stream.of(
                    "FLOAT32 FLOAT64 FLOAT16 UINT8 INT32 INT8 INT64 BOOLEAN INT16 UINT16 UINT32 UINT64 BFLOAT16"
                            .split(" "))
            .map(DataType::valueOf)
            .toList();

    private final FileBytes header;

    private MxnetArrays(Path file, InterruptibleFile in) throws IOException {
        super(file, KIND, in);
        header = new FileBytes(in, 0, in.length());
        if (readLong() != MAGIC || readLong() != 0) {
            throw new IOException("it does not begin as such a file does");
        }
        readNames(arrays());
    }

    /**
     * Opens a file and reads where its arrays are.
     *
     * @param file written by {@code mx.nd.save}, {@code Block.save_parameters}, {@code export} or {@code save_checkpoint}
     * @return the open file, to be closed
     * @throws UncheckedIOException if it cannot be read or is damaged; its message says what is wrong and what to do
     * @throws IllegalArgumentException if an array is sparse or of an unknown format, which hides where the next one begins
     */
    public static MxnetArrays open(Path file) {
        return open(file, KIND, MxnetArrays::new);
    }

    private List<Entry> arrays() throws IOException {
        long count = readLong();
        String claim = "it claims " + Long.toUnsignedString(count) + " arrays, where at most ";
        check(count >= 0 && count <= MAX_ARRAYS, claim + MAX_ARRAYS + " are read");
        List<Entry> arrays = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            try {
                arrays.add(array());
            } catch (IOException e) {
                String reason = e.getMessage() == null ? "the file ends within it" : e.getMessage();
                throw new IOException("array " + i + " of " + count + ": " + reason, e);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("array " + i + " of " + count + " " + e.getMessage(), e);
            }
        }
        return arrays;
    }

    private Entry array() throws IOException {
        int version = readInt();
        boolean old = version != V1 && version != V2 && version != V3;
        require(old || version == V1 || readInt() == 0, "is sparse: save it dense, tostype('default')");
        int dimensions = old ? version : readInt();
        boolean possible = dimensions >= (version == V3 ? -1 : 0) && dimensions <= MAX_DIMENSIONS;
        check(possible, "it claims " + Integer.toUnsignedString(dimensions) + " dimensions");
        if (dimensions < 0 || dimensions == 0 && version != V3) {
            return new Entry(DataType.FLOAT32, new Shape(0), header.position(), 0); // never had any numbers
        }
        long[] shape = new long[dimensions];
        for (int i = 0; i < dimensions; i++) {
            shape[i] = old ? Integer.toUnsignedLong(readInt()) : readLong();
        }
        readLong(); // the device it was on
        int format = readInt();
        boolean known = format >= 0 && format < FORMATS.size();
        require(known, "has numbers of the unknown format " + format + ": save it as astype('float32')");
        DataType type = FORMATS.get(format);
        long count = Strided.count(shape, in.length() / type.getNumOfBytes());
        check(count >= 0, "its shape " + Arrays.toString(shape) + " is impossible in " + in.length() + " bytes");
        Entry entry = new Entry(type, new Shape(shape), header.position(), count * type.getNumOfBytes());
        header.pass(entry.length());
        return entry;
    }

    private void readNames(List<Entry> arrays) throws IOException {
        long count = readLong();
        String names = Long.toUnsignedString(count) + " names: save them with names, as a dictionary";
        check(count == arrays.size(), arrays.size() + " arrays have " + names);
        for (Entry entry : arrays) {
            String name = readName();
            check(entries.put(name, entry) == null, () -> "it has two arrays " + quoted(name));
        }
        check(header.position() == in.length(), (in.length() - header.position()) + " bytes follow the last name");
    }

    private String readName() throws IOException {
        long length = readLong();
        check(length >= 0 && length <= MAX_NAME, "a name claims " + Long.toUnsignedString(length) + " characters");
        try {
            ByteBuffer name = ByteBuffer.wrap(header.take(length));
            return StandardCharsets.UTF_8.newDecoder().decode(name).toString();
        } catch (CharacterCodingException e) {
            throw new IOException("a name is not UTF-8", e);
        }
    }

    private int readInt() throws IOException {
        return (int) header.number(Integer.BYTES);
    }

    private long readLong() throws IOException {
        return header.number(Long.BYTES);
    }

    @Override
    public String toString() {
        return file + ": " + entries.size() + " arrays of MXNet";
    }
}
