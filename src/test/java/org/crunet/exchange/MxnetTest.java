package org.crunet.exchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.crunet.block.Sharing;
import org.crunet.network.Architecture;
import org.crunet.network.Golden;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.network.Stage;
import org.crunet.network.Stem;
import org.crunet.network.Weights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that MXNet 1.9.1 wrote, made by {@code mxnet_files.py tiny}. */
class MxnetTest {

    private static final Path FOLDER = Path.of("src/test/resources/golden/mxnet");
    private static final Architecture TINY = Networks.CRU_NET_56
            .withName("tiny")
            .withClasses(5)
            .withStem(new Stem(8, 7, 2, true))
            .withStages(
                    Stage.residual(2, 4, 2, 16),
                    Stage.residual(2, 4, 2, 16),
                    Stage.collective(3, 20, 24).groupsOf(2),
                    Stage.residual(2, 8, 2, 32));

    private static final Architecture SEPARATE = TINY.withStage("conv4", stage -> stage.withSeparateStart(true));

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tiny-0000",
                "authors-0000",
                "tiny-gluon",
                "tiny-deduplicated",
                "tiny-separate-0000",
                "tiny-separate-gluon",
                "tiny-separate-deduplicated"
            })
    void everyNumberIsWhereItBelongs(String name) throws IOException {
        boolean separate = name.contains("separate");
        try (Network network = Mxnet.load(separate ? SEPARATE : TINY, FOLDER.resolve(name + ".params"))) {
            Weights.of(network.block()).forEach((key, parameter) -> {
                try (NDArray wanted =
                        Golden.fill(network.manager(), key, parameter.getArray().getShape())) {
                    assertArrayEquals(
                            wanted.toFloatArray(), parameter.getArray().toFloatArray(), key);
                }
            });
            assertEquals(1e-5f, network.architecture().normalisation().epsilon(), "the file's");
            NDArray logits = network.forward(Golden.fill(network.manager(), "input", new Shape(1, 3, 224, 224)));
            float[] found = logits.toFloatArray();
            double[] golden = Files.readAllLines(FOLDER.resolve(separate ? "tiny-separate.csv" : "tiny.csv")).stream()
                    .mapToDouble(Double::parseDouble)
                    .toArray();
            for (int i = 0; i < golden.length; i++) {
                assertEquals(golden[i], found[i], 1e-4 * Math.abs(golden[i]));
            }
        }
    }

    private String message(Architecture architecture, String name) {
        return assertThrows(
                        IllegalArgumentException.class,
                        () -> Mxnet.load(architecture, FOLDER.resolve(name)).close())
                .getMessage();
    }

    @Test
    void anotherArchitectureIsToldWhereItDiffers() {
        String classes = message(TINY.withClasses(7), "tiny-0000.params");
        assertTrue(
                classes.contains("the file is for 5 classes and the network for 7: take architecture.withClasses(5)"),
                classes);
        String sharing = message(TINY.withStage("conv4", stage -> stage.groupsOf(3)), "tiny-0000.params");
        assertTrue(sharing.contains("the network uses conv4.shared") && sharing.contains("in several places"), sharing);
        String width = message(TINY.withStage("conv3", stage -> stage.withWidth(6)), "tiny-0000.params");
        assertTrue(width.contains("conv3.unit1.reduce.weight"), width);
    }

    /** The authors' file in which the first unit has its own, then the one in which it has not. */
    @Test
    void whatIsSharedOtherwiseIsToldWhichArchitectureFits() {
        String fix = "architecture.withStage(\"conv4\", stage -> stage.withSeparateStart(true)), as"
                + " Networks.CRU_NET_56_SEPARATE is made";
        for (String own : List.of(
                message(TINY, "tiny-separate-0000.params"),
                message(TINY, "tiny-separate-gluon.params"),
                message(TINY.withoutSharing(), "tiny-separate-gluon.params"))) {
            assertTrue(own.contains("in several places, and the file has weights of their own"), own);
            assertTrue(own.contains(fix), own);
        }
        String without = message(TINY.withoutSharing(), "tiny-separate-0000.params");
        assertTrue(without.contains("take an architecture that shares them"), without);
        String lost = message(SEPARATE, "tiny-0000.params");
        assertTrue(
                lost.contains("the file uses ") && lost.contains("the network has weights of their own there, conv4."),
                lost);
    }

    @Test
    void filesAreNamedWithTheirWholePathAndTheirFix() throws IOException {
        String gone = assertThrows(
                        UncheckedIOException.class,
                        () -> Mxnet.load(TINY, FOLDER.resolve("tiny-0000.params"), folder.resolve("gone.json")))
                .getMessage();
        assertTrue(gone.endsWith("gone.json: it does not exist; check the path"), gone);
        String graph = Files.readString(FOLDER.resolve("tiny-symbol.json"));
        Path other = Files.writeString(folder.resolve("other.json"), graph.replace("_weight\"", "_kernel\""));
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> Mxnet.load(TINY, FOLDER.resolve("tiny-0000.params"), other))
                .getMessage();
        assertTrue(message.startsWith(FOLDER.toAbsolutePath().toString()), message);
        assertTrue(message.endsWith("_kernel: take the graph that was saved with the arrays"), message);
    }

    @Test
    void namesOfGluonThatDoNotFitAreListed() {
        String classes = message(TINY.withClasses(7), "tiny-gluon.params");
        assertTrue(
                classes.contains("tiny-gluon.params does not fit tiny: ")
                        && classes.contains(
                                "output.1.weight is (5, 32), not (7, 32): take architecture.withClasses(5)"),
                classes);
        String fewer = message(TINY.withStage("conv4", stage -> stage.withUnits(2)), "tiny-gluon.params");
        assertTrue(fewer.contains("tiny: surplus: features.3.2.body.conv"), fewer);
        String more = message(TINY.withStage("conv3", stage -> stage.withUnits(3)), "tiny-gluon.params");
        assertTrue(more.contains("tiny: missing: features.2.2.body.conv1.bn.gamma, "), more);
    }

    @ParameterizedTest
    @MethodSource("others")
    void everyOtherArchitectureIsToldThatItDiffers(Architecture other) {
        String message = message(other, "tiny-gluon.params");
        String part = "does not fit " + other.name() + ": ";
        assertTrue(
                Stream.of("missing: ", "surplus: ", "of another shape: ")
                        .anyMatch(fault -> message.contains(part + fault)),
                message);
    }

    static Stream<Architecture> others() {
        Stream<Architecture> changed = Stream.of(
                TINY.withStage("conv4", stage -> stage.withKind(Stage.Kind.STANDARD_CRU)),
                TINY.withStage("conv3", stage -> stage.withKind(Stage.Kind.CRU)),
                TINY.withSharing(Sharing.CORE).withClasses(3),
                TINY.withoutSharing().withClasses(3));
        return Stream.concat(
                changed, Stream.of(Networks.CRU_NET_116, Networks.RESNET_18, Networks.original(Networks.RESNEXT_50)));
    }

    @Test
    void copiesOfASharedWeightAreEqual() {
        String start = message(TINY, "tiny-separate-gluon.params");
        assertTrue(
                start.contains("conv4.group1.unit1.project.conv.weight")
                        && start.contains(
                                "features.3.0.input_conv.conv.weight and features.3.0.identity_conv.conv.weight"),
                start);
        String group = message(TINY.withStage("conv4", stage -> stage.groupsOf(3)), "tiny-gluon.params");
        assertTrue(
                group.contains("features.3.0.body.conv1.conv.weight and features.3.2.body.conv1.conv.weight"), group);
    }

    @Test
    void aGraphThatIsNotThereIsNamed() throws IOException {
        Path lonely = Files.copy(FOLDER.resolve("tiny-0000.params"), folder.resolve("lonely-0000.params"));
        String message = assertThrows(IllegalArgumentException.class, () -> Mxnet.load(TINY, lonely))
                .getMessage();
        assertTrue(message.contains("lonely-symbol.json"), message);
    }

    @Test
    void fixedScalesAreOnesAndEpsilonsMayDiffer() throws IOException {
        String graph = Files.readString(FOLDER.resolve("tiny-symbol.json"));
        String changed = graph.replaceFirst("\"eps\": \"1e-05\"", "\"eps\": \"0.25\"")
                .replaceFirst("\"fix_gamma\": \"False\"", "\"fix_gamma\": \"True\"");
        Path symbol = Files.writeString(folder.resolve("changed.json"), changed, StandardCharsets.UTF_8);
        try (Network network = Mxnet.load(TINY, FOLDER.resolve("tiny-0000.params"), symbol);
                NDArray variance = Golden.fill(network.manager(), "stem.norm.running_var", new Shape(8))) {
            assertEquals(1f, network.weight("stem.norm.weight").getFloat(3));
            assertEquals(
                    variance.getFloat(3) + 0.25f - 1e-5f,
                    network.weight("stem.norm.running_var").getFloat(3),
                    1e-6f);
        }
    }
}
