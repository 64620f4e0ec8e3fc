package org.crunet.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.ObjIntConsumer;
import javax.imageio.ImageIO;
import org.crunet.data.ImageSet;
import org.crunet.evaluation.Evaluation;
import org.crunet.evaluation.Evaluator;
import org.crunet.exchange.Onnx;
import org.crunet.exchange.OnnxNetwork;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Schemes;
import org.crunet.scenes.Scenes;
import org.crunet.torch.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The same evaluations on a cluster, to the last bit, whoever is killed meanwhile. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SparkEvaluationsTest extends OnSpark {

    private static final String CLASS_PATH = "spark.executor.extraClassPath";
    private static final Path TESTS = Path.of(System.getenv("SPARK_HOME"), "test-classes");

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

    @Test
    void inHalfPrecision() {
        try (Network network = CRU.build(4)) {
            Evaluation once = Evaluation.precision(Precision.BF16).of(network, IMAGES.first(40));
            same(once, Evaluation.on("local[2]").precision(Precision.BF16).of(network, IMAGES.first(40)));
            assertFalse(Arrays.deepEquals(
                    once.probabilities(),
                    Evaluation.of(network, IMAGES.first(40)).probabilities()));
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
    void badImagesAreNamedAndNotFatal() throws IOException {
        paint();
        Files.writeString(picture(7), "no picture");
        try (Network network = CRU.build(4)) {
            Evaluation here = Evaluation.of(network, onDisk());
            Evaluation there = Evaluation.on("local[2]").of(network, onDisk());
            same(here, there);
            assertEquals(1, there.problems().size());
            String problem = there.problems().get(0);
            assertTrue(problem.startsWith(here.problems().get(0)), () -> problem);
        }
    }

    /** Executors have the library's classes alone: what is code of the test goes as what it computes, folded otherwise. */
    @Test
    void anyWayToShareIsEvaluatedElsewhere() {
        ImageSet images = Scenes.painted(16).seed(5).images(64);
        Evaluator there = Evaluation.on("local-cluster[2,1,2048]");
        for (Architecture scheme : Schemes.all()) {
            try (Network network = scheme.build(2)) {
                float[][] here = Evaluation.of(network, images).probabilities();
                float[][] rows = there.of(network, images).probabilities();
                for (int image = 0; image < images.size(); image++) {
                    assertArrayEquals(here[image], rows[image], 1e-5f, scheme.name());
                }
            }
        }
    }

    /** As hdfs, by the part of Hadoop's client that reads this machine's files. */
    @Test
    void imagesOfHadoopsFileSystems() throws Exception {
        paint();
        ImageSet images = HadoopFolder.images(folder.resolve("val").toUri().toString(), 32);
        ImageSet same = onDisk();
        assertEquals(same.classes(), images.classes());
        aPictureThatWasReplacedIsRunAgain(images);
        Files.delete(picture(3));
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
            ImageIO.write(IMAGES.image(41), "png", picture(0).toFile());
            Evaluation after = kept.of(network, images);
            assertFalse(Arrays.equals(before.probabilities()[0], after.probabilities()[0]));
            same(Evaluation.on("here").of(network, images), after);
            ImageIO.write(IMAGES.image(0), "png", picture(0).toFile());
        }
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
