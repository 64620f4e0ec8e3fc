package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.data.Batches;
import org.crunet.data.HeldUp;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.files.Safetensors;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Stage;
import org.crunet.network.Stem;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A training that stopped and goes on ends bit for bit as one that never stopped. */
@Tag("slow")
class ResumeTest {

    private static final int STEPS = 9;

    @TempDir
    private Path folder;

    static Stream<Recipe> recipes() {
        return Stream.of(
                Small.RECIPE,
                Small.RECIPE
                        .withOptimizer(Optimizer.adamW())
                        .withLearningRate(0.01)
                        .withSchedule(Schedule.step(0.1, 0.5))
                        .withAccumulationSteps(2)
                        .withMixup(0.4)
                        .withLabelSmoothing(0.1)
                        .withClipNorm(1));
    }

    @ParameterizedTest
    @MethodSource("recipes")
    void interruptedAtEveryStep(Recipe recipe) {
        Path whole = folder.resolve("whole");
        Run expected = train(whole, recipe, TrainingListener.SILENT);
        for (int stop = 1; stop <= STEPS; stop++) {
            Path stopped = folder.resolve("stopped" + stop);
            Run first = train(stopped, recipe, Small.interruptAfter(stop));
            assertEquals(Run.Ending.INTERRUPTED, first.ending());
            assertEquals(
                    "interrupted in epoch " + ((stop - 1) / 3 + 1),
                    first.ending().after(first.history()));
            assertEquals((stop - 1) / 3, first.history().epochs().size());
            Run second = train(stopped, recipe, TrainingListener.SILENT);
            Small.assertSame(expected, second);
            Small.assertSame(whole, stopped);
        }
    }

    @Test
    void interruptedBeforeTheFirstStepAndAfterEveryOne() {
        Path whole = folder.resolve("whole");
        Run expected = train(whole, Small.RECIPE, TrainingListener.SILENT);
        Path stopped = folder.resolve("stopped");
        Thread.currentThread().interrupt();
        Run run = train(stopped, Small.RECIPE, TrainingListener.SILENT);
        List<String> endings = new ArrayList<>();
        while (!run.finished()) {
            endings.add("" + (run.history().epochs().size() + 1));
            run = train(stopped, Small.RECIPE, Small.interruptAfter(1));
        }
        assertEquals("1111222333", String.join("", endings));
        Small.assertSame(expected, run);
        Small.assertSame(whole, stopped);
    }

    /** No part is run before all are there, so no running statistics move twice. */
    @Test
    void interruptedBetweenThePartsOfAStep() {
        Recipe recipe = Small.RECIPE.withAccumulationSteps(2);
        Path whole = folder.resolve("whole");
        Run expected = train(whole, recipe, TrainingListener.SILENT);
        Path stopped = folder.resolve("stopped");
        Splits data = Small.data();
        Network network = Small.NETWORK.build(recipe.seed());
        Thread training = Thread.currentThread();
        AtomicInteger awaited = new AtomicInteger(Batches.order(24, recipe.seed(), 1)[4]);
        ImageSet heldUp = HeldUp.of(data.train(), image -> {
            if (awaited.compareAndSet(image, -1)) {
                training.interrupt();
                sleep(1000);
            }
        });
        Run run = Training.fit(
                () -> network,
                new Splits(heldUp, data.validation()),
                recipe,
                Training.in(stopped.toString()),
                TrainingListener.SILENT);
        assertEquals(Run.Ending.INTERRUPTED, run.ending());
        assertEquals(0, run.history().epochs().size());
        assertEquals(0, network.weight("stem.norm.running_mean").getFloat(0));
        Small.assertSame(expected, train(stopped, recipe, TrainingListener.SILENT));
        Small.assertSame(whole, stopped);
    }

