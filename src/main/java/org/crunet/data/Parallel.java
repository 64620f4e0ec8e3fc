package org.crunet.data;

import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.crunet.tensor.Progress;

/** Makes many things at once, on all cores, in a fixed order. */
final class Parallel {
    private Parallel() {}

    /** The results for 0 to n - 1, in that order; stops soon after the calling thread was interrupted. */
    static <T> List<T> map(String what, int n, IntFunction<T> make) {
        Thread caller = Thread.currentThread();
        AtomicLong done = new AtomicLong();
        try (Progress progress = Progress.of(what, n)) {
            return IntStream.range(0, n)
                    .parallel()
                    .mapToObj(i -> {
                        if (caller.isInterrupted()) {
                            throw new CancellationException("Interrupted before image " + i + " of " + n);
                        }
                        T made = make.apply(i);
                        progress.done(done.incrementAndGet());
                        return made;
                    })
                    .toList();
        }
    }
}
