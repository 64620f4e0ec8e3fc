package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.crunet.data.Splits;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A damaged checkpoint is told of, passed over, and not thrown away before there is a newer one. */
@Tag("slow")
class DamageTest {

    private static final int DAMAGES = Integer.getInteger("crunet.damages", 100);

    private final Random random = new Random(7);
    private final List<String> heard = new ArrayList<>();

    @TempDir
    private Path folder;

    private Path whole;
    private Path stopped;
    private Run expected;

    /** Checkpoints after steps 4, 5 and 6 of 9. */
    @BeforeEach
    void stopOne() {
        whole = folder.resolve("whole");
        stopped = folder.resolve("stopped");
        expected = train(whole, TrainingListener.SILENT);
        train(stopped, Small.interruptAfter(6));
        assertEquals(List.of(6, 5, 4), steps(stopped));
    }

    @Test
    void oneBitOrACutAnywhereIsFoundAndTheOneBeforeIsUsed() throws IOException {
        byte[] good = Files.readAllBytes(stopped.resolve(name(6)));
        for (int i = 0; i < DAMAGES; i++) {
            Path copy = copy(stopped, "damaged" + i);
            Path newest = copy.resolve(name(6));
            byte[] bad = i % 2 == 0 ? flipped(good) : Arrays.copyOf(good, random.nextInt(good.length));
            Files.write(newest, bad);
            boolean toTheEnd = i % 10 < 2;
            int stop = toTheEnd ? Integer.MAX_VALUE : 0;
            Run run = damaged(copy, newest, stop);
            if (toTheEnd) {
                Small.assertSame(expected, run);
                Small.assertSame(whole, copy);
                assertEquals(List.of(9, 8, 7), steps(copy));
            } else {
                assertArrayEquals(bad, Files.readAllBytes(newest), "kept until there is a newer one");
                assertEquals(List.of(6, 5, 4), steps(copy));
            }
        }
    }

    /** Resumes, after which the damaged file must have been named, to the listener and in the run. */
    private Run damaged(Path copy, Path file, int stop) {
        heard.clear();
        if (stop == 0) {
            Thread.currentThread().interrupt();
        }
        Run run = train(copy, hearing(TrainingListener.SILENT));
        assertEquals(1, run.problems().size(), run.problems().toString());
        assertTrue(run.problems().get(0).startsWith("passed over " + file + ", which is damaged: "), heard.toString());
        assertEquals(heard, run.problems());
        return run;
    }

    private byte[] flipped(byte[] good) {
        byte[] bad = good.clone();
        bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
        return bad;
    }

    /** Here the damaged one claims more steps than all that are written after it. */
    @Test
    void aDamagedOneDoesNotCrowdOutThoseWrittenAfterIt() throws IOException {
        for (String absurd :
                List.of(name(7), name(99_999_999), "checkpoint-123456789012345678901234567890.safetensors")) {
            Path copy = copy(stopped, "crowded" + absurd.length() + absurd);
            Path file = copy.resolve(absurd);
            Files.write(file, new byte[] {1, 2, 3});
            Path before = copy.resolve(name(6));
            Files.write(before, new byte[0]);
            Run run = train(copy, 1, hearing(Small.interruptAfter(1)));
            assertEquals(2, run.problems().size());
            assertTrue(run.problems().get(0).contains(absurd), run.problems().toString());
            assertTrue(Files.exists(file));
            assertTrue(Files.size(before) > 0, "step 6 was written anew");
            Run end = train(copy, 1, hearing(TrainingListener.SILENT));
            assertTrue(end.problems().get(0).contains(absurd), end.problems().toString());
            Small.assertSame(expected, end);
            assertEquals(!absurd.equals(name(7)), Files.exists(file), "replaced when the training gets there");
            assertTrue(Files.size(copy.resolve(name(9))) > 0);
        }
    }

    @Test
    void aWholeOneUnderAnotherNameIsNotTakenForTheNewest() throws IOException {
        Files.copy(stopped.resolve(name(5)), stopped.resolve(name(777)));
        Run run = train(stopped, TrainingListener.SILENT);
        assertEquals(
                List.of("passed over " + stopped.resolve(name(777))
                        + ", which is of 5 steps: delete it or name it rightly"),
                run.problems());
        Small.assertSame(expected, run);
        assertTrue(Files.exists(stopped.resolve(name(777))));
    }

    @Test
    void whatIsNeededToGoOnEndsWithTheNewestWholeOne() throws IOException {
        RunFolder runs = Training.in(stopped.toString());
        List<Path> all = runs.checkpoints();
        int last = all.size() - 1;
        assertTrue(last >= 1, all.toString());
        assertEquals(all.subList(last, last + 1), runs.newest());
        Path misnamed = stopped.resolve(name(777));
        Files.copy(all.get(last), misnamed);
        Files.write(all.get(last), new byte[3]);
        assertEquals(List.of(all.get(last - 1), all.get(last), misnamed), runs.newest());
        Files.delete(misnamed);
        for (Path one : all) {
            Files.write(one, new byte[3]);
        }
        assertEquals(all, runs.newest());
        assertEquals(List.of(), Training.in(stopped.resolve("none").toString()).newest());
    }

