package org.crunet.exchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that MXNet wrote or read, made by {@code mxnet_files.py tiny}. */
class MxnetArraysTest {

    private static final Path FOLDER = Path.of("src/test/resources/golden/mxnet");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"v0", "v1", "v2", "v3"})
    void everyNumberFormatInEveryVersion(String version) {
        try (MxnetArrays file = MxnetArrays.open(FOLDER.resolve("dtypes-" + version + ".params"))) {
            for (String format : "float32 float64 float16 uint8 int32 int8 int64".split(" ")) {
                assertEquals(new Shape(2, 3), file.entries().get(format).shape(), format);
                assertEquals(
                        DataType.valueOf(format.toUpperCase(Locale.ROOT)),
                        file.entries().get(format).type());
                assertArrayEquals(new float[] {0, 1, 2, 3, 100, 7}, file.floats(format), format);
            }
        }
    }

    @Test
    void scalarsAndEmptyArrays() {
        try (MxnetArrays file = MxnetArrays.open(FOLDER.resolve("dtypes-v3.params"))) {
            assertArrayEquals(new float[] {2.5f}, file.floats("scalar"));
            assertEquals(new Shape(), file.entries().get("scalar").shape());
            assertArrayEquals(new float[0], file.floats("empty"));
        }
    }

    @Test
    void absurdNumbersAreRefusedAndNamed() throws IOException {
        byte[] good = Files.readAllBytes(FOLDER.resolve("dtypes-v2.params"));
        assertTrue(fault(good, 0, 0x113).contains("does not begin"));
        assertTrue(fault(good, 16, Long.MAX_VALUE).contains("claims 9223372036854775807 arrays, where at most 100000"));
        assertTrue(fault(good, 16, 100_000).contains(" of 100000: "), fault(good, 16, 100_000));
        byte[] zeros = Arrays.copyOf(good, 8 << 20); // each four would be an array
        Arrays.fill(zeros, 24, zeros.length, (byte) 0);
        assertTimeout(Duration.ofSeconds(2), () -> fault(zeros, 16, 1L << 40));
        assertTrue(fault(good, 24 + 4, 1).contains("array 0 of 7 is sparse: save it dense"), fault(good, 24 + 4, 1));
        assertTrue(fault(good, 24 + 12, Long.MAX_VALUE / 2).contains("impossible"));
    }

    @Test
    void whatIsNoSuchFileAtAllIsSaidToBeWhatItIs() throws IOException {
        Path page =
                Files.writeString(folder.resolve("x-0000.params"), "<!DOCTYPE html><title>Virus scan warning</title>");
        String message = assertThrows(UncheckedIOException.class, () -> MxnetArrays.open(page))
                .getMessage();
        assertTrue(
                message.startsWith(
                        "Cannot read " + page + ": it is a web page and not a file of arrays that MXNet wrote: "),
                message);
        Path graph = Files.writeString(folder.resolve("x-symbol.json"), "<html></html>");
        Path arrays = FOLDER.resolve("tiny-0000.params");
        String other = assertThrows(IllegalArgumentException.class, () -> Mxnet.load(MxnetTest.TINY, arrays, graph))
                .getMessage();
        assertTrue(other.contains(graph + ": it is a web page and not the graph of a network: open"), other);
    }

    /** Names and sizes are read in a few large pieces, not byte by byte. */
    @Test
    void manySmallArrays() throws IOException {
        int count = 100_000;
        ByteBuffer file = ByteBuffer.allocate(32 + 28 * count).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(0x112).putLong(0).putLong(count);
        for (int i = 0; i < count; i++) {
            file.putInt(0xF993FAC9).putInt(0).putInt(0);
        }
        file.putLong(count);
        for (int i = 0; i < count; i++) {
            file.putLong(8).put(String.format("%08d", i).getBytes(StandardCharsets.US_ASCII));
        }
        Path path = Files.write(folder.resolve("many.params"), file.array());
        assertTimeout(Duration.ofSeconds(2), () -> {
            try (MxnetArrays arrays = MxnetArrays.open(path)) {
                assertEquals(count, arrays.entries().size());
                assertArrayEquals(new float[0], arrays.floats("00099999"));
            }
        });
    }

    private String fault(byte[] good, int at, long value) throws IOException {
        byte[] bad = good.clone();
        ByteBuffer buffer = ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN);
        if (at == 24 + 4) {
            buffer.putInt(at, (int) value);
        } else {
            buffer.putLong(at, value);
        }
        Path file = Files.write(folder.resolve("bad.params"), bad);
        RuntimeException fault = assertThrows(
                RuntimeException.class, () -> MxnetArrays.open(file).close());
        boolean another = fault.getMessage().contains(" is sparse: ");
        assertEquals(another ? IllegalArgumentException.class : UncheckedIOException.class, fault.getClass());
        assertTrue(fault.getMessage().contains(file.toString()), fault.getMessage());
        return fault.getMessage();
    }

    /** Truncated, flipped, overwritten with large numbers: refused or read, in little time and memory. */
    @Test
    @Tag("slow")
    void mutatedFiles() throws IOException {
        byte[] good = Files.readAllBytes(FOLDER.resolve("tiny-0000.params"));
        Random random = new Random(7);
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        int refused = 0;
        for (int i = 0; i < 10_000; i++) {
            Path file = folder.resolve("mutated.params");
            Files.deleteIfExists(file);
            Files.write(file, Mutations.of(good, random));
            long before = threads.getCurrentThreadAllocatedBytes();
            refused += assertTimeout(Duration.ofSeconds(2), () -> isRefused(file)) ? 1 : 0;
            long taken = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(taken < 8 << 20, taken + " bytes of memory for file " + i);
        }
        assertTrue(refused > 2_000 && refused < 10_000, refused + " refused");
    }

    private static boolean isRefused(Path path) {
        try (MxnetArrays file = MxnetArrays.open(path)) {
            file.entries().keySet().forEach(file::floats);
            return false;
        } catch (UncheckedIOException e) {
            assertTrue(e.getMessage().contains("copy or download it again"), e.getMessage());
            return true;
        } catch (IllegalArgumentException e) {
            assertTrue(e.getMessage().contains(": save it "), e.getMessage());
            return true;
        }
    }
}
