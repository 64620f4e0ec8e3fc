package org.crunet.base;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/** What was told of the progress of one piece of work, and a place to act while it goes on. */
public final class RecordedProgress implements Progress {

    private static final ThreadLocal<RecordedProgress> CURRENT = new ThreadLocal<>();

    public final List<Long> done = new ArrayList<>();
    public String what;
    public long total;
    public int closed;
    private final LongConsumer action;

    private RecordedProgress(LongConsumer action) {
        this.action = action;
    }

    /** Of work on this thread; the action is told of every step. */
    public static RecordedProgress of(Supplier<?> work, LongConsumer action) {
        RecordedProgress progress = new RecordedProgress(action);
        CURRENT.set(progress);
        try {
            work.get();
        } finally {
            CURRENT.remove();
        }
        return progress;
    }

    @Override
    public void done(long count) {
        done.add(count);
        action.accept(count);
    }

    @Override
    public void close() {
        closed++;
    }

    /** Found by its name in {@code META-INF/services}; silent outside {@link RecordedProgress#of}. */
    public static final class Provider implements Progress.Provider {
        @Override
        public Optional<Progress> progress(String what, long total) {
            RecordedProgress progress = CURRENT.get();
            if (progress != null) {
                progress.what = what;
                progress.total = total;
            }
            return Optional.ofNullable(progress);
        }
    }
}
