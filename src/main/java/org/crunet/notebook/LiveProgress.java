package org.crunet.notebook;

import java.util.Optional;
import java.util.function.LongSupplier;
import org.crunet.tensor.Progress;

/** One line with a bar below the running cell, once the work has taken two seconds. */
final class LiveProgress implements Progress {
    private static final double PATIENCE = 2;
    private static final double PAUSE = 0.5;

    private final String what;
    private final long total;
    private final LongSupplier clock;
    private final long begun;
    private Notebook.Display line;
    private double drawn = PATIENCE - PAUSE;
    private long most;
    private double working;

    /** Reads the time, in nanoseconds, from a clock. */
    LiveProgress(String what, long total, LongSupplier clock) {
        this.what = what;
        this.total = total;
        this.clock = clock;
        begun = clock.getAsLong();
    }

    @Override
    public void done(long done) {
        done(done, 0);
    }

    @Override
    public synchronized void done(long done, long before) {
        most = Math.max(most, done);
        double seconds = seconds();
        if (done == before) {
            working = seconds;
        }
        if (seconds - drawn >= PAUSE) {
            String left = done == before ? "" : ", " + Durations.text(left(seconds, before)) + " left";
            draw(Numbers.format("%s: %,d of %,d%s", what, most, total, left));
            drawn = seconds;
        }
    }

    /** From what was done since the work began. */
    private double left(double seconds, long before) {
        return (seconds - working) * (total - most) / (most - before);
    }

    @Override
    public synchronized void close() {
        if (line != null) {
            draw(Numbers.format("%s: %,d of %,d, %s", what, most, total, Durations.text(seconds())));
        }
    }

    private double seconds() {
        return (clock.getAsLong() - begun) / 1e9;
    }

    private void draw(String text) {
        Output output = LiveTraining.progress((double) most / total, text);
        if (line == null) {
            line = Notebook.display(output);
        } else {
            line.update(output);
        }
    }

    /** Offers the notebook as the place to draw when there is one. */
    public static final class Provider implements Progress.Provider {

        /** For the service loader. */
        public Provider() {}

        @Override
        public Optional<Progress> progress(String what, long total) {
            return Kernel.running().map(kernel -> new LiveProgress(what, total, System::nanoTime));
        }
    }
}
