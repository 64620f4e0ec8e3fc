package org.crunet.evaluation;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleConsumer;
import java.util.stream.IntStream;
import org.crunet.base.Progress;
import org.crunet.base.Records;
import org.crunet.data.ImageSet;
import org.crunet.network.Classifier;

/**
 * How to evaluate: where what the network says is kept, how many images are run together, and on which machines.
 *
 * <pre>{@code
 * var test = Evaluation.in("runs/places").tenCrop(network, data.validation());   // begins, or goes on where it stopped
 * var same = Evaluation.on("spark://host:7077").tenCrop(network, data.validation());
 * }</pre>
 *
 * <p>In a folder, what the network says is kept about every half minute and at an interrupt, in a folder within it for every
 * network (by its weights), set of images (by their pixels or, of images that stay on disk, their names with the sizes and
 * times of change of their files) and kind of test. Files are written whole or not at all and carry a checksum; what
 * is in a damaged one is computed again, and told among the problems. An interrupt is that of the thread, as by a notebook's
 * stop button; of a process that is ended, what it found since it last wrote is lost.
 *
 * @param folder made when it is not there; blank to keep nothing
 * @param batchSize number of images that are run together; 0 for 16, and for 2 of ten crops
 * @param master the name of a cluster, as for {@link Cluster#at}; blank for what the environment says, or else here
 */
public record Evaluator(String folder, int batchSize, String master) {

    static final Evaluator PLAIN = new Evaluator("", 0, "");

    /**
     * Checks the parts.
     *
     * @param folder may be blank
     * @param batchSize not negative
     * @param master may be blank
     * @throws IllegalArgumentException if the number is negative
     */
    public Evaluator {
        Objects.requireNonNull(folder, "folder is null");
        Objects.requireNonNull(master, "master is null");
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
    public Evaluator batchSize(int images) {
        return new Evaluator(folder, images, master);
    }

    /**
     * The same, kept in a folder.
     *
     * @param newFolder such as {@code runs/places}; made when it is not there
     * @return the changed record
     * @throws IllegalArgumentException if the name is blank
     */
    public Evaluator in(String newFolder) {
        if (Objects.requireNonNull(newFolder, "folder is null").isBlank()) {
            throw new IllegalArgumentException("an evaluation needs a folder, as in Evaluation.in(\"runs/places\")");
        }
        return new Evaluator(newFolder, batchSize, master);
    }

    /**
     * The same on other machines.
     *
     * @param newMaster the name of a cluster, as for {@link Cluster#at}
     * @return the changed record
     */
    public Evaluator on(String newMaster) {
        return new Evaluator(folder, batchSize, newMaster);
    }

    /**
     * As {@link Evaluation#of(Classifier, ImageSet)}.
     *
     * @param network a network with as many classes as the images have, whichever engine runs it
     * @param images labelled images
     * @return what it said about each
     * @throws IllegalArgumentException if the number or names of classes or the image size differ, no image can be read, or
     *     the network gives no numbers for one
     * @throws CancellationException if the thread is interrupted; with a folder the same call goes on, outside of a notebook
     *     once {@link Thread#interrupted} was called
     * @throws java.io.UncheckedIOException if the folder cannot be written
     * @throws IllegalStateException if the network was closed, or a cluster is named and there is none
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
     * @throws IllegalArgumentException if the number or names of classes or the image size differ, no image can be read, or
     *     the network gives no numbers for one
     * @throws CancellationException if the thread is interrupted; with a folder the same call goes on, outside of a notebook
     *     once {@link Thread#interrupted} was called
     * @throws java.io.UncheckedIOException if the folder cannot be written
     * @throws IllegalStateException if the network was closed, or a cluster is named and there is none
     */
    public Evaluation tenCrop(Classifier network, ImageSet images) {
        return evaluate(network, images, true);
    }

    private Evaluation evaluate(Classifier network, ImageSet images, boolean tenCrops) {
        Objects.requireNonNull(network, "network is null");
        Objects.requireNonNull(images, "images is null");
        float[][] rows = new float[images.size()][];
        List<String> damaged = List.of();
        if (folder.isBlank()) {
            run(network, images, tenCrops, rows, (image, row) -> rows[image] = row);
        } else {
            Path place = Path.of(folder).resolve((tenCrops ? "ten-crops-" : "single-crop-") + key(network, images));
            try (KeptRows kept = new KeptRows(place, network, rows)) {
                damaged = kept.problems();
                run(network, images, tenCrops, rows, kept);
            }
        }
        return Evaluation.of(images, rows, tenCrops ? Evaluation.TEN_CROPS : "", damaged);
    }

    /** Runs the images that have no row. */
    private void run(Classifier network, ImageSet images, boolean tenCrops, float[][] known, Inference.Rows rows) {
        int size = batchSize > 0 ? batchSize : tenCrops ? Inference.TEN_CROPS_BATCH : Inference.BATCH;
        int[] left =
                IntStream.range(0, known.length).filter(i -> known[i] == null).toArray();
        if (left.length == 0 && known.length > 0) {
            return;
        }
        Inference.requireCompatible(network, images);
        Optional<Cluster> cluster = Cluster.at(master);
        int before = known.length - left.length;
        AtomicInteger done = new AtomicInteger(before);
        try (Progress progress = Progress.of("evaluating " + network.name(), known.length)) {
            Inference.Rows told = (image, row) -> {
                rows.add(image, row);
                progress.done(done.incrementAndGet(), before);
            };
            if (cluster.isPresent()) {
                DoubleConsumer worked = now -> progress.done(before + Math.round(now), before);
                cluster.get().evaluate(network, images, left, tenCrops, size, told, worked);
            } else {
                Inference.probabilities(network, images, left, tenCrops, size, told);
            }
            progress.done(known.length, before);
        } catch (CancellationException e) {
            String kept = folder.isBlank()
                    ? ": to keep them next time, Evaluation.in(\"runs/places\")"
                    : ", which are kept: the same call goes on, outside of a notebook once Thread.interrupted() was called";
            throw (CancellationException)
                    new CancellationException("Interrupted after " + done + " of " + known.length + " images" + kept)
                            .initCause(e);
        }
    }

    private static String key(Classifier network, ImageSet images) {
        return Records.key(network.fingerprint(), images.contentKey());
    }
}
