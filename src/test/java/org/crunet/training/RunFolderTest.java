package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.crunet.files.FaultyDisk;
import org.crunet.files.FaultyDisk.Fault;
import org.crunet.files.Safetensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What others, or the disk, do to the folder of a training. */
@SuppressWarnings("try")
class RunFolderTest {

    private static final Recipe RECIPE = Small.RECIPE.withEpochs(2);

    @TempDir
    private Path folder;

    private static Run train(Path where, TrainingListener listener) {
        return Training.in(where.toString()).keep(2).fit(Small.NETWORK, Small.data(), RECIPE, listener);
    }

    private static Path checkpoint(Path where, int steps) {
        return where.resolve(String.format("checkpoint-%08d.safetensors", steps));
    }

    /** A training with checkpoints after steps 3 and 5 of 6. */
    private Path stopped(String name) {
        Path where = folder.resolve(name);
        train(where, Small.interruptAfter(5));
        assertEquals(List.of(checkpoint(where, 5), checkpoint(where, 3)), Small.checkpoints(where));
        return where;
    }

    private static TrainingListener never() {
        return new TrainingListener() {
            @Override
            public void started(String title, int epochs, History before) {
                fail("time is spent");
            }
        };
    }

    private static String refused(Path where) {
        return assertThrows(UncheckedIOException.class, () -> train(where, never()))
                .getMessage();
    }

    @Test
    void aFaultOfTheDiskStopsTheTrainingAndTheSameCallGoesOn() throws IOException {
        Run expected = train(folder.resolve("whole"), TrainingListener.SILENT);
        Path begun = stopped("begun");
        int count = 0;
        for (String file : List.of("\\.best.*", "\\.checkpoint.*", "checkpoint.*")) {
            boolean failed = true;
            for (int number = 1; failed; number += number < 2 ? 1 : 60) {
                Fault fault = Fault.values()[count++ % 4];
                Path where = copy(begun, "copy" + count);
                byte[] before = Files.readAllBytes(checkpoint(where, 5));
                byte[] best = Files.readAllBytes(where.resolve("best.safetensors"));
                try (FaultyDisk disk = new FaultyDisk(fault, file, number)) {
                    failed = stops(where, disk, fault);
                }
                if (failed) {
                    assertArrayEquals(before, Files.readAllBytes(checkpoint(where, 5)));
                    Safetensors.openWritten(where.resolve("best.safetensors")).close();
                    assertTrue(!file.contains("best")
                            || Arrays.equals(best, Files.readAllBytes(where.resolve("best.safetensors"))));
                    Small.assertSame(expected, train(where, TrainingListener.SILENT));
                    Small.assertSame(folder.resolve("whole"), where);
                    assertEquals(List.of(), Small.files(where, ".*\\.tmp"));
                }
            }
        }
        assertTrue(count > 8, "" + count);
    }

    private Path copy(Path from, String name) throws IOException {
        Path to = Files.createDirectory(folder.resolve(name));
        for (Path file : Small.files(from, "[^.].*")) {
            Files.copy(file, to.resolve(file.getFileName()));
        }
        return to;
    }

    /** False when it was not asked for so much. */
    private static boolean stops(Path where, FaultyDisk disk, Fault fault) {
        try {
            Run run = train(where, TrainingListener.SILENT);
            assertEquals(Run.Ending.FINISHED, run.ending());
            return disk.failed();
        } catch (UncheckedIOException e) {
            fault.assertNamed(where, e.getMessage());
            assertTrue(e.getMessage().startsWith("training stopped in epoch "), e.getMessage());
            assertTrue(e.getMessage().endsWith("the same call goes on from the newest checkpoint in " + where));
            assertEquals(Run.Ending.FAILED, Training.last().ending());
            return true;
        }
    }

