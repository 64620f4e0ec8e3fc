package org.crunet.evaluation;

import static org.crunet.base.Errors.require;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.pooling.Pool;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.crunet.base.Parallel;
import org.crunet.base.Progress;
import org.crunet.data.Batch;
import org.crunet.data.ImageSet;
import org.crunet.data.Loader;
import org.crunet.network.Classifier;
import org.crunet.network.Network;
import org.crunet.torch.DeviceMemory;
import org.crunet.torch.NativeSettings;
import org.crunet.torch.Precision;

/** Runs a network over whole sets of images, batch by batch, on all cores. */
public final class Inference {

    /** The number of images that are run together, by each thread. */
    public static final int BATCH = 16;

    /** How many images are run together of ten crops, which are ten times as many pictures. */
    static final int TEN_CROPS_BATCH = 2;

    private Inference() {}

    /**
     * Returns the class probabilities of every image.
     *
     * @param network a network whose output is {@code (N, classes)}, whichever engine runs it
     * @param images the images, in their order
     * @return one row an image, one column a class, each row summing to 1; null for an image that cannot be read, which the
     *     set's problems then name
     * @throws IllegalArgumentException if the network has another number of classes or other names for them, was built for
     *     another image size, or gives no numbers for one
     * @throws IllegalStateException if the network was closed
     * @throws CancellationException if the thread is interrupted
     */
    public static float[][] probabilities(Classifier network, ImageSet images) {
        return every(
                images, (which, rows) -> probabilities(network, images, which, false, BATCH, Precision.FLOAT32, rows));
    }

    /**
     * Returns the most probable class.
     *
     * @param row one number a class
     * @return its place, of equal ones the first
     */
    public static int best(float[] row) {
        return IntStream.range(1, row.length).reduce(0, (best, c) -> row[c] > row[best] ? c : best);
    }

    /** Is told of each image, by its place in the set, one number a class, or a channel of the features. */
    @FunctionalInterface
    interface Rows {

        void add(int image, float[] row);
    }

    /** A row an image, null where there was none. */
    private static float[][] every(ImageSet images, BiConsumer<int[], Rows> work) {
        float[][] all = new float[images.size()][];
        work.accept(IntStream.range(0, images.size()).toArray(), (image, row) -> all[image] = row);
        return all;
    }

    /**
     * Tells the class probabilities of some images as soon as they are known, one at a time; those that cannot be read are not
     * told, and the set's problems name them. Throws as {@link #probabilities(Classifier, ImageSet)}.
     *
     * @param which places of the images, in the order they are wanted
     * @param batchSize number of images that are run together, ten times as many pictures of ten crops
     * @param precision what the network chose
     */
    static void probabilities(
            Classifier network,
            ImageSet images,
            int[] which,
            boolean tenCrops,
            int batchSize,
            Precision precision,
            Rows rows) {
        require(batchSize >= 1, "batchSize must be at least 1: " + batchSize);
        requireCompatible(network, images);
        try (Classifier.Folded folded = network.folded(precision);
                Loader loader = tenCrops
                        ? Loader.tenCrops(images, batches(which, batchSize))
                        : Loader.plain(images, batches(which, batchSize))) {
            Function<NDArray, NDArray> run = pictures -> {
                NDArray logits = folded.forward(pictures);
                Compatibility.classes(network, logits.getShape(), images);
                return logits.softmax(1);
            };
            each(network, loader, run, (image, row) -> {
                requireNumbers(network, images, image, row);
                rows.add(image, row);
            });
        } finally {
            NativeSettings.releaseMemory();
        }
    }

    /**
     * Throws, before time is spent on it, unless a network can be run over images; the number of classes is not looked at.
     *
     * @param network what is to be run
     * @param images over what
     * @throws IllegalArgumentException if the network has other names for the classes or was built for another image size, or
     *     there are no images
     * @throws IllegalStateException if the network was closed
     */
    public static void requireCompatible(Classifier network, ImageSet images) {
        network.requireOpen();
        Compatibility.names(network, images);
        Compatibility.notEmpty(images);
        Compatibility.size(network, images);
    }

    /** No class is more probable than one whose probability is NaN, so every such image would count as right. */
    private static void requireNumbers(Classifier network, ImageSet images, int image, float[] row) {
        require(
                !Float.isNaN(row[0]),
                () -> network.name() + " gives no numbers for " + images.describe(image)
                        + ": its weights are not finite or too large; load others, or train it anew at a smaller rate");
    }

