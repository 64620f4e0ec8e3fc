package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.stream.IntStream;

/** Adds up loss and right answers over images. */
final class Score {

    private double loss;
    private long right;
    private long amongFive;
    private long images;

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

    void add(double addedLoss, long addedRight, long addedImages) {
        loss += addedLoss;
        right += addedRight;
        images += addedImages;
    }

    void add(Score other) {
        add(other.loss, other.right, other.images);
    }

    /** One image's class probabilities, which are numbers, against its label. */
    void add(float[] probabilities, int label) {
        long before = IntStream.range(0, probabilities.length)
                .filter(c -> probabilities[c] > probabilities[label]
                        || probabilities[c] == probabilities[label] && c < label)
                .count();
        add(-Math.log(Math.max(probabilities[label], Float.MIN_NORMAL)), before == 0 ? 1 : 0, 1);
        amongFive += before < 5 ? 1 : 0;
    }

    double loss() {
        return loss / images;
    }

    double top1() {
        return (double) right / images;
    }

    double top5() {
        return (double) amongFive / images;
    }

    boolean isEmpty() {
        return images == 0;
    }

    boolean isFinite() {
        return Double.isFinite(loss);
    }

    /** The sums, to be read again by {@link #read}. */
    String write() {
        return loss + " " + right + " " + images;
    }

    static Score read(String sums) {
        String[] parts = sums.split(" ");
        Score score = new Score();
        score.add(Double.parseDouble(parts[0]), Long.parseLong(parts[1]), Long.parseLong(parts[2]));
        return score;
    }
}
