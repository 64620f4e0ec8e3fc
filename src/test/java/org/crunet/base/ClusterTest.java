package org.crunet.base;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import javax.imageio.ImageIO;
import org.crunet.comparison.Compare;
import org.crunet.data.ImageFolder;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.evaluation.Evaluation;
import org.crunet.evaluation.Inference;
import org.crunet.exchange.Onnx;
import org.crunet.exchange.OnnxNetwork;
import org.crunet.network.Classifier;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.scenes.Scenes;
import org.crunet.training.Recipe;
import org.crunet.training.Schedule;
import org.crunet.training.TrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Without Spark, and what travels to other processes. */
class ClusterTest {

    private static final ImageSet IMAGES = Scenes.painted(16).seed(5).images(40);

    @TempDir
    Path folder;

    @SuppressWarnings("unchecked")
    private static <T> T sent(T what) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(what);
            }
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
                return (T) in.readObject();
            }
        } catch (IOException | ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static Network network() {
        return Networks.smallCru(16).withClasses(8).build(4);
    }

    @Test
    void withoutSparkItSaysWhatToAdd() {
        assumeTrue(
                ServiceLoader.load(Cluster.Provider.class).findFirst().isEmpty(),
                "skipped: this is about programs without Spark");
        try (Network network = network()) {
            String message = assertThrows(
                            IllegalStateException.class,
                            () -> Evaluation.on("spark://host:7077").of(network, IMAGES))
                    .getMessage();
            assertTrue(
                    message.contains("spark://host:7077") && message.contains("MAVEN_PROFILES=spark"), () -> message);
            assertArrayEquals(
                    Evaluation.of(network, IMAGES).probabilities(),
                    Evaluation.on("here").of(network, IMAGES).probabilities());
        }
    }

    @Test
    void aNetworkArrivesAsItIs() {
        try (Network network = network()) {
            network.weight("conv4.shared.core.weight").muli(2);
            Classifier.Packed packed = sent(network.toSerializable());
            network.weight("conv4.shared.core.weight").muli(2);
            try (Network other = (Network) packed.unpack()) {
                network.weight("conv4.shared.core.weight").divi(2);
                assertEquals(network.fingerprint(), other.fingerprint());
                assertArrayEquals(Inference.probabilities(network, IMAGES), Inference.probabilities(other, IMAGES));
            }
        }
    }

    @Test
    void aNetworkInOnnxRuntimeArrivesAsItIs() {
        Path file = folder.resolve("small.onnx");
        try (Network network = network()) {
            Onnx.save(network, file);
        }
        try (OnnxNetwork network = Onnx.open(file);
                OnnxNetwork other = (OnnxNetwork) sent(network.toSerializable()).unpack()) {
            assertEquals(network.fingerprint(), other.fingerprint());
            assertArrayEquals(Inference.probabilities(network, IMAGES), Inference.probabilities(other, IMAGES));
        }
    }

    @Test
    void whatCannotTravelSaysSo() {
        Classifier one = new Stub(IMAGES);
        String message = assertThrows(UnsupportedOperationException.class, one::toSerializable)
                .getMessage();
        assertTrue(message.contains("stub cannot be sent to another process"), () -> message);
    }

    private record Stub(ImageSet images) implements Classifier {

        @Override
        public String name() {
            return "stub";
        }

        @Override
        public Shape input() {
            throw new AssertionError();
        }

        @Override
        public NDManager manager() {
            throw new AssertionError();
        }

        @Override
        public NDArray forward(NDArray some) {
            throw new AssertionError();
        }

        @Override
        public String fingerprint() {
            throw new AssertionError();
        }
    }

    @Test
    void imagesAndRecipesArriveAsTheyAre() throws IOException {
        assertEquals(IMAGES.fingerprint(), sent(IMAGES).fingerprint());
        assertEquals(Recipe.AUTHORS, sent(Recipe.AUTHORS));
        assertEquals(Networks.CRU_NET_116, sent(Networks.CRU_NET_116));
        for (int i = 0; i < 2; i++) {
            Path place = Files.createDirectories(folder.resolve("val").resolve("class" + i));
            ImageIO.write(IMAGES.image(i), "png", place.resolve("one.png").toFile());
        }
        ImageSet files = ImageFolder.of(folder.toString()).size(16).onDisk().images("val");
        ImageSet there = sent(files);
        assertEquals(files.fingerprint(), there.fingerprint());
        assertArrayEquals(files.pixels(0), there.pixels(0));
        Path relative = Path.of("").toAbsolutePath().relativize(folder.toAbsolutePath());
        ImageSet here = ImageFolder.of(relative.toString()).size(16).onDisk().images("val");
        assertArrayEquals(files.pixels(0), sent(here).pixels(0));
        assertTrue(Path.of(sent(here).describe(0)).isAbsolute(), "another process has another working directory");
        there.leaveOut(0, "the disk is gone");
        assertEquals(there.describe(0) + ": the disk is gone", there.problem(0).orElseThrow());
    }

    @Test
    void codeOfARecipeIsNotSentAndSaidBeforeAnythingConnects() {
        Recipe recipe = Recipe.QUICK
                .withSchedule(Schedule.named("flat", (step, steps) -> 1))
                .plus("nothing", 1, pass -> pass.number(0));
        Compare compare = Compare.of(Networks.smallCru(16).withClasses(8))
                .in(folder.toString())
                .on("spark://host:7077");
        Splits data = Scenes.painted(16).seed(5).split(64, 16);
        assertEquals(
                "other machines do not have the code of this, [flat, nothing]: train here, without"
                        + " on(\"spark://host:7077\")",
                assertThrows(IllegalArgumentException.class, () -> compare.run(recipe, data, TrainingListener.SILENT))
                        .getMessage());
    }
}
