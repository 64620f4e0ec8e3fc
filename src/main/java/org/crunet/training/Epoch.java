package org.crunet.training;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The measures of one pass over the training images: one row of a {@link History}.
 *
 * @param epoch number of the epoch, from 1
 * @param trainLoss mean over the epoch's training images, while the weights changed, of what training makes smaller:
 *     cross-entropy, with label smoothing and mixup if the recipe has them
 * @param trainTop1 fraction of training images whose most probable class was right, in [0, 1]; with mixup, that of the image
 *     itself, not of the one mixed in
 * @param validationLoss mean cross-entropy over the validation images after the epoch
 * @param validationTop1 fraction of validation images whose most probable class was right, in [0, 1]
 * @param validationTop5 fraction of validation images whose class was among the five most probable, in [0, 1]
 * @param learningRate learning rate of the epoch's last step
 * @param imagesPerSecond training images a second, validation not counted
 * @param seconds wall-clock time of the epoch with its validation, in seconds
 * @param residentMegabytes memory of the whole process after the epoch, in MiB; no number where the system does not tell
 * @param metrics the recipe's own, by their names
 */
public record Epoch(
        int epoch,
        double trainLoss,
        double trainTop1,
        double validationLoss,
        double validationTop1,
        double validationTop5,
        double learningRate,
        double imagesPerSecond,
        double seconds,
        double residentMegabytes,
        Map<String, Double> metrics) {

    /** Keeps its own copy of the metrics. */
    public Epoch {
        metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    }
}
