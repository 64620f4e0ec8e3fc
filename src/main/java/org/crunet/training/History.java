package org.crunet.training;

import java.util.List;

/**
 * The epochs of one training, oldest first.
 *
 * @param epochs one row an epoch that ran to its end
 */
public record History(List<Epoch> epochs) {

    /** Keeps its own copy of the rows. */
    public History {
        epochs = List.copyOf(epochs);
    }

    /**
     * Returns the last finished epoch.
     *
     * @return the newest row
     * @throws IllegalStateException if training stopped before the first epoch ended
     */
    public Epoch last() {
        if (epochs.isEmpty()) {
            throw new IllegalStateException("no epoch has finished yet: train for at least one");
        }
        return epochs.get(epochs.size() - 1);
    }
}
