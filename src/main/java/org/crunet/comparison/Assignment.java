package org.crunet.comparison;

import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.DoubleConsumer;
import java.util.stream.Stream;
import org.crunet.base.Progress;
import org.crunet.data.Splits;
import org.crunet.files.WholeFile;
import org.crunet.network.Architecture;
import org.crunet.torch.Gradients;
import org.crunet.training.Recipe;
import org.crunet.training.RunFolder;
import org.crunet.training.Step;
import org.crunet.training.Training;
import org.crunet.training.TrainingListener;

/**
 * One training of a comparison, to be made by any process: bit for bit as here, since it uses as many threads.
 *
 * @param number its place in the comparison
 * @param network what to train
 * @param recipe how, and from which seed
 * @param work how long a step takes, in steps of an average network
 * @param threads of PyTorch
 * @param files the training so far by their names, to go on with
 */
public record Assignment(
        int number, Architecture network, Recipe recipe, double work, int threads, LinkedHashMap<String, byte[]> files)
        implements Serializable {

    /**
     * What came of it.
     *
     * @param number its place in the comparison
     * @param member the row
     * @param problems what it left out or passed over
     * @param files what is needed to go on or to use it, by their names: the newest checkpoint, and the best weights
     */
    public record Trained(int number, Member member, List<String> problems, LinkedHashMap<String, byte[]> files)
            implements Serializable {}

    /** With what is in a folder of it. */
    static Assignment of(int number, Architecture network, Recipe recipe, double work, Path place) {
        int threads = Gradients.off(JniUtils::getNumThreads); // which loads the engine
        return new Assignment(number, network, recipe, work, threads, read(place));
    }

    /**
     * Makes the training, in a folder that is deleted afterwards.
     *
     * @param data images to learn from and to measure on
     * @param within where to make that folder
     * @param where added to problems with images, such as {@code , on host}
     * @param worked hears of each step, how much work it was
     * @return the row and the files
     * @throws CancellationException if the thread is interrupted
     * @throws UncheckedIOException if nothing can be written here
     */
    public Trained train(Splits data, Path within, String where, DoubleConsumer worked) {
        try {
            Path folder = Files.createTempDirectory(within, "crunet");
            try {
                return trained(data, folder, where, worked);
            } finally {
                try (Stream<Path> all = Files.walk(folder)) {
                    all.sorted(Comparator.reverseOrder())
                            .forEach(path -> path.toFile().delete());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep a training while it runs: " + e.getMessage(), e);
        }
    }

    private Trained trained(Splits data, Path folder, String where, DoubleConsumer worked) {
        Path place = Trainings.place(folder, network, recipe, data);
        write(files, place);
        Gradients.off(() -> {
            JniUtils.setNumThreads(threads);
            return null;
        });
        Trainings alone = new Trainings(folder, data, Progress.SILENT);
        TrainingListener listener = new TrainingListener() {
            @Override
            public void step(Step step) {
                worked.accept(work);
            }
        };
        if (!alone.add(network, recipe, work, listener)) {
            throw new CancellationException("the training of " + network.name() + " was interrupted");
        }
        String gone =
                folder + folder.getFileSystem().getSeparator(); // of what is named the same in the comparison's folder
        List<String> problems = alone.problems().stream()
                .map(line -> line.contains(gone) ? line.replace(gone, "") : line + where)
                .toList();
        return new Trained(number, alone.members().get(0), problems, read(place));
    }

    static void write(Map<String, byte[]> files, Path place) {
        try {
            Files.createDirectories(place);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make " + place.toAbsolutePath() + ": " + e.getMessage(), e);
        }
        files.forEach((name, bytes) -> WholeFile.write(place.resolve(name), out -> out.write(bytes)));
    }

    /** Hidden ones are locks, and files that were being written. */
    private static boolean isKept(Path file) {
        return Files.isRegularFile(file) && !file.getFileName().toString().startsWith(".");
    }

    /** All but older checkpoints, which would take memory: they stay where they are. */
    private static LinkedHashMap<String, byte[]> read(Path place) {
        RunFolder folder = Training.in(place.toString());
        Set<Path> older = new HashSet<>(folder.checkpoints());
        folder.newest().forEach(older::remove);
        LinkedHashMap<String, byte[]> files = new LinkedHashMap<>();
        if (Files.isDirectory(place)) {
            try (Stream<Path> all = Files.list(place)) {
                for (Path file : all.filter(Assignment::isKept)
                        .filter(file -> !older.contains(file))
                        .sorted()
                        .toList()) {
                    files.put(file.getFileName().toString(), Files.readAllBytes(file));
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + place.toAbsolutePath() + ": " + e.getMessage(), e);
            }
        }
        return files;
    }
}
