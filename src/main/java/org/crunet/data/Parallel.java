package org.crunet.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import org.crunet.tensor.Progress;

/** Makes many things at once, on all cores, in a fixed order. */
final class Parallel {
    /** How long to wait for what was begun before an interrupt. */
    private static final int PATIENCE_SECONDS = 10;

    private Parallel() {}

    /**
     * The results for 0 to n - 1, in that order. The caller waits for threads of this call alone: it notices an interrupt at
     * once, and when it returns nothing goes on in the background.
     *
     * @throws CancellationException if the calling thread was interrupted
     */
    static <T> List<T> map(String what, int n, IntFunction<T> make) {
        List<T> made = new ArrayList<>(Collections.nCopies(n, null));
        AtomicInteger next = new AtomicInteger();
        AtomicLong done = new AtomicLong();
        try (Progress progress = Progress.of(what, n)) {
            run(next, n, i -> {
                made.set(i, make.apply(i));
                progress.done(done.incrementAndGet());
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("Interrupted after " + done + " of " + n + " images");
        }
        return made;
    }

    private static void run(AtomicInteger next, int n, IntConsumer task) throws InterruptedException {
        int threads = Runtime.getRuntime().availableProcessors();
        ExecutorService workers = Executors.newFixedThreadPool(threads, Parallel::daemon);
        Callable<Void> work = () -> {
            try {
                for (int i = next.getAndIncrement(); i < n; i = next.getAndIncrement()) {
                    task.accept(i);
                }
            } finally {
                next.set(n); // after a failure the others stop too
            }
            return null;
        };
        try {
            for (Future<Void> worker : workers.invokeAll(Collections.nCopies(threads, work))) {
                worker.get();
            }
        } catch (ExecutionException e) {
            throw failure(e.getCause());
        } finally {
            next.set(n);
            workers.shutdown();
            workers.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static RuntimeException failure(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return (RuntimeException) cause;
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "images");
        thread.setDaemon(true);
        return thread;
    }
}
