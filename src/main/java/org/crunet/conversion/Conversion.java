package org.crunet.conversion;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.crunet.data.ImageSet;
import org.crunet.evaluation.Compatibility;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Stage;
import org.crunet.tensor.AlsSettings;
import org.crunet.torch.Gradients;
import org.crunet.torch.NativeSettings;

/**
 * Makes collective units out of the bottlenecks of a trained stage, to start fine-tuning from:
 *
 * <pre>{@code
 * var conversion = Conversion.of(run.network(), "conv4").calibratedOn(data.train()).convert();
 * Training.fit(conversion.network(), data, Recipe.QUICK.withEpochs(1).withLearningRate(0.01));
 * }</pre>
 *
 * <p>From its first ReLU to its last batch norm a bottleneck is one kernel {@code K_u}, but for the batch norm and ReLU in
 * the middle, for which their best linear approximation is taken ({@link #kernels(Network, String)}). The collective
 * factorisation {@code K_u = sum_r G_r x1 A4_r(u) x2 A3_r} of them all, as the images see them
 * ({@link #kernels(Network, String, ImageSet)}), gives the shared 1x1 {@code A3} and 3x3 {@code G_r}. Batch norms, shortcut
 * and last 1x1 are carried over. The own 1x1 in between, in the place of {@code A4(u)}, is fitted by least squares to what
 * enters the last batch norm of the trained unit on some images, unit after unit, each on what the converted units before
 * it make of the images; labels are not used. Where the collective unit is wider, its additional channels begin with random
 * weights and without effect.
 *
 * <p>The first unit of a stage that changes channels or resolution takes the trained shortcut as its projection. Running
 * statistics are estimated anew on the images, from the stage to the end of the network.
 */
public final class Conversion {

    private static final AlsSettings QUICK =
            AlsSettings.DEFAULT.withSweeps(60).withTolerance(1e-4).withStarts(1);
    private static final int IMAGES = 512;
    private static final double OFFSET = 2;

    private final Network network;
    private final String stage;
    private final int width;
    private final double offset;
    private final ImageSet images;

    private Conversion(Network network, String stage, int width, double offset, ImageSet images) {
        this.network = network;
        this.stage = stage;
        this.width = width;
        this.offset = offset;
        this.images = images;
    }

    /**
     * Converts one stage, keeping the bottlenecks' width, which makes it smaller.
     *
     * @param network a trained network, which stays as it is
     * @param stage its name as in Table 1, such as {@code conv4}: pre-activation bottlenecks
     * @return what is to be converted
     * @throws IllegalArgumentException if there is no such stage, or it is made of other units; the message says of which
     * @throws IllegalStateException if the network was closed, or built around a block
     */
    public static Conversion of(Network network, String stage) {
        Stage bottlenecks = bottlenecks(network, stage);
        return new Conversion(network, stage, bottlenecks.width(), OFFSET, null);
    }

    /**
     * Returns this conversion with another width.
     *
     * @param newWidth width D of the collective units, at least that of the bottlenecks
     * @return a new conversion
     * @throws IllegalArgumentException if it is less; the message has both
     */
    public Conversion width(int newWidth) {
        int needed = network.architecture().stage(stage).width();
        require(
                newWidth >= needed,
                "width: the channels of " + stage + " are carried over: at least " + needed + ", not " + newWidth);
        return new Conversion(network, stage, newWidth, offset, images);
    }

    /**
     * Returns this conversion with another shift of the batch norm behind the shared factors: how many standard deviations
     * it lifts a channel over the bend of the ReLU. At 0 it is as training would begin; the larger, the more linear, and
     * the closer to the trained units, whose middle is approximated as linear.
     *
     * @param newOffset a number of standard deviations, not negative, 2 unless told
     * @return a new conversion
     * @throws IllegalArgumentException if it is negative or no number
     */
    public Conversion offset(double newOffset) {
        require(newOffset >= 0 && Double.isFinite(newOffset), "offset must be a number from 0 on, not " + newOffset);
        return new Conversion(network, stage, width, newOffset, images);
    }

    /**
     * Returns this conversion with images to fit to and to estimate running statistics on.
     *
     * @param newImages images like those the network was trained on; of more than 512, so many taken evenly
     * @return a new conversion
     * @throws IllegalArgumentException if there are none, or they have another size than the network's input
     */
    public Conversion calibratedOn(ImageSet newImages) {
        Compatibility.notEmpty(newImages);
        Compatibility.size(network, newImages);
        int count = Math.min(IMAGES, newImages.size());
        int[] evenly = IntStream.range(0, count)
                .map(i -> (int) ((long) i * newImages.size() / count))
                .toArray();
        return new Conversion(network, stage, width, offset, newImages.subset(evenly));
    }

    /**
     * Converts the stage, with at most 60 sweeps of least squares for the factorisation.
     *
     * @return the new network, and how far each unit is off
     * @throws IllegalStateException if there are no images yet: {@link #calibratedOn}
     */
    public Converted convert() {
        return convert(QUICK);
    }

