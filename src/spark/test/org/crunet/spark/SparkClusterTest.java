package org.crunet.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.ObjIntConsumer;
import javax.imageio.ImageIO;
import org.crunet.comparison.Compare;
import org.crunet.comparison.Comparison;
import org.crunet.comparison.Member;
import org.crunet.comparison.OnCluster;
import org.crunet.data.ImageFolder;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.evaluation.Evaluation;
import org.crunet.evaluation.Evaluator;
import org.crunet.exchange.Onnx;
import org.crunet.exchange.OnnxNetwork;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.scenes.Scenes;
import org.crunet.training.Recipe;
import org.crunet.training.Step;
import org.crunet.training.Training;
import org.crunet.training.TrainingListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The same results on a cluster, to the last bit, whoever is killed meanwhile. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SparkClusterTest {

    private static final String PARTITIONS = SparkCluster.PARTITIONS;
    private static final String CLASS_PATH = "spark.executor.extraClassPath";
    private static final String TASK_LIMIT = "spark.rpc.message.maxSize";
    private static final Path TESTS = Path.of(System.getenv("SPARK_HOME"), "test-classes");
    private static final String HEARTBEAT = "spark.executor.heartbeatInterval";
    private static final ImageSet IMAGES = Scenes.painted(32).seed(5).images(500);
    private static final Architecture CRU = Networks.smallCru(32).withClasses(8);
    private static final Splits DATA = Scenes.painted(16).seed(1).split(96, 32);
    private static final Recipe RECIPE = Recipe.QUICK.withEpochs(3);

    @TempDir
    Path folder;

    @AfterEach
    void disconnect() {
        System.clearProperty(PARTITIONS);
        System.clearProperty(HEARTBEAT);
        System.clearProperty(CLASS_PATH);
        System.clearProperty(TASK_LIMIT);
        SparkProvider.disconnect();
    }

    private static void same(Evaluation one, Evaluation other) {
        assertArrayEquals(one.probabilities(), other.probabilities());
        assertEquals(one.top1(), other.top1());
        assertEquals(one.topK(5), other.topK(5));
        assertArrayEquals(one.confusion(), other.confusion());
        assertEquals(one.toString(), other.toString());
    }

    @Test
    void theSameToTheLastBitHoweverItIsDivided() throws IOException {
        try (Network network = CRU.build(4);
                Standalone cluster = new Standalone(folder)) {
            int threads = network.threads();
            Evaluation once = Evaluation.of(network, IMAGES);
            long logits = logits(once, network, "here");
            JniUtils.setNumThreads(1);
            assertEquals(logits, logits(once, network, "here"));
            JniUtils.setNumThreads(threads);
            System.setProperty(CLASS_PATH, TESTS.toString()); // executors need Summing
            for (String master : List.of("local[2]", cluster.url())) {
                for (int partitions : new int[] {1, 7, 24}) {
                    System.setProperty(PARTITIONS, "" + partitions);
                    assertEquals(logits, logits(once, network, master), master + ", " + partitions);
                }
                same(once, Evaluation.on(master).of(network, IMAGES));
            }
            same(
                    Evaluation.tenCrop(network, IMAGES.first(60)),
                    Evaluation.on(cluster.url()).tenCrop(network, IMAGES.first(60)));
            assertEquals(threads, network.threads(), "as before for what follows");
        }
    }

    /** The sum of all logits' bit patterns, of an evaluation that is the same. */
    private long logits(Evaluation once, Network network, String master) throws IOException {
        Summing summing = new Summing(network, Files.createTempDirectory(folder, "bits"));
        same(once, Evaluation.on(master).of(summing, IMAGES));
        return summing.sum();
    }

    @Test
    void anEvaluationOutlivesAWorkerAnExecutorAndTheMaster() {
        System.setProperty(PARTITIONS, "24");
        try (Network network = CRU.build(4);
                Standalone cluster = new Standalone(folder)) {
            float[][] once = rows(network, "local[1]", () -> {});
            assertArrayEquals(once, rows(network, cluster.url(), cluster::killExecutor));
            assertArrayEquals(once, rows(network, cluster.url(), cluster::killWorker));
            cluster.startWorker();
            assertArrayEquals(once, rows(network, cluster.url(), cluster::killMaster));
        }
    }

    /** Something happens as soon as the first images are there. */
    private static float[][] rows(Network network, String master, Runnable event) {
        float[][] rows = new float[IMAGES.size()][];
        boolean[] happened = new boolean[1];
        ObjIntConsumer<float[]> heard = (row, image) -> {
            rows[image] = row;
            if (!happened[0]) {
                happened[0] = true;
                event.run();
            }
        };
        org.crunet.evaluation.OnCluster.run(new SparkProvider().at(master), network, IMAGES, heard, done -> {});
        return rows;
    }

    private Compare compare(String name, String master) {
        Architecture cru = CRU.withImageSize(16);
        return Compare.of(cru, cru.withoutSharing().withName("unshared"))
                .seeds(1, 2)
                .in(folder.resolve(name).toString())
                .on(master);
    }

    private static void same(Comparison one, Comparison other) {
        assertEquals(
                one.members().stream().map(SparkClusterTest::timeless).toList(),
                other.members().stream().map(SparkClusterTest::timeless).toList());
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
    void imagesAreCountedWhileTheyRun() {
        System.setProperty(HEARTBEAT, "50ms");
        System.setProperty(PARTITIONS, "1");
        List<Double> heard = new CopyOnWriteArrayList<>();
        try (Network network = CRU.build(4)) {
            org.crunet.evaluation.OnCluster.run(
                    new SparkProvider().at("local"), network, IMAGES, (row, image) -> {}, heard::add);
        }
        assertTrue(
                heard.stream().anyMatch(images -> images > 0 && images < IMAGES.size()), "of the only task: " + heard);
        assertEquals(heard.stream().sorted().toList(), heard);
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

    /** The newest checkpoint is damaged as well, so the one before it is what it goes on from. */
    @Test
    void aComparisonThatWasBegunHereGoesOnThere() throws Exception {
        Comparison once = compare("whole", "here").run(RECIPE, DATA, TrainingListener.SILENT);
        Thread caller = Thread.currentThread();
        TrainingListener stop = new TrainingListener() {
            @Override
            public void step(Step step) {
                if (step.epoch() == 2) {
                    caller.interrupt();
                }
            }
        };
        Comparison begun = compare("begun", "here").run(RECIPE, DATA, stop);
        assertEquals(4, begun.missing().size());
        Path place =
                folder.resolve("begun").resolve(folder.resolve("begun").toFile().list()[0]);
        List<Path> checkpoints = Training.in(place.toString()).checkpoints();
        assertEquals(2, checkpoints.size());
        Files.write(checkpoints.get(1), new byte[5]);
        Comparison all = compare("begun", "local").run(RECIPE, DATA);
        same(once, all);
        String problem = all.problems().get(0);
        assertTrue(problem.startsWith("passed over " + place.getFileName() + "/checkpoint-"), () -> problem);
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
            assertTrue(message.contains(master + " would run two trainings in one process"), () -> message);
            assertTrue(message.contains("local-cluster[2,1,2048]"), () -> message);
        }
        System.setProperty("spark.executor.cores", "2");
        try {
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> compare("d", "local-cluster[1,2,1024]").run(RECIPE, DATA))
                    .getMessage();
            assertTrue(message.contains("spark.executor.cores=2 would"), () -> message);
            assertEquals(
                    4,
                    compare("e", "local")
                            .run(RECIPE.withEpochs(1), DATA)
                            .members()
                            .size());
            System.setProperty("spark.task.cpus", "2");
            assertEquals(
                    4,
                    compare("f", "local[2]")
                            .run(RECIPE.withEpochs(1), DATA)
                            .members()
                            .size());
        } finally {
            System.clearProperty("spark.executor.cores");
            System.clearProperty("spark.task.cpus");
        }
    }

    @Test
    void badImagesAreNamedAndNotFatal() throws Exception {
        for (int i = 0; i < 40; i++) {
            Path place = Files.createDirectories(folder.resolve("val").resolve("class" + i % 8));
            Path file = place.resolve(i + ".png");
            if (i == 7) {
                Files.writeString(file, "no picture");
            } else {
                ImageIO.write(IMAGES.image(i), "png", file.toFile());
            }
        }
        try (Network network = CRU.build(4)) {
            Evaluation here = Evaluation.of(network, onDisk());
            Evaluation there = Evaluation.on("local[2]").of(network, onDisk());
            same(here, there);
            assertEquals(1, there.problems().size());
            String problem = there.problems().get(0);
            assertTrue(problem.startsWith(here.problems().get(0)), () -> problem);
        }
        Splits both = new Splits(onDisk(), onDisk());
        Recipe brief = RECIPE.withEpochs(1).withBatchSize(8);
        List<String> problems = Compare.of(CRU)
                .in(folder.resolve("runs").toString())
                .on("local")
                .run(brief, both)
                .problems();
        assertTrue(problems.stream().anyMatch(line -> line.matches(".*7\\.png: .*, on .*")), problems::toString);
    }

    /** As hdfs, by the part of Hadoop's client that reads this machine's files. */
    @Test
    void imagesOfHadoopsFileSystems() throws Exception {
        for (int i = 0; i < 40; i++) {
            Path place = Files.createDirectories(folder.resolve("val").resolve("class" + i % 8));
            ImageIO.write(IMAGES.image(i), "png", place.resolve(i + ".png").toFile());
        }
        ImageSet images = HadoopFolder.images(folder.resolve("val").toUri().toString(), 32);
        ImageSet same = onDisk();
        assertEquals(same.classes(), images.classes());
        aPictureThatWasReplacedIsRunAgain(images);
        Files.delete(folder.resolve("val").resolve("class3").resolve("3.png"));
        try (Network network = CRU.build(4)) {
            Evaluation here = Evaluation.of(network, same);
            Evaluation there = Evaluation.on("local-cluster[2,1,1024]").of(network, images);
            assertArrayEquals(here.probabilities(), there.probabilities());
            assertArrayEquals(here.confusion(), there.confusion());
            assertEquals(1, there.problems().size());
            String problem = there.problems().get(0);
            assertTrue(problem.matches("file:///.*/val/class3/3.png: it does not exist, on .*"), () -> problem);
        }
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> HadoopFolder.images(folder.toUri().toString(), 32))
                .getMessage();
        assertTrue(message.startsWith("No images in file:"), () -> message);
        String local = assertThrows(IllegalArgumentException.class, () -> HadoopFolder.images("/scenes", 32))
                .getMessage();
        assertTrue(local.contains("is a path of this machine"), () -> local);
        String missing = assertThrows(
                        IllegalArgumentException.class, () -> HadoopFolder.images("s3a://bucket/scenes", 32))
                .getMessage();
        assertTrue(missing.contains("such as hadoop-aws for s3a"), () -> missing);
    }

    private void aPictureThatWasReplacedIsRunAgain(ImageSet images) throws IOException {
        Evaluator kept = Evaluation.in(folder.resolve("kept").toString()).on("local[2]");
        try (Network network = CRU.build(4)) {
            Evaluation before = kept.of(network, images);
            Path first = folder.resolve("val").resolve("class0").resolve("0.png");
            ImageIO.write(IMAGES.image(41), "png", first.toFile());
            Evaluation after = kept.of(network, images);
            assertFalse(Arrays.equals(before.probabilities()[0], after.probabilities()[0]));
            same(Evaluation.on("here").of(network, images), after);
            ImageIO.write(IMAGES.image(0), "png", first.toFile());
        }
    }

    private ImageSet onDisk() {
        return ImageFolder.of(folder.toString()).size(32).onDisk().images("val");
    }

    @Test
    void aNetworkInOnnxRuntimeGoesToo() {
        Path file = folder.resolve("small.onnx");
        try (Network network = CRU.build(4)) {
            Onnx.save(network, file);
        }
        try (OnnxNetwork network = Onnx.open(file)) {
            same(Evaluation.of(network, IMAGES), Evaluation.on("local[2]").of(network, IMAGES));
        }
    }

    @Test
    void mistakesAreToldAsHere() {
        try (Network network = CRU.withClasses(9).build(4)) {
            String here = assertThrows(IllegalArgumentException.class, () -> Evaluation.of(network, IMAGES))
                    .getMessage();
            assertEquals(
                    here,
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> Evaluation.on("local[2]").of(network, IMAGES))
                            .getMessage());
            for (String none : List.of("localhost", "local-cluster[2,1]", "spark://host", "spark://host:7077/")) {
                String message = assertThrows(
                                IllegalArgumentException.class,
                                () -> Evaluation.on(none).of(network, IMAGES))
                        .getMessage();
                assertTrue(message.startsWith("\"" + none + "\" names no cluster"), () -> message);
            }
            String other = assertThrows(
                            IllegalStateException.class,
                            () -> Evaluation.on("yarn").of(network, IMAGES))
                    .getMessage();
            String silent = assertThrows(
                            IllegalStateException.class,
                            () -> Evaluation.on("spark://127.0.0.1:1").of(network, IMAGES))
                    .getMessage();
            assertTrue(silent.startsWith("cannot use spark://127.0.0.1:1: 127.0.0.1:1: Conn"), () -> silent);
            String unknown = assertThrows(
                            IllegalStateException.class,
                            () -> Evaluation.on("spark://nowhere.invalid:1").of(network, IMAGES))
                    .getMessage();
            assertTrue(unknown.contains("there is no such machine"), () -> unknown);
            assertTrue(other.startsWith("cannot use yarn: ") && other.contains("spark-submit"), () -> other);
        }
    }

    @Test
    void anInterruptStopsTheJobAndTheSameCallGoesOn() throws Exception {
        ImageSet many = Scenes.painted(32).seed(5).images(4000);
        Path kept = folder.resolve("kept");
        try (Network network = CRU.build(4)) {
            int threads = network.threads();
            new SparkProvider().at("local[2]");
            CompletableFuture<Throwable> heard = new CompletableFuture<>();
            Thread caller = new Thread(() -> heard.complete(assertThrows(
                    Throwable.class,
                    () -> Evaluation.in(kept.toString()).on("local[2]").of(network, many))));
            caller.start();
            Thread.sleep(1500);
            caller.interrupt();
            assertInstanceOf(CancellationException.class, heard.get(30, TimeUnit.SECONDS));
            assertEquals(threads, network.threads(), "no task is left that changes them");
            same(
                    Evaluation.of(network, many),
                    Evaluation.in(kept.toString()).on("local[2]").of(network, many));
        }
    }
}
