package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;

/** Adds up loss and right answers over images. */
final class Score {

    private double loss;
    private long right;
    private long images;

    /** The number of rows of {@code (N, classes)} whose largest value is at the label. */
    static long right(NDArray logits, NDArray labels) {
        return logits.argMax(1)
                .toType(DataType.INT64, false)
                .eq(labels)
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

    /** One image's class probabilities against its label. */
    void add(float[] probabilities, int label) {
        int best = 0;
        for (int i = 1; i < probabilities.length; i++) {
            best = probabilities[i] > probabilities[best] ? i : best;
        }
        add(-Math.log(Math.max(probabilities[label], Float.MIN_NORMAL)), best == label ? 1 : 0, 1);
    }

    double loss() {
        return loss / images;
    }

    double top1() {
        return (double) right / images;
    }

    void mustBeANumber(int epoch, int step, double rate) {
        if (!Double.isFinite(loss)) {
            throw new IllegalStateException("the loss is " + loss() + " in epoch " + epoch + ", step " + step
                    + ", at learning rate " + rate + ": build a new network and train it with a smaller one, such as"
                    + " withLearningRate(" + Math.min(0.05, Math.pow(10, Math.floor(Math.log10(rate)) - 1)) + ")");
        }
    }
}
