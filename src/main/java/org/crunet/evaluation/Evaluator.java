package org.crunet.evaluation;

import static org.crunet.base.Errors.require;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.base.Cluster;
import org.crunet.base.Progress;
import org.crunet.base.Records;
import org.crunet.data.ImageSet;
import org.crunet.files.Folders;
import org.crunet.network.Classifier;
import org.crunet.torch.Precision;

/**
 * How to evaluate: where what the network says is kept, how many images are run together, and on which machines.
 *
 * <pre>{@code
 * var test = Evaluation.in("runs/places").tenCrop(network, data.validation());   // begins, or goes on where it stopped
 * var same = Evaluation.on("spark://host:7077").tenCrop(network, data.validation());
 * }</pre>
 *
 * <p>What the network says is kept about every half minute and at an interrupt, in a folder within the given one for every
 * network (by its weights), set of images (by their pixels or, of images that stay on disk, by their names and what their files
 * are like) and kind of test, found by the digits at its end. Files are written whole or not at all and carry a checksum; what is in a damaged one is computed
 * again, and told among the problems.
 *
 * <p>An interrupt of the thread, as by a notebook's stop button, ends an evaluation with a {@link CancellationException}; with a
 * folder the same call goes on, outside of a notebook once {@link Thread#interrupted} was called. Of a process that is killed,
 * what it found since it last wrote is lost.
 *
 * @param folder made when it is not there; blank to keep nothing
 * @param batchSize number of images that are run together; 0 for 16, and for 2 of ten crops
 * @param master the name of a cluster, as for {@link Cluster#at}; blank for what the environment says, or else here
 * @param precision with what numbers a {@code Network} computes; what AUTO is on this machine, it is on a cluster
 */
public record Evaluator(String folder, int batchSize, String master, Precision precision) {

    static final Evaluator PLAIN = new Evaluator("", 0, "", Precision.FLOAT32);

    /** Checks the parts. */
    public Evaluator {
        Objects.requireNonNull(master, "master is null");
        Objects.requireNonNull(precision, "precision is null");
        Folders.named(folder);
        require(batchSize >= 0, "batchSize must be at least 1, or 0 for one of its own: " + batchSize);
    }

    /**
     * Returns the same with batches of another size: smaller ones take less memory, larger ones may be faster.
     *
     * @param images number of images that are run together
     * @return a changed copy
     * @throws IllegalArgumentException if it is negative
     */
    public Evaluator batchSize(int images) {
        return new Evaluator(folder, images, master, precision);
    }

    /**
     * Returns the same with a folder that keeps what the network says.
     *
     * @param newFolder such as {@code runs/places}; made when it is not there
     * @return a changed copy
     * @throws IllegalArgumentException if the name is blank
     */
    public Evaluator in(String newFolder) {
        boolean blank = newFolder != null && newFolder.isBlank();
        require(!blank, "an evaluation needs a folder, as in Evaluation.in(\"runs/places\")");
        return new Evaluator(newFolder, batchSize, master, precision);
    }

    /**
     * Returns the same on other machines.
     *
     * @param newMaster the name of a cluster, as for {@link Cluster#at}
     * @return a changed copy
     */
    public Evaluator on(String newMaster) {
        return new Evaluator(folder, batchSize, newMaster, precision);
    }

    /**
     * Returns the same with other numbers in convolutions and linear layers, such as {@code Precision.BF16}.
     *
     * @param numbers with what numbers to compute
     * @return a changed copy
     */
    public Evaluator precision(Precision numbers) {
        return new Evaluator(folder, batchSize, master, numbers);
    }

    /**
     * Runs a network over all images.
     *
     * @param network a network with as many classes as the images have, whichever engine runs it
     * @param images labelled images
     * @return what it says about each
     * @throws IllegalArgumentException if the number or names of classes or the image size differ, no image can be read, the
     *     network gives no numbers for one, there is a folder and it cannot be told what a block of another library does, or
     *     BF16 is asked of a network that another engine runs
     * @throws CancellationException if the thread is interrupted
     * @throws UncheckedIOException if the folder cannot be written
     * @throws IllegalStateException if the network was closed, a cluster is named and there is none, or an earlier version of
     *     this library kept evaluations in the folder
     * @throws UnsupportedOperationException if a cluster is named and the network cannot be sent
     */
    public Evaluation of(Classifier network, ImageSet images) {
        return evaluate(network, images, false);
    }

