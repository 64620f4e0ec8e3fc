package org.crunet.training;

import static org.crunet.base.Errors.require;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.crunet.base.Names;
import org.crunet.base.Records;
import org.crunet.data.Splits;
import org.crunet.files.Folders;
import org.crunet.network.Architecture;

/**
 * A folder that keeps one training, so that it survives the kernel: {@code checkpoint-...safetensors} with weights,
 * optimizer state, position and history, and {@code best.safetensors} with the weights of the best epoch, which
 * {@code architecture.load} and Python read.
 *
 * <pre>{@code
 * var run = Training.in("runs/cru").fit(cru, data, Recipe.QUICK);   // begins, or goes on where it stopped
 * }</pre>
 *
 * <p>A training that was stopped, killed or crashed and goes on from here ends bit for bit as one that never stopped (on
 * the CPU, with as many threads). Checkpoints are written whole or not at all and carry a checksum; one that is damaged
 * all the same is named in the run's problems, and the one before it is used. Of images
 * that stay on disk, as those of Places365 do, only the names are compared: leave the pictures there as they were.
 *
 * @param folder where the files are; made when it is not there
 * @param keep how many of the newest checkpoints stay, at least 1
 * @param everySteps a checkpoint after so many steps; 0 for none by steps
 * @param everySeconds a checkpoint when the last one is so old; there is one at the end of every epoch and at an interrupt
 *     anyway
 */
public record RunFolder(Path folder, int keep, int everySteps, double everySeconds) {

    /** How long the words in a name get: most file systems take 255 letters for all of it. */
    private static final int WORDS = 80;

    /**
     * Checks the fields.
     *
     * @throws IllegalArgumentException if a number is out of range or the folder has no name
     */
    public RunFolder {
        Objects.requireNonNull(folder, "folder is null");
        require(
                !folder.toString().isBlank(),
                "a training needs a folder of its own, as in Training.in(\"runs/mine\"): \"" + folder + "\"");
        Folders.requireNoTilde(folder);
        require(keep >= 1, "keep must be at least 1: " + keep);
        require(everySteps >= 0, "everySteps must not be negative: " + everySteps);
        require(everySeconds > 0, "everySeconds must be positive: " + everySeconds);
    }

    /** Returns this folder with another number of checkpoints in it. */
    public RunFolder keep(int newest) {
        return Records.with(this, "keep", newest);
    }

    /** Returns this folder with a checkpoint after so many steps. */
    public RunFolder everySteps(int steps) {
        return Records.with(this, "everySteps", steps);
    }

    /** Returns this folder with a checkpoint when the last one is so old. */
    public RunFolder everySeconds(double seconds) {
        return Records.with(this, "everySeconds", seconds);
    }

    /**
     * Returns the folder of a training among others: another network, other images or another recipe have another. It is
     * found by 16 hexadecimal digits at its end, which come from the numbers of all these; the words before them are free.
     *
     * @param among where the folders are; need not be there
     * @param architecture what is trained
     * @param data images to learn from and to measure on
     * @param recipe how it is trained
     * @return such as {@code runs/small-cru-net-seed-1-0badcafe0badcafe}, which need not be there
     * @throws TrainingException if an earlier version of this library kept one of this network there
     * @throws java.io.UncheckedIOException if the folders cannot be listed
     */
    public static Path of(Path among, Architecture architecture, Splits data, Recipe recipe) {
        String words = Names.forFile(architecture.name());
        words = words.substring(0, Math.min(words.length(), WORDS));
        String key = Identity.of(architecture, data, recipe).key();
        Path place = Folders.keyed(among, words + "-seed-" + recipe.seed(), key);
        String before = words + "-[0-9a-f]{8}(-seed-" + recipe.seed() + ")?";
        for (Path old : Files.exists(place) ? List.<Path>of() : Folders.list(among, before)) {
            throw new TrainingException(old.toAbsolutePath() + " was kept by an earlier version of this library, which"
                    + " alone can go on with it: delete or move it, or give another folder");
        }
        return place;
    }

    /**
     * Begins the training in this folder, or goes on with it from its newest checkpoint. A training that had finished comes
     * back as it was, also from where nothing can be written.
     *
     * @param architecture what to build, or what it was begun with
     * @param data images to learn from and to measure on, or those it was begun with
     * @param recipe how to train, or what it was begun with
     * @param listeners as of {@link Training#fit(Architecture, Splits, Recipe, TrainingListener...)}
     * @return the trained network and its whole history
     * @throws IllegalArgumentException if network, data and recipe do not fit each other or the training in the folder, which
     *     was begun with something else; the message says with what
     * @throws LossException as {@link Training#fit(Architecture, Splits, Recipe, TrainingListener...)}
     * @throws FolderInUseException if another training is writing into the folder
     * @throws TrainingException if none of its checkpoints is whole
     * @throws java.io.UncheckedIOException if a checkpoint cannot be written; those before it stay as they are
     */
    public Run fit(Architecture architecture, Splits data, Recipe recipe, TrainingListener... listeners) {
        return Training.fit(() -> Training.build(architecture, recipe), data, recipe, this, listeners);
    }

    /**
     * Returns the checkpoints that are there now, to look into with {@code Safetensors.open}: weights are called
     * {@code network.conv4.shared.core.weight} and so on, optimizer state {@code optimizer.first.conv4...}, averages
     * {@code optimizer.average.conv4...}.
     *
     * @return the files, oldest first; empty when the folder is not there
     * @throws java.io.UncheckedIOException if the folder cannot be read
     */
    public List<Path> checkpoints() {
        return CheckpointFolder.oldestFirst(folder);
    }

    /**
     * Returns what {@link #fit} needs to go on: the newest checkpoint that is whole, and those after it, which are damaged.
     *
     * @return the files, oldest first; all of them if none is whole
     * @throws TrainingException if another version of this library wrote one
     * @throws java.io.UncheckedIOException if the folder cannot be read
     */
    public List<Path> newest() {
        List<Path> all = checkpoints();
        int from = all.size() - 1;
        while (from > 0 && state(all.get(from)).isEmpty()) {
            from--;
        }
        return all.subList(Math.max(0, from), all.size());
    }

    /**
     * Returns the checkpoints written at the end of an epoch, of those that are there now and whole: others are written at an
     * interrupt, or because the last one is old.
     *
     * @return the file of each epoch, from 1, first to last; {@link #keep} says how many there may be
     * @throws TrainingException if another version of this library wrote one
     * @throws java.io.UncheckedIOException if the folder cannot be read
     */
    public SortedMap<Integer, Path> epochEnds() {
        SortedMap<Integer, Path> ends = new TreeMap<>();
        for (Path file : checkpoints()) {
            state(file).filter(at -> at.step() == 0 && at.epoch() > 1).ifPresent(at -> ends.put(at.epoch() - 1, file));
        }
        return ends;
    }

    /** The state in a checkpoint that is whole. */
    private static Optional<TrainingState> state(Path file) {
        return CheckpointFolder.openCheckpoint(file, problem -> {}).map(open -> {
            try (open) {
                return CheckpointFolder.state(open);
            }
        });
    }

    @Override
    public String toString() {
        return "training in " + folder + ": call fit(...)";
    }
}
