package org.crunet.training;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.crunet.base.Named;
import org.crunet.block.LossTerm;
import org.crunet.data.Batches;

/**
 * What a step makes smaller: the recipe's loss and its terms. Cross-entropy is the mean of a batch, with label smoothing as
 * PyTorch defines it and mixup (Zhang et al. 2018), {@code share CE(y) + (1 - share) CE(y')} for images
 * {@code share x + (1 - share) x'}.
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

    /** The loss of a batch with the terms of the recipe and of blocks, a scalar. */
    NDArray loss(Pass pass) {
        NDArray loss = checked(recipe.loss(), recipe.loss().of(pass));
        for (Loss.Term term : recipe.terms()) {
            loss = loss.add(checked(term.loss(), term.loss().of(pass)).mul((float) term.strength()));
        }
        return add(loss, pass.network().block(), Collections.newSetFromMap(new IdentityHashMap<>()));
    }

    /** With what a block and those below it add, each once. */
    private static NDArray add(NDArray loss, Block block, Set<Block> added) {
        if (!added.add(block)) {
            return loss;
        }
        NDArray sum =
                block instanceof LossTerm term ? loss.add(checked(block, term.lossTerm(loss.getManager()))) : loss;
        for (Block child : block.getChildren().values()) {
            sum = add(sum, child, added);
        }
        return sum;
    }

    private static NDArray checked(Object loss, NDArray value) {
        boolean number = value.getShape().size() == 1 && value.getDataType() == DataType.FLOAT32;
        String name = loss instanceof Named named ? named.name() : loss.toString();
        require(
                number,
                () -> "the loss " + name + " must be one number of type float32, as mean() or sum() and arrays of"
                        + " pass.number(...) make it: " + value.getDataType() + " " + value.getShape());
        return value.getShape().dimension() == 0 ? value : value.reshape(new Shape());
    }

    /** The share of each class of each image. */
    float[] targets(int[] labels, Mix mix, int classes) {
        float[] targets = new float[labels.length * classes];
        float own = (float) ((1 - recipe.labelSmoothing()) * mix.share());
        float other = (float) ((1 - recipe.labelSmoothing()) * (1 - mix.share()));
        Arrays.fill(targets, (float) (recipe.labelSmoothing() / classes));
        for (int i = 0; i < labels.length; i++) {
            targets[i * classes + labels[i]] += own;
            if (mix.share() < 1) {
                targets[i * classes + labels[mix.with()[i]]] += other;
            }
        }
        return targets;
    }

    /** The mean cross-entropy of logits {@code (N, classes)}, a scalar. */
    NDArray crossEntropy(NDArray logits, int[] labels, Mix mix) {
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
