package org.crunet.tensor;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;
import org.crunet.base.Progress;

/**
 * Sweep after sweep, start after start: when to stop, what to keep, how far it has come. All starts make a few sweeps; the
 * best third goes on to the end. Where one start leads is seen early, and most lead nowhere.
 */
final class Search {

    /** Sweeps of every start. */
    static final int FIRST_SWEEPS = 10;

    /** Below this relative error, whose square is a difference of rounded numbers, there is only rounding left. */
    private static final double EXACT = 1e-7;

    /** A rise of the squared relative error by less is rounding. */
    private static final double ROUNDING = 1e-12;

    /** Factors after some sweeps; owns their memory. */
    interface State extends AutoCloseable {

        /** The relative error; infinite while it is not known. */
        double error();

        /** The factors after one more sweep; these ones stay as they are. */
        State sweep();

        @Override
        void close();
    }

    /** The factors of the best start, to be closed, and how they were found. */
    record Found<S extends State>(S state, Convergence convergence) {}

    /** One start: its factors and how they got there. */
    private static final class Start<S extends State> {

        private final int number;
        private final List<Double> errors = new ArrayList<>();
        private Convergence.Ending ending = Convergence.Ending.SWEEPS;
        private S state;

        Start(int number, S state) {
            this.number = number;
            this.state = state;
        }

        double error() {
            return state.error();
        }
    }

    private final AlsSettings settings;
    private final Progress progress;
    private final long total;
    private long swept;

    private Search(String what, AlsSettings settings) {
        this.settings = settings;
        int first = Math.min(FIRST_SWEEPS, settings.sweeps());
        total = (long) settings.starts() * first + (long) best(settings.starts()) * (settings.sweeps() - first);
        progress = Progress.of(what, total);
    }

    /** How many of so many starts go on. */
    static int best(int starts) {
        return (starts + 2) / 3;
    }

    /** Makes the starts and keeps the best. */
    static <S extends State> Found<S> run(String what, AlsSettings settings, IntFunction<S> start) {
        Search search = new Search(what, settings);
        try {
            return search.run(start);
        } finally {
            search.progress.close();
        }
    }

    private <S extends State> Found<S> run(IntFunction<S> start) {
        List<Start<S>> starts = new ArrayList<>();
        boolean over = false;
        for (int number = 1; number <= settings.starts() && !over; number++) {
            starts.add(new Start<>(number, start.apply(number)));
            over = sweeps(starts.get(number - 1), number == 1, FIRST_SWEEPS);
        }
        int begun = starts.size();
        starts.sort(Comparator.comparingDouble(Start::error));
        boolean interrupted = starts.stream().anyMatch(one -> one.ending == Convergence.Ending.INTERRUPTED);
        int kept = over ? 1 : best(begun);
        starts.subList(kept, begun).forEach(one -> one.state.close());
        for (int i = 0; i < kept && !over; i++) {
            over = sweeps(starts.get(i), false, settings.sweeps());
            interrupted |= starts.get(i).ending == Convergence.Ending.INTERRUPTED;
        }
        return found(starts.subList(0, kept), begun, interrupted);
    }

    private static <S extends State> Found<S> found(List<Start<S>> kept, int begun, boolean interrupted) {
        Start<S> best = Collections.min(kept, Comparator.comparingDouble(Start::error));
        kept.stream().filter(one -> one != best).forEach(one -> one.state.close());
        Convergence.Ending ending = interrupted ? Convergence.Ending.INTERRUPTED : best.ending;
        return new Found<>(best.state, new Convergence(best.errors, ending, best.number, begun));
    }

    /** Sweeps up to a limit; true if there is nothing more to look for: it is exact, or was interrupted. */
    @SuppressWarnings("unchecked")
    private <S extends State> boolean sweeps(Start<S> one, boolean first, int limit) {
        int most = Math.min(limit, settings.sweeps());
        long end = swept + most - one.errors.size();
        while (one.errors.size() < most && one.ending == Convergence.Ending.SWEEPS) {
            boolean usable = !first || !one.errors.isEmpty();
            if (usable && Thread.currentThread().isInterrupted()) {
                one.ending = Convergence.Ending.INTERRUPTED;
                break;
            }
            S next = (S) one.state.sweep();
            one.ending = ending(one.error(), next.error());
            if (!(next.error() <= one.error())) {
                next.close();
                break;
            }
            one.state.close();
            one.state = next;
            one.errors.add(one.error());
            progress.done(++swept);
        }
        boolean interrupted = one.ending == Convergence.Ending.INTERRUPTED;
        boolean over = interrupted || one.error() < EXACT;
        skip(over && !interrupted ? total : Math.min(end, total), interrupted);
        return over;
    }

    /** Sweeps that were not needed count as done. */
    private void skip(long to, boolean silently) {
        boolean ahead = to > swept;
        swept = to;
        if (ahead && !silently) {
            progress.done(swept);
        }
    }

    private Convergence.Ending ending(double before, double now) {
        if (Double.isNaN(now) || now * now > before * before + ROUNDING) {
            return Convergence.Ending.STALLED;
        }
        return now < EXACT || before - now < settings.tolerance() * before
                ? Convergence.Ending.CONVERGED
                : Convergence.Ending.SWEEPS;
    }
}
