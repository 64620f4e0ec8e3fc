package org.crunet.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Work on all cores stops when its caller does. */
class ParallelTest {
    private final AtomicInteger made = new AtomicInteger();

    private int slowly(int i) {
        try {
            Thread.sleep(i % 2 == 0 ? 2 : 5);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return made.incrementAndGet();
    }

    @Test
    void resultsComeInTheOrderOfTheirNumbers() {
        assertEquals(IntStream.range(0, 1000).boxed().toList(), Parallel.map("numbers", 1000, i -> i));
        assertEquals(0, Parallel.map("nothing", 0, i -> i).size());
    }

    /** Whoever hears of the interrupt clears the flag of the thread, as a kernel does between cells. */
    @Test
    void nothingGoesOnAfterAnInterrupt() throws Exception {
        for (int time = 0; time < 5; time++) {
            CompletableFuture<Throwable> heard = new CompletableFuture<>();
            Thread caller = new Thread(() -> {
                var error = assertThrows(RuntimeException.class, () -> Parallel.map("slow", 2000, this::slowly));
                assertTrue(Thread.interrupted(), "the interrupt must still be there for the caller");
                heard.complete(error);
            });
            caller.start();
            Thread.sleep(100);
            caller.interrupt();
            assertInstanceOf(CancellationException.class, heard.get(2, TimeUnit.SECONDS));
            int then = made.get();
            Thread.sleep(100);
            assertEquals(then, made.get(), "made after the interrupt was heard");
        }
    }

    /** However fast the work is: waiting for what is done already does not notice an interrupt. */
    @Test
    void nothingIsBegunAfterAnInterrupt() {
        Thread.currentThread().interrupt();
        assertThrows(CancellationException.class, () -> Parallel.map("fast", 1, i -> made.incrementAndGet()));
        assertTrue(Thread.interrupted(), "the interrupt must still be there for the caller");
        assertEquals(0, made.get());
    }

    @Test
    void nothingGoesOnAfterAFailure() throws InterruptedException {
        var failure = new IllegalArgumentException("no such thing");
        var thrown = assertThrows(
                IllegalArgumentException.class,
                () -> Parallel.map("slow", 2000, i -> {
                    if (i == 7) {
                        throw failure;
                    }
                    return slowly(i);
                }));
        assertSame(failure, thrown);
        int then = made.get();
        Thread.sleep(100);
        assertEquals(then, made.get(), "made after the failure");
    }
}
