package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.crunet.data.Batch;
import org.crunet.data.ImageSet;
import org.crunet.data.Loader;
import org.crunet.network.Classifier;
import org.crunet.tensor.NativeSettings;
import org.crunet.tensor.Progress;

/** Runs a network over whole sets of images, batch by batch. */
public final class Inference {

    private static final int BATCH = 64;
    private static final int TEN_CROPS_BATCH = 6;

    private Inference() {}

    /**
     * The class probabilities of every image.
     *
     * @param network a network whose output is {@code (N, classes)}, whichever engine runs it
     * @param images the images, in their order
     * @return one row an image, one column a class, each row summing to 1; null for an image that cannot be read, which the
     *     set's problems then name
     * @throws IllegalArgumentException if the network has another number of classes or was built for another image size,
     *     or gives no numbers for one
     * @throws CancellationException if the thread is interrupted
     */
    public static float[][] probabilities(Classifier network, ImageSet images) {
        return shown(network, images, () -> Loader.plain(images, batches(images, BATCH)));
    }

    /**
     * The class probabilities of every image, each the mean over ten crops of it: four corners and the centre, and each of the
     * five mirrored.
     *
     * @param network a network whose output is {@code (N, classes)}, whichever engine runs it
     * @param images the images, in their order
     * @return as {@link #probabilities(Network, ImageSet)}
     * @throws IllegalArgumentException if the network has another number of classes or was built for another image size,
     *     or gives no numbers for one
     * @throws CancellationException if the thread is interrupted
     */
    public static float[][] tenCropProbabilities(Classifier network, ImageSet images) {
        return shown(network, images, () -> Loader.tenCrops(images, batches(images, TEN_CROPS_BATCH)));
    }

    private static float[][] shown(Classifier network, ImageSet images, Supplier<Loader> reading) {
        Checks.notEmpty(images);
        Checks.size(network, images);
        try (Loader loader = reading.get();
                Progress progress = Progress.of("evaluating " + network.name(), images.size())) {
            float[][] rows = probabilities(network, images, loader, progress);
            noNumbers(rows).ifPresent(i -> {
                throw new IllegalArgumentException(network.name() + " gives no numbers for " + images.describe(i)
                        + ": its weights are not finite or too large, as after a training at too high a rate; load"
                        + " other weights, or build it anew and train it at a smaller rate");
            });
            return rows;
        } finally {
            NativeSettings.releaseMemory();
        }
    }

    /** The first image without numbers: none is larger than NaN, so every such image would count as right. */
    static OptionalInt noNumbers(float[][] rows) {
        return IntStream.range(0, rows.length)
                .filter(i -> rows[i] != null && Float.isNaN(rows[i][0]))
                .findFirst();
    }

    /** Without a word. */
    static float[][] quietly(Classifier network, ImageSet images) {
        try (Loader loader = Loader.plain(images, batches(images, BATCH))) {
            return probabilities(network, images, loader, Progress.SILENT);
        }
    }

    private static List<int[]> batches(ImageSet images, int size) {
        return IntStream.iterate(0, from -> from < images.size(), from -> from + size)
                .mapToObj(from -> IntStream.range(from, Math.min(from + size, images.size()))
                        .toArray())
                .toList();
    }

    private static float[][] probabilities(Classifier network, ImageSet images, Loader loader, Progress progress) {
        float[][] all = new float[images.size()][];
        int done = 0;
        try (Classifier.Folded folded = network.folded()) {
            while (loader.hasNext()) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new CancellationException("Interrupted before image " + done + " of " + images.size());
                }
                try (NDManager scope = network.manager().newSubManager()) {
                    Batch batch = loader.next(scope);
                    if (batch.indices().length > 0) {
                        NDArray logits = folded.forward(batch.images());
                        Checks.classes(network.name(), logits.getShape(), images);
                        split(mean(logits.softmax(1), batch.indices().length), all, batch.indices());
                        done = batch.indices()[batch.indices().length - 1] + 1;
                    }
                }
                progress.done(done);
            }
        }
        return all;
    }

    /** Over the pictures of each image. */
    private static NDArray mean(NDArray rows, int images) {
        Shape shape = rows.getShape();
        return shape.get(0) == images
                ? rows
                : rows.reshape(images, shape.get(0) / images, shape.get(1)).mean(new int[] {1});
    }

    private static void split(NDArray rows, float[][] all, int[] indices) {
        int columns = (int) rows.getShape().get(1);
        float[] flat = rows.toFloatArray();
        for (int i = 0; i < indices.length; i++) {
            all[indices[i]] = Arrays.copyOfRange(flat, i * columns, (i + 1) * columns);
        }
    }
}
