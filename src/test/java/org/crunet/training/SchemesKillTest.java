package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.crunet.network.Schemes;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The training of any way to share, killed in its middle, ends bit for bit as one that was left alone. */
@Tag("slow")
class SchemesKillTest {

    @TempDir
    private Path folder;

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void eachIsKilledOnceAndEndsTheSame() throws Exception {
        Path killed = folder.resolve("killed");
        int schemes = Schemes.all().size();
        for (int number = 0; number < schemes; number++) {
            Process process = start(killed);
            Path training = killed.resolve("" + number);
            while (process.isAlive()
                    && (!Files.exists(training) || Small.checkpoints(training).isEmpty())) {
                Thread.sleep(2);
            }
            process.destroyForcibly().waitFor();
        }
        assertEquals(0, start(killed).waitFor(), () -> Child.read(log(killed)));
        KilledSchemes.train(number -> folder.resolve("whole" + number));
        for (int number = 0; number < schemes; number++) {
            Small.assertSame(folder.resolve("whole" + number), killed.resolve("" + number));
        }
    }

    private static Process start(Path folder) throws Exception {
        return Child.start(KilledSchemes.class, List.of(), List.of(folder.toString()), log(folder));
    }

    private static File log(Path folder) {
        return folder.resolveSibling("killed.log").toFile();
    }
}
