package org.crunet.exchange;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged files of MXNet, all the way to a network: a thousand; with {@code -Dmutations=10000} as many as that. */
@Tag("slow")
class MxnetMutationsTest {

    private static final Path FOLDER = Path.of("src/test/resources/golden/mxnet");
    private static final int COUNT = Integer.getInteger("mutations", 1_000);
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    Path folder;

    @Test
    void arrays() throws IOException {
        mutated("tiny-0000.params", "tiny-symbol.json", true);
    }

    @Test
    void graphs() throws IOException {
        mutated("tiny-0000.params", "tiny-symbol.json", false);
    }

    @Test
    void arraysWithoutGraph() throws IOException {
        mutated("tiny-deduplicated.params", "tiny-symbol.json", true);
    }

    private void mutated(String params, String symbol, boolean arrays) throws IOException {
        Path goodArrays = Files.copy(FOLDER.resolve(params), folder.resolve(params));
        Path goodGraph = Files.copy(FOLDER.resolve(symbol), folder.resolve(symbol));
        Path changed = arrays ? goodArrays : goodGraph;
        byte[] good = Files.readAllBytes(changed);
        Random random = new Random(7);
        int refused = isRefused(goodArrays, changed) ? COUNT : 0; // starts the engine, too
        for (int i = 0; i < COUNT; i++) {
            Files.delete(changed);
            Files.write(changed, arrays ? Mutations.of(good, random) : Mutations.ofJson(good, random));
            long nanos = THREADS.getCurrentThreadCpuTime();
            long bytes = THREADS.getCurrentThreadAllocatedBytes();
            refused += isRefused(goodArrays, changed) ? 1 : 0;
            long taken = THREADS.getCurrentThreadAllocatedBytes() - bytes;
            double seconds = (THREADS.getCurrentThreadCpuTime() - nanos) / 1e9;
            assertTrue(seconds < 2 && taken < 64 << 20, seconds + " seconds, " + taken + " bytes for file " + i);
        }
        assertTrue(refused > COUNT / 5 && refused < COUNT, refused + " refused");
    }

    private static boolean isRefused(Path params, Path changed) {
        try {
            Mxnet.load(MxnetTest.TINY, params).close();
            return false;
        } catch (UncheckedIOException | IllegalArgumentException e) {
            String message = e.getMessage();
            assertTrue(message.contains(params.toString()) || message.contains(changed.toString()), message);
            assertTrue(message.length() < 20_000, message);
            return true;
        }
    }
}
