package org.crunet.training;

import static org.crunet.base.Errors.require;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.crunet.data.Splits;
import org.crunet.files.Safetensors;
import org.crunet.network.Architecture;

/**
 * A folder that keeps one training, so that it survives the kernel: {@code checkpoint-...safetensors} with weights,
 * optimizer state, position and history, and {@code best.safetensors} with the weights of the best epoch, which
 * {@code architecture.load} and Python read.
 *
 * <pre>{@code
 * var run = Training.in("runs/cru").resume(cru, data, Recipe.QUICK);   // begins, or goes on where it stopped
 * }</pre>
 *
 * <p>A training that was stopped, killed or crashed and goes on from here ends bit for bit as one that never stopped (on
 * the CPU, with as many threads). Checkpoints are written whole or not at all and carry a checksum; one that is damaged
 * all the same is named in the run's problems, and the one before it is used. It is for whoever resumes to have the same
 * pictures there: of images that stay on disk, as those of Places365 do, only the names are compared.
 *
 * @param folder where the files are; made when it is not there
 * @param keep how many of the newest checkpoints stay
 * @param everySteps a checkpoint after so many steps; 0 for none by steps
 * @param everySeconds a checkpoint when the last one is so old; there is one at the end of every epoch and at an interrupt
 *     anyway
 */
public record RunFolder(Path folder, int keep, int everySteps, double everySeconds) {

    /** How long the words in a name get: most file systems take 255 letters for all of it. */
    private static final int WORDS = 80;

    /**
     * Checks the numbers.
     *
     * @param folder not blank
     * @param keep at least 1
     * @param everySteps not negative
     * @param everySeconds positive
     * @throws IllegalArgumentException if one is out of range; the message has the field and the value
     */
    public RunFolder {
        Objects.requireNonNull(folder, "folder is null");
        require(
                !folder.toString().isBlank(),
                "a training needs a folder of its own, as in Training.in(\"runs/mine\"): \"" + folder + "\"");
        require(keep >= 1, "keep must be at least 1: " + keep);
        require(everySteps >= 0, "everySteps must not be negative: " + everySteps);
        require(everySeconds > 0, "everySeconds must be positive: " + everySeconds);
    }

    /**
     * The same folder with another number of checkpoints in it.
     *
     * @param newest how many of the newest stay
     * @return the changed record
     */
    public RunFolder keep(int newest) {
        return new RunFolder(folder, newest, everySteps, everySeconds);
    }

    /**
     * The same folder with checkpoints more often.
     *
     * @param steps a checkpoint after so many steps
     * @return the changed record
     */
    public RunFolder everySteps(int steps) {
        return new RunFolder(folder, keep, steps, everySeconds);
    }

    /**
     * The same folder with checkpoints at other times.
     *
     * @param seconds a checkpoint when the last one is so old
     * @return the changed record
     */
    public RunFolder everySeconds(double seconds) {
        return new RunFolder(folder, keep, everySteps, seconds);
    }

    /**
     * A name for the folder of a training: another network, other images or another recipe have another.
     *
     * @param architecture what is trained
     * @param data images to learn from and to measure on
     * @param recipe how it is trained
     * @return such as {@code small-cru-net-0badcafe}
     */
    public static String nameOf(Architecture architecture, Splits data, Recipe recipe) {
        String all = String.join(
                "\n",
                architecture.toString(),
                architecture.stem().toString(),
                architecture.normalisation().toString(),
                recipe.toString(),
                data.train().fingerprint(),
                data.validation().fingerprint());
        String words = architecture.name().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        words = words.substring(0, Math.min(words.length(), WORDS));
        return String.format(Locale.ROOT, "%s-%08x", words, all.hashCode());
    }

