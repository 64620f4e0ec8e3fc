package org.crunet.base;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The machine that this runs on, as results name it. */
public final class Machine {

    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
    private static final String MODEL = "model name";

    private Machine() {}

    /**
     * Returns the machine in words: two of the same words make the same numbers, as far as can be known.
     *
     * @return such as {@code AMD EPYC, 2 processors, Linux amd64, Java 17}
     */
    public static String here() {
        return processor() + ", " + Runtime.getRuntime().availableProcessors() + " processors, "
                + System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", Java "
                + Runtime.version().feature();
    }

    /** As Linux calls it. */
    private static String processor() {
        try (var lines = Files.lines(PROCESSORS)) {
            return lines.filter(line -> line.startsWith(MODEL))
                    .findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .orElse("processor without a name");
        } catch (IOException elsewhere) {
            return "processor without a name";
        }
    }
}
