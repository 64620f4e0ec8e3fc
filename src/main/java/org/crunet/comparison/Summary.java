package org.crunet.comparison;

import java.util.Map;

/**
 * The result of one network over its seeds. Of a network of which no training finished, {@code runs}
 * is 0 and the measures are no numbers.
 *
 * @param network name of the network
 * @param parameters distinct trainable parameters
 * @param multiplyAdds multiply-adds for one image
 * @param runs number of trainings that finished
 * @param top1 mean over the seeds of the validation top-1 after the last epoch, in [0, 1]
 * @param spread standard deviation of that over the seeds, with {@code runs - 1}; no number for one run
 * @param lowest smallest top-1 of a seed
 * @param highest largest top-1 of a seed
 * @param seconds mean wall-clock time of a training
 * @param metrics means of the recipe's own after the last epoch, by their names
 */
public record Summary(
        String network,
        long parameters,
        long multiplyAdds,
        int runs,
        double top1,
        double spread,
        double lowest,
        double highest,
        double seconds,
        Map<String, Double> metrics) {}
