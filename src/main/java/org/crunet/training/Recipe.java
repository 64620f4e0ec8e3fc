package org.crunet.training;

import static org.crunet.base.Errors.require;

import ai.djl.Device;
import ai.djl.engine.Engine;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.crunet.base.Records;
import org.crunet.data.Augmentation;
import org.crunet.torch.Precision;

/**
 * A way to train. Change one field:
 *
 * <pre>{@code
 * Recipe.QUICK.withEpochs(10).withOptimizer(Optimizer.adamW()).withLearningRate(1e-3)
 * }</pre>
 *
 * @param epochs passes over the training images, at least 1
 * @param batchSize images a step, at least 2
 * @param shortBatch whether two or more images that are left at the end of an epoch, too few for a batch, make a step of their
 *     own; else they are not used in it
 * @param accumulationSteps equal parts of 2 or more images in which a batch goes through the network, for batches that do not
 *     fit into memory; batch norm sees a part
 * @param learningRate highest learning rate, that of schedule factor 1
 * @param schedule how the learning rate goes
 * @param optimizer the rule of a step
 * @param loss what a step makes smaller
 * @param terms what is added to the loss
 * @param weightDecay L2 penalty of SGD, decoupled decay of AdamW, in [0, 1)
 * @param decayNormsAndBiases whether batch norms and biases decay too, as PyTorch does when it is not told otherwise
 * @param decays what the weight decay of some weights is multiplied by, whatever they are; the last that matches counts
 * @param rates what the learning rate of some weights is multiplied by, 0 where they are frozen; the last that matches counts
 * @param labelSmoothing share of the target that is spread evenly over all classes, in [0, 1)
 * @param mixup alpha of the Beta distribution by which two images and their labels are mixed; 0 for none
 * @param clipNorm largest global norm of the gradient; 0 for no limit
 * @param average fraction of the exponential average of the weights that a step keeps, such as 0.999, in [0, 1); 0 for no
 *     average. Where there is one it is what is evaluated, running statistics with it, and what a training leaves behind
 * @param metrics what is measured after every epoch besides
 * @param augmentation how training images are changed
 * @param seed seed of the weights, the order of the images, their augmentation and mixing
 * @param device where to train
 * @param precision with what numbers convolutions and linear layers compute; a training is what AUTO is where it begins
 */