    /**
     * Converts the stage.
     *
     * @param settings how long to look for the factors; its seed also makes the weights of additional channels
     * @return the new network, and how far each unit is off
     * @throws IllegalStateException if there are no images yet: {@link #calibratedOn}
     */
    public Converted convert(AlsSettings settings) {
        if (images == null) {
            throw new IllegalStateException("images are needed to fit to: calibratedOn(data.train())");
        }
        return network.inUse(() -> work(settings));
    }

    private Converted work(AlsSettings settings) {
        bottlenecks(network, stage);
        Network made = architecture().build(settings.seed());
        try (NDManager scope = made.manager().newSubManager()) {
            StageConversion work = new StageConversion(network, made, stage, offset, scope);
            return new Converted(made, stage, Gradients.off(() -> work.run(images, settings)));
        } catch (RuntimeException e) {
            made.close();
            throw e;
        } finally {
            NativeSettings.releaseMemory();
        }
    }

    /**
     * Makes what a conversion is to be compared with: the same network with the stage's weights drawn at random, and all
     * others carried over. It needs no images.
     *
     * @param seed seed of the stage's weights
     * @return the new network, to train further, to close
     */
    public Network control(long seed) {
        bottlenecks(network, stage);
        Network made = architecture()
                .withName(network.name() + ", " + stage + " drawn at random")
                .build(seed);
        return network.inUse(() -> Gradients.off(() -> {
            StageConversion.copyOthers(network, made, stage);
            return made;
        }));
    }

    private Architecture architecture() {
        Architecture before = network.architecture();
        return before.withStage(stage, old -> Stage.collective(old.units(), width, old.out()))
                .withName(before.name() + ", " + stage + " made collective");
    }

    /**
     * Computes the kernels of a stage's bottlenecks, to factorise: {@code K_u = core x2 (slope reduce)'}, from the
     * first ReLU of a unit to its last batch norm. In between, where {@code gamma z + beta} passes a ReLU, with {@code
     * z} of variance 1, stands the linear function that is closest for a normal z: its slope is {@code gamma Phi(beta /
     * |gamma|)}.
     *
     * <p>All have the same input channels: where the first unit changes them, its kernel is written over those of the
     * shortcut's projection {@code P}, as {@code K_1 x2 (P+)'} with the pseudo-inverse.
     *
     * @param network a trained network
     * @param stage its name as in Table 1, such as {@code conv4}: pre-activation bottlenecks
     * @return one kernel a unit, {@code (D, C, 3, 3)} for width D and output channels C; owned by the network's manager
     * @throws IllegalArgumentException if there is no such stage, or it is made of other units
     * @throws IllegalStateException if the network was closed, or built around a block
     */
    public static List<NDArray> kernels(Network network, String stage) {
        bottlenecks(network, stage);
        return kernels(network, scope -> new TrainedStage(network, stage, scope).kernels());
    }

    /**
     * Computes the kernels as the images see them, which is how a conversion factorises them: {@code K_u x2 L'} with
     * {@code L L'} the covariance of what the kernels take, in the mean over the units. The square of the norm, and of
     * an error, is then the variance of what the kernel makes of it, pixels taken as independent. The units of a stage
     * read much the same channels, so factors that are bad in common for the kernels may be good in common for what
     * they do.
     *
     * @param network a trained network
     * @param stage its name as in Table 1, such as {@code conv4}: pre-activation bottlenecks
     * @param images images like those the network was trained on; of more than 512, so many taken evenly
     * @return one kernel a unit, {@code (D, C, 3, 3)}; owned by the network's manager
     * @throws IllegalArgumentException if there is no such stage, or it is made of other units, or the images do not fit
     * @throws IllegalStateException if the network was closed, or built around a block
     */
    public static List<NDArray> kernels(Network network, String stage, ImageSet images) {
        ImageSet chosen = of(network, stage).calibratedOn(images).images;
        return kernels(network, scope -> {
            TrainedStage trained = new TrainedStage(network, stage, scope);
            return trained.kernels(trained.root(trained.flow(chosen)));
        });
    }

    private static List<NDArray> kernels(Network network, Function<NDManager, List<NDArray>> work) {
        return network.inUse(() -> Gradients.off(() -> {
            try (NDManager scope = network.manager().newSubManager()) {
                List<NDArray> kernels = work.apply(scope);
                kernels.forEach(kernel -> kernel.attach(network.manager()));
                return kernels;
            }
        }));
    }

    @Override
    public String toString() {
        return stage + " of " + network.name() + " to collective units of width " + width + ": call "
                + (images == null ? "calibratedOn(images)" : "convert()");
    }

    /** A stage whose units are one kernel each, but for what stands in the middle. */
    private static Stage bottlenecks(Network network, String name) {
        network.requireOpen();
        Architecture architecture = network.architecture();
        Stage stage = architecture.stage(name);
        String what = name + " of " + network.name();
        require(!stage.collective(), what + " is collective already: " + stage);
        require(stage.kind() == Stage.Kind.BOTTLENECK, what + " is of basic units, without a 1x1 to share: " + stage);
        require(
                architecture.normalisation().preActivation(),
                what
                        + " is post-activation, collective units are not: train it anew withNormalisation(Normalisation.AUTHORS)");
        return stage;
    }
}
