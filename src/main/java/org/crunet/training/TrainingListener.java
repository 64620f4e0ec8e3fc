package org.crunet.training;

import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Function;

/**
 * Is told how a training goes; every call comes from the thread that trains. An exception ends the training, as failed; what
 * it is told of has been kept by then.
 */
public interface TrainingListener {

    /** A listener that does nothing; where it is given, nothing else is shown than what the other listeners do. */
    TrainingListener SILENT = new TrainingListener() {};

    /**
     * Training begins.
     *
     * @param title what is trained on what
     * @param epochs number of epochs in all
     * @param before the epochs that a training that goes on has behind it; none of a new one
     */
    default void started(String title, int epochs, History before) {}

    /**
     * A batch went forward and back, and changes the weights next; unless that fails, it is done then.
     *
     * @param update the network with its gradients
     */
    default void update(Update update) {}

    /**
     * One batch is done.
     *
     * @param step where training stands
     */
    default void step(Step step) {}

    /**
     * One epoch and its validation are done.
     *
     * @param history all finished epochs
     */
    default void epoch(History history) {}

    /**
     * Something was left out or passed over, told once: an image that cannot be read, at the end of the epoch that met it,
     * be it cut short or not, or a damaged checkpoint.
     *
     * @param problem what and why, with its path
     */
    default void problem(String problem) {}

    /**
     * Training is over.
     *
     * @param history all finished epochs
     * @param ending why it ended
     */
    default void finished(History history, Run.Ending ending) {}

    /**
     * Returns what shows a training where the program runs: a chart in a notebook, lines in a terminal.
     *
     * @return a new listener; {@link #SILENT} where nothing is shown
     */
    static TrainingListener here() {
        return found(Provider::listener);
    }

    /**
     * Returns what shows one of several trainings where the program runs: a line when it begins and one when it ends in a
     * terminal, nothing in a notebook.
     *
     * @param which which of them it is, such as {@code 3 of 12, seed 1}
     * @return a new listener
     */
    static TrainingListener oneOfSeveral(String which) {
        return found(provider -> provider.oneOfSeveral(which));
    }

    private static TrainingListener found(Function<Provider, Optional<TrainingListener>> from) {
        return ServiceLoader.load(Provider.class, TrainingListener.class.getClassLoader()).stream()
                .flatMap(provider -> from.apply(provider.get()).stream())
                .findFirst()
                .orElse(SILENT);
    }

    /** Offers a listener for the place the program runs in; found by {@link java.util.ServiceLoader}. */
    interface Provider {

        /**
         * Returns a listener for one training.
         *
         * @return a new listener, or empty when this provider has no place to draw
         */
        Optional<TrainingListener> listener();

        /**
         * Returns a listener for one of several trainings, which says little.
         *
         * @param which which of them it is, such as {@code 3 of 12, seed 1}
         * @return a new listener, or empty when this provider has no place to draw
         */
        default Optional<TrainingListener> oneOfSeveral(String which) {
            return Optional.empty();
        }
    }
}
