package org.crunet.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory the process takes. */
final class Memory {

    private static final Path STATUS = Path.of("/proc/self/status");

    private Memory() {}

    /** Resident memory in MiB, or no number where the system does not tell it as Linux does. */
    static double residentMegabytes() {
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElse(Double.NaN);
        } catch (IOException e) {
            return Double.NaN;
        }
    }
}