public record Recipe(
        int epochs,
        int batchSize,
        boolean shortBatch,
        int accumulationSteps,
        double learningRate,
        Schedule schedule,
        Optimizer optimizer,
        Loss loss,
        List<Loss.Term> terms,
        double weightDecay,
        boolean decayNormsAndBiases,
        List<Factor> decays,
        List<Factor> rates,
        double labelSmoothing,
        double mixup,
        double clipNorm,
        double average,
        List<Metric> metrics,
        Augmentation augmentation,
        long seed,
        Place device,
        Precision precision)
        implements Serializable {

    /** A few minutes on two cores for a small network and some thousand small images. */
    public static final Recipe QUICK = new Recipe(
            6,
            32,
            false,
            1,
            0.05,
            Schedule.cosine().withWarmUp(0.15),
            Optimizer.nesterov(0.9),
            Loss.crossEntropy(),
            List.of(),
            5e-4,
            false,
            List.of(),
            List.of(),
            0,
            0,
            0,
            0,
            List.of(),
            Augmentation.SMALL,
            1,
            Place.AUTO,
            Precision.FLOAT32);

    /**
     * For CIFAR-10 and images of its kind, after Xie et al. (ResNeXt, 2017): 300 epochs in batches of 128, the rate down by
     * 10 at a half and at three quarters, weight decay 5e-4 everywhere, shifts of 4 pixels and mirroring.
     */
    public static final Recipe CIFAR = QUICK.withEpochs(300)
            .withBatchSize(128)
            .withLearningRate(0.1)
            .withSchedule(Schedule.step(0.1, 0.5, 0.75))
            .withDecayNormsAndBiases(true);

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
            .withDecayNormsAndBiases(true)
            .withAugmentation(Augmentation.AUTHORS);

    /**
     * Checks the fields.
     *
     * @throws IllegalArgumentException if a number is out of range; the message has the field and the value
     */
    public Recipe {
        Objects.requireNonNull(schedule, "schedule is null");
        Objects.requireNonNull(optimizer, "optimizer is null");
        Objects.requireNonNull(loss, "loss is null");
        terms = List.copyOf(Objects.requireNonNull(terms, "terms is null"));
        metrics = List.copyOf(Objects.requireNonNull(metrics, "metrics is null"));
        decays = List.copyOf(Objects.requireNonNull(decays, "decays is null"));
        rates = List.copyOf(Objects.requireNonNull(rates, "rates is null"));
        Objects.requireNonNull(augmentation, "augmentation is null");
        Objects.requireNonNull(device, "device is null");
        Objects.requireNonNull(precision, "precision is null");
        require(epochs >= 1, "epochs must be at least 1: " + epochs);
        require(batchSize >= 2, "batchSize must be at least 2, or batch norm has nothing to average: " + batchSize);
        require(
                accumulationSteps >= 1 && batchSize % accumulationSteps == 0 && batchSize / accumulationSteps >= 2,
                "accumulationSteps must divide the batch into equal parts of 2 or more images: accumulationSteps="
                        + accumulationSteps + ", batchSize=" + batchSize);
        require(learningRate > 0 && learningRate < 1e6, "learningRate must be positive and below 1e6: " + learningRate);
        require(weightDecay >= 0 && weightDecay < 1, "weightDecay must be in [0, 1): " + weightDecay);
        require(labelSmoothing >= 0 && labelSmoothing < 1, "labelSmoothing must be in [0, 1): " + labelSmoothing);
        require(mixup >= 0 && mixup < 1e3, "mixup must not be negative, and below 1000: " + mixup);
        require(average >= 0 && average < 1, "average must be in [0, 1): " + average);
        List<String> names = metrics.stream().map(Metric::name).toList();
        require(names.stream().distinct().count() == names.size(), "two metrics have one name: " + names);
        require(clipNorm >= 0 && clipNorm < 1e30, "clipNorm must not be negative, and below 1e30: " + clipNorm);
    }

    /**
     * A factor for weights whose names match.
     *
     * @param weights such as {@code conv4.*.bias}, where {@code *} is any text, of the names of
     *     {@link org.crunet.network.Weights#of}
     * @param factor finite and not negative
     */
    public record Factor(String weights, double factor) implements Serializable {

        /** Checks the number. */
        public Factor {
            Objects.requireNonNull(weights, "weights is null");
            require(
                    factor >= 0 && factor < 1e6,
                    "the factor of " + weights + " must be from 0 to below 1e6: " + factor);
        }
    }

    /**
     * Where a network is trained: on the CPU or on one GPU.
     *
     * @param kind what it is
     * @param number which GPU, from 0; 0 for the others
     */
    public record Place(Kind kind, int number) implements Serializable {

        /** The kinds of places. */
        public enum Kind {
            /** The first GPU if there is one, else the CPU. */
            AUTO,
            /** The CPU. */
            CPU,
            /** One GPU. */
            GPU
        }

        /** The first GPU if there is one, else the CPU. */
        public static final Place AUTO = new Place(Kind.AUTO, 0);

        /** The CPU. */
        public static final Place CPU = new Place(Kind.CPU, 0);

        /**
         * Checks the number.
         *
         * @throws IllegalArgumentException if it is negative, or not 0 where there is nothing to count
         */
        public Place {
            require(number == 0 || kind == Kind.GPU && number > 0, "there is no GPU " + number + ": count from 0");
        }

        /**
         * Returns one of several GPUs.
         *
         * @param number which one, from 0
         * @return the place
         */
        public static Place gpu(int number) {
            return new Place(Kind.GPU, number);
        }

        /** The device on a machine with so many GPUs. */
        Device of(int gpus) {
            require(
                    kind != Kind.GPU || number < gpus,
                    "there is no " + this + ", PyTorch can use " + gpus + (gpus == 1 ? " GPU" : " GPUs")
                            + " here: use withDevice(Recipe.Place.AUTO)");
            return switch (kind) {
                case CPU -> Device.cpu();
                case GPU -> Device.gpu(number);
                case AUTO -> gpus == 0 ? Device.cpu() : Device.gpu(0);
            };
        }

        @Override
        public String toString() {
            return kind.name().toLowerCase(Locale.ROOT) + (kind == Kind.GPU ? number : "");
        }
    }

    /**
     * Returns how many steps an epoch has.
     *
     * @param images number of training images
     * @return the number of batches
     */
    public int steps(int images) {
        return (images + (shortBatch ? batchSize - 2 : 0)) / batchSize;
    }

    /**
     * Returns the learning rate of a step, a pure function of its number.
     *
     * @param step number of the step in the whole training, from 0
     * @param steps number of steps in the whole training
     * @return the rate of that step
     * @throws IllegalArgumentException if there is no such step, or the schedule gives no finite number for it
     */
    public double learningRateAt(long step, long steps) {
        require(step >= 0 && step < steps, "the step must be from 0 to " + (steps - 1) + ": " + step);
        double rate = learningRate * schedule.factor(step, steps);
        require(
                Double.isFinite(rate),
                () -> "the schedule " + schedule + " makes the learning rate of step " + step + " of " + steps + " "
                        + rate + ": let its factor be a finite number");
        return rate;
    }

    /** Returns this recipe with another {@link #epochs}. */
    public Recipe withEpochs(int epochs) {
        return Records.with(this, "epochs", epochs);
    }

    /** Returns this recipe with another {@link #batchSize}. */
    public Recipe withBatchSize(int batchSize) {
        return Records.with(this, "batchSize", batchSize);
    }

    /** Returns this recipe with another {@link #shortBatch}. */
    public Recipe withShortBatch(boolean shortBatch) {
        return Records.with(this, "shortBatch", shortBatch);
    }

    /** Returns this recipe with another {@link #accumulationSteps}. */
    public Recipe withAccumulationSteps(int accumulationSteps) {
        return Records.with(this, "accumulationSteps", accumulationSteps);
    }

    /** Returns this recipe with another {@link #learningRate}. */
    public Recipe withLearningRate(double learningRate) {
        return Records.with(this, "learningRate", learningRate);
    }

    /** Returns this recipe with another {@link #schedule}. */
    public Recipe withSchedule(Schedule schedule) {
        return Records.with(this, "schedule", schedule);
    }

    /** Returns this recipe with another {@link #optimizer}. */
    public Recipe withOptimizer(Optimizer optimizer) {
        return Records.with(this, "optimizer", optimizer);
    }

    /** Returns this recipe with another {@link #loss}. */
    public Recipe withLoss(Loss loss) {
        return Records.with(this, "loss", loss);
    }

    /** Returns this recipe with other {@link #terms}. */
    public Recipe withTerms(List<Loss.Term> terms) {
        return Records.with(this, "terms", terms);
    }

    /**
     * Returns this recipe with another term added to the loss.
     *
     * @param name takes the place of the term in the identity of a training
     * @param strength what the term is multiplied by
     * @param term what to compute
     * @return a recipe with one of {@link #terms} more
     * @throws IllegalArgumentException if the name is blank
     */
    public Recipe plus(String name, double strength, Loss term) {
        return withTerms(plus(terms, new Loss.Term(Loss.named(name, term), strength)));
    }

    private static <T> List<T> plus(List<T> some, T another) {
        return Stream.concat(some.stream(), Stream.of(another)).toList();
    }

    /** Returns this recipe with another {@link #weightDecay}. */
    public Recipe withWeightDecay(double weightDecay) {
        return Records.with(this, "weightDecay", weightDecay);
    }

    /** Returns this recipe with another {@link #decayNormsAndBiases}. */
    public Recipe withDecayNormsAndBiases(boolean decayNormsAndBiases) {
        return Records.with(this, "decayNormsAndBiases", decayNormsAndBiases);
    }

    /** Returns this recipe with other {@link #decays}. */
    public Recipe withDecays(List<Factor> decays) {
        return Records.with(this, "decays", decays);
    }

    /**
     * Returns this recipe with another weight decay for some weights, such as {@code withDecay("*.alpha", 0)}.
     *
     * @param weights their names, where {@code *} is any text; a network that has none is refused, unless it is compared with
     *     one that has
     * @param factor what {@link #weightDecay} is multiplied by for them, also where norms and biases have none
     * @return a recipe with one of {@link #decays} more
     */
    public Recipe withDecay(String weights, double factor) {
        return withDecays(plus(decays, new Factor(weights, factor)));
    }

    /** Returns this recipe with other {@link #rates}. */
    public Recipe withRates(List<Factor> rates) {
        return Records.with(this, "rates", rates);
    }

    /**
     * Returns this recipe with another learning rate for some weights. Those of factor 0 are frozen: they stay what they are,
     * and have no gradient and no share in its norm; running statistics of batch norm go on.
     *
     * @param weights as of {@link #withDecay}
     * @param factor what {@link #learningRate} is multiplied by for them
     * @return a recipe with one of {@link #rates} more
     */
    public Recipe withRate(String weights, double factor) {
        return withRates(plus(rates, new Factor(weights, factor)));
    }

    /** Returns this recipe with another {@link #labelSmoothing}. */
    public Recipe withLabelSmoothing(double labelSmoothing) {
        return Records.with(this, "labelSmoothing", labelSmoothing);
    }

    /** Returns this recipe with another {@link #mixup}. */
    public Recipe withMixup(double mixup) {
        return Records.with(this, "mixup", mixup);
    }

    /** Returns this recipe with another {@link #clipNorm}. */
    public Recipe withClipNorm(double clipNorm) {
        return Records.with(this, "clipNorm", clipNorm);
    }

    /** Returns this recipe with another {@link #average}. */
    public Recipe withAverage(double average) {
        return Records.with(this, "average", average);
    }

    /** Returns this recipe with other {@link #metrics}. */
    public Recipe withMetrics(List<Metric> metrics) {
        return Records.with(this, "metrics", metrics);
    }

    /**
     * Returns this recipe with another number measured after every epoch.
     *
     * @param name what it is called in tables and charts; it takes the place of the code in the identity of a training
     * @param measure how it is measured
     * @return a recipe with one of {@link #metrics} more
     * @throws IllegalArgumentException if the name is blank or there already
     */
    public Recipe withMetric(String name, Metric.Measure measure) {
        return withMetrics(plus(metrics, new Metric(name, measure)));
    }

    /** Returns this recipe with another {@link #augmentation}. */
    public Recipe withAugmentation(Augmentation augmentation) {
        return Records.with(this, "augmentation", augmentation);
    }

    /** Returns this recipe with another {@link #seed}. */
    public Recipe withSeed(long seed) {
        return Records.with(this, "seed", seed);
    }

    /** Returns this recipe with another {@link #device}. */
    public Recipe withDevice(Place device) {
        return Records.with(this, "device", device);
    }

    /** Returns this recipe with another {@link #precision}. */
    public Recipe withPrecision(Precision precision) {
        return Records.with(this, "precision", precision);
    }

    /**
     * Returns this recipe as it is carried out on this machine, which is what a training is recognised by.
     *
     * @return with FLOAT32 or BF16 for its {@link #precision}
     * @throws IllegalArgumentException if there is no such device
     */
    public Recipe here() {
        return precision == Precision.FLOAT32
                ? this
                : withPrecision(precision.on(device.of(Engine.getInstance().getGpuCount())));
    }
}