    /**
     * Trains from the beginning and keeps it here.
     *
     * @param architecture what to build
     * @param data images to learn from and to measure on
     * @param recipe how to train
     * @return the trained network and its history
     * @throws TrainingException if the folder has a training already, or another training is writing into it
     * @throws java.io.UncheckedIOException if a checkpoint cannot be written; those before it stay as they are
     */
    public Run fit(Architecture architecture, Splits data, Recipe recipe) {
        return fit(architecture, data, recipe, Training.listener());
    }

    /**
     * As {@link #fit(Architecture, Splits, Recipe)}, telling the given listener.
     *
     * @param architecture what to build
     * @param data images to learn from and to measure on
     * @param recipe how to train
     * @param listener hears how it goes
     * @return the trained network and its history
     */
    public Run fit(Architecture architecture, Splits data, Recipe recipe, TrainingListener listener) {
        return Training.fit(Training.build(architecture, recipe), data, recipe, listener, this, false);
    }

    /**
     * Goes on with the training in this folder from its newest checkpoint, or begins it when there is none. A training that
     * had finished comes back as it was, also from where nothing can be written.
     *
     * @param architecture what it was begun with
     * @param data what it was begun with
     * @param recipe what it was begun with
     * @return the trained network and its whole history
     * @throws IllegalArgumentException if the training in the folder was begun with something else; the message says with
     *     what
     * @throws TrainingException if another training is writing into the folder, or none of its checkpoints is whole
     */
    public Run resume(Architecture architecture, Splits data, Recipe recipe) {
        return resume(architecture, data, recipe, Training.listener());
    }

    /**
     * As {@link #resume(Architecture, Splits, Recipe)}, telling the given listener.
     *
     * @param architecture what it was begun with
     * @param data what it was begun with
     * @param recipe what it was begun with
     * @param listener hears how it goes
     * @return the trained network and its whole history
     */
    public Run resume(Architecture architecture, Splits data, Recipe recipe, TrainingListener listener) {
        return Training.fit(Training.build(architecture, recipe), data, recipe, listener, this, true);
    }

    /**
     * The checkpoints that are there now, to look into with {@code Safetensors.open}: weights are called
     * {@code network.conv4.shared.core.weight} and so on, optimizer state {@code optimizer.first.conv4...}.
     *
     * @return the files, oldest first; empty when the folder is not there
     * @throws java.io.UncheckedIOException if the folder cannot be read
     */
    public List<Path> checkpoints() {
        return Files.isDirectory(folder) ? Checkpoints.oldestFirst(folder) : List.of();
    }

    /**
     * What {@link #resume} needs of the checkpoints: the newest that is whole, and those after it, which are damaged.
     *
     * @return the files, oldest first; all of them if none is whole
     * @throws java.io.UncheckedIOException if the folder cannot be read
     */
    public List<Path> newest() {
        List<Path> all = checkpoints();
        int from = all.size() - 1;
        while (from > 0 && !isWhole(all.get(from))) {
            from--;
        }
        return all.subList(Math.max(0, from), all.size());
    }

    private static boolean isWhole(Path file) {
        Consumer<String> silent = problem -> {};
        Optional<Safetensors> open =
                Checkpoints.open(file, silent).filter(found -> Checkpoints.isNamedRightly(file, found, silent));
        open.ifPresent(Safetensors::close);
        return open.isPresent();
    }

    /**
     * The checkpoints written at the end of an epoch, of those that are there now and whole: others are written at an interrupt, or
     * because the last one is old.
     *
     * @return the file of each epoch, from 1, first to last; {@link #keep} says how many there may be
     * @throws java.io.UncheckedIOException if the folder cannot be read
     */
    public SortedMap<Integer, Path> epochEnds() {
        SortedMap<Integer, Path> ends = new TreeMap<>();
        for (Path file : checkpoints()) {
            Checkpoints.open(file, damaged -> {}).ifPresent(open -> {
                try (open) {
                    Progression.endOf(open.metadata()).ifPresent(epoch -> ends.put(epoch, file));
                }
            });
        }
        return ends;
    }

    @Override
    public String toString() {
        return "training in " + folder + ": call fit(...) or resume(...)";
    }
}
