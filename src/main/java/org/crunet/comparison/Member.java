package org.crunet.comparison;

import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.crunet.training.Run;

/**
 * One training of a comparison.
 *
 * @param network name of the network
 * @param parameters distinct trainable parameters
 * @param multiplyAdds multiply-adds for one image
 * @param seed seed of the weights, the order of the images and their augmentation
 * @param epochs epochs that ran to their end
 * @param trainLoss mean loss of the last epoch's training images
 * @param validationLoss mean cross-entropy over the validation images after the last epoch
 * @param top1 fraction of validation images that were right after the last epoch, in [0, 1]
 * @param top5 fraction of validation images whose class was among the five most probable after the last epoch, in [0, 1]
 * @param seconds wall-clock time of all epochs with their validation, on this machine
 * @param ending {@code finished}, or why the training failed; then the numbers are those of the last epoch that ended, or
 *     no numbers
 * @param metrics the recipe's own after the last epoch, by their names
 */
public record Member(
        String network,
        long parameters,
        long multiplyAdds,
        long seed,
        int epochs,
        double trainLoss,
        double validationLoss,
        double top1,
        double top5,
        double seconds,
        String ending,
        Map<String, Double> metrics)
        implements Serializable {

    /** Checks that there are words, and keeps its own copy of the metrics. */
    public Member {
        Objects.requireNonNull(network, "network is null");
        Objects.requireNonNull(ending, "ending is null");
        metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    }

    /**
     * Tells whether it ran to the end of its last epoch.
     *
     * @return false when it failed
     */
    public boolean finished() {
        return ending.equals(Run.Ending.FINISHED.toString());
    }
}
