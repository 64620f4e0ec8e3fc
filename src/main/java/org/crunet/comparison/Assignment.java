package org.crunet.comparison;

import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.crunet.base.Cluster;
import org.crunet.base.Errors;
import org.crunet.base.Progress;
import org.crunet.base.Records;
import org.crunet.data.Splits;
import org.crunet.files.Folders;
import org.crunet.files.WholeFile;
import org.crunet.torch.Gradients;
import org.crunet.training.Recipe;
import org.crunet.training.RunFolder;
import org.crunet.training.Step;
import org.crunet.training.Training;
import org.crunet.training.TrainingListener;

/**
 * A training for any process to make: bit for bit as here, since it uses as many threads.
 *
 * @param training which
 * @param threads of PyTorch
 * @param files the training so far by their names, to go on with
 */
record Assignment(Planned training, int threads, LinkedHashMap<String, byte[]> files) implements Serializable {

    /**
     * What comes of it.
     *
     * @param training which
     * @param member the row
     * @param problems what it left out or passed over
     * @param files what is needed to go on or to use it, by their names: the newest checkpoint, and the best weights
     */
    record Trained(Planned training, Member member, List<String> problems, LinkedHashMap<String, byte[]> files)
            implements Serializable {}

    /** Several of them, on the same images; the work is counted in steps of an average network. */
    record Job(Splits data) implements Cluster.Job<Assignment, Trained> {

        @Override
        public Cluster.Work<Assignment, Trained> open() {
            return (assignment, here) -> assignment.train(data, here);
        }

        @Override
        public String alone() {
            return "two trainings on one processor, which train one after the other";
        }
    }

    /** With what is in its folder, and in the precision that it has here. */
    static Assignment of(Planned training, Path place) {
        int threads = Gradients.off(JniUtils::getNumThreads); // which loads the engine
        Planned here = Records.with(training, "recipe", training.recipe().here());
        return new Assignment(here, threads, read(place));
    }

    /**
     * Throws if what comes back does not fit into memory, where Spark would wait for ever. Weights, optimizer state and best
     * weights are there some four times while they are unpacked, of several trainings five times, as one may wait until the one
     * before is written; what was begun is there three times until it is sent.
     */
    static void requireMemory(List<Assignment> all) {
        long begun = all.stream()
                .flatMap(one -> one.files.values().stream())
                .mapToLong(file -> file.length)
                .sum();
        for (Assignment one : all) {
            Recipe recipe = one.training.recipe();
            int arrays = 2 + recipe.optimizer().memory() + (recipe.average() > 0 ? 1 : 0);
            long weights = arrays * Float.BYTES * one.training.network().cost().parameters();
            Errors.requireMemory(
                    (all.size() > 1 ? 5 : 4) * weights + 3 * begun,
                    "the weights of a training of " + one.training.network().name() + " that come back",
                    "give spark-submit more, --driver-memory");
        }
    }

    /** Makes it, in a folder that is deleted afterwards. */
    private Trained train(Splits data, Cluster.Place here) {
        return Folders.temporary(here.folder(), folder -> train(data, here, folder));
    }

    private Trained train(Splits data, Cluster.Place here, Path folder) {
        Gradients.off(() -> {
            JniUtils.setNumThreads(threads);
            return null;
        });
        TrainingListener counting = new TrainingListener() {
            @Override
            public void step(Step step) {
                here.worked(training.work());
            }
        };
        Trainings alone = new Trainings(folder, data, Progress.SILENT);
        Path place = alone.place(training);
        write(files, place);
        if (!alone.add(training, counting)) {
            throw new CancellationException(
                    "the training of " + training.network().name() + " was interrupted");
        }
        String gone = folder + folder.getFileSystem().getSeparator(); // its files are named the same where they go
        List<String> problems = alone.problems().stream()
                .map(line -> line.contains(gone) ? line.replace(gone, "") : line + ", on " + here.machine())
                .toList();
        return new Trained(training, alone.members().get(0), problems, read(place));
    }

    static void write(Map<String, byte[]> files, Path place) {
        Folders.requireWritable(place, "a training");
        files.forEach((name, bytes) -> WholeFile.write(place.resolve(name), out -> out.write(bytes)));
    }

    /** All but older checkpoints, which would take memory, and hidden files: locks, and files that were being written. */
    private static LinkedHashMap<String, byte[]> read(Path place) {
        LinkedHashMap<String, byte[]> files = new LinkedHashMap<>();
        if (!Files.isDirectory(place)) {
            return files;
        }
        RunFolder folder = Training.in(place.toString());
        Set<Path> older = new HashSet<>(folder.checkpoints());
        List<Path> newest = folder.newest();
        newest.forEach(older::remove);
        try (Stream<Path> all = Files.list(place)) {
            for (Path file : all.sorted().toList()) {
                String name = file.getFileName().toString();
                if (Files.isRegularFile(file) && !name.startsWith(".") && !older.contains(file)) {
                    files.put(name, Files.readAllBytes(file));
                } else if (newest.contains(file)) {
                    files.put(
                            name,
                            new byte[0]); // a folder in the place of a checkpoint, which is as one that is damaged
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + place.toAbsolutePath() + ": " + e.getMessage(), e);
        }
        return files;
    }
}
