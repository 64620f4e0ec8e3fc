package org.crunet.evaluation;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.crunet.data.ImageSet;
import org.crunet.network.Classifier;
import org.crunet.tensor.Checksum;
import org.crunet.training.Inference;

/**
 * A folder that keeps evaluations, so that a long one survives the kernel:
 *
 * <pre>{@code
 * var test = Evaluation.in("runs/places").tenCrop(network, data.validation());   // begins, or goes on where it stopped
 * }</pre>
 *
 * <p>What the network says is kept about every half minute and at an interrupt, in a folder within this one for every network
 * (by its weights), set of images and kind of test. Files are written whole or not at all and carry a checksum; what is in
 * a damaged one is computed again, and told among the problems.
 *
 * @param folder made when it is not there
 * @param batchSize number of images that are run together; 0 for 16, and for 2 of ten crops
 */
public record EvaluationFolder(Path folder, int batchSize) {

    /**
     * Checks the parts.
     *
     * @param folder not blank
     * @param batchSize not negative
     * @throws IllegalArgumentException if the folder is blank or the number negative
     */
    public EvaluationFolder {
        Objects.requireNonNull(folder, "folder is null");
        if (folder.toString().isBlank()) {
            throw new IllegalArgumentException("an evaluation needs a folder, as in Evaluation.in(\"runs/places\")");
        }
        if (batchSize < 0) {
            throw new IllegalArgumentException("batchSize must be at least 1, or 0 for one of its own: " + batchSize);
        }
    }

    /**
     * The same with batches of another size: smaller ones take less memory, larger ones may be faster.
     *
     * @param images number of images that are run together
     * @return the changed record
     */
    public EvaluationFolder batchSize(int images) {
        return new EvaluationFolder(folder, images);
    }

    /**
     * As {@link Evaluation#of(Classifier, ImageSet)}.
     *
     * @param network a network with as many classes as the images have, whichever engine runs it
     * @param images labelled images
     * @return what it said about each
     * @throws java.util.concurrent.CancellationException if the thread is interrupted; the same call goes on
     * @throws java.io.UncheckedIOException if the folder cannot be written
     */
    public Evaluation of(Classifier network, ImageSet images) {
        return evaluate(network, images, false);
    }

    /**
     * As {@link Evaluation#tenCrop(Classifier, ImageSet)}.
     *
     * @param network a network with as many classes as the images have, whichever engine runs it
     * @param images labelled images
     * @return what it said about each
     * @throws java.util.concurrent.CancellationException if the thread is interrupted; the same call goes on
     * @throws java.io.UncheckedIOException if the folder cannot be written
     */
    public Evaluation tenCrop(Classifier network, ImageSet images) {
        return evaluate(network, images, true);
    }

    private Evaluation evaluate(Classifier network, ImageSet images, boolean tenCrops) {
        Objects.requireNonNull(network, "network is null");
        Objects.requireNonNull(images, "images is null");
        int size = batchSize > 0 ? batchSize : tenCrops ? Inference.TEN_CROPS_BATCH : Inference.BATCH;
        float[][] rows = new float[images.size()][];
        Path place = folder.resolve((tenCrops ? "ten-crops-" : "single-crop-") + key(network, images));
        List<String> damaged;
        try (KeptRows kept = new KeptRows(place, network, rows)) {
            damaged = kept.problems();
            int[] left =
                    IntStream.range(0, rows.length).filter(i -> rows[i] == null).toArray();
            if (left.length > 0) {
                Inference.probabilities(network, images, left, tenCrops, size, kept);
            }
        }
        return Evaluation.of(images, rows, tenCrops ? Evaluation.TEN_CROPS : "", damaged);
    }

    private static String key(Classifier network, ImageSet images) {
        MessageDigest digest = Checksum.digest();
        digest.update((network.fingerprint() + "\n" + images.fingerprint()).getBytes(StandardCharsets.UTF_8));
        return Checksum.hex(digest).substring(0, 16);
    }
}
