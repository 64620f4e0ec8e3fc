package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class LongRunTest {

    /**
     * In a process of its own, whose compiler is the quick one: the other takes 20 MiB once, whenever a method has been called
     * often enough.
     */
    @Test
    void memoryStaysFlat(@TempDir Path folder) throws Exception {
        File log = folder.resolve("log").toFile();
        Process process = Child.start(LongTraining.class, List.of("-XX:TieredStopAtLevel=1"), List.of(), log);
        assertEquals(0, process.waitFor(), () -> Child.read(log));
        List<String> lines = Files.readAllLines(log.toPath());
        String[] found = lines.get(lines.size() - 1).split(" ");
        double second = Double.parseDouble(found[0]);
        double last = Double.parseDouble(found[1]);
        System.out.printf(
                "%d steps: resident %.1f MiB in the second quarter, %.1f in the last%n",
                LongTraining.STEPS, second, last);
        assertEquals(LongTraining.STEPS / LongTraining.EVERY, Integer.parseInt(found[2]), "all steps were made");
        assertEquals(1, Integer.parseInt(found[3]), "as many arrays are open after every step");
        assertTrue(Double.isNaN(last) || last <= 1.03 * second, second + " MiB, then " + last);
    }
}