    /**
     * What the classifier sees of every image: the last feature maps, averaged over the pixels. A row an image, a column a
     * channel; null for an image that cannot be read.
     *
     * @throws IllegalArgumentException if the network was built for another image size
     * @throws IllegalStateException if the network was closed
     * @throws CancellationException if the thread is interrupted
     */
    static float[][] features(Network network, ImageSet images) {
        return network.inUse(() -> {
            Compatibility.notEmpty(images);
            Compatibility.size(network, images);
            return every(images, (which, rows) -> features(network, images, which, rows));
        });
    }

    private static void features(Network network, ImageSet images, int[] which, Rows rows) {
        try (Loader loader = Loader.plain(images, batches(which, BATCH));
                Progress progress = Progress.of("features of " + network.name(), images.size())) {
            Function<NDArray, NDArray> run = pictures -> Pool.globalAvgPool2d(network.features(pictures));
            AtomicInteger done = new AtomicInteger();
            each(network, loader, run, (image, row) -> {
                rows.add(image, row);
                progress.done(done.incrementAndGet());
            });
        } finally {
            NativeSettings.releaseMemory();
        }
    }

    /**
     * Returns the class probabilities of every image, without checks and progress: a training has made its own.
     *
     * @param network a network that fits the images
     * @param images the images, in their order
     * @param precision FLOAT32 or BF16
     * @return one row an image, one column a class; null for an image that cannot be read
     * @throws CancellationException if the thread is interrupted
     */
    public static float[][] quietly(Network network, ImageSet images, Precision precision) {
        return every(images, (which, rows) -> {
            try (Classifier.Folded folded = network.folded(precision);
                    Loader loader = Loader.plain(images, batches(which, BATCH))) {
                each(network, loader, pictures -> folded.forward(pictures).softmax(1), rows);
            }
        });
    }

    private static List<int[]> batches(int[] which, int size) {
        return IntStream.iterate(0, from -> from < which.length, from -> from + size)
                .mapToObj(from -> Arrays.copyOfRange(which, from, Math.min(from + size, which.length)))
                .toList();
    }

    /**
     * Runs all batches, each on one core, on as many threads as the network takes, and tells the rows one by one. So what comes
     * of a batch does not depend on how many cores there are.
     */
    private static void each(Classifier network, Loader loader, Function<NDArray, NDArray> run, Rows rows) {
        int threads = network.threads();
        if (threads == 1) {
            while (step(network, loader, run, rows)) {
                continue;
            }
            return;
        }
        try {
            Parallel.run(threads, () -> {
                JniUtils.setNumThreads(1);
                return () -> step(network, loader, run, rows);
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("Interrupted while " + network.name() + " was run");
        } finally {
            JniUtils.setNumThreads(threads);
        }
    }

    /** Runs the next batch; false when there is none. */
    private static boolean step(Classifier network, Loader loader, Function<NDArray, NDArray> run, Rows rows) {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("Interrupted while " + network.name() + " was run");
        }
        int count = 0;
        try (NDManager scope = network.manager().newSubManager()) {
            Batch batch;
            synchronized (loader) {
                if (!loader.hasNext()) {
                    return false;
                }
                batch = loader.next(scope);
            }
            count = batch.indices().length;
            float[][] found = count == 0 ? new float[0][] : rows(run.apply(batch.images()), count);
            synchronized (rows) {
                for (int i = 0; i < count; i++) {
                    rows.add(batch.indices()[i], found[i]);
                }
            }
            return true;
        } catch (EngineException failure) {
            throw DeviceMemory.isExceeded(failure) ? tooMany(network, count) : failure;
        }
    }

    private static IllegalStateException tooMany(Classifier network, int images) {
        return new IllegalStateException(
                network.name() + " with " + images + " images at a time does not fit into the memory of "
                        + network.manager().getDevice() + ": use Evaluation.batchSize(" + Math.max(1, images / 2)
                        + ") or fewer, a smaller network or smaller images");
    }

    /** A row an image: the mean over its pictures. */
    private static float[][] rows(NDArray all, int images) {
        Shape shape = all.getShape();
        NDArray mean = shape.get(0) == images
                ? all
                : all.reshape(images, shape.get(0) / images, shape.get(1)).mean(new int[] {1});
        float[] flat = mean.toFloatArray();
        int columns = flat.length / images;
        return IntStream.range(0, images)
                .mapToObj(i -> Arrays.copyOfRange(flat, i * columns, (i + 1) * columns))
                .toArray(float[][]::new);
    }
}
