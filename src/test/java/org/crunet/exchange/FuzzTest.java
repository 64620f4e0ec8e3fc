package org.crunet.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.Jazzer;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.crunet.training.Child;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever the bytes, a reader reads them or says in less than 1,000 characters why not, soon, with little memory. Jazzer
 * changes sound files and keeps what reaches new code: 2,000 times, with {@code -Dcrunet.fuzz=600} for ten minutes, which begin otherwise each time. Bytes that break a reader are kept in {@code target/fuzz}.
 */
@Tag("slow")
class FuzzTest {

    private static final int SECONDS = Integer.getInteger("crunet.fuzz", 0);
    private static final Path FOUND = Path.of("target", "fuzz");
    /** What is watched. */
    private static final String CODE = "org.crunet.**:net.razorvine.**";

    private static final Pattern RUNS = Pattern.compile("stat::number_of_executed_units:\\s*(\\d+)");

    @TempDir
    private Path folder;

    @Test
    void everyReaderReadsOrRefuses() throws IOException, InterruptedException {
        Path corpus = Files.createDirectory(folder.resolve("corpus"));
        List<byte[]> inputs = Reader.inputs();
        for (int i = 0; i < inputs.size(); i++) {
            Files.write(corpus.resolve("" + i), inputs.get(i));
        }
        Files.createDirectories(FOUND);
        File log = folder.resolve("log").toFile();
        int ended = start(corpus, log).waitFor();
        String told = Child.read(log).replaceAll("(?m)^INFO: .*\\R", "");
        assertEquals(0, ended, told);
        Matcher runs = RUNS.matcher(told);
        assertTrue(runs.find() && Integer.parseInt(runs.group(1)) > inputs.size(), told);
        System.out.println(runs.group(1) + " inputs for readers");
    }

    private Process start(Path corpus, File log) throws IOException {
        List<String> java = List.of(
                "-Xmx512m",
                "-XX:TieredStopAtLevel=" + (SECONDS > 0 ? 4 : 1),
                "-XX:+EnableDynamicAgentLoading",
                "-XX:-OmitStackTraceInFastThrow",
                "-Dcrunet.folder=" + folder);
        List<String> jazzer = List.of(
                "--target_class=" + Reader.class.getName(),
                "--instrumentation_includes=" + CODE,
                "--custom_hook_includes=" + CODE,
                "--reproducer_path=" + FOUND,
                SECONDS > 0 ? "-max_total_time=" + SECONDS : "-runs=2000",
                "-seed=" + (SECONDS > 0 ? 0 : 1),
                "-timeout=60",
                "-rss_limit_mb=0",
                "-len_control=0",
                "-max_len=8192",
                "-print_final_stats=1",
                "-artifact_prefix=" + FOUND + "/",
                corpus.toString());
        return Child.start(Jazzer.class, java, jazzer, log);
    }
}
