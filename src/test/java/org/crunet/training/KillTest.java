package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.crunet.files.Safetensors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A training whose process is killed, at moments from its start to its end, goes on from a checkpoint and ends bit for bit
 * as one that was left alone. {@code -Dcrunet.kills=200} kills more often.
 */
@Tag("slow")
class KillTest {

    private static final int KILLS = Integer.getInteger("crunet.kills", 8);

    private final Random random = new Random(Long.getLong("crunet.seed", 5));

    @TempDir
    private Path folder;

    private int kills;
    private int amidst;
    private int finishes;
    private int unfinishedFiles;

    @Test
    void aKilledTrainingGoesOnAndEndsTheSame() throws Exception {
        Path whole = folder.resolve("whole");
        KilledTraining.train(whole);
        Path first = folder.resolve("first");
        long started = System.nanoTime();
        assertEquals(0, start(first).waitFor(), () -> Child.read(log(first)));
        double seconds = (System.nanoTime() - started) / 1e9;
        Small.assertSame(whole, first);
        for (int i = 0; kills < KILLS; i++) {
            Path killed = folder.resolve("killed" + i);
            killUntilItFinishes(killed, seconds);
            Small.assertSame(whole, killed);
            assertEquals(List.of(), Small.files(killed, ".*\\.tmp"));
            finishes++;
        }
        System.out.printf(
                "%d kills, %d of them after a first checkpoint, %d with a file half written; %d trainings compared at their"
                        + " end; a whole process takes %.1f s%n",
                kills, amidst, unfinishedFiles, finishes, seconds);
    }

    /** At random moments, some of them after its end; once all kills are used up, what is left is let run to its end. */
    private void killUntilItFinishes(Path killed, double seconds) throws Exception {
        while (true) {
            Process process = start(killed);
            boolean last = kills == KILLS;
            long milliseconds = (long) (seconds * 1000 * (0.3 + random.nextDouble()));
            if (process.waitFor(last ? 60_000 : milliseconds, TimeUnit.MILLISECONDS)) {
                assertEquals(0, process.exitValue(), () -> Child.read(log(killed)));
                return;
            }
            process.toHandle().destroyForcibly();
            process.waitFor();
            kills++;
            look(killed);
        }
    }

    /** What is there is whole, but for one file at most, that has another name. */
    private void look(Path killed) {
        if (!Files.exists(killed)) {
            return;
        }
        List<Path> checkpoints = Small.checkpoints(killed);
        amidst += checkpoints.isEmpty() ? 0 : 1;
        checkpoints.forEach(file -> Safetensors.open(file).close());
        assertTrue(checkpoints.size() <= 4, checkpoints.toString());
        List<Path> unfinished = Small.files(killed, ".*\\.tmp");
        unfinishedFiles += unfinished.size();
        assertTrue(unfinished.size() <= 1, unfinished.toString());
    }

    private static Process start(Path folder) throws IOException {
        return Child.start(KilledTraining.class, List.of(), List.of(folder.toString()), log(folder));
    }

    private static File log(Path folder) {
        return folder.resolveSibling(folder.getFileName() + ".log").toFile();
    }
}
