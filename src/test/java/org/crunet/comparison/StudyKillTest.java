package org.crunet.comparison;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.crunet.base.Records;
import org.crunet.files.Csv;
import org.crunet.training.Child;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A study that is killed at ten moments ends with the table of one that was left alone, but for the seconds. */
@Tag("slow")
class StudyKillTest {

    private static final int KILLS = 10;

    @TempDir
    private Path folder;

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void killedTenTimesItEndsTheSame() throws Exception {
        long begun = System.nanoTime();
        assertEquals(0, start("whole", "whole").waitFor(), () -> Child.read(log("whole")));
        long whole = (System.nanoTime() - begun) / 1_000_000;
        Random random = new Random(1);
        for (int kill = 0; kill < KILLS; kill++) {
            Process process = start("killed", "killed");
            while (process.isAlive() && !Child.read(log("killed")).contains("training ")) {
                Thread.sleep(5);
            }
            boolean ended = process.waitFor(random.nextLong(whole / KILLS), TimeUnit.MILLISECONDS);
            assertFalse(ended, "too slow to kill it " + KILLS + " times");
            process.destroyForcibly().waitFor();
        }
        assertEquals(0, start("killed", "killed").waitFor(), () -> Child.read(log("killed")));
        assertEquals(rows("whole"), rows("killed"));
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void twoProcessesShareTheWork() throws Exception {
        assertEquals(0, start("alone", "alone").waitFor(), () -> Child.read(log("alone")));
        Process first = start("shared", "first");
        Process second = start("shared", "second");
        assertEquals(0, first.waitFor(), () -> Child.read(log("first")));
        assertEquals(0, second.waitFor(), () -> Child.read(log("second")));
        assertEquals(Set.copyOf(rows("alone")), Set.copyOf(rows("shared")));
        assertEquals(rows("alone").size(), rows("shared").size(), "no row is there twice");
        assertTrue(Child.read(log("first")).contains("training "), "the first trained some");
        assertTrue(Child.read(log("second")).contains("training "), "the second trained some");
    }

    private List<Row> rows(String name) {
        return Csv.read(table(name), Row.class).stream()
                .map(row -> Records.with(row, "seconds", 0.0))
                .toList();
    }

    private Path table(String name) {
        return folder.resolve(name + ".csv");
    }

    private File log(String name) {
        return folder.resolve(name + ".log").toFile();
    }

    private Process start(String name, String log) throws Exception {
        String runs = folder.resolve(name).toString();
        return Child.start(
                TinyStudy.class, List.of(), List.of(table(name).toString(), runs, "0badcafe", "9"), log(log));
    }
}
