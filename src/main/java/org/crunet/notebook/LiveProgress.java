package org.crunet.notebook;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.crunet.base.Progress;

/**
 * One line with a bar below the running cell, once the work has taken two seconds; where there is no notebook, a line now and
 * then of work that takes longer than ten.
 */
final class LiveProgress implements Progress {
    private static final double PATIENCE = 2;
    private static final double PAUSE = 0.5;
    private static final double TERMINAL_PATIENCE = 10;
    private static final double TERMINAL_PAUSE = 30;

    private final String what;
    private final long total;
    private final LongSupplier clock;
    private final double pause;
    private final long begun;
    private Notebook.Display line;
    private double drawn;
    private long most;
    private final List<Mark> marks = new ArrayList<>();

    /** How much was worked by when. */
    private record Mark(double seconds, long worked) {}

    /** Reads the time, in nanoseconds, from a clock; a terminal keeps every line, so it gets fewer. */
    LiveProgress(String what, long total, LongSupplier clock, boolean terminal) {
        this.what = what;
        this.total = total;
        this.clock = clock;
        pause = terminal ? TERMINAL_PAUSE : PAUSE;
        drawn = (terminal ? TERMINAL_PATIENCE : PATIENCE) - pause;
        begun = clock.getAsLong();
    }

    @Override
    public void done(long done) {
        done(done, 0);
    }

    @Override
    public synchronized void done(long done, long before) {
        most = Math.max(most, done);
        Mark now = new Mark(seconds(), most - before);
        if (marks.isEmpty() && now.worked() > 0) {
            marks.add(now);
        }
        if (now.seconds() - drawn >= pause) {
            draw(Numbers.format("%s: %,d of %,d%s", what, most, total, left(now)));
            drawn = now.seconds();
        }
    }

    /** Told from the second half of what was done so far: the first thing, and those after it, may be slow. */
    private String left(Mark now) {
        Mark first = marks.isEmpty() ? now : marks.get(0);
        Mark from =
                marks.stream().filter(mark -> mark.worked() <= now.worked() / 2).reduce(first, (one, later) -> later);
        marks.removeIf(mark -> mark.worked() < from.worked());
        if (from.worked() == now.worked()) {
            return "";
        }
        marks.add(now);
        double each = (now.seconds() - from.seconds()) / (now.worked() - from.worked());
        return ", " + Numbers.duration(each * (total - most)) + " left";
    }

    @Override
    public synchronized void close() {
        if (line != null) {
            draw(Numbers.format("%s: %,d of %,d, %s", what, most, total, Numbers.duration(seconds())));
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

    /** Offers the notebook as the place to draw when there is one, or else the terminal. */
    public static final class Provider implements Progress.Provider {

        /** Makes one for the service loader. */
        public Provider() {}

        @Override
        public Optional<Progress> progress(String what, long total) {
            boolean terminal = Kernel.running().isEmpty();
            return Optional.of(new LiveProgress(what, total, System::nanoTime, terminal));
        }
    }
}