    /**
     * Runs a network over ten crops of every image, as the paper evaluates on Places365, and averages the probabilities: four
     * corners and the centre, and each of the five mirrored. Images in memory are cut out of the small picture that is kept,
     * enlarged; use {@code ImageFolder.onDisk()} to cut them out of the whole photograph. Throws as {@link #of}.
     *
     * @param network a network with as many classes as the images have, whichever engine runs it
     * @param images labelled images
     * @return what it says about each
     */
    public Evaluation tenCrop(Classifier network, ImageSet images) {
        return evaluate(network, images, true);
    }

    private Evaluation evaluate(Classifier network, ImageSet images, boolean tenCrops) {
        Objects.requireNonNull(network, "network is null");
        Objects.requireNonNull(images, "images is null");
        Evaluator chosen = precision(network.precision(precision));
        String how = Stream.of(tenCrops ? "ten crops" : "", precision.said(chosen.precision))
                .filter(words -> !words.isEmpty())
                .map(words -> words + ", ")
                .collect(Collectors.joining());
        return chosen.evaluate(network, images, tenCrops, how);
    }

    private Evaluation evaluate(Classifier network, ImageSet images, boolean tenCrops, String how) {
        float[][] rows = new float[images.size()][];
        List<String> damaged = List.of();
        if (folder.isBlank()) {
            run(network, images, tenCrops, rows, (image, row) -> rows[image] = row);
        } else {
            try (SavedProbabilities saved = new SavedProbabilities(place(network, images, tenCrops), rows)) {
                damaged = saved.problems();
                run(network, images, tenCrops, rows, saved);
            } catch (CancellationException interrupted) {
                for (Throwable unwritten : interrupted.getSuppressed()) {
                    throw (UncheckedIOException) unwritten; // it says that what was found is kept
                }
                throw interrupted;
            }
        }
        return Evaluation.of(images, rows, how, damaged);
    }

    private Path place(Classifier network, ImageSet images, boolean tenCrops) {
        String single = Records.key(network.fingerprint(), images.contentKey(), tenCrops);
        String key = precision == Precision.FLOAT32 ? single : Records.key(single, precision);
        Path among = Path.of(folder);
        Path place = Folders.keyed(among, tenCrops ? "10-crops" : "1-crop", key);
        String before = "(single-crop|ten-crops)-[0-9a-f]{16}";
        for (Path old : Files.exists(place) ? List.<Path>of() : Folders.list(among, before)) {
            throw new IllegalStateException(
                    old.toAbsolutePath() + " was kept by an earlier version of this library, which"
                            + " alone can go on with it: delete or move it, or give another folder");
        }
        return place;
    }

    /** Runs the images that have no row. */
    private void run(Classifier network, ImageSet images, boolean tenCrops, float[][] known, Inference.Rows rows) {
        int[] left =
                IntStream.range(0, known.length).filter(i -> known[i] == null).toArray();
        if (left.length == 0 && known.length > 0) {
            return;
        }
        Inference.requireCompatible(network, images);
        int size = batchSize > 0 ? batchSize : tenCrops ? Inference.TEN_CROPS_BATCH : Inference.BATCH;
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
                var job = new ClusterInference(network.toSerializable(), images, tenCrops, size, precision);
                job.run(cluster.get(), left, told, worked);
            } else {
                Inference.probabilities(network, images, left, tenCrops, size, precision, told);
            }
            progress.done(known.length, before);
        } catch (CancellationException e) {
            throw interrupted("Interrupted after " + done + " of " + known.length + " images", e);
        }
    }

    private CancellationException interrupted(String when, CancellationException cause) {
        String kept = folder.isBlank()
                ? ": to keep them next time, Evaluation.in(\"runs/places\")"
                : ", which are kept: the same call goes on, outside of a notebook once Thread.interrupted() was called";
        return (CancellationException) new CancellationException(when + kept).initCause(cause);
    }
}
