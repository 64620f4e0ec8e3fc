package org.crunet.training;

import static org.crunet.base.Errors.require;

import java.io.Serializable;
import java.util.Objects;
import org.crunet.data.Augmentation;

/**
 * How to train. A record; change one field:
 *
 * <pre>{@code
 * Recipe.QUICK.withEpochs(10).withOptimizer(Optimizer.adamW()).withLearningRate(1e-3)
 * }</pre>
 *
 * @param epochs passes over the training images
 * @param batchSize images a step; those left at the end of an epoch, too few for a batch, are not used in it
 * @param accumulation parts in which a batch goes through the network, for batches that do not fit into memory; batch norm sees a part
 * @param learningRate highest learning rate, that of schedule factor 1
 * @param schedule how the learning rate goes
 * @param optimizer the rule of a step
 * @param weightDecay L2 penalty of SGD, decoupled decay of AdamW
 * @param decayAll whether batch norms and biases decay too, as PyTorch does when it is not told otherwise
 * @param labelSmoothing share of the target that is spread evenly over all classes
 * @param mixup alpha of the Beta distribution by which two images and their labels are mixed; 0 for none
 * @param clipNorm largest global norm of the gradient; 0 for no limit
 * @param augmentation how training images are changed
 * @param seed seed of the weights, the order of the images, their augmentation and mixing
 * @param device where to train: {@code auto}, {@code cpu}, {@code gpu} or {@code gpu1}; {@code auto} takes all GPUs there are, or else the CPU
 */