    @Test
    void aCheckpointLoadedAsWeightsSaysWhatToTakeInstead() {
        Path checkpoint = stopped.resolve(name(6));
        String message = assertThrows(IllegalArgumentException.class, () -> Small.NETWORK.load(checkpoint))
                .getMessage();
        assertEquals(
                checkpoint + " is a checkpoint: load best.safetensors beside it, or go on with Training.in(\"" + stopped
                        + "\").fit(...)",
                message);
    }

    @Test
    void whenNoneIsWholeItIsNotBegunAnew() throws IOException {
        for (int step = 4; step <= 6; step++) {
            Files.write(stopped.resolve(name(step)), new byte[step]);
        }
        String message = assertThrows(IllegalStateException.class, () -> train(stopped, TrainingListener.SILENT))
                .getMessage();
        assertTrue(
                message.startsWith(
                        "the training in " + stopped + " cannot go on, because none of its checkpoints is whole: "),
                message);
        for (int step = 4; step <= 6; step++) {
            assertTrue(
                    message.contains(stopped.resolve(name(step)) + ", which is damaged: it has only " + step), message);
        }
        assertTrue(message.contains("to begin anew, delete them or give another folder"), message);
        assertTrue(message.contains("best.safetensors may still have the best weights"), message);
        assertEquals(List.of(6, 5, 4), steps(stopped));
        Small.NETWORK.load(stopped.resolve("best.safetensors")).close();
    }

    @Test
    void aDamagedBestIsToldOfAndReplaced() throws IOException {
        Path best = stopped.resolve("best.safetensors");
        Files.write(best, flipped(Files.readAllBytes(best)));
        Thread.currentThread().interrupt();
        Run run = train(stopped, hearing(TrainingListener.SILENT));
        assertEquals(2, heard.size(), heard.toString());
        assertTrue(heard.get(0).startsWith("passed over " + best + ", which is damaged: "), heard.toString());
        assertEquals(best + " has no weights of this training: the next best take its place", heard.get(1));
        assertEquals(heard, run.problems());
        assertNull(run.best());
        Run end = train(stopped, TrainingListener.SILENT);
        assertEquals(Small.weights(expected.network()), Small.weights(end.network()));
        assertEquals(3, end.history().epochs().size());
        assertTrue(end.best().epoch().epoch() >= 2);
        Small.NETWORK.load(best).close();
    }

    /** As a full disk would: the next checkpoint cannot take its place, for a folder of its name is there. */
    @Test
    void aCheckpointThatCannotBeWrittenStopsTheTraining() throws IOException {
        Path blocked = Files.createDirectory(stopped.resolve(name(7)));
        String message = assertThrows(UncheckedIOException.class, () -> train(stopped, TrainingListener.SILENT))
                .getMessage();
        assertEquals(
                "training stopped in epoch 3 after step 1. Cannot write " + blocked + ": it is a folder: choose another"
                        + " name. What was there before is unchanged: once that is put right, the same call goes on from the"
                        + " newest checkpoint in " + stopped,
                message);
        assertEquals(Run.Ending.FAILED, Training.last().ending());
        assertEquals(2, Training.last().history().epochs().size());
        Files.delete(blocked);
        assertEquals(List.of(6, 5, 4), steps(stopped));
        Small.assertSame(expected, train(stopped, TrainingListener.SILENT));
        Small.assertSame(whole, stopped);
    }

    @Test
    void aBestThatCannotBeWrittenStopsTheTraining() {
        Path fresh = folder.resolve("fresh");
        TrainingListener meanwhile = new TrainingListener() {
            @Override
            public void step(Step step) {
                fresh.resolve("best.safetensors").toFile().mkdir();
            }
        };
        String message = assertThrows(UncheckedIOException.class, () -> train(fresh, meanwhile))
                .getMessage();
        assertTrue(message.startsWith("training stopped in epoch 1 after step 3. Cannot write " + fresh), message);
        assertEquals(1, Training.last().history().epochs().size());
        assertFalse(steps(fresh).isEmpty());
    }

    private TrainingListener hearing(TrainingListener other) {
        return new TrainingListener() {
            @Override
            public void step(Step step) {
                other.step(step);
            }

            @Override
            public void problem(String problem) {
                heard.add(problem);
            }
        };
    }

    private static Run train(Path folder, TrainingListener listener) {
        return train(folder, 3, listener);
    }

    private static Run train(Path folder, int keep, TrainingListener listener) {
        Splits data = Small.data();
        return Training.in(folder.toString()).keep(keep).everySteps(1).fit(Small.NETWORK, data, Small.RECIPE, listener);
    }

    private Path copy(Path from, String name) throws IOException {
        Path to = Files.createDirectory(folder.resolve(name));
        for (Path file : Small.files(from, "[^.].*")) {
            Files.copy(file, to.resolve(file.getFileName()));
        }
        return to;
    }

    private static String name(int step) {
        return String.format("checkpoint-%08d.safetensors", step);
    }

    private static List<Integer> steps(Path folder) {
        return Small.checkpoints(folder).stream()
                .map(file -> file.getFileName().toString().replaceAll("\\D", ""))
                .map(Integer::parseInt)
                .toList();
    }
}
