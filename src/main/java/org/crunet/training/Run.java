package org.crunet.training;

import java.util.List;
import java.util.Locale;
import org.crunet.network.Network;

/**
 * The result of a training.
 *
 * @param network the network with the weights of the last step, or their average if the recipe has one
 * @param history one row an epoch that ran to its end
 * @param recipe how it was trained
 * @param ending why it ended
 * @param best the weights of the best epoch; null before the first epoch's end
 * @param problems a line for everything that was left out or passed over: images that cannot be read, with their path, and
 *     damaged checkpoints
 */
public record Run(Network network, History history, Recipe recipe, Ending ending, Best best, List<String> problems) {

    /** The reason why a training ended. */
    public enum Ending {
        /** It ran to the end of its last epoch. */
        FINISHED,
        /** It was interrupted and can go on. */
        INTERRUPTED,
        /** It threw an exception. */
        FAILED;

        /**
         * Returns the ending in words.
         *
         * @param history of the training
         * @return such as {@code interrupted in epoch 3}
         */
        public String after(History history) {
            return switch (this) {
                case FINISHED, FAILED -> toString();
                case INTERRUPTED -> this + " in epoch " + (history.epochs().size() + 1);
            };
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Keeps its own copy of the problems. */
    public Run {
        problems = List.copyOf(problems);
    }

    /**
     * Returns whether it ran to the end of its last epoch.
     *
     * @return false when it was interrupted or failed
     */
    public boolean finished() {
        return ending == Ending.FINISHED;
    }

    @Override
    public String toString() {
        String score = history.epochs().isEmpty()
                ? "before the first epoch's end"
                : String.format(
                        Locale.ROOT, "top-1 %.1f %%", 100 * history.last().validationTop1());
        String many = problems.size() == 1 ? " problem" : " problems";
        String left = problems.isEmpty() ? "" : ", " + problems.size() + many + ": see problems()";
        return network.name() + ": " + ending.after(history) + ", " + score + left;
    }
}
