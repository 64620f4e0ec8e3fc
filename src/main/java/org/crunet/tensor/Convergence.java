package org.crunet.tensor;

import java.util.List;
import java.util.Locale;

/**
 * The course of a search for factors: the start whose result was kept.
 *
 * @param errors relative error after each sweep
 * @param ending why it ended
 * @param start number of the start that was kept, from 1
 * @param starts number of starts made
 */
public record Convergence(List<Double> errors, Ending ending, int start, int starts) {

    /** The reason why a search ended. */
    public enum Ending {
        /** Nothing was searched for: the factors are the weights of layers. */
        READ("read from weights"),
        /** Nothing was searched for: the factors were computed in one step. */
        DIRECT("computed in one step"),
        /** A sweep gained less than the tolerance. */
        CONVERGED("converged"),
        /** The sweeps were used up while there was still something to gain: more of them may help. */
        SWEEPS("stopped at the limit of sweeps, still gaining"),
        /** Rounding raised the error: the least-squares problems have become singular, as when terms cancel each other. */
        STALLED("stopped where rounding outweighs what a sweep gains"),
        /** The thread was interrupted: the factors are the best so far, after a first whole sweep at least. */
        INTERRUPTED("interrupted");

        private final String words;

        Ending(String words) {
            this.words = words;
        }

        @Override
        public String toString() {
            return words;
        }
    }

    /** Keeps its own copy of the errors. */
    public Convergence {
        errors = List.copyOf(errors);
    }

    /** Without a search. */
    static Convergence without(Ending ending) {
        return new Convergence(List.of(), ending, 1, 1);
    }

    /**
     * Counts the sweeps that were made.
     *
     * @return the number of errors
     */
    public int sweeps() {
        return errors.size();
    }

    @Override
    public String toString() {
        String which = starts > 1 ? String.format(Locale.ROOT, ", start %d of %d kept", start, starts) : "";
        return errors.isEmpty() ? ending.toString() : ending + " after " + sweeps() + " sweeps" + which;
    }
}
