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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.crunet.block.Normalisation;
import org.crunet.data.Batches;
import org.crunet.files.Safetensors;
import org.crunet.network.Architecture;
import org.crunet.network.Golden;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.network.Stage;
import org.crunet.network.Stem;
import org.crunet.network.Weights;
import org.crunet.scenes.Scenes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    @TempDir
    private Path folder;

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
        return message(architecture, FOLDER.resolve(file));
    }

    private static String message(Architecture architecture, Path file) {
        return assertThrows(
                        IllegalArgumentException.class,
                        () -> Torchvision.load(architecture, file).close())
                .getMessage();
    }

    /** As compiled, distributed or wrapped networks are saved. */
    @ParameterizedTest
    @ValueSource(strings = {"module.", "_orig_mod.", "module._orig_mod.", "model.", "backbone.", "my.net.encoder."})
    void whatStandsBeforeAllNamesIsTakenAway(String prefix) {
        Path wrapped = rewritten("wrapped.safetensors", name -> prefix + name);
        try (Network network = Torchvision.load(BASIC, wrapped);
                Network plain = Torchvision.load(BASIC, FOLDER.resolve("basic.pth"))) {
            Weights.of(plain.block())
                    .forEach((name, weight) -> assertArrayEquals(
                            weight.getArray().toFloatArray(),
                            network.weight(name).toFloatArray(),
                            name));
        }
        String classes = message(BASIC.withClasses(7), wrapped);
        assertTrue(classes.contains("fc.weight is (5, 16), not (7, 16): take architecture.withClasses(5)"), classes);
    }

    /** As torch.optim.swa_utils saves them: beside the network, how many were averaged. */
    @Test
    void averagedWeightsAreReadWithoutTheirCounter() {
        Path averaged = rewritten(
                "averaged.safetensors",
                name -> name.equals("bn1.num_batches_tracked") ? "n_averaged" : "module." + name);
        try (Network network = Torchvision.load(BASIC, averaged);
                Network plain = Torchvision.load(BASIC, FOLDER.resolve("basic.pth"))) {
            assertEquals(plain.weight("head.classifier.weight"), network.weight("head.classifier.weight"));
        }
    }

    /** Of two networks in a file, neither is guessed. */
    @Test
    void whatStandsBeforeSomeNamesIsNotTakenAway() {
        Path some = rewritten("some.safetensors", name -> name.startsWith("layer1") ? "model." + name : name);
        String message = message(BASIC, some);
        assertTrue(message.contains("missing: layer1.0.") && message.contains("; surplus: model.layer1.0."), message);
    }

    /** The tiny network's weights under other names. */
    private Path rewritten(String file, UnaryOperator<String> names) {
        try (Safetensors basic = Safetensors.open(FOLDER.resolve("basic.safetensors"));
                NDManager manager = NDManager.newBaseManager()) {
            Map<String, NDArray> arrays = new LinkedHashMap<>();
            basic.entries().keySet().forEach(name -> arrays.put(names.apply(name), basic.array(manager, name)));
            Safetensors.write(folder.resolve(file), arrays, Map.of());
            return folder.resolve(file);
        }
    }

    /** A checkpoint that says of which network it is, with the shapes of the tiny one. */
    private Path checkpoint(String file, String network) throws IOException {
        Pickled pickle = new Pickled().text("}");
        if (network != null) {
            pickle.string("arch").string(network).text("s");
        }
        pickle.string("state_dict").text("}");
        try (Safetensors basic = Safetensors.open(FOLDER.resolve("basic.safetensors"))) {
            basic.entries().forEach((name, entry) -> {
                long[] strides = new long[entry.shape().dimension()];
                for (int i = strides.length - 1; i >= 0; i--) {
                    strides[i] = i == strides.length - 1
                            ? 1
                            : strides[i + 1] * entry.shape().get(i + 1);
                }
                pickle.string(name)
                        .tensor(entry.shape().getShape(), strides, 1, 4_000)
                        .text("s");
            });
        }
        return pickle.text("s.").zip(folder.resolve(file), 4_000);
    }

    /** Places365's wideresnet18 has the names and shapes of a ResNet-18, and no max pool. */
    @Test
    void weightsOfAnotherNetworkAreRefusedByItsName() throws IOException {
        Architecture wide = BASIC.withStem(new Stem(8, 7, 2, false, true));
        String without = "it is of \"wideresnet18\", without a max pool behind the first convolution: take"
                + " architecture.withStem(new Stem(8, 7, 2, false, true))";
        Path said = checkpoint("said.pth.tar", "wideresnet18");
        Path named = checkpoint("wideresnet18_places365.pth.tar", null);
        Path copied = checkpoint("Copy of WIDERESNET18_Places365.pth.tar", null);
        Path hub = folder.resolve("hub.safetensors");
        try (NDManager manager = NDManager.newBaseManager();
                Safetensors basic = Safetensors.open(FOLDER.resolve("basic.safetensors"))) {
            Map<String, NDArray> arrays = new HashMap<>();
            basic.entries().keySet().forEach(name -> arrays.put(name, basic.array(manager, name)));
            Safetensors.write(hub, arrays, Map.of("architecture", "wideresnet18"));
        }
        for (Path file : List.of(said, named, hub)) {
            String message = message(BASIC, file);
            assertTrue(message.contains(without), message);
            Torchvision.load(wide, file).close();
        }
        for (String name : List.of("resnet18", "resnext50_32x4d", "wide_resnet50_2", "ResNet18")) {
            Path file = checkpoint("pooled.pth", name);
            Torchvision.load(BASIC, file).close();
            String message = message(wide, file);
            assertTrue(message.contains("it is of \"" + name + "\", with a max pool behind"), message);
        }
        assertTrue(message(BASIC, copied).contains("it is of \"WIDERESNET18\", without a max pool"), "any letters");
        for (String name : List.of("vgg16", "preact_resnet18")) {
            String other = message(BASIC, checkpoint("other.pth", name));
            assertTrue(other.endsWith("it is of \"" + name + "\", another network"), other);
        }
        String smooth = message(BASIC, checkpoint("smooth.pth", "resnetblur18"));
        assertTrue(smooth.contains("it is of \"resnetblur18\", which smooths maps"), smooth);
        Path own = checkpoint("own.pth", "my_network");
        Torchvision.load(BASIC, own).close();
        Torchvision.load(wide, own).close();
        Path far = checkpoint("long.pth", "wideresnet" + "1".repeat(200));
        assertTrue(message(BASIC, far).length() < 500, message(BASIC, far));
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
