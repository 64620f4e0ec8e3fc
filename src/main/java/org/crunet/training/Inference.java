package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.crunet.data.Batches;
import org.crunet.data.ImageSet;
import org.crunet.network.Network;
import org.crunet.tensor.NativeSettings;
import org.crunet.tensor.Progress;

/** Runs a network over whole sets of images, batch by batch. */
public final class Inference {

    private static final int BATCH = 64;

    private Inference() {}

    /**
     * The class probabilities of every image.
     *
     * @param network a network whose output is {@code (N, classes)}
     * @param images the images, in their order
     * @return one row an image, one column a class, each row summing to 1
     * @throws IllegalArgumentException if the network has another number of classes
     * @throws CancellationException if the thread is interrupted
     */
    public static float[][] probabilities(Network network, ImageSet images) {
        Checks.notEmpty(images);
        try (Progress progress = Progress.of("evaluating " + network.name(), images.size())) {
            return probabilities(network, images, progress);
        } finally {
            NativeSettings.releaseMemory();
        }
    }

    static float[][] probabilities(Network network, ImageSet images, Progress progress) {
        float[][] all = new float[images.size()][];
        try (Network.Folded folded = network.folded()) {
            for (int from = 0; from < images.size(); from += BATCH) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new CancellationException("Interrupted before image " + from + " of " + images.size());
                }
                int[] batch = IntStream.range(from, Math.min(from + BATCH, images.size()))
                        .toArray();
                try (NDManager scope = network.manager().newSubManager()) {
                    NDArray logits = folded.forward(Batches.plain(scope, images, batch));
                    Checks.classes(logits.getShape(), images);
                    split(logits.softmax(1), all, from);
                }
                progress.done(from + batch.length);
            }
        }
        return all;
    }

    private static void split(NDArray rows, float[][] all, int from) {
        Shape shape = rows.getShape();
        int columns = (int) shape.get(1);
        float[] flat = rows.toFloatArray();
        for (int i = 0; i < shape.get(0); i++) {
            all[from + i] = Arrays.copyOfRange(flat, i * columns, (i + 1) * columns);
        }
    }
}
