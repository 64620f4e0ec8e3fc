package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.stream.IntStream;

/** Loss and right answers, added up over images. */
record Score(double lossSum, long right, long amongFive, long images) {

    static final Score NONE = new Score(0, 0, 0, 0);

    /** The number of rows of {@code (N, classes)} whose largest value is at the label. */
    static long right(NDArray logits, int[] labels) {
        long[] numbers = IntStream.of(labels).asLongStream().toArray();
        return logits.argMax(1)
                .toType(DataType.INT64, false)
                .eq(logits.getManager().create(numbers, new Shape(numbers.length)))
                .toType(DataType.INT64, false)
                .sum()
                .getLong();
    }

    /** One image's class probabilities, which are numbers, against its label. */
    static Score of(float[] probabilities, int label) {
        long before = IntStream.range(0, probabilities.length)
                .filter(c -> probabilities[c] > probabilities[label]
                        || probabilities[c] == probabilities[label] && c < label)
                .count();
        double loss = -Math.log(Math.max(probabilities[label], Float.MIN_NORMAL));
        return new Score(loss, before == 0 ? 1 : 0, before < 5 ? 1 : 0, 1);
    }

    Score plus(Score other) {
        return new Score(
                lossSum + other.lossSum, right + other.right, amongFive + other.amongFive, images + other.images);
    }

    double loss() {
        return lossSum / images;
    }

    double top1() {
        return (double) right / images;
    }

    double top5() {
        return (double) amongFive / images;
    }
}