    @Test
    void aFolderThatCannotBeWrittenIsFoundBeforeTimeIsSpent() throws IOException {
        Path where = stopped("stopped");
        try (FaultyDisk disk = new FaultyDisk(Fault.NO_PERMISSION, ".*", 1)) {
            assertEquals(
                    "cannot keep a training in " + where
                            + ", because there is no permission to write there: give a folder" + " you may write to",
                    refused(where));
        }
        Run run = train(where, TrainingListener.SILENT);
        try (FaultyDisk disk = new FaultyDisk(Fault.NO_PERMISSION, ".*", 1)) {
            Small.assertSame(run, train(where, TrainingListener.SILENT));
            assertTrue(disk.failed());
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aLockThatIsNoFileIsRefusedAndNotWaitedFor() throws Exception {
        Path lock = folder.resolve(".lock");
        assertEquals(0, new ProcessBuilder("mkfifo", lock.toString()).start().waitFor());
        assertEquals(
                "cannot keep a training in " + folder
                        + ", because its .lock cannot be locked (it is not a file): delete that,"
                        + " or give a folder on a local disk",
                assertTimeoutPreemptively(Duration.ofSeconds(20), () -> refused(folder)));
    }

    @Test
    void aFolderInTheNewestCheckpointsPlaceIsToldAndLeftAlone() throws IOException {
        Run expected = train(folder.resolve("whole"), TrainingListener.SILENT);
        Path where = stopped("stopped");
        Path file = checkpoint(where, 5);
        Files.delete(file);
        Path inside = Files.createFile(Files.createDirectory(file).resolve("inside"));
        Run run = train(where, TrainingListener.SILENT);
        assertEquals(List.of("passed over " + file + ", which is damaged: it is not a file"), run.problems());
        Small.assertSame(expected, run);
        assertTrue(Files.exists(inside));
        assertEquals(List.of(checkpoint(where, 6), file, checkpoint(where, 3)), Small.checkpoints(where));
    }

    /** Which would be found after the first epoch, that is lost then. */
    @Test
    void aFolderInThePlaceOfTheBestWeightsIsToldBeforeTheTraining() throws IOException {
        Files.createDirectory(folder.resolve("best.safetensors"));
        String message = assertThrows(UncheckedIOException.class, () -> train(folder, never()))
                .getMessage();
        String why = ", because its best.safetensors is a folder: move or delete that";
        assertEquals("cannot keep a training in " + folder + why, message);
    }

    @Test
    void whenAllCheckpointsAreFoldersItIsNotBegunAnew() throws IOException {
        Path where = stopped("stopped");
        for (int steps : new int[] {3, 5}) {
            Files.delete(checkpoint(where, steps));
            Files.createDirectory(checkpoint(where, steps));
        }
        String message = assertThrows(TrainingException.class, () -> train(where, never()))
                .getMessage();
        assertTrue(
                message.startsWith("the training in " + where
                        + " cannot go on, because none of its checkpoints is whole: " + "passed over "
                        + checkpoint(where, 5) + ", which is damaged: it is not a file; passed over "),
                message);
        assertFalse(Training.in(where.toString()).newest().isEmpty());
    }

    /** As somebody does who takes it for a left-over. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aLockThatIsDeletedMeanwhileIsTakenAgain() {
        int[] seen = {0};
        Run run = Training.in(folder.toString()).fit(Small.NETWORK, Small.data(), RECIPE, new TrainingListener() {
            @Override
            public void started(String title, int epochs, History before) {
                deleteLock(folder);
            }

            @Override
            public void epoch(History history) {
                seen[0]++;
                assertThrows(FolderInUseException.class, () -> new CheckpointFolder(folder, 3));
            }
        });
        assertEquals(Run.Ending.FINISHED, run.ending());
        assertEquals(2, seen[0]);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aTrainingThatAnotherTakesTheFolderFromSaysSo() {
        Path where = stopped("stopped");
        CheckpointFolder[] other = new CheckpointFolder[1];
        String message = assertThrows(
                        FolderInUseException.class,
                        () -> train(where, new TrainingListener() {
                            @Override
                            public void started(String title, int epochs, History before) {
                                deleteLock(where);
                                other[0] = new CheckpointFolder(where, 3);
                            }
                        }))
                .getMessage();
        other[0].close();
        assertEquals(
                "another training is writing into " + where + ": wait for it, stop it, or give another folder",
                message);
        assertEquals(
                List.of(checkpoint(where, 5), checkpoint(where, 3)), Small.checkpoints(where), "nothing was written");
    }

    private static void deleteLock(Path where) {
        try {
            Files.delete(where.resolve(".lock"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