public record Recipe(
        int epochs,
        int batchSize,
        int accumulation,
        double learningRate,
        Schedule schedule,
        Optimizer optimizer,
        double weightDecay,
        boolean decayAll,
        double labelSmoothing,
        double mixup,
        double clipNorm,
        Augmentation augmentation,
        long seed,
        String device)
        implements Serializable {

    /** A few minutes on two cores for a small network and some thousand small images. */
    public static final Recipe QUICK = new Recipe(
            6,
            32,
            1,
            0.05,
            Schedule.cosine().withWarmUp(0.15),
            Optimizer.nesterov(0.9),
            5e-4,
            false,
            0,
            0,
            0,
            Augmentation.SMALL,
            1,
            "auto");

    /**
     * For CIFAR-10 and images of its kind, after Xie et al. (ResNeXt, 2017): 300 epochs in batches of 128, the rate down by
     * 10 at a half and at three quarters, weight decay 5e-4 everywhere, shifts of 4 pixels and mirroring.
     */
    public static final Recipe CIFAR = QUICK.withEpochs(300)
            .withBatchSize(128)
            .withLearningRate(0.1)
            .withSchedule(Schedule.step(0.1, 0.5, 0.75))
            .withDecayAll(true);

    /**
     * For ImageNet and Places365. The augmentation is the one in the authors' release notes, as are the normalisation of
     * {@link org.crunet.data.Batches} and the batch norm of the networks. They do not say how they optimised: batch size,
     * rate, Nesterov's momentum and weight decay are those of ResNeXt (Xie et al. 2017), the networks they compare with, and
     * the rate goes down by 10 after 30 and 60 of 90 epochs, as is usual for ImageNet.
     */
    public static final Recipe AUTHORS = QUICK.withEpochs(90)
            .withBatchSize(256)
            .withLearningRate(0.1)
            .withSchedule(Schedule.step(0.1, 30. / 90, 60. / 90))
            .withWeightDecay(1e-4)
            .withDecayAll(true)
            .withAugmentation(Augmentation.AUTHORS);

    /**
     * Checks the numbers.
     *
     * @param epochs at least 1
     * @param batchSize at least 2, since batch norm needs more than one image
     * @param accumulation at least 1; must divide the batch size into parts of 2 or more
     * @param learningRate positive and below 1e6
     * @param schedule any
     * @param optimizer any
     * @param weightDecay not negative
     * @param decayAll any
     * @param labelSmoothing in [0, 1)
     * @param mixup not negative
     * @param clipNorm not negative
     * @param augmentation any
     * @param seed any
     * @param device {@code auto}, {@code cpu}, {@code gpu} or {@code gpu} with a number
     * @throws IllegalArgumentException if one is out of range; the message has the field and the value
     */
    public Recipe {
        Objects.requireNonNull(schedule, "schedule is null");
        Objects.requireNonNull(optimizer, "optimizer is null");
        Objects.requireNonNull(augmentation, "augmentation is null");
        Objects.requireNonNull(device, "device is null");
        require(epochs >= 1, "epochs must be at least 1: " + epochs);
        require(batchSize >= 2, "batchSize must be at least 2, or batch norm has nothing to average: " + batchSize);
        require(
                accumulation >= 1 && batchSize % accumulation == 0 && batchSize / accumulation >= 2,
                "accumulation must divide the batch into equal parts of 2 or more images: accumulation=" + accumulation
                        + ", batchSize=" + batchSize);
        require(learningRate > 0 && learningRate < 1e6, "learningRate must be positive and below 1e6: " + learningRate);
        require(weightDecay >= 0 && weightDecay < 1, "weightDecay must be in [0, 1): " + weightDecay);
        require(labelSmoothing >= 0 && labelSmoothing < 1, "labelSmoothing must be in [0, 1): " + labelSmoothing);
        require(mixup >= 0 && mixup < 1e3, "mixup must not be negative, and below 1000: " + mixup);
        require(clipNorm >= 0 && clipNorm < 1e30, "clipNorm must not be negative, and below 1e30: " + clipNorm);
        require(
                device.matches("auto|cpu|gpu\\d{0,4}"),
                "device must be auto, cpu, gpu or a GPU such as gpu1: " + device);
    }

    /**
     * The learning rate as a pure function of the step.
     *
     * @param step number of the step in the whole training, from 0
     * @param steps number of steps in the whole training
     * @return the rate of that step
     * @throws IllegalArgumentException if there is no such step
     */
    public double learningRateAt(long step, long steps) {
        require(
                step >= 0 && step < steps,
                "the steps of a training of " + steps + " are counted from 0 to " + (steps - 1) + ": " + step);
        return learningRate * schedule.factor(step, steps);
    }

    /**
     * The same recipe with another {@code epochs}.
     *
     * @param changed passes over the training images
     * @return the changed record
     */
    public Recipe withEpochs(int changed) {
        return new Recipe(
                changed,
                batchSize,
                accumulation,
                learningRate,
                schedule,
                optimizer,
                weightDecay,
                decayAll,
                labelSmoothing,
                mixup,
                clipNorm,
                augmentation,
                seed,
                device);
    }

    /**
     * The same recipe with another {@code batchSize}.
     *
     * @param changed images a step
     * @return the changed record
     */
    public Recipe withBatchSize(int changed) {
        return new Recipe(
                epochs,
                changed,
                accumulation,
                learningRate,
                schedule,
                optimizer,
                weightDecay,
                decayAll,
                labelSmoothing,
                mixup,
                clipNorm,
                augmentation,
                seed,
                device);
    }

    /**
     * The same recipe with another {@code accumulation}.
     *
     * @param changed parts in which a batch goes through the network, for batches that do not fit into memory; batch norm sees a part
     * @return the changed record
     */
    public Recipe withAccumulation(int changed) {
        return new Recipe(
                epochs,
                batchSize,
                changed,
                learningRate,
                schedule,
                optimizer,
                weightDecay,
                decayAll,
                labelSmoothing,
                mixup,
                clipNorm,
                augmentation,
                seed,
                device);
    }

    /**
     * The same recipe with another {@code learningRate}.
     *
     * @param changed highest learning rate, that of schedule factor 1
     * @return the changed record
     */
    public Recipe withLearningRate(double changed) {
        return new Recipe(
                epochs,
                batchSize,
                accumulation,
                changed,
                schedule,
                optimizer,
                weightDecay,
                decayAll,
                labelSmoothing,
                mixup,
                clipNorm,
                augmentation,
                seed,
                device);
    }

    /**
     * The same recipe with another {@code schedule}.
     *
     * @param changed how the learning rate goes
     * @return the changed record
     */
    public Recipe withSchedule(Schedule changed) {
        return new Recipe(
                epochs,
                batchSize,
                accumulation,
                learningRate,
                changed,
                optimizer,
                weightDecay,
                decayAll,
                labelSmoothing,
                mixup,
                clipNorm,
                augmentation,
                seed,
                device);
    }

    /**
     * The same recipe with another {@code optimizer}.
     *
     * @param changed the rule of a step
     * @return the changed record
     */
    public Recipe withOptimizer(Optimizer changed) {
        return new Recipe(
                epochs,
                batchSize,
                accumulation,
                learningRate,
                schedule,
                changed,
                weightDecay,
                decayAll,
                labelSmoothing,
                mixup,
                clipNorm,
                augmentation,
                seed,
                device);
    }

    /**
     * The same recipe with another {@code weightDecay}.
     *
     * @param changed L2 penalty of SGD, decoupled decay of AdamW
     * @return the changed record
     */
    public Recipe withWeightDecay(double changed) {
        return new Recipe(
                epochs,
                batchSize,
                accumulation,
                learningRate,
                schedule,
                optimizer,
                changed,
                decayAll,
                labelSmoothing,
                mixup,
                clipNorm,
                augmentation,
                seed,
                device);
    }

    /**
     * The same recipe with another {@code decayAll}.
     *
     * @param changed whether batch norms and biases decay too, as PyTorch does when it is not told otherwise
     * @return the changed record
     */
    public Recipe withDecayAll(boolean changed) {
        return new Recipe(
                epochs,
                batchSize,
                accumulation,
                learningRate,
                schedule,
                optimizer,
                weightDecay,
                changed,
                labelSmoothing,
                mixup,
                clipNorm,
                augmentation,
                seed,
                device);
    }

    /**
     * The same recipe with another {@code labelSmoothing}.
     *
     * @param changed share of the target that is spread evenly over all classes
     * @return the changed record
     */
    public Recipe withLabelSmoothing(double changed) {
        return new Recipe(
                epochs,
                batchSize,
                accumulation,
                learningRate,
                schedule,
                optimizer,
                weightDecay,
                decayAll,
                changed,
                mixup,
                clipNorm,
                augmentation,
                seed,
                device);
    }

    /**
     * The same recipe with another {@code mixup}.
     *
     * @param changed alpha of the Beta distribution by which two images and their labels are mixed; 0 for none
     * @return the changed record
     */
    public Recipe withMixup(double changed) {
        return new Recipe(
                epochs,
                batchSize,
                accumulation,
                learningRate,
                schedule,
                optimizer,
                weightDecay,
                decayAll,
                labelSmoothing,
                changed,
                clipNorm,
                augmentation,
                seed,
                device);
    }

    /**
     * The same recipe with another {@code clipNorm}.
     *
     * @param changed largest global norm of the gradient; 0 for no limit
     * @return the changed record
     */
    public Recipe withClipNorm(double changed) {
        return new Recipe(
                epochs,
                batchSize,
                accumulation,
                learningRate,
                schedule,
                optimizer,
                weightDecay,
                decayAll,
                labelSmoothing,
                mixup,
                changed,
                augmentation,
                seed,
                device);
    }

    /**
     * The same recipe with another {@code augmentation}.
     *
     * @param changed how training images are changed
     * @return the changed record
     */
    public Recipe withAugmentation(Augmentation changed) {
        return new Recipe(
                epochs,
                batchSize,
                accumulation,
                learningRate,
                schedule,
                optimizer,
                weightDecay,
                decayAll,
                labelSmoothing,
                mixup,
                clipNorm,
                changed,
                seed,
                device);
    }

    /**
     * The same recipe with another {@code seed}.
     *
     * @param changed seed of the weights, the order of the images, their augmentation and mixing
     * @return the changed record
     */
    public Recipe withSeed(long changed) {
        return new Recipe(
                epochs,
                batchSize,
                accumulation,
                learningRate,
                schedule,
                optimizer,
                weightDecay,
                decayAll,
                labelSmoothing,
                mixup,
                clipNorm,
                augmentation,
                changed,
                device);
    }

    /**
     * The same recipe with another {@code device}.
     *
     * @param changed where to train: {@code auto}, {@code cpu}, {@code gpu} or {@code gpu1}; {@code auto} takes all GPUs there are, or else the CPU
     * @return the changed record
     */
    public Recipe withDevice(String changed) {
        return new Recipe(
                epochs,
                batchSize,
                accumulation,
                learningRate,
                schedule,
                optimizer,
                weightDecay,
                decayAll,
                labelSmoothing,
                mixup,
                clipNorm,
                augmentation,
                seed,
                changed);
    }
}
