package org.crunet.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.crunet.comparison.Compare;
import org.crunet.comparison.Comparison;
import org.crunet.comparison.Member;
import org.crunet.comparison.OnCluster;
import org.crunet.data.Splits;
import org.crunet.network.Architecture;
import org.crunet.network.Networks;
import org.crunet.scenes.Scenes;
import org.crunet.torch.Precision;
import org.crunet.training.Recipe;
import org.crunet.training.Step;
import org.crunet.training.Training;
import org.crunet.training.TrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The same trainings on a cluster, to the last bit, whoever is killed meanwhile. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SparkTrainingsTest extends OnSpark {

    private static final String TASK_LIMIT = "spark.rpc.message.maxSize";
    private static final Splits DATA = Scenes.painted(16).seed(1).split(96, 32);
    private static final Recipe RECIPE = Recipe.QUICK.withEpochs(3);

    private Compare compare(String name, String master) {
        Architecture cru = CRU.withImageSize(16);
        return Compare.of(cru, cru.withoutSharing().withName("unshared"))
                .seeds(1, 2)
                .in(folder.resolve(name).toString())
                .on(master);
    }

    private static void same(Comparison one, Comparison other) {
        assertEquals(
                one.members().stream().map(SparkTrainingsTest::timeless).toList(),
                other.members().stream().map(SparkTrainingsTest::timeless).toList());
    }

    private static Member timeless(Member row) {
        return new Member(
                row.network(),
                row.parameters(),
                row.multiplyAdds(),
                row.seed(),
                row.epochs(),
                row.trainLoss(),
                row.validationLoss(),
                row.top1(),
                row.top5(),
                0,
                row.ending(),
                row.metrics());
    }

    @Test
    void aComparisonOutlivesAWorkerAnExecutorAndTheMaster() throws Exception {
        Comparison once = compare("here", "here").run(RECIPE, DATA);
        assertEquals(4, once.members().size());
        try (Standalone cluster = new Standalone(folder.resolve("cluster"))) {
            same(once, whileTraining("a", cluster.url(), cluster::killExecutor));
            same(once, whileTraining("b", cluster.url(), cluster::killWorker));
            cluster.startWorker();
            same(once, whileTraining("c", cluster.url(), cluster::killMaster));
            Comparison again = compare("c", "here").run(RECIPE, DATA);
            same(once, again);
            SparkProvider.disconnect();
            Comparison kept = compare("c", "local").run(RECIPE, DATA);
            assertEquals(again.members(), kept.members(), "with their times, so nothing was trained again");
        }
    }

    /** Something happens when the first training is there and the others are not. */
    private Comparison whileTraining(String name, String master, Runnable event) throws Exception {
        CompletableFuture<Comparison> all =
                CompletableFuture.supplyAsync(() -> compare(name, master).run(RECIPE, DATA));
        Path place = folder.resolve(name);
        while (!all.isDone() && (!Files.isDirectory(place) || place.toFile().list().length == 0)) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertTrue(!all.isDone(), "it ended before anything could happen to it");
        event.run();
        return all.get(2, TimeUnit.MINUTES);
    }

    @Test
    void trainingsAreCountedWhileTheyRun() {
        System.setProperty(HEARTBEAT, "200ms");
        Recipe longer = RECIPE.withEpochs(8);
        List<Recipe> two = List.of(longer.withSeed(0), longer.withSeed(1));
        List<Double> heard = new CopyOnWriteArrayList<>();
        Map<Integer, Map<String, byte[]>> done = OnCluster.train(
                new SparkProvider().at("local"), DATA, CRU.withImageSize(16), two, 0.5, Map.of(), heard::add);
        assertEquals(List.of(0, 1), List.copyOf(done.keySet()));
        double all = 2 * 0.5 * 8 * (96 / longer.batchSize());
        assertTrue(
                heard.size() > 1 && heard.stream().allMatch(work -> work >= 0 && work <= all), () -> all + " " + heard);
        assertEquals(heard.stream().sorted().toList(), heard);
    }

    /** Larger than what Spark sends with a task: 128 MB, here 1. */
    @Test
    void aTrainingThatWasBegunMayBeLarge() {
        byte[] large = new byte[3_000_000];
        new Random(1).nextBytes(large);
        System.setProperty(TASK_LIMIT, "1");
        Map<String, byte[]> came = OnCluster.train(
                        new SparkProvider().at("local-cluster[1,1,1024]"),
                        DATA,
                        CRU.withImageSize(16),
                        List.of(RECIPE.withEpochs(2)),
                        1,
                        Map.of("large", large),
                        work -> {})
                .get(0);
        assertArrayEquals(large, came.get("large"));
        assertEquals(
                1,
                came.keySet().stream()
                        .filter(name -> name.startsWith("checkpoint-"))
                        .count(),
                came.keySet()::toString);
    }

    @Test
    void whatCannotComeBackIsRefused() {
        Architecture large = Networks.RESNET_200.withClasses(8).withImageSize(32);
        Splits data = Scenes.painted(32).seed(1).split(96, 32);
        assumeTrue(
                Runtime.getRuntime().maxMemory() < 3L << 30, "skipped: this program has memory enough for ResNet-200");
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> Compare.of(large)
                                .in(folder.toString())
                                .on("local")
                                .run(RECIPE, data))
                .getMessage();
        assertTrue(
                message.contains("a training of " + large.name() + " that come back need ")
                        && message.contains(" MiB, and Java may use ")
                        && message.contains(": give spark-submit more, --driver-memory, or start"),
                () -> message);
    }

    /**
     * The newest checkpoint is damaged as well, so the one before it is what it goes on from. Only one of the networks has the
     * weights of a rate.
     */
    @Test
    void aComparisonThatWasBegunHereGoesOnThere() throws Exception {
        Recipe recipe = RECIPE.withRate("*.group1.*", 0.5);
        Comparison once = compare("whole", "here").run(recipe, DATA, TrainingListener.SILENT);
        Thread caller = Thread.currentThread();
        TrainingListener stop = new TrainingListener() {
            @Override
            public void step(Step step) {
                if (step.epoch() == 2) {
                    caller.interrupt();
                }
            }
        };
        Comparison begun = compare("begun", "here").run(recipe, DATA, stop);
        assertEquals(4, begun.missing().size());
        Path place =
                folder.resolve("begun").resolve(folder.resolve("begun").toFile().list()[0]);
        List<Path> checkpoints = Training.in(place.toString()).checkpoints();
        assertEquals(2, checkpoints.size());
        Files.write(checkpoints.get(1), new byte[5]);
        Comparison all = compare("begun", "local").run(recipe, DATA);
        same(once, all);
        String problem = all.problems().get(0);
        assertTrue(problem.startsWith("passed over " + place.getFileName() + "/checkpoint-"), () -> problem);
    }

    @Test
    void inHalfPrecision() {
        Recipe recipe = RECIPE.withEpochs(1).withPrecision(Precision.BF16);
        same(
                compare("here", "here").run(recipe, DATA),
                compare("there", "local").run(recipe, DATA));
    }

    /** Spark's own cleaning up hangs at the second one, if it is done in a thread that is interrupted. */
    @Test
    void aComparisonIsInterruptedAgainAndAgain() throws Exception {
        for (int delay : new int[] {3000, 100, 1500, 5}) {
            CompletableFuture<Comparison> made = new CompletableFuture<>();
            Thread caller = new Thread(() -> made.complete(
                    compare("stopped", "local").run(RECIPE.withEpochs(200), DATA, TrainingListener.SILENT)));
            caller.start();
            Thread.sleep(delay);
            caller.interrupt();
            assertEquals(4, made.get(1, TimeUnit.MINUTES).missing().size());
        }
        Comparison all = CompletableFuture.supplyAsync(
                        () -> compare("stopped", "local").run(RECIPE.withEpochs(1), DATA))
                .get(2, TimeUnit.MINUTES);
        assertEquals(List.of(), all.missing());
    }

    @Test
    void twoTrainingsInOneProcessAreRefused() {
        for (String master : List.of("local[2]", "local[*]")) {
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> compare("d", master).run(RECIPE, DATA))
                    .getMessage();
            assertTrue(message.contains(master + " would run two trainings on one processor"), () -> message);
            assertTrue(message.contains("local-cluster[2,1,2048]"), () -> message);
        }
        System.setProperty("spark.executor.cores", "2");
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> compare("d", "local-cluster[1,2,1024]").run(RECIPE, DATA))
                .getMessage();
        assertTrue(message.contains("spark.executor.cores=2 would"), () -> message);
        assertEquals(
                4,
                compare("e", "local").run(RECIPE.withEpochs(1), DATA).members().size());
        System.setProperty("spark.task.cpus", "2");
        assertEquals(
                4,
                compare("f", "local[2]")
                        .run(RECIPE.withEpochs(1), DATA)
                        .members()
                        .size());
    }

    @Test
    void badImagesAreNamedAndNotFatal() throws IOException {
        paint();
        Files.writeString(picture(7), "no picture");
        Splits both = new Splits(onDisk(), onDisk());
        Recipe brief = RECIPE.withEpochs(1).withBatchSize(8);
        List<String> problems = Compare.of(CRU)
                .in(folder.resolve("runs").toString())
                .on("local")
                .run(brief, both)
                .problems();
        assertTrue(problems.stream().anyMatch(line -> line.matches(".*7\\.png: .*, on .*")), problems::toString);
    }
}
