package org.crunet.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.crunet.block.Conv;
import org.crunet.block.Flow;
import org.crunet.block.FlowBlock;
import org.crunet.block.Kernel;
import org.crunet.data.ImageFolder;
import org.crunet.data.ImageSet;
import org.crunet.data.Places365;
import org.crunet.data.Splits;
import org.crunet.files.FaultyDisk;
import org.crunet.files.Safetensors;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.network.Passing;
import org.crunet.scenes.Scenes;
import org.crunet.training.Recipe;
import org.crunet.training.Training;
import org.crunet.training.TrainingListener;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class EvaluatorTest {

    private static final ImageSet IMAGES = Scenes.painted(16).seed(5).images(40);

    @TempDir
    private Path folder;

    /** A network that counts its batches, and is interrupted after some. */
    private static final class Counted extends Passing {
        private final int last;
        private int batches;

        Counted(Network network, int last) {
            super(network);
            this.last = last;
        }

        @Override
        public NDArray forward(NDArray images) {
            if (++batches == last) {
                Thread.currentThread().interrupt();
            }
            return network.forward(images);
        }
    }

    /** One that does not say the same of all images, or nothing could be mixed up. */
    private static Network trained(Architecture architecture, Splits data) {
        Recipe recipe = Recipe.QUICK.withEpochs(3).withBatchSize(16);
        Network network = Training.fit(architecture, data, recipe, TrainingListener.SILENT)
                .network();
        int[][] confusion = Evaluation.of(network, data.validation()).confusion();
        long said = IntStream.range(0, confusion.length)
                .filter(c -> Stream.of(confusion).mapToInt(row -> row[c]).sum() > 0)
                .count();
        assertTrue(said >= 3, "it only ever says " + said + " classes");
        return network;
    }

    /** Batches of other sizes differ by rounding. */
    private static void same(Evaluation one, Evaluation other, int images) {
        assertEquals(one.top1(), other.top1());
        assertArrayEquals(one.confusion(), other.confusion());
        assertEquals(one.toString(), other.toString());
        List<Prediction> some = one.predictions(images);
        List<Prediction> others = other.predictions(images);
        for (int i = 0; i < images; i++) {
            assertEquals(some.get(i).predicted(), others.get(i).predicted());
            assertEquals(some.get(i).probability(), others.get(i).probability(), 1e-4);
        }
    }

    private static Network network() {
        return Networks.smallCru(16).withClasses(8).build(4);
    }

    /** In one go, in two halves, with one thread or more, in batches of 1 or 16: the same answers. */
    private void sameInAllWays(Network network, ImageSet images) {
        Evaluation once = Evaluation.tenCrop(network, images);
        int threads = JniUtils.getNumThreads();
        try {
            for (int number : new int[] {1, 2}) {
                JniUtils.setNumThreads(number);
                for (int size : new int[] {1, 16}) {
                    Evaluator kept = Evaluation.in(
                                    folder.resolve(number + "-" + size).toString())
                            .batchSize(size);
                    int half = (images.size() / size + 1) / 2;
                    String message = assertThrows(
                                    CancellationException.class, () -> kept.tenCrop(new Counted(network, half), images))
                            .getMessage();
                    assertEquals(
                            "Interrupted after " + half * size + " of " + images.size()
                                    + " images, which are kept: the same"
                                    + " call goes on, outside of a notebook once Thread.interrupted() was called",
                            message);
                    assertTrue(Thread.interrupted());
                    Counted rest = new Counted(network, 0);
                    Evaluation test = kept.tenCrop(rest, images);
                    assertEquals((images.size() - half * size + size - 1) / size, rest.batches);
                    same(once, test, images.size());
                }
            }
        } finally {
            JniUtils.setNumThreads(threads);
        }
    }

    @Test
    @Tag("slow")
    void theSameHoweverItIsRun() {
        Splits data = Scenes.painted(16).seed(5).split(160, 40);
        try (Network network = trained(Networks.smallCru(16).withClasses(8), data)) {
            sameInAllWays(network, data.validation().first(24));
        }
    }

    /** On real photographs, where the variable says they are. */
    @Test
    @EnabledIfEnvironmentVariable(named = "PLACES365", matches = ".+")
    void theSameHoweverItIsRunOnPhotographs() {
        Splits data = Places365.of(System.getenv("PLACES365"))
                .size(64)
                .nonEmptyClasses()
                .split();
        int classes = data.train().classes().size();
        try (Network network = trained(Networks.smallCru(64).withClasses(classes), data)) {
            sameInAllWays(network, data.validation());
        }
    }

    @Test
    void whatIsThereIsNotRunAgainAndOthersAre() {
        Evaluator kept = Evaluation.in(folder.toString());
        try (Network network = network();
                Network other = Networks.smallCru(16).withClasses(8).build(5)) {
            kept.of(network, IMAGES);
            Counted again = new Counted(network, 0);
            kept.of(again, IMAGES);
            assertEquals(0, again.batches);
            Counted crops = new Counted(network, 0);
            kept.tenCrop(crops, IMAGES);
            assertEquals(20, crops.batches, "ten crops are another test");
            Counted fewer = new Counted(network, 0);
            kept.of(fewer, IMAGES.first(39));
            assertEquals(3, fewer.batches, "other images");
            Counted weights = new Counted(other, 0);
            kept.of(weights, IMAGES);
            assertEquals(3, weights.batches, "other weights");
        }
    }

    @Test
    void theWordsInTheNameOfAFolderAreFree() throws IOException {
        Evaluator kept = Evaluation.in(folder.toString());
        try (Network network = network()) {
            Evaluation crop = kept.of(network, IMAGES);
            Evaluation crops = kept.tenCrop(network, IMAGES);
            try (Stream<Path> folders = Files.list(folder)) {
                for (Path one : folders.toList()) {
                    String name = one.getFileName().toString();
                    Files.move(one, one.resolveSibling("mine" + name.substring(name.lastIndexOf('-'))));
                }
            }
            Counted again = new Counted(network, 0);
            assertArrayEquals(crop.probabilities(), kept.of(again, IMAGES).probabilities());
            assertArrayEquals(crops.probabilities(), kept.tenCrop(again, IMAGES).probabilities());
            assertEquals(0, again.batches);
        }
    }

    @Test
    void anEvaluationOfAnEarlierVersionIsRefusedInOneSentence() throws IOException {
        Evaluator kept = Evaluation.in(folder.toString());
        try (Network network = network()) {
            for (String name : List.of("single-crop-0badcafe0badcafe", "ten-crops-0badcafe0badcafe")) {
                Path old = Files.createDirectory(folder.resolve(name));
                assertEquals(
                        old + " was kept by an earlier version of this library, which alone can go on with it: delete"
                                + " or move it, or give another folder",
                        assertThrows(IllegalStateException.class, () -> kept.of(network, IMAGES))
                                .getMessage());
                Files.delete(old);
            }
            kept.of(network, IMAGES);
        }
    }

    /** It does what it is told to with each number. */
    private static final class Bent extends FlowBlock {
        private final Block classifier =
                addChildBlock("classifier", Linear.builder().setUnits(8).build());
        private final Flow.Pointwise function;

        Bent(Flow.Pointwise function) {
            super(3);
            this.function = function;
        }

        @Override
        public <T> T apply(Flow<T> flow, T x) {
            return flow.block(classifier, flow.averagePool(flow.pointwise(function, x)));
        }
    }

    @Test
    void blocksThatDoSomethingElseAreRunAgain() {
        Evaluator kept = Evaluation.in(folder.toString());
        Shape input = new Shape(1, 3, 16, 16);
        try (Network gelu = Network.of(new Bent(Flow.Pointwise.GELU), input);
                Network same = Network.of(new Bent(Flow.Pointwise.GELU), input);
                Network sigmoid = Network.of(new Bent(Flow.Pointwise.SIGMOID), input)) {
            kept.of(gelu, IMAGES);
            Counted again = new Counted(same, 0);
            kept.of(again, IMAGES);
            assertEquals(0, again.batches);
            Counted other = new Counted(sigmoid, 0);
            kept.of(other, IMAGES);
            assertEquals(3, other.batches);
        }
    }

    @Test
    void blocksThatDoNotSayWhatTheyDoAreNotKept() {
        Evaluator kept = Evaluation.in(folder.toString());
        for (Block function : List.of(Activation.reluBlock(), Activation.tanhBlock())) {
            Block block = new SequentialBlock()
                    .add(function)
                    .add(Blocks.batchFlattenBlock())
                    .add(Linear.builder().setUnits(8).build());
            try (Network network = Network.of(block, new Shape(1, 3, 16, 16))) {
                String message = assertThrows(IllegalArgumentException.class, () -> kept.of(network, IMAGES))
                        .getMessage();
                assertTrue(message.startsWith("it cannot be told what " + network.name() + " does: "), message);
                assertTrue(message.endsWith("build an Architecture, or keep no evaluation of it in a folder"), message);
                assertEquals(40, Evaluation.of(network, IMAGES).predictions(40).size());
            }
        }
    }

    @Test
    void blocksThatComputeTheirKernelsAreNotKept() {
        Shape square = new Shape(3, 3);
        Kernel sum = Kernel.stored("a", square).plus(Kernel.stored("b", square));
        Block block = new Conv(3, 3, 1, 1, 1, sum.reshape(new Shape(3, 3, 1, 1)));
        try (Network network = Network.of(block, new Shape(1, 3, 16, 16))) {
            String message = assertThrows(IllegalArgumentException.class, network::fingerprint)
                    .getMessage();
            assertTrue(message.contains("a graph does not say how a kernel is computed"), message);
        }
    }

    @Test
    void aPictureThatWasReplacedIsRunAgain() throws IOException {
        for (int i = 0; i < 4; i++) {
            Path place = Files.createDirectories(folder.resolve("val/" + (i < 2 ? "sky" : "sea")));
            ImageIO.write(IMAGES.image(i), "png", place.resolve(i + ".png").toFile());
        }
        ImageSet images = ImageFolder.of(folder.toString()).size(16).onDisk().images("val");
        Evaluator kept = Evaluation.in(folder.resolve("kept").toString());
        try (Network network = Networks.smallCru(16).withClasses(2).build(4)) {
            float[][] before = kept.of(network, images).probabilities();
            ImageIO.write(
                    IMAGES.image(9), "png", folder.resolve("val/sea/2.png").toFile());
            float[][] after = kept.of(network, images).probabilities();
            assertFalse(Arrays.deepEquals(before, after));
            assertArrayEquals(Evaluation.of(network, images).probabilities(), after);
        }
    }

    @Test
    void featuresOfNoImageAreRefused() throws IOException {
        for (String name : List.of("val/a/1.png", "val/b/1.png")) {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            ImageIO.write(IMAGES.image(0), "png", file.toFile());
        }
        ImageSet images = ImageFolder.of(folder.toString()).size(16).onDisk().images("val");
        for (int i = 0; i < 2; i++) {
            Files.write(Path.of(images.describe(i)), new byte[0]);
        }
        try (Network network = network()) {
            String message = assertThrows(IllegalArgumentException.class, () -> Features.of(network, images))
                    .getMessage();
            assertTrue(
                    message.startsWith("no image of " + images.name() + " can be read: ")
                            && message.contains("the file is empty"),
                    message);
        }
    }

    @Test
    void closedNetworksSaySo() {
        Network network = network();
        network.close();
        for (Executable call :
                List.<Executable>of(() -> Evaluation.of(network, IMAGES), () -> Features.of(network, IMAGES))) {
            String message = assertThrows(IllegalStateException.class, call).getMessage();
            assertEquals("small CRU-Net was closed: build or open it again", message);
        }
    }

    @Test
    void aDamagedPartIsComputedAgainAndTold() throws IOException {
        Evaluator kept = Evaluation.in(folder.toString());
        try (Network network = network()) {
            Evaluation whole = kept.of(network, IMAGES);
            Path part;
            try (Stream<Path> files = Files.walk(folder)) {
                part = files.filter(Files::isRegularFile).findFirst().orElseThrow();
            }
            byte[] bytes = Files.readAllBytes(part);
            bytes[bytes.length / 2]++;
            Files.write(part, bytes);
            Evaluation again = kept.of(network, IMAGES);
            assertArrayEquals(whole.confusion(), again.confusion());
            assertEquals(List.of(part + " is damaged: its images were evaluated again"), again.problems());
            assertEquals(List.of(), kept.of(network, IMAGES).problems(), "written anew");
        }
    }

    /** Whoever takes the checksum's name for another, or leaves it out. */
    @Test
    void aPartWithoutItsChecksumIsNotBelieved() throws IOException {
        Evaluator kept = Evaluation.in(folder.toString());
        try (Network network = network()) {
            Evaluation whole = kept.of(network, IMAGES);
            Path part;
            try (Stream<Path> files = Files.walk(folder)) {
                part = files.filter(Files::isRegularFile).findFirst().orElseThrow();
            }
            byte[] bytes = Files.readAllBytes(part);
            bytes[new String(bytes, StandardCharsets.ISO_8859_1).indexOf("sha256")] = 'S';
            bytes[bytes.length - 2] ^= 1;
            Files.write(part, bytes);
            Evaluation again = kept.of(network, IMAGES);
            assertArrayEquals(whole.probabilities(), again.probabilities());
            assertEquals(List.of(part + " is damaged: its images were evaluated again"), again.problems());
            assertEquals(List.of(), kept.of(network, IMAGES).problems(), "told once");
        }
    }

    /** The second of two parts, after the first was kept at an interrupt. */
    @Test
    @SuppressWarnings("try")
    void aFaultOfTheDiskLosesNothingThatWasKeptAndTheSameCallGoesOn() throws IOException {
        try (Network network = network()) {
            Evaluation whole = Evaluation.of(network, IMAGES);
            for (FaultyDisk.Fault fault : FaultyDisk.Fault.values()) {
                for (int number : new int[] {3, 4, 6, 8}) { // the first two find out whether it can be written
                    Path place = folder.resolve(fault + "-" + number);
                    Evaluator kept = Evaluation.in(place.toString());
                    assertThrows(CancellationException.class, () -> kept.of(new Counted(network, 1), IMAGES));
                    assertTrue(Thread.interrupted());
                    try (FaultyDisk used = new FaultyDisk(fault, ".*", number)) {
                        String message = assertThrows(UncheckedIOException.class, () -> kept.of(network, IMAGES))
                                .getMessage();
                        fault.assertNamed(place, message);
                    }
                    Counted rest = new Counted(network, 0);
                    Evaluation again = kept.of(rest, IMAGES);
                    assertEquals(2, rest.batches, "the first 16 images were kept");
                    assertEquals(List.of(), again.problems());
                    same(whole, again, 40);
                }
            }
        }
    }

    @Test
    @SuppressWarnings("try")
    void whatCannotBeKeptAtAnInterruptIsNotSaidToBe() throws IOException {
        Evaluator kept = Evaluation.in(folder.toString());
        try (Network network = network();
                FaultyDisk disk = new FaultyDisk(FaultyDisk.Fault.NO_SPACE, ".*part.*", 1)) {
            String message = assertThrows(UncheckedIOException.class, () -> kept.of(new Counted(network, 1), IMAGES))
                    .getMessage();
            assertTrue(message.contains("No space left on device"), message);
        } finally {
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    @SuppressWarnings("try")
    void aFolderThatCannotBeWrittenIsFoundBeforeTimeIsSpent() throws IOException {
        Evaluator kept = Evaluation.in(folder.toString());
        try (Network network = network()) {
            Counted counted = new Counted(network, 0);
            try (FaultyDisk disk = new FaultyDisk(FaultyDisk.Fault.NO_PERMISSION, ".*", 1)) {
                assertThrows(UncheckedIOException.class, () -> kept.of(counted, IMAGES));
            }
            assertEquals(0, counted.batches);
            kept.of(network, IMAGES);
            try (FaultyDisk disk = new FaultyDisk(FaultyDisk.Fault.NO_PERMISSION, ".*", 1)) {
                kept.of(network, IMAGES);
                assertFalse(disk.failed(), "all of it is there");
            }
        }
    }

    @Test
    void aPartOfOtherImagesIsDamagedToo() throws IOException {
        Evaluator kept = Evaluation.in(folder.toString());
        try (Network network = network()) {
            Evaluation whole = kept.of(network, IMAGES);
            Path part;
            try (Stream<Path> files = Files.walk(folder)) {
                part = files.filter(Files::isRegularFile).findFirst().orElseThrow();
            }
            for (float[] places : new float[][] {{40}, {-1}, {0.5f}}) {
                for (Path file : List.of(part, part.resolveSibling("part-00000007-1.safetensors"))) {
                    Files.deleteIfExists(file);
                    try (NDManager scope = network.manager().newSubManager()) {
                        Safetensors.write(
                                file,
                                Map.of("places", scope.create(places), "probabilities", scope.ones(new Shape(1, 8))),
                                Map.of());
                    }
                }
                Evaluation again = kept.of(network, IMAGES);
                assertArrayEquals(whole.probabilities(), again.probabilities());
                assertEquals(2, again.problems().size());
                assertEquals(List.of(), kept.of(network, IMAGES).problems());
            }
        }
    }

    @Test
    void aFolderThatCannotBeIsRefused() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        try (Network network = network()) {
            String message = assertThrows(
                            UncheckedIOException.class,
                            () -> Evaluation.in(file.toString()).of(network, IMAGES))
                    .getMessage();
            assertTrue(message.startsWith("cannot keep an evaluation in " + file), message);
            assertEquals(2, message.split(file.toString(), -1).length, message);
        }
        String message = assertThrows(IllegalArgumentException.class, () -> Evaluation.in(" "))
                .getMessage();
        assertTrue(message.contains("Evaluation.in(\"runs/places\")"), message);
        assertThrows(IllegalArgumentException.class, () -> Evaluation.in("runs").batchSize(-1));
        assertThrows(IllegalArgumentException.class, () -> Evaluation.in("~/runs"));
    }

    @Test
    void neighboursAreThoseOfTheLargestCosine() {
        try (Network network = network()) {
            Features space = Features.of(network, IMAGES);
            float[][] rows = org.crunet.evaluation.Inference.features(network, IMAGES);
            assertEquals(192, rows[0].length);
            List<Features.Neighbour> near = space.nearest(3, 40);
            assertEquals(39, near.size());
            for (int i = 1; i < near.size(); i++) {
                assertTrue(near.get(i - 1).similarity() >= near.get(i).similarity());
            }
            double product = 0;
            double norms = 1;
            for (int i = 0; i < 192; i++) {
                product += rows[3][i] * rows[near.get(0).index()][i];
            }
            for (int image : new int[] {3, near.get(0).index()}) {
                double squares = 0;
                for (float value : rows[image]) {
                    squares += value * value;
                }
                norms *= Math.sqrt(squares);
            }
            assertEquals(product / norms, near.get(0).similarity(), 1e-9);
            var centre = ImageSet.ofPhotograph(IMAGES.image(3), IMAGES.width());
            assertEquals(
                    space.nearest(centre, 0, 40).stream()
                            .map(Features.Neighbour::index)
                            .toList(),
                    space.nearest(IMAGES.image(3), 40).stream()
                            .map(Features.Neighbour::index)
                            .toList());
            Features.Neighbour itself = space.nearest(IMAGES, 3, 1).get(0);
            assertEquals(3, itself.index());
            assertEquals(1, itself.similarity(), 1e-6);
            String message = assertThrows(IllegalArgumentException.class, () -> space.nearest(40, 1))
                    .getMessage();
            assertEquals("image 40 has no features: give one from 0 to 39 that can be read", message);
        }
    }
}
