package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import java.util.stream.IntStream;
import org.crunet.data.Batches;

/**
 * What a step makes smaller: the mean cross-entropy of a batch, with label smoothing as PyTorch defines it and mixup
 * (Zhang et al. 2018), {@code share CE(y) + (1 - share) CE(y')} for images {@code share x + (1 - share) x'}.
 */
record Objective(Recipe recipe) {
    private static final int MIXING = -2;

    /** With which image each is mixed, and its own share; a share of 1 mixes nothing. */
    record Mix(double share, int[] with) {

        static final Mix NONE = new Mix(1, new int[0]);

        NDArray images(NDArray x) {
            if (share == 1) {
                return x;
            }
            long[] rows = IntStream.of(with).asLongStream().toArray();
            NDArray others = x.get(x.getManager().create(rows, new Shape(rows.length)));
            return x.mul(share).add(others.mul(1 - share));
        }

        long[] labels(long[] labels) {
            return IntStream.of(with).mapToLong(i -> labels[i]).toArray();
        }
    }

    /** The mix of one part of a batch, by its number in the epoch. */
    Mix mix(int epoch, long part, int images) {
        if (recipe.mixup() == 0) {
            return Mix.NONE;
        }
        Random random = Batches.random(recipe.seed(), epoch, MIXING - part);
        double own = gamma(recipe.mixup(), random);
        double other = gamma(recipe.mixup(), random);
        double share = own + other == 0 ? 1 : own / (own + other);
        return new Mix(share, Batches.shuffled(images, random));
    }

    /** A number of the Gamma distribution (Marsaglia and Tsang 2000). */
    private static double gamma(double alpha, Random random) {
        if (alpha < 1) {
            return gamma(alpha + 1, random) * Math.pow(random.nextDouble(), 1 / alpha);
        }
        double d = alpha - 1. / 3;
        while (true) {
            double x = random.nextGaussian();
            double v = Math.pow(1 + x / Math.sqrt(9 * d), 3);
            if (v > 0 && Math.log(1 - random.nextDouble()) < 0.5 * x * x + d - d * v + d * Math.log(v)) {
                return d * v;
            }
        }
    }

    /** The mean loss of logits {@code (N, classes)}, a scalar; times a double it would become one. */
    NDArray loss(NDArray logits, int[] labels, Mix mix) {
        NDArray log = logits.logSoftmax(1);
        long[] own = IntStream.of(labels).asLongStream().toArray();
        NDArray loss = crossEntropy(log, own);
        if (mix.share() < 1) {
            NDArray other = crossEntropy(log, mix.labels(own));
            loss = loss.mul((float) mix.share()).add(other.mul((float) (1 - mix.share())));
        }
        double smoothing = recipe.labelSmoothing();
        return smoothing == 0
                ? loss
                : loss.mul((float) (1 - smoothing)).sub(log.mean().mul((float) smoothing));
    }

    private static NDArray crossEntropy(NDArray log, long[] labels) {
        NDManager manager = log.getManager();
        NDArray rows = manager.create(labels, new Shape(labels.length, 1));
        return log.gather(rows, 1).neg().mean();
    }
}
