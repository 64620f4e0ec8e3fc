package org.crunet.training;

import java.util.Locale;
import org.crunet.network.Network;

/**
 * What a training left behind.
 *
 * @param network the network with its trained weights
 * @param history one row an epoch that ran to its end
 * @param recipe how it was trained
 * @param ending why it ended: {@code "finished"}, {@code "interrupted in epoch 3"} or {@code "failed"}
 */
public record Run(Network network, History history, Recipe recipe, String ending) {

    @Override
    public String toString() {
        String score = history.epochs().isEmpty()
                ? "before the first epoch's end"
                : String.format(
                        Locale.ROOT, "top-1 %.1f %%", 100 * history.last().validationTop1());
        return network.name() + ": " + ending + ", " + score;
    }
}
