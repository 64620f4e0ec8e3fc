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
 * @param low lower end of its 95 % interval over seeds and images, made as that of a {@link Difference}: what networks have in
 *     common, the images, is in it, so that intervals may overlap of networks whose difference is decided. No number for one run
 * @param high upper end
 * @param seconds mean wall-clock time of a training
 * @param metrics means of the recipe's own after the last epoch, by their names
 */
public record Summary(
        String network,
        long parameters,
        long multiplyAdds,
        int runs,
        double top1,
        double low,
        double high,
        double seconds,
        Map<String, Double> metrics) {}
