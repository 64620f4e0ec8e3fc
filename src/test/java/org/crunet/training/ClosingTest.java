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
                    kept.anyMatch(file -> file.getFileName().toString().startsWith("checkpoint-")),
                    "the process waited for the training, which left a checkpoint");
        }
    }
}
