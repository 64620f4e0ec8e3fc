package org.crunet.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Sweep after sweep, start after start: when to stop, what to keep, how far it has come. */
final class Search {

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

    private final Als settings;
    private final Progress progress;
    private long swept;

    private Search(Als settings, Progress progress) {
        this.settings = settings;
        this.progress = progress;
    }

    /** Makes the starts one after the other and keeps the best. */
    static <S extends State> Found<S> run(String what, Als settings, IntFunction<S> start) {
        try (Progress progress = Progress.of(what, (long) settings.starts() * settings.sweeps())) {
            return new Search(settings, progress).best(start);
        }
    }

    private <S extends State> Found<S> best(IntFunction<S> start) {
        Found<S> best = null;
        for (int number = 1; number <= settings.starts(); number++) {
            Found<S> found = sweeps(start.apply(number), number);
            if (best == null || found.state().error() < best.state().error()) {
                close(best);
                best = found;
            } else {
                close(found);
            }
            Convergence.Ending ending = found.convergence().ending();
            if (ending == Convergence.Ending.INTERRUPTED) {
                return made(best, ending, number);
            }
            if (best.state().error() < EXACT) {
                return made(best, best.convergence().ending(), number);
            }
        }
        return made(best, best.convergence().ending(), settings.starts());
    }

    private static <S extends State> Found<S> made(Found<S> best, Convergence.Ending ending, int starts) {
        Convergence kept = best.convergence();
        return new Found<>(best.state(), new Convergence(kept.errors(), ending, kept.start(), starts));
    }

    private static void close(Found<?> found) {
        if (found != null) {
            found.state().close();
        }
    }

    @SuppressWarnings("unchecked")
    private <S extends State> Found<S> sweeps(S first, int number) {
        List<Double> errors = new ArrayList<>();
        S state = first;
        Convergence.Ending ending = Convergence.Ending.SWEEPS;
        for (int i = 0; i < settings.sweeps() && ending == Convergence.Ending.SWEEPS; i++) {
            boolean usable = number > 1 || !errors.isEmpty();
            if (usable && Thread.interrupted()) {
                ending = Convergence.Ending.INTERRUPTED;
                break;
            }
            S next = (S) state.sweep();
            ending = ending(state.error(), next.error());
            if (!(next.error() <= state.error())) {
                next.close();
                break;
            }
            state.close();
            state = next;
            errors.add(state.error());
            progress.done(++swept);
        }
        swept = (long) number * settings.sweeps();
        return new Found<>(state, new Convergence(errors, ending, number, number));
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
