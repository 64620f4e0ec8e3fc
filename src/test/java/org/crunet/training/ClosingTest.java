package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who closes a network that is at work, as a cell does after an interrupted one, must not bring the process down. In one of
 * its own; {@code -Dcrunet.closings=100} closes more often.
 */
class ClosingTest {

    private static final String CLOSINGS = System.getProperty("crunet.closings", "2");

    @TempDir
    private Path folder;

    @Test
    void whatIsAtWorkIsFreedWhenItHasEnded() throws Exception {
        File log = folder.resolve("log").toFile();
        Process process = Child.start(Closing.class, List.of(), List.of(CLOSINGS, folder.toString()), log);
        assertEquals(0, process.waitFor(), () -> Child.read(log));
        try (Stream<Path> kept = Files.list(folder.resolve("run"))) {
            assertTrue(
                    kept.anyMatch(file -> file.getFileName().toString().equals("checkpoint-00000003.safetensors")),
                    "the process waited for the training, which left a checkpoint");
        }
        Run gone = Closing.train(folder.resolve("run"), pass -> {});
        Run undisturbed = Closing.train(folder.resolve("other"), pass -> {});
        assertEquals(
                undisturbed.network().fingerprint(), gone.network().fingerprint(), "as if it had not been stopped");
    }

    /** Which nobody waits for, as it waits for the end itself. */
    @Test
    void aTrainingMayEndItsProcess() throws Exception {
        File log = folder.resolve("log").toFile();
        Process process = Child.start(Closing.class, List.of(), List.of(folder.toString()), log);
        long started = System.nanoTime();
        assertEquals(3, process.waitFor(), () -> Child.read(log));
        assertTrue(System.nanoTime() - started < 18e9, "it waits 20 s for others");
    }
}
