package org.crunet.comparison;

import java.util.Map;

/**
 * A training of a study, as it is kept. Two rows with the same weights are of the same training to the bit.
 *
 * @param network its name
 * @param parameters distinct trainable parameters
 * @param multiplyAdds multiply-adds for one image
 * @param seed of the weights, the order of the images and their augmentation
 * @param epochs that ran to their end
 * @param precision of the arithmetic, such as {@code FLOAT32}
 * @param trainLoss mean loss of the last epoch's training images
 * @param validationLoss mean cross-entropy over the validation images after the last epoch
 * @param top1 fraction of validation images that were right after the last epoch, in [0, 1]
 * @param top5 fraction whose class was among the five most probable, in [0, 1]
 * @param seconds wall-clock time of all epochs
 * @param ending {@code finished}, or why the training failed
 * @param machine processor, number of cores and Java version
 * @param commit of the code that made it, as the one who ran it says
 * @param architecture key of what was trained
 * @param recipe key of how
 * @param data key of the images
 * @param weights SHA-256 of structure and weights after the last step
 * @param answers key of the images that were right, which are kept beside the rows
 */
public record Row(
        String network,
        long parameters,
        long multiplyAdds,
        long seed,
        int epochs,
        String precision,
        double trainLoss,
        double validationLoss,
        double top1,
        double top5,
        double seconds,
        String ending,
        String machine,
        String commit,
        String architecture,
        String recipe,
        String data,
        String weights,
        String answers) {

    Member member() {
        return new Member(
                network,
                parameters,
                multiplyAdds,
                seed,
                epochs,
                trainLoss,
                validationLoss,
                top1,
                top5,
                seconds,
                ending,
                Map.of());
    }
}
