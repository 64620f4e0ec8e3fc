package org.crunet.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.crunet.comparison.Compare;
import org.crunet.data.Splits;
import org.crunet.evaluation.Evaluation;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.notebook.Tables;
import org.crunet.scenes.Scenes;
import org.crunet.training.Recipe;
import org.crunet.training.TrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line, in a process of its own, as spark-submit starts it. */
class MainTest {

    private static final Splits DATA = Scenes.painted(16).seed(3).split(80, 20);
    private static final Architecture CRU = Networks.smallCru(16).withClasses(8);

    @TempDir
    private Path folder;

    private String run(int status, String line) throws IOException, InterruptedException {
        Path jars = Path.of(System.getenv("SPARK_HOME"), "jars");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                jars + File.separator + "*",
                "org.crunet.spark.Main"));
        command.addAll(List.of(line.split(" ")));
        File output = folder.resolve("output").toFile();
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES), "it hangs");
        String text = Files.readString(output.toPath());
        assertEquals(status, process.exitValue(), text);
        return text;
    }

    @Test
    void anEvaluationWritesTheTableOfTheNotebook() throws Exception {
        Path weights = folder.resolve("small.safetensors");
        Path notebook = folder.resolve("notebook.csv");
        try (Network network = CRU.build(4)) {
            network.save(weights);
            Tables.of(Evaluation.of(network, DATA.validation()).byClass())
                    .write()
                    .csv(notebook.toString());
        }
        String told = run(
                0,
                "evaluate --network smallCru --weights small.safetensors --painted 80 --size 16 --out out.csv --master local[2]");
        assertTrue(told.contains("top-1") && told.contains("top-5"), told);
        assertEquals(Files.readString(notebook), Files.readString(folder.resolve("out.csv")));
    }

    @Test
    void aComparisonWritesTheTableOfTheNotebook() throws Exception {
        run(
                0,
                "compare --networks smallCru --painted 80 --size 16 --epochs 1 --seeds 1,2 --keep kept --out out.csv --master local-cluster[2,1,1024]");
        var comparison = Compare.of(CRU)
                .seeds(1, 2)
                .in(folder.resolve("kept").toString())
                .run(Recipe.QUICK.withEpochs(1), DATA, TrainingListener.SILENT);
        Path notebook = folder.resolve("notebook.csv");
        Tables.of(comparison.members()).write().csv(notebook.toString());
        assertEquals(
                Files.readString(notebook),
                Files.readString(folder.resolve("out.csv")),
                "with its times, so the folder has what the cluster trained");
    }

    @Test
    void aTrainingThatFailsIsARowAndAStatus() throws Exception {
        String told = run(
                1,
                "compare --networks smallCru --painted 80 --size 16 --epochs 1 --rate 900000 --out out.csv --master here");
        assertTrue(told.contains("not every training was made to its end"), told);
        assertEquals(2, Files.readAllLines(folder.resolve("out.csv")).size());
        String silent =
                run(1, "compare --networks smallCru --painted 80 --size 16 --out out.csv --master spark://127.0.0.1:1");
        assertTrue(silent.contains("cannot use spark://127.0.0.1:1") && !silent.contains("\tat org.crunet"), silent);
    }

    @Test
    void mistakesSayWhatToDo() throws Exception {
        String help = run(0, "--help");
        assertTrue(help.contains("evaluate --network CRU_NET_116"), help);
        for (String option : List.of("--images=", "--network=", "--networks=", "--seeds=", "--ten-crops", "--keep=")) {
            assertTrue(help.contains(" " + option), help);
        }
        assertTrue(run(2, "evaluate --painted 8").contains("'--out=<file>', '--weights=<weights>'"));
        assertTrue(run(2, "compare --networks smallCru --out o.csv").contains("(--images=<folder> | "));
        assertTrue(run(2, "test").contains("crunet knows no test (--help lists the options)"));
        assertTrue(run(2, "evaluate --img x").contains("evaluate knows no --img"));
        assertTrue(run(2, "compare --painted 8 --networks smallCru --size 16 --seeds 1,,2 --out o.csv")
                .contains("Invalid value for option '--seeds' (<seeds>): '' is not a long"));
        assertTrue(run(2, "compare --painted 8 --images x --networks smallCru --out o.csv")
                .contains("--images=<folder>, --painted=<number> are mutually exclusive"));
        assertTrue(run(2, "evaluate --seeds 1").contains("evaluate knows no --seeds"));
        assertTrue(run(2, "compare --ten-crops").contains("compare knows no --ten-crops"));
        assertTrue(run(2, "evaluate --painted 8 --size 16 --weights x --out no/out.csv")
                .contains("there is no folder for --out"));
        assertTrue(run(2, "compare --painted 8 --networks VGG --out o.csv")
                .contains("there is no network VGG: give smallCru"));
    }
}
