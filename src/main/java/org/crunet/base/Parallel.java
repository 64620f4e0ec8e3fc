package org.crunet.base;

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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * Work on several threads. The caller waits for threads of this call alone: it notices an interrupt at once, and when the
 * call returns nothing goes on in the background.
 */
public final class Parallel {
    private Parallel() {}

    /**
     * Makes many things at once, on all cores, with a bar of progress.
     *
     * @param <T> what is made
     * @param what what is being done, such as {@code reading images}
     * @param n how many to make
     * @param make makes the one of a number from 0 to {@code n - 1}
     * @return the results in the order of their numbers
     * @throws CancellationException if the calling thread was interrupted
     */
    public static <T> List<T> map(String what, int n, IntFunction<T> make) {
        List<T> made = new ArrayList<>(Collections.nCopies(n, null));
        AtomicInteger next = new AtomicInteger();
        AtomicLong done = new AtomicLong();
        try (Progress progress = Progress.of(what, n)) {
            BooleanSupplier step = () -> {
                int i = next.getAndIncrement();
                if (i < n) {
                    made.set(i, make.apply(i));
                    progress.done(done.incrementAndGet());
                }
                return i < n;
            };
            run(Runtime.getRuntime().availableProcessors(), () -> step);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("Interrupted after " + done + " of " + n + " images");
        }
        return made;
    }

    /**
     * Has several threads do a step again and again until one says that there is no more, or fails; the others then end after
     * the step they are at.
     *
     * @param threads how many
     * @param worker called by each thread for its step, which says whether there may be more to do
     * @throws InterruptedException if the calling thread was interrupted
     */
    public static void run(int threads, Supplier<BooleanSupplier> worker) throws InterruptedException {
        if (Thread.interrupted()) { // waiting for what is done already would not notice
            throw new InterruptedException();
        }
        AtomicBoolean over = new AtomicBoolean();
        Callable<Void> work = () -> {
            try {
                BooleanSupplier step = worker.get();
                while (!over.get() && step.getAsBoolean()) {
                    continue;
                }
            } finally {
                over.set(true);
            }
            return null;
        };
        ExecutorService workers = Executors.newFixedThreadPool(threads, Parallel::daemon);
        try {
            for (Future<Void> one : workers.invokeAll(Collections.nCopies(threads, work))) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw failure(e.getCause());
        } finally {
            over.set(true);
            workers.shutdown();
            untilEnded(workers);
        }
    }

    /** However long that takes: what they work with is freed next. */
    private static void untilEnded(ExecutorService workers) throws InterruptedException {
        InterruptedException interrupt = null;
        while (!workers.isTerminated()) {
            try {
                workers.awaitTermination(1, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                interrupt = e;
            }
        }
        if (interrupt != null) {
            throw interrupt;
        }
    }

    private static RuntimeException failure(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return (RuntimeException) cause;
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "crunet worker");
        thread.setDaemon(true);
        return thread;
    }
}
