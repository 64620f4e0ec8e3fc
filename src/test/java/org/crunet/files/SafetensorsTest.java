package org.crunet.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.crunet.files.TensorFile.Entry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that come back exactly, damaged files that are refused, and failing writes that change nothing. */
class SafetensorsTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/python.safetensors");

    @TempDir
    private Path folder;

    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    private Map<String, NDArray> arrays() {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        arrays.put("z", manager.create(new float[] {0.1f, -0f, Float.NaN, Float.MIN_VALUE, 1e38f, 2}, new Shape(2, 3)));
        arrays.put("turned", manager.arange(6f).reshape(2, 3).transpose());
        arrays.put("f64", manager.create(new double[] {0.1, 1e300}));
        arrays.put("f16", manager.create(new float[] {1.5f, 65504, 0x1p-24f}).toType(DataType.FLOAT16, false));
        arrays.put("u8", manager.create(new float[] {0, 128, 255}).toType(DataType.UINT8, false));
        arrays.put("i8", manager.create(new byte[] {-128, -1, 127}));
        arrays.put("i32", manager.create(new int[] {Integer.MIN_VALUE, 7}, new Shape(1, 2, 1)));
        arrays.put("i64", manager.create(new long[] {Long.MIN_VALUE, 7}));
        arrays.put("bool", manager.create(new boolean[] {true, false, true}));
        arrays.put("scalar \"42\" ü", manager.create(42f));
        arrays.put("empty", manager.create(new Shape(0, 3)));
        return arrays;
    }

    private Path written() {
        Path file = folder.resolve("w.safetensors");
        Safetensors.write(file, arrays(), Map.of("note", "ünï \"→\"\n"));
        return file;
    }

    /** A file with this header and this many bytes of data. */
    private Path raw(String json, int data) throws IOException {
        return Files.write(folder.resolve("raw.safetensors"), file(json.getBytes(StandardCharsets.UTF_8), data));
    }

    private static byte[] file(byte[] json, int data) {
        return ByteBuffer.allocate(8 + json.length + data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .array();
    }

    private static String refusal(Path file) {
        String message = assertThrows(
                        UncheckedIOException.class, () -> Safetensors.open(file).close())
                .getMessage();
        assertTrue(message.contains(file.toAbsolutePath().toString()), message);
        return message;
    }

    private static byte[] bytes(NDArray array) {
        return array.toByteBuffer(false).array();
    }

    @Test
    void everyTypeComesBackBitByBit() {
        try (Safetensors file = Safetensors.open(written())) {
            assertEquals(
                    List.copyOf(arrays().keySet()), List.copyOf(file.entries().keySet()));
            arrays().forEach((name, array) -> {
                NDArray back = file.array(manager, name);
                assertEquals(array.getDataType(), back.getDataType(), name);
                assertEquals(array.getShape(), back.getShape(), name);
                assertArrayEquals(bytes(array), bytes(back), name);
                assertEquals(array.getShape(), file.entries().get(name).shape());
            });
            assertArrayEquals(new float[] {0, 3, 1, 4, 2, 5}, file.floats("turned"));
            assertArrayEquals(new float[] {1, 0, 1}, file.floats("bool"));
            assertArrayEquals(new float[] {0, 128, 255}, file.floats("u8"));
            assertArrayEquals(new float[] {42}, file.floats("scalar \"42\" ü"));
            assertEquals("ünï \"→\"\n", file.metadata().get("note"));
            assertEquals(0, file.entries().get("z").offset() % 8);
            assertTrue(file.toString().endsWith("11 tensors, 107 bytes, checksum right"), file.toString());
        }
    }

    @Test
    void longTensorsGoThroughInPieces() {
        NDArray many = manager.arange(100_001f);
        Path file = folder.resolve("many");
        Safetensors.write(file, Map.of("many", many), Map.of());
        try (Safetensors open = Safetensors.open(file)) {
            assertArrayEquals(many.toFloatArray(), open.floats("many"));
            assertArrayEquals(bytes(many), bytes(open.array(manager, "many")));
        }
    }

    @Test
    void aFileWithoutTensorsIsAFile() {
        Path file = folder.resolve("none");
        Safetensors.write(file, Map.of(), Map.of());
        try (Safetensors open = Safetensors.open(file)) {
            assertEquals(Map.of(), open.entries());
        }
    }

    /** The numbers of src/test/python/make_safetensors.py. */
    @Test
    void filesOfPythonAreReadExactly() {
        Map<String, float[]> expected = new LinkedHashMap<>();
        expected.put("bool", new float[] {1, 0, 1, 1});
        expected.put("u8", new float[] {0, 127, 255});
        expected.put("i8", new float[] {-128, -1, 127});
        expected.put("u16", new float[] {0, 32768, 65535});
        expected.put("i16", new float[] {-32768, -1, 32767});
        expected.put("u32", new float[] {0x1p31f, 0x1p32f});
        expected.put("i32", new float[] {-0x1p31f, 0x1p24f});
        expected.put("u64", new float[] {0x1p63f, 0x1p64f, 0x1.000002p63f});
        expected.put("i64", new float[] {-0x1p63f, 0x1p53f});
        expected.put("f16", new float[] {1.5f, -2, 65504, 0x1p-24f, Float.POSITIVE_INFINITY, Float.NaN});
        expected.put("bf16", new float[] {1.5f, -2, Float.POSITIVE_INFINITY});
        expected.put("f32", new float[] {0.1f, -0f, Float.MIN_VALUE, Float.MAX_VALUE});
        expected.put("f64", new float[] {0.1f, Float.POSITIVE_INFINITY});
        expected.put("scalar", new float[] {42});
        expected.put("empty", new float[0]);
        expected.put("naïve/名前 \"x\"", new float[] {7});
        try (Safetensors file = Safetensors.open(GOLDEN)) {
            assertEquals(expected.keySet(), file.entries().keySet());
            expected.forEach((name, values) -> assertArrayEquals(values, file.floats(name), name));
            assertEquals(new Shape(2, 1, 2), file.entries().get("f32").shape());
            assertEquals(new Shape(), file.entries().get("scalar").shape());
            assertEquals(DataType.BFLOAT16, file.entries().get("bf16").type());
            assertEquals(Map.of("ünï", "→ \"quoted\""), file.metadata());
            assertArrayEquals(
                    new double[] {0.1, 1e300}, file.array(manager, "f64").toDoubleArray());
            assertTrue(file.toString().endsWith("no checksum"), file.toString());
            for (String name : List.of("bf16", "i16", "u16", "u32", "u64")) {
                var e = assertThrows(IllegalArgumentException.class, () -> file.array(manager, name));
                assertTrue(e.getMessage().contains("use floats(\"" + name + "\")"), e.getMessage());
            }
            assertThrows(IllegalArgumentException.class, () -> file.floats("nothing"));
        }
    }

    private static float decode(Dtype dtype, long bits) {
        return dtype.decoder.next(
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, bits));
    }

    @ParameterizedTest
    @CsvSource({
        "F16,3c00,1",
        "F16,c000,-2",
        "F16,7bff,65504",
        "F16,0400,6.103515625e-5",
        "F16,03ff,6.097555160522461e-5",
        "F16,0001,5.960464477539063e-8",
        "F16,8001,-5.960464477539063e-8",
        "F16,0000,0",
        "F16,8000,-0",
        "F16,3555,0.333251953125",
        "F16,7c00,Infinity",
        "F16,fc00,-Infinity",
        "F16,7e00,NaN",
        "F16,fc01,NaN",
        "BF16,3f80,1",
        "BF16,c049,-3.140625",
        "BF16,0001,9.183549615799121e-41",
        "BF16,8000,-0",
        "BF16,7f7f,3.3895313892515355e38",
        "BF16,7f80,Infinity",
        "BF16,ff80,-Infinity",
        "BF16,7fc0,NaN",
        "F64,3ff0000000000000,1",
        "F64,0000000000000001,0",
        "F64,7e37e43c8800759c,Infinity",
        "F64,36a0000000000000,1.4e-45",
        "F64,7ff8000000000000,NaN",
        "U64,ffffffffffffffff,1.8446744073709552e19",
        "I64,ffffffffffffffff,-1"
    })
    void numbersWorkedOutByHand(Dtype dtype, String hex, float expected) {
        float found = decode(dtype, Long.parseUnsignedLong(hex, 16));
        assertEquals(Float.floatToIntBits(expected), Float.floatToIntBits(found), found + " for " + expected);
    }

    @Test
    void everyHalfIsWhatItsFieldsSay() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            int exponent = bits >> 10 & 31;
            double fraction = (bits & 1023) / 1024.0;
            double size = exponent == 0 ? Math.scalb(fraction, -14) : Math.scalb(1 + fraction, exponent - 15);
            if (exponent == 31) {
                size = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
            }
            assertEquals((float) (bits >> 15 == 0 ? size : -size), decode(Dtype.F16, bits), "bits " + bits);
        }
    }

    @Test
    void unsignedLongsAreRoundedToTheNearestFloat() {
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            long bits = i < 5_000 ? random.nextLong() : (1L << 63) + (1L << 39) + random.nextInt(3) - 1;
            assertEquals(new BigInteger(Long.toUnsignedString(bits)).floatValue(), decode(Dtype.U64, bits));
        }
    }

    @Test
    void theChecksumIsTheSumOfTheFileWithZerosInItsPlace() throws Exception {
        Path file = written();
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        String sum;
        try (Safetensors open = Safetensors.open(file)) {
            sum = open.metadata().get(Safetensors.CHECKSUM);
        }
        byte[] zeroed = text.replace(sum, "0".repeat(64)).getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(zeroed)), sum);
    }

    /** Metadata of an opened file can be handed on; zeros elsewhere do not take the sum's place. */
    @Test
    void anOldChecksumIsReplaced() {
        Path file = folder.resolve("a");
        String zeros = "0".repeat(64);
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("a", zeros);
        metadata.put(Safetensors.CHECKSUM, "stale");
        Safetensors.write(file, Map.of(zeros, manager.create(1f)), metadata);
        try (Safetensors open = Safetensors.open(file)) {
            assertEquals(zeros, open.metadata().get("a"));
            assertArrayEquals(new float[] {1}, open.floats(zeros));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {"t":{"dtype":"F32","shape":[1152921504606846976],"data_offsets":[0,4]}}      | shape [1152921504606846976] cannot be bytes [0, 4] of 4
                    {"t":{"dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,4]}}   | shape [4294967296, 4294967296, 0] cannot be
                    {"t":{"dtype":"U8","shape":[1152921504606846976],"data_offsets":[0,1152921504606846976]}} | bytes [0, 1152921504606846976] of 4
                    {"t":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,4]}}      | (99999999999999999999) out of range of
                    {"t":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}                       | shape [-1] cannot be
                    {"t":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}                       | "t" starts at byte
                    {"t":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}                        | bytes [4, 0]
                    {"t":{"dtype":"F32","shape":[1],"data_offsets":[0,3]}}                        | bytes [0, 3]
                    {"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}                        | bytes [0, 8]
                    {"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}                      | bytes [0, 4, 8] of 4
                    {"t":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}                      | Floating-point value (1.0)
                    {"t":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}                      | String value ("1")
                    {"t":{"dtype":"F32","shape":null,"data_offsets":[0,4]}}                       | needs dtype, shape and data_offsets
                    {"t":{"dtype":"F32","shape":[[[[1]]]],"data_offsets":[0,4]}}                  | nesting depth
                    {"t":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,5]}}                    | cannot be bytes [0, 5] of 4
                    {"t":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[4,0]}}                    | cannot be bytes [4, 0] of 4
                    {"t":{"dtype":"F8_E4M3","shape":[-4],"data_offsets":[0,4]}}                   | shape [-4] cannot be
                    {"t":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[-9223372036854775808,4]}} | cannot be bytes [-9223372036854775808, 4]
                    {"t":{"dtype":"F32","shape":[1]}}                                             | needs dtype, shape and data_offsets
                    {"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}                  | Unrecognized field "x"
                    {"t":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}          | Duplicate field 'dtype'
                    {"t":{"dtype":"I8","shape":[2],"data_offsets":[0,2]},"t":{"dtype":"I8","shape":[2],"data_offsets":[2,4]}} | Duplicate field 't'
                    {"t":{"dtype":"I8","shape":[3],"data_offsets":[0,3]},"u":{"dtype":"I8","shape":[2],"data_offsets":[2,4]}} | "u" starts at byte
                    {"t":{"dtype":"I8","shape":[1],"data_offsets":[0,1]},"u":{"dtype":"I8","shape":[2],"data_offsets":[2,4]}} | "u" starts at byte
                    {"t":{"dtype":"I8","shape":[3],"data_offsets":[0,3]}}                         | tensors end at byte
                    {"t":{"dtype":"I8","shape":[3],"data_offsets":[1,4]}}                         | "t" starts at byte
                    {"t":3}                                                                       | should be an object
                    {"__metadata__":{"a":1}}                                                      | of its names and metadata is no text
                    {"__metadata__":{"a":null}}                                                   | of its names and metadata is no text
                    {"__metadata__":[]}                                                           | should be an object
                    {"__metadata__":{"sha256":"12"}}                                              | tensors end at byte
                    {"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}{}                      | Trailing token
                    {"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}                         | not proper JSON
                    {"t":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}                       | not proper JSON
                    {"t":{"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}}                      | not proper JSON
                    {'t':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}                        | not proper JSON
                    []                                                                            | should be an object
                    ` `                                                                           | should be an object
                    """)
    void headersThatDoNotFitAreRefused(String json, String why) throws IOException {
        String message = refusal(raw(json, 4));
        assertTrue(message.contains(why), message);
        assertTrue(message.endsWith("copy or download it again"), message);
    }

    /** Its neighbours are read. */
    @Test
    void onlyWhoAsksForATensorOfAnotherTypeIsTold() throws IOException {
        Path file = raw(
                "{\"w\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[0,2]},"
                        + "\"scale\":{\"dtype\":\"F8_E4M3\",\"shape\":[4],\"data_offsets\":[2,6]}}",
                6);
        try (Safetensors open = Safetensors.open(file)) {
            assertArrayEquals(new float[] {0, 0}, open.floats("w"));
            assertEquals(
                    new Entry(DataType.UNKNOWN, new Shape(4), file.toFile().length() - 4, 4),
                    open.entries().get("scale"));
            String message = assertThrows(IllegalArgumentException.class, () -> open.floats("scale"))
                    .getMessage();
            assertTrue(
                    message.startsWith("Tensor \"scale\" of " + file + " is made of F8_E4M3, which is not"), message);
            assertThrows(IllegalArgumentException.class, () -> open.array(manager, "scale"));
        }
    }

    @Test
    void metadataMayBeNull() throws IOException {
        try (Safetensors open = Safetensors.open(
                raw("{\"__metadata__\":null,\"w\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[0,2]}}", 2))) {
            assertEquals(Map.of(), open.metadata());
            assertArrayEquals(new float[] {0, 0}, open.floats("w"));
        }
    }

    /** To look for a long one in a long header would take the product of their lengths. */
    @Test
    void aLongChecksumTakesAMoment() throws IOException {
        String sum = "a".repeat(1 << 20);
        Path file = raw("{\"__metadata__\":{\"x\":\"" + sum + sum + "\",\"sha256\":\"" + sum + "b\\n\"}}", 0);
        String message = assertTimeoutPreemptively(Duration.ofSeconds(10), () -> refusal(file));
        assertTrue(message.contains("its sha256 is not 64 hexadecimal digits: aaaa"), message);
        assertTrue(message.length() < file.toString().length() + 300, message);
    }

    @Test
    void absurdSizesAreRefusedBeforeMemoryIsTaken() throws IOException {
        for (long claim : new long[] {0, 99_000_000, 100_000_001, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
            Path file = folder.resolve("claim");
            Files.write(
                    file,
                    ByteBuffer.allocate(60)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(claim)
                            .array());
            assertTrue(refusal(file).contains("claims a header of " + Long.toUnsignedString(claim)));
        }
        assertTrue(refusal(Files.write(folder.resolve("short"), new byte[7])).contains("only 7 bytes"));
        assertTrue(refusal(raw("{\"a\":".repeat(1_000_000), 0)).contains("nesting depth"));
        assertTrue(refusal(raw("[".repeat(1_000_000), 0)).contains("nesting depth"));
        String ones = "1,".repeat(1_000_000);
        assertTrue(refusal(raw("{\"t\":{\"dtype\":\"F32\",\"data_offsets\":[0,4],\"shape\":[" + ones + "1]}}", 4))
                .contains("cannot be bytes"));
        var names = new StringBuilder("{\"__metadata__\":{\"\":\"\"");
        for (int i = 0; i < 1_100_000; i++) {
            names.append(",\"").append(i).append("\":\"\"");
        }
        assertTrue(refusal(raw(names + "}}", 0)).contains("Token count"));
    }

    @Test
    void onlyUtf8IsRead() throws IOException {
        for (String bad : List.of("{\"\u00ff\":", "{\"\u00c0\u0080\":", "{\"\u00ed\u00a0\u0080\":")) {
            Path file = folder.resolve("latin");
            Files.write(file, file(bad.getBytes(StandardCharsets.ISO_8859_1), 4));
            assertTrue(refusal(file).contains("not UTF-8"));
        }
        Path utf16 = folder.resolve("utf16");
        Files.write(utf16, file("{}".getBytes(StandardCharsets.UTF_16LE), 0));
        assertTrue(refusal(utf16).contains("not proper JSON"));
    }

    @Test
    void aTensorTooLargeForJavaIsSaidToBe() throws IOException {
        long size = 3L << 30;
        Path file = raw("{\"t\":{\"dtype\":\"U8\",\"shape\":[" + size + "],\"data_offsets\":[0," + size + "]}}", 0);
        try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(sparse.length() + size);
        }
        try (Safetensors open = Safetensors.open(file)) {
            assertThrows(IllegalArgumentException.class, () -> open.floats("t"));
            assertThrows(IllegalArgumentException.class, () -> open.array(manager, "t"));
        }
    }

    @Test
    void noFlippedBitGoesUnnoticed() throws IOException {
        Path file = folder.resolve("f");
        Safetensors.write(file, Map.of("t", manager.create(new float[] {1, 2})), Map.of());
        byte[] good = Files.readAllBytes(file);
        int key = new String(good, StandardCharsets.ISO_8859_1).indexOf(Safetensors.CHECKSUM);
        for (int bit = 0; bit < good.length * 8; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            Files.delete(file);
            Files.write(file, bad);
            boolean inKey = bit / 8 >= key && bit / 8 < key + Safetensors.CHECKSUM.length();
            try (Safetensors open = Safetensors.open(file)) {
                assertTrue(inKey, "bit " + bit);
                assertFalse(open.metadata().containsKey(Safetensors.CHECKSUM));
                assertArrayEquals(new float[] {1, 2}, open.floats("t"));
            } catch (UncheckedIOException e) {
                assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
            }
        }
    }

    /** What a good file has in it. */
    private record Content(
            byte[] bytes, Map<String, String> metadata, Map<String, Entry> entries, Map<String, float[]> values) {
        static Content of(Path file) throws IOException {
            Map<String, float[]> values = new LinkedHashMap<>();
            try (Safetensors open = Safetensors.open(file)) {
                open.entries().keySet().forEach(name -> values.put(name, open.floats(name)));
                return new Content(Files.readAllBytes(file), open.metadata(), open.entries(), values);
            }
        }

        String header() {
            return new String(bytes, 8, dataStart() - 8, StandardCharsets.ISO_8859_1);
        }

        int dataStart() {
            return 8
                    + (int) ByteBuffer.wrap(bytes)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getLong(0);
        }

        boolean checked() {
            return metadata.containsKey(Safetensors.CHECKSUM);
        }

        long differing(Content other) {
            return values.keySet().stream()
                    .filter(name -> !Arrays.equals(values.get(name), other.values.get(name)))
                    .count();
        }
    }

    @Test
    void tenThousandDamagedFilesAreRefusedOrStillRight() throws IOException {
        List<Content> originals = List.of(Content.of(written()), Content.of(GOLDEN));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Path file = folder.resolve("damaged.safetensors");
        Files.createFile(file);
        int refused = assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            int count = 0;
            for (int seed = 0; seed < 10_000; seed++) {
                Damage damage = new Damage(new Random(seed), originals.get(seed % 2), originals.get(1 - seed % 2));
                Files.delete(file); // overwriting one makes some file systems wait for the disk
                Files.write(file, damage.apply());
                long before = threads.getCurrentThreadAllocatedBytes();
                count += isRefused(file, damage, seed) ? 1 : 0;
                long taken = threads.getCurrentThreadAllocatedBytes() - before;
                assertTrue(taken < 1 << 20, taken + " bytes of memory for damage " + seed);
            }
            return count;
        });
        assertTrue(refused > 8_000 && refused < 10_000, refused + " refused");
    }

    private static boolean isRefused(Path file, Damage damage, int seed) throws IOException {
        Content found;
        try {
            found = Content.of(file);
        } catch (UncheckedIOException e) {
            String message = e.getMessage();
            assertTrue(message.startsWith("Cannot read " + file + ": "), message);
            assertTrue(message.length() > file.toString().length() + 60 && message.length() < 1_000, message);
            return true;
        } catch (IllegalArgumentException e) {
            assertTrue(e.getMessage().contains(" of " + file + " is made of "), e.getMessage());
            return true;
        }
        Content original = damage.original;
        if (found.checked()) {
            assertEquals(original.metadata, found.metadata, "seed " + seed);
        }
        if (found.checked() || damage.kind == Damage.Kind.BIT_OF_DATA) {
            assertEquals(original.entries, found.entries, "seed " + seed);
            assertTrue(original.differing(found) <= (found.checked() ? 0 : 1), "seed " + seed);
        }
        long data = found.entries.values().stream().mapToLong(Entry::length).sum();
        assertEquals(found.bytes.length, found.dataStart() + data, "seed " + seed);
        return false;
    }

    /** One way of many to damage a file. */
    private static final class Damage {
        enum Kind {
            CUT,
            BIT,
            BIT_OF_DATA,
            BYTES,
            LENGTH,
            NUMBER,
            OTHER_HEADER,
            REPEATED_PIECE,
            LOST_PIECE,
            LONGER,
            NESTED,
            NOT_UTF8
        }

        private static final List<String> NUMBERS = List.of(
                "-1",
                "0",
                "1",
                "2",
                "4",
                "1e3",
                "1.5",
                "4294967296",
                "1152921504606846976",
                "9223372036854775807",
                "9223372036854775808",
                "1" + "0".repeat(2_000),
                "null",
                "[1]",
                "\"3\"");

        private final Random random;
        private final Content original;
        private final Content other;
        private final Kind kind;

        Damage(Random random, Content original, Content other) {
            this.random = random;
            this.original = original;
            this.other = other;
            random.nextInt(); // the first one hardly depends on the seed
            kind = Kind.values()[random.nextInt(Kind.values().length)];
        }

        byte[] apply() {
            byte[] bytes = original.bytes.clone();
            int data = original.dataStart();
            return switch (kind) {
                case CUT -> Arrays.copyOf(bytes, random.nextInt(bytes.length));
                case BIT -> flip(bytes, random.nextInt(bytes.length));
                case BIT_OF_DATA -> flip(bytes, data + random.nextInt(bytes.length - data));
                case BYTES -> bytes(bytes);
                case LENGTH ->
                    ByteBuffer.wrap(bytes)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(0, random.nextLong() >> random.nextInt(64))
                            .array();
                case NUMBER -> withHeader(number(header()));
                case OTHER_HEADER -> withHeader(other.header());
                case REPEATED_PIECE -> withHeader(piece(header(), true));
                case LOST_PIECE -> withHeader(piece(header(), false));
                case LONGER -> Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(100));
                case NESTED -> withHeader(insert(header(), "[{\"a\":".repeat(1 + random.nextInt(2_000))));
                case NOT_UTF8 -> withHeader(insert(header(), String.valueOf((char) (0x80 + random.nextInt(0x80)))));
            };
        }

        private byte[] flip(byte[] bytes, int at) {
            bytes[at] ^= (byte) (1 << random.nextInt(8));
            return bytes;
        }

        private byte[] bytes(byte[] bytes) {
            for (int i = random.nextInt(8); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            return bytes;
        }

        private String header() {
            return original.header();
        }

        private String number(String header) {
            var numbers = java.util.regex.Pattern.compile("(?<=[\\[,])\\d+")
                    .matcher(header)
                    .results()
                    .toList();
            var one = numbers.get(random.nextInt(numbers.size()));
            return header.substring(0, one.start())
                    + NUMBERS.get(random.nextInt(NUMBERS.size()))
                    + header.substring(one.end());
        }

        private String piece(String header, boolean twice) {
            int from = random.nextInt(header.length());
            int to = from + random.nextInt(Math.min(200, header.length() - from) + 1);
            return header.substring(0, twice ? to : from) + header.substring(twice ? from : to);
        }

        private String insert(String header, String what) {
            int at = random.nextInt(header.length());
            return header.substring(0, at) + what + header.substring(at);
        }

        private byte[] withHeader(String header) {
            var bytes = new ByteArrayOutputStream();
            bytes.writeBytes(file(header.getBytes(StandardCharsets.ISO_8859_1), 0));
            int data = original.dataStart();
            bytes.write(original.bytes, data, original.bytes.length - data);
            return bytes.toByteArray();
        }
    }

    /** Another file's header and this one's numbers, that is what a splice of two files is. */
    @Test
    void aSplicedHeaderOfTheSameLayoutIsNoticed() throws IOException {
        Path one = folder.resolve("one");
        Path two = folder.resolve("two");
        Safetensors.write(one, Map.of("t", manager.create(new float[] {1, 2})), Map.of());
        Safetensors.write(two, Map.of("t", manager.create(new float[] {1, 3})), Map.of());
        byte[] spliced = Files.readAllBytes(one);
        byte[] other = Files.readAllBytes(two);
        System.arraycopy(other, other.length - 8, spliced, spliced.length - 8, 8);
        assertTrue(refusal(Files.write(one, spliced)).contains("should have"));
    }

    private Map<String, byte[]> contents() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            Map<String, byte[]> contents = new LinkedHashMap<>();
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                contents.put(file.toString(), Files.readAllBytes(file));
            }
            return contents;
        }
    }

    private <T extends Exception> String failing(Class<T> expected, Path file, Map<String, NDArray> arrays)
            throws IOException {
        Map<String, byte[]> before = contents();
        String message = assertThrows(expected, () -> Safetensors.write(file, arrays, Map.of()))
                .getMessage();
        Map<String, byte[]> after = contents();
        assertEquals(before.keySet(), after.keySet());
        before.forEach((name, bytes) -> assertArrayEquals(bytes, after.get(name), name));
        return message;
    }

    private String failing(Path file) throws IOException {
        String message = failing(UncheckedIOException.class, file, Map.of("t", manager.create(5f)));
        assertTrue(message.startsWith("Cannot write " + file.toAbsolutePath() + ": "), message);
        return message;
    }

    @Test
    void aFileIsReplacedAsAWhole() throws IOException {
        Path file = written();
        Safetensors.write(file, Map.of("t", manager.create(5f)), Map.of());
        assertEquals(1, contents().size());
        try (Safetensors open = Safetensors.open(file)) {
            assertArrayEquals(new float[] {5}, open.floats("t"));
        }
    }

    /** An array that says what it is, but is closed when its numbers are needed. */
    private static NDArray closedMidway(NDArray array) {
        return (NDArray) Proxy.newProxyInstance(
                NDArray.class.getClassLoader(), new Class<?>[] {NDArray.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("toByteBuffer")) {
                        array.close();
                    }
                    try {
                        return method.invoke(array, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void anArrayClosedMidwayLeavesTheOldFile() throws IOException {
        Path file = written();
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        arrays.put("first", manager.arange(100_000f));
        arrays.put("second", closedMidway(manager.arange(5f)));
        failing(IllegalStateException.class, file, arrays);
        failing(IllegalStateException.class, folder.resolve("new"), Map.of("t", closedMidway(manager.arange(5f))));
    }

    @Test
    void placesWhereNothingCanBeWrittenAreNamed() throws IOException {
        Path file = written();
        assertTrue(failing(folder.resolve("missing/w")).contains("create it first"));
        assertTrue(failing(file.resolve("w")).contains("choose another place"));
        assertTrue(failing(folder.resolve("n".repeat(300))).contains("choose another place"));
        assertTrue(failing(Files.createDirectory(folder.resolve("taken"))).contains("it is a folder"));
    }

    @Test
    void aReadOnlyFileIsNotReplaced() throws IOException {
        Path file = written();
        assumeTrue(file.toFile().setWritable(false));
        assumeFalse(Files.isWritable(file), "the superuser may write everywhere");
        assertTrue(failing(file).contains("read-only"));
    }

    @Test
    void aReadOnlyFolderIsNamed() throws IOException {
        Path inside = Files.createDirectory(folder.resolve("closed"));
        assumeTrue(inside.toFile().setWritable(false));
        try {
            assumeFalse(Files.isWritable(inside), "the superuser may write everywhere");
            assertTrue(failing(inside.resolve("w")).contains("no permission to write in " + inside));
        } finally {
            inside.toFile().setWritable(true);
        }
    }

    @Test
    void wrongArraysAreRefusedBeforeAnythingIsWritten() throws IOException {
        Path file = written();
        NDArray closed = manager.create(1f);
        closed.close();
        var wrong = IllegalArgumentException.class;
        assertTrue(failing(wrong, file, Map.of("gone", closed)).contains("\"gone\" is closed"));
        assertTrue(
                failing(wrong, file, Map.of("__metadata__", manager.create(1f))).contains("another name"));
        assertTrue(failing(wrong, file, Map.of("s", manager.create("text"))).contains("convert it"));
        assertTrue(failing(wrong, file, Map.of("\ud800", manager.create(1f))).contains("surrogate"));
        Map<String, NDArray> nameless = new LinkedHashMap<>();
        nameless.put(null, manager.create(1f));
        assertTrue(failing(wrong, file, nameless).contains("another name"));
    }

    @Test
    void anInterruptedThreadStillWritesAndReads() {
        Thread.currentThread().interrupt();
        try (Safetensors file = Safetensors.open(written())) {
            assertEquals(6, file.floats("z").length);
        } finally {
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void missingFilesAndFoldersAreNamed() {
        assertTrue(refusal(folder.resolve("nothing")).contains("does not exist; check the path"));
        assertTrue(refusal(folder).contains("not a file"));
    }
}