    private static void sleep(int milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** All steps of the first epoch are done, but it has no row yet. */
    @Test
    void interruptedDuringValidation() {
        Path stopped = folder.resolve("stopped");
        Run run = train(stopped, Small.RECIPE, Small.interruptAfter(3));
        assertEquals(0, run.history().epochs().size());
        try (Safetensors open = Safetensors.open(Small.newest(stopped))) {
            assertEquals(1, CheckpointFolder.state(open).epoch());
            assertEquals(3, CheckpointFolder.state(open).step());
        }
        List<Integer> steps = new ArrayList<>();
        train(stopped, Small.RECIPE, new TrainingListener() {
            @Override
            public void step(Step step) {
                steps.add(step.step());
            }
        });
        assertEquals(List.of(1, 2, 3, 1, 2, 3), steps);
    }

    @Test
    void aListenerThatThrowsCostsNothing() {
        Path whole = folder.resolve("whole");
        Run expected = train(whole, Small.RECIPE, TrainingListener.SILENT);
        Path stopped = folder.resolve("stopped");
        TrainingListener throwing = new TrainingListener() {
            @Override
            public void epoch(History history) {
                throw new IllegalStateException("epoch " + history.epochs().size());
            }

            @Override
            public void finished(History history, Run.Ending ending) {
                throw new IllegalStateException(ending.toString());
            }
        };
        for (int epoch = 1; epoch <= 3; epoch++) {
            Throwable thrown = assertThrows(IllegalStateException.class, () -> train(stopped, Small.RECIPE, throwing));
            assertEquals("epoch " + epoch, thrown.getMessage());
            assertEquals("failed", thrown.getSuppressed()[0].getMessage());
        }
        Small.assertSame(expected, train(stopped, Small.RECIPE, TrainingListener.SILENT));
        Small.assertSame(whole, stopped);
    }

    @Test
    void aStepIsKeptBeforeItIsTold() {
        RunFolder kept = Training.in(folder.toString()).everySteps(1);
        TrainingListener throwing = new TrainingListener() {
            @Override
            public void step(Step step) {
                throw new IllegalStateException("step " + step.step());
            }
        };
        for (int step = 1; step <= 3; step++) {
            Throwable thrown = assertThrows(
                    IllegalStateException.class, () -> kept.fit(Small.NETWORK, Small.data(), Small.RECIPE, throwing));
            assertEquals("step " + step, thrown.getMessage());
        }
    }

    /** Some languages write numbers in digits of their own. */
    @Test
    void aCheckpointHasTheSameNameInEveryLanguage() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(new Locale("ar", "EG"));
            Training.in(folder.toString()).fit(Small.NETWORK, Small.data(), Small.RECIPE, Small.interruptAfter(4));
        } finally {
            Locale.setDefault(before);
        }
        List<String> names = Training.in(folder.toString()).checkpoints().stream()
                .map(file -> file.getFileName().toString())
                .toList();
        assertEquals(List.of("checkpoint-00000003.safetensors", "checkpoint-00000004.safetensors"), names);
    }

    /** Two of the checkpoints are written at interrupts, in the middle of an epoch. */
    @Test
    void epochEndsAreNamedByTheirEpoch() {
        RunFolder runs = Training.in(folder.toString()).keep(9);
        assertEquals(Map.of(), runs.epochEnds());
        runs.fit(Small.NETWORK, Small.data(), Small.RECIPE, Small.interruptAfter(1));
        runs.fit(Small.NETWORK, Small.data(), Small.RECIPE, Small.interruptAfter(4));
        runs.fit(Small.NETWORK, Small.data(), Small.RECIPE, TrainingListener.SILENT);
        assertEquals(5, runs.checkpoints().size());
        List<String> names = runs.epochEnds().entrySet().stream()
                .map(end -> end.getKey() + " " + end.getValue().getFileName())
                .toList();
        assertEquals(
                List.of(
                        "1 checkpoint-00000003.safetensors",
                        "2 checkpoint-00000006.safetensors",
                        "3 checkpoint-00000009.safetensors"),
                names);
    }

    @Test
    void aFinishedTrainingComesBackAsItWas() {
        Run run = train(folder, Small.RECIPE, TrainingListener.SILENT);
        Run again = train(folder, Small.RECIPE, new TrainingListener() {
            @Override
            public void started(String title, int epochs, History before) {
                assertEquals(run.history(), before);
            }

            @Override
            public void step(Step step) {
                fail("it is trained again");
            }
        });
        Small.assertSame(run, again);
        assertEquals(run.history(), again.history());
        assertEquals(run.best().epoch(), again.best().epoch());
        assertEquals(List.of(), again.problems());
    }

    /** As from a disk that can only be read: the lock cannot be opened. */
    @Test
    void aFinishedTrainingIsReadWhereNothingCanBeWritten() throws Exception {
        Run run = train(folder, Small.RECIPE, TrainingListener.SILENT);
        Files.delete(folder.resolve(".lock"));
        Files.createDirectory(folder.resolve(".lock"));
        Small.assertSame(run, train(folder, Small.RECIPE, TrainingListener.SILENT));
        Path stopped = folder.resolve("stopped");
        train(stopped, Small.RECIPE, Small.interruptAfter(4));
        Files.delete(stopped.resolve(".lock"));
        Files.createDirectory(stopped.resolve(".lock"));
        String message = unwritable(stopped);
        assertTrue(message.startsWith("cannot keep a training in " + stopped + ", because "), message);
    }

    @Test
    void whatItWasBegunWithMustBeTheSame() {
        Recipe recipe = Small.RECIPE;
        train(folder, recipe, Small.interruptAfter(1));
        refused(
                () -> train(folder, recipe.withEpochs(7), TrainingListener.SILENT),
                "another recipe.epochs: it was 3 and is 7 (to train longer, take its network further by a new schedule:"
                        + " Training.fit(run.network(), data, recipe));");
        refused(
                () -> train(folder, recipe.withSeed(4), TrainingListener.SILENT),
                "another recipe.seed: it was 3 and is 4;");
        refused(
                () -> train(folder, recipe.withOptimizer(Optimizer.adamW()), TrainingListener.SILENT),
                "another recipe.optimizer: it was Sgd and is AdamW;");
        Architecture wider = Small.NETWORK.withStages(Stage.collective(2, 8, 24));
        refused(
                () -> train(folder, wider, Small.data(), recipe),
                "cannot go on with another architecture.stages.conv2.out: it was 16 and is 24;");
        Architecture deeper = Small.NETWORK.withStages(Small.NETWORK.stage("conv2"), Stage.basic(1, 16));
        refused(
                () -> train(folder, deeper, Small.data(), recipe),
                "another architecture.stages.conv3: it was nothing and is Stage;");
        int channels = Small.NETWORK.stem().channels();
        for (Stem other : List.of(new Stem(channels, 3, 2, false, true), new Stem(channels, 3, 1, true, true))) {
            Architecture unlike = Small.NETWORK.withStem(other);
            assertEquals(Small.NETWORK.parameters(), unlike.parameters());
            refused(
                    () -> train(folder, unlike, Small.data(), recipe),
                    other.pool()
                            ? "another architecture.stem.pool: it was false and is true;"
                            : "another architecture.stem.stride: it was 1 and is 2;");
        }
        Splits data = Small.data();
        Splits fewer = new Splits(data.train().first(16), data.validation());
        refused(
                () -> train(folder, Small.NETWORK, fewer, recipe),
                "another set of training images.images: it was 24 and is 16;");
        Splits moved = new Splits(renamed(data.train()), data.validation());
        train(folder, Small.NETWORK.withName("other words"), moved, recipe);
        Splits painted = new Splits(darker(data.train()), data.validation());
        refused(
                () -> train(folder, Small.NETWORK, painted, recipe),
                "training images.content: it was \"",
                "...\" and is \"");
        Splits other = new Splits(data.train(), data.validation().first(8));
        refused(() -> train(folder, Small.NETWORK, other, recipe), "validation images.images: it was 16 and is 8;");
        assertEquals(
                Run.Ending.FINISHED,
                train(folder, recipe, TrainingListener.SILENT).ending());
    }

    @Test
    void aCheckpointOfAnotherVersionIsRefusedInOneSentence() {
        train(folder, Small.RECIPE, Small.interruptAfter(4));
        Path file = Small.newest(folder);
        try (NDManager manager = NDManager.newBaseManager();
                Safetensors open = Safetensors.open(file)) {
            Map<String, NDArray> arrays = new LinkedHashMap<>();
            open.entries().keySet().forEach(name -> arrays.put(name, open.array(manager, name)));
            Map<String, String> early = new LinkedHashMap<>(open.metadata());
            early.remove(Safetensors.CHECKSUM);
            early.put("format", "crunet checkpoint 1");
            Safetensors.write(file, arrays, early);
        }
        String refusal = file + " was written by another version of this library, which alone can go on with it: delete"
                + " the training, or give another folder";
        RunFolder runs = Training.in(folder.toString());
        for (Executable call : List.<Executable>of(
                () -> train(folder, Small.RECIPE, TrainingListener.SILENT), runs::newest, runs::epochEnds)) {
            assertEquals(refusal, assertThrows(TrainingException.class, call).getMessage());
        }
        assertTrue(Files.exists(file));
    }

    private static ImageSet darker(ImageSet images) {
        byte[][] pixels = new byte[images.size()][];
        int[] labels = new int[images.size()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = images.pixels(i).clone();
            pixels[i][0]++;
            labels[i] = images.label(i);
        }
        return new ImageSet(images.name(), images.classes(), images.height(), images.width(), pixels, labels);
    }

    /** The same images under another name, as from a folder that was moved. */
    private static ImageSet renamed(ImageSet images) {
        byte[][] pixels =
                IntStream.range(0, images.size()).mapToObj(images::pixels).toArray(byte[][]::new);
        int[] labels = IntStream.range(0, images.size()).map(images::label).toArray();
        return new ImageSet("moved", images.classes(), images.height(), images.width(), pixels, labels);
    }

    private void refused(Executable call, String... parts) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.startsWith("the training in " + folder + " cannot go on with "), message);
        assertTrue(message.endsWith("; give what it was begun with, or another folder"), message);
        List.of(parts).forEach(part -> assertTrue(message.contains(part), message));
    }

    @Test
    void aSecondTrainingIsKeptOut() {
        RunFolder runs = Training.in(folder.toString());
        String[] message = new String[1];
        runs.fit(Small.NETWORK, Small.data(), Small.RECIPE.withEpochs(1), new TrainingListener() {
            @Override
            public void started(String title, int epochs, History before) {
                message[0] = assertThrows(IllegalStateException.class, () -> new CheckpointFolder(folder, 3))
                        .getMessage();
            }
        });
        assertEquals(
                "another training is writing into " + folder + ": wait for it, stop it, or give another folder",
                message[0]);
        new CheckpointFolder(folder, 3).close();
    }

    @Test
    void aFolderThatCannotBeIsRefusedBeforeTimeIsSpent() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        assertEquals(
                "cannot keep a training in " + file + ", because it is a file: give a folder you may write to",
                unwritable(file));
        String below = unwritable(file.resolve("runs"));
        assertTrue(below.startsWith("cannot keep a training in " + file.resolve("runs") + ", because "), below);
        assertFalse(below.contains("Exception"), below);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFolderThatCannotBeMadeIsToldInWords() {
        assertEquals(
                "cannot keep a training in /proc/nope, because no folder can be made there: give a folder you may write to",
                unwritable(Path.of("/proc/nope")));
    }

    private static String unwritable(Path where) {
        TrainingListener never = new TrainingListener() {
            @Override
            public void started(String title, int epochs, History before) {
                fail("time is spent");
            }
        };
        return assertThrows(UncheckedIOException.class, () -> train(where, Small.RECIPE, never))
                .getMessage();
    }

    @Test
    void onlyUnfinishedFilesOfItsOwnAreClearedAway() throws Exception {
        List<Path> ours = new ArrayList<>();
        for (String name :
                List.of("checkpoint-00000003.safetensors.", "best.safetensors.", "answers.safetensors.", "")) {
            ours.add(Files.createFile(folder.resolve("." + name + UUID.randomUUID() + ".tmp")));
        }
        Path notes = Files.createFile(folder.resolve("notes.tmp"));
        new CheckpointFolder(folder, 3).close();
        ours.forEach(file -> assertFalse(Files.exists(file), file.toString()));
        assertTrue(Files.exists(notes));
    }

    private static Run train(Path folder, Recipe recipe, TrainingListener listener) {
        return Training.in(folder.toString()).fit(Small.NETWORK, Small.data(), recipe, listener);
    }

    private static Run train(Path folder, Architecture network, Splits data, Recipe recipe) {
        return Training.in(folder.toString()).fit(network, data, recipe, TrainingListener.SILENT);
    }
}
