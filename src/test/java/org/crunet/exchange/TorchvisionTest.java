package org.crunet.exchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.crunet.block.Normalisation;
import org.crunet.data.Batches;
import org.crunet.network.Architecture;
import org.crunet.network.Golden;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.network.Stage;
import org.crunet.network.Stem;
import org.crunet.scenes.Scenes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that torchvision 0.22.1 wrote, made by {@code pytorch_files.py tiny}. */
class TorchvisionTest {

    private static final Path FOLDER = Path.of("src/test/resources/golden/pytorch");
    private static final Architecture BASIC = Networks.RESNET_18
            .withName("basic")
            .withClasses(5)
            .withStem(new Stem(8, 7, 2, true, true))
            .withStages(Stage.basic(2, 2), Stage.basic(1, 4), Stage.basic(1, 8), Stage.basic(1, 16));
    private static final Architecture RESNEXT = Networks.RESNEXT_50
            .withName("resnext")
            .withClasses(5)
            .withStem(new Stem(8, 7, 2, true, true))
            .withStages(
                    Stage.residual(2, 2, 2, 8),
                    Stage.residual(1, 4, 2, 16),
                    Stage.residual(1, 8, 2, 32),
                    Stage.residual(1, 16, 2, 64));

    @ParameterizedTest
    @CsvSource({
        "basic, .pth", "basic, -legacy.pth", "basic, .pth.tar", "basic, .safetensors",
        "resnext, .pth", "resnext, -legacy.pth", "resnext, .pth.tar", "resnext, .safetensors"
    })
    void logitsAreThoseOfTorchvision(String name, String form) throws IOException {
        Architecture architecture = Map.of("basic", BASIC, "resnext", RESNEXT).get(name);
        float[] golden = logits(FOLDER.resolve(name + ".csv"));
        try (Network network = Torchvision.asTheyAre(architecture, FOLDER.resolve(name + form));
                NDArray image = Golden.fill(network.manager(), "input", new Shape(1, 3, 224, 224));
                NDArray scale = Golden.fill(network.manager(), "layer1.1.bn1.weight", new Shape(2))) {
            assertEquals(Normalisation.TORCHVISION, network.architecture().normalisation());
            assertArrayEquals(
                    scale.toFloatArray(),
                    network.weight("conv2.unit2.norm1.weight").toFloatArray());
            assertArrayEquals(golden, network.forward(image).toFloatArray(), 1e-4f);
        }
    }

    /** Both see the same photograph, each normalised in its way; only the border of the first convolution differs. */
    @Test
    void itTakesImagesOfThisLibrary() {
        try (Network theirs = Torchvision.asTheyAre(RESNEXT, FOLDER.resolve("resnext.pth"));
                Network ours = Torchvision.load(RESNEXT, FOLDER.resolve("resnext.pth"));
                NDManager scope = ours.manager().newSubManager()) {
            NDArray pixels =
                    Scenes.painted(224).seed(7).images(1).tensor(scope, 0).transpose(2, 0, 1);
            NDArray mean = scope.create(new float[] {0.485f, 0.456f, 0.406f}, new Shape(3, 1, 1));
            NDArray deviation = scope.create(new float[] {0.229f, 0.224f, 0.225f}, new Shape(3, 1, 1));
            NDArray there = pixels.sub(mean).div(deviation).expandDims(0);
            NDArray here = Batches.plain(scope, Scenes.painted(224).seed(7).images(1), 0);
            NDArray expected = stem(theirs, there);
            NDArray found = stem(ours, here);
            float inside =
                    expected.sub(found).abs().get(":, :, 2:-2, 2:-2").max().getFloat();
            float border = expected.sub(found).abs().max().getFloat();
            float size = expected.abs().max().getFloat();
            assertTrue(inside < 1e-4 * size, inside + " of " + size);
            assertTrue(border < 0.05 * size, border + " of " + size);
            float[] logits = theirs.forward(there).toFloatArray();
            assertArrayEquals(logits, ours.forward(here).toFloatArray(), 0.01f * Math.max(1, Math.abs(logits[0])));
            assertTrue(
                    theirs.forward(here).sub(theirs.forward(there)).abs().max().getFloat() > 0.01);
        }
    }

    /** The first convolution and its batch norm. */
    private static NDArray stem(Network network, NDArray images) {
        Block stem = network.block().getChildren().get(0).getValue();
        NDList x = new NDList(images);
        ParameterStore store = new ParameterStore(network.manager(), false);
        for (Block child : stem.getChildren().values()) {
            x = child.forward(store, x, false);
        }
        return x.singletonOrThrow();
    }

    static float[] logits(Path csv) throws IOException {
        double[] values = Files.readAllLines(csv).stream()
                .mapToDouble(Double::parseDouble)
                .toArray();
        float[] logits = new float[values.length];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) values[i];
        }
        return logits;
    }

    private static String message(Architecture architecture, String file) {
        return assertThrows(
                        IllegalArgumentException.class,
                        () -> Torchvision.load(architecture, FOLDER.resolve(file))
                                .close())
                .getMessage();
    }

    @Test
    void whatDoesNotFitIsListed() {
        String classes = message(RESNEXT.withClasses(365), "resnext.pth");
        assertTrue(classes.contains("resnext.pth does not fit resnext, post-activation"), classes);
        assertTrue(classes.contains("fc.weight is (5, 64), not (365, 64): take architecture.withClasses(5)"), classes);
        String units = message(RESNEXT.withStage("conv3", stage -> stage.withUnits(2)), "resnext.safetensors");
        assertTrue(units.contains("post-activation: missing: layer2.1."), units);
        String fewer = message(RESNEXT.withStage("conv2", stage -> stage.withUnits(1)), "resnext.pth.tar");
        assertTrue(fewer.contains("post-activation: surplus: layer1.1.conv1.weight, "), fewer);
        String other = message(BASIC, "resnext.pth");
        assertTrue(other.contains("layer1.0.conv2.weight is (2, 1, 3, 3), not (2, 2, 3, 3)"), other);
        String ours = message(BASIC, "kinds.pth");
        assertTrue(ours.contains("missing: conv1.weight, ") && ours.contains("; surplus: float32, "), ours);
        String collective = message(Networks.CRU_NET_56, "basic.pth");
        assertTrue(
                collective.startsWith(FOLDER.toAbsolutePath() + "/basic.pth does not fit CRU-Net-56")
                        && collective.contains("no collective units; take a ResNet, ResNeXt or WRN"),
                collective);
    }
}
