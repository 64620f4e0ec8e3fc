package org.crunet.training;

/**
 * How to train: stochastic gradient descent with momentum, warm-up and a cosine learning rate. A record; change one field.
 *
 * @param epochs passes over the training images
 * @param batchSize images a step
 * @param learningRate highest learning rate, reached after the warm-up
 * @param momentum fraction of the velocity that a step keeps, Nesterov's form
 * @param weightDecay L2 penalty on convolution and linear weights; batch norm and biases are left alone
 * @param augment whether training images are shifted and mirrored
 * @param seed seed of the weights, the order of the images and their augmentation
 */
public record Recipe(
        int epochs,
        int batchSize,
        double learningRate,
        double momentum,
        double weightDecay,
        boolean augment,
        long seed) {

    /** A few minutes on two cores for a small network and some thousand small images. */
    public static final Recipe QUICK = new Recipe(6, 32, 0.05, 0.9, 5e-4, true, 1);

    private static final double WARM_UP = 0.15;

    /**
     * Checks the numbers.
     *
     * @param epochs at least 1
     * @param batchSize at least 2, since batch norm needs more than one image
     * @param learningRate positive and below 1e6
     * @param momentum in [0, 1)
     * @param weightDecay not negative
     * @param augment any
     * @param seed any
     * @throws IllegalArgumentException if one is out of range; the message has the field and the value
     */
    public Recipe {
        require(epochs >= 1, "epochs must be at least 1: " + epochs);
        require(batchSize >= 2, "batchSize must be at least 2, or batch norm has nothing to average: " + batchSize);
        require(learningRate > 0 && learningRate < 1e6, "learningRate must be positive and below 1e6: " + learningRate);
        require(momentum >= 0 && momentum < 1, "momentum must be in [0, 1): " + momentum);
        require(weightDecay >= 0, "weightDecay must not be negative: " + weightDecay);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /**
     * The learning rate as a pure function of the step: up in a line for the first 15 % of all steps, then down to zero
     * along half a cosine.
     *
     * @param step number of the step in the whole training, from 0
     * @param steps number of steps in the whole training
     * @return the rate of that step
     */
    public double learningRateAt(int step, int steps) {
        double warmUp = Math.max(1, Math.floor(WARM_UP * steps));
        if (step < warmUp) {
            return learningRate * (step + 1) / warmUp;
        }
        double done = (step - warmUp) / Math.max(1, steps - warmUp);
        return learningRate * 0.5 * (1 + Math.cos(Math.PI * done));
    }

    /**
     * The same recipe for another number of epochs.
     *
     * @param newEpochs passes over the training images
     * @return the changed record
     */
    public Recipe withEpochs(int newEpochs) {
        return new Recipe(newEpochs, batchSize, learningRate, momentum, weightDecay, augment, seed);
    }

    /**
     * The same recipe with another batch size.
     *
     * @param images images a step
     * @return the changed record
     */
    public Recipe withBatchSize(int images) {
        return new Recipe(epochs, images, learningRate, momentum, weightDecay, augment, seed);
    }

    /**
     * The same recipe with another highest learning rate.
     *
     * @param rate the rate after the warm-up
     * @return the changed record
     */
    public Recipe withLearningRate(double rate) {
        return new Recipe(epochs, batchSize, rate, momentum, weightDecay, augment, seed);
    }

    /**
     * The same recipe with another momentum.
     *
     * @param newMomentum fraction of the velocity that a step keeps
     * @return the changed record
     */
    public Recipe withMomentum(double newMomentum) {
        return new Recipe(epochs, batchSize, learningRate, newMomentum, weightDecay, augment, seed);
    }

    /**
     * The same recipe with another weight decay.
     *
     * @param decay L2 penalty on convolution and linear weights
     * @return the changed record
     */
    public Recipe withWeightDecay(double decay) {
        return new Recipe(epochs, batchSize, learningRate, momentum, decay, augment, seed);
    }

    /**
     * The same recipe with or without augmentation.
     *
     * @param newAugment whether training images are shifted and mirrored
     * @return the changed record
     */
    public Recipe withAugment(boolean newAugment) {
        return new Recipe(epochs, batchSize, learningRate, momentum, weightDecay, newAugment, seed);
    }

    /**
     * The same recipe from another seed.
     *
     * @param newSeed seed of the weights, the order of the images and their augmentation
     * @return the changed record
     */
    public Recipe withSeed(long newSeed) {
        return new Recipe(epochs, batchSize, learningRate, momentum, weightDecay, augment, newSeed);
    }
}
