package org.crunet.exchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
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
    static final Architecture TINY = Networks.CRU_NET_56
            .withName("tiny")
            .withClasses(5)
            .withStem(new Stem(8, 7, 2, true, true))
            .withStages(
                    Stage.residual(2, 4, 2, 16),
                    Stage.residual(2, 4, 2, 16),
                    Stage.collective(3, 20, 24).withGroupsOf(2),
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
        String sharing = message(TINY.withStage("conv4", stage -> stage.withGroupsOf(3)), "tiny-0000.params");
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
        assertTrue(message.endsWith("; take the graph that was saved with the arrays"), message);
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
                TINY.withSharing("reduce", Sharing.OWN).withClasses(3),
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
        String group = message(TINY.withStage("conv4", stage -> stage.withGroupsOf(3)), "tiny-gluon.params");
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

    /** The arrays of a file, to be changed and written again. */
    private static final class Arrays {

        private final Map<String, long[]> shapes = new LinkedHashMap<>();
        private final Map<String, float[]> numbers = new LinkedHashMap<>();

        Arrays() {
            this("tiny-0000.params", "");
        }

        Arrays(String params, String prefix) {
            try (MxnetArrays file = MxnetArrays.open(FOLDER.resolve(params))) {
                file.entries().forEach((name, entry) -> {
                    shapes.put(prefix + name, entry.shape().getShape());
                    numbers.put(prefix + name, file.floats(name));
                });
            }
        }

        /** The name of one of those that end so. */
        String name(String end, int number) {
            return shapes.keySet().stream()
                    .filter(name -> name.endsWith(end))
                    .skip(number)
                    .findFirst()
                    .orElseThrow();
        }

        Arrays without(String... names) {
            shapes.keySet().removeAll(List.of(names));
            return this;
        }

        Arrays copied(String from, String to) {
            shapes.put(to, shapes.get(from));
            numbers.put(to, numbers.get(from));
            return this;
        }

        Path write(Path file) throws IOException {
            ByteBuffer out = ByteBuffer.allocate(1 << 17).order(ByteOrder.LITTLE_ENDIAN);
            out.putLong(0x112).putLong(0).putLong(shapes.size());
            shapes.forEach((name, shape) -> {
                out.putInt(0xF993FAC9).putInt(0).putInt(shape.length);
                LongStream.of(shape).forEach(out::putLong);
                out.putLong(1).putInt(0);
                for (float number : numbers.get(name)) {
                    out.putFloat(number);
                }
            });
            out.putLong(shapes.size());
            shapes.keySet().forEach(name -> out.putLong(name.length()).put(name.getBytes(StandardCharsets.US_ASCII)));
            return Files.write(file, java.util.Arrays.copyOf(out.array(), out.position()));
        }
    }

    @Test
    void whatStandsBeforeAllNamesOfGluonIsTakenAway() throws IOException {
        Path wrapped = new Arrays("tiny-gluon.params", "net.").write(folder.resolve("wrapped.params"));
        try (Network network = Mxnet.load(TINY, wrapped);
                Network plain = Mxnet.load(TINY, FOLDER.resolve("tiny-gluon.params"))) {
            String last = "head.classifier.weight";
            assertArrayEquals(
                    plain.weight(last).toFloatArray(), network.weight(last).toFloatArray());
        }
    }

    private String misfit(Arrays arrays) throws IOException {
        Path file = arrays.write(folder.resolve("changed-0000.params"));
        return assertThrows(
                        IllegalArgumentException.class,
                        () -> Mxnet.load(TINY, file, FOLDER.resolve("tiny-symbol.json"))
                                .close())
                .getMessage();
    }

    @Test
    void allThatIsMissingSurplusAndMisshapenIsListed() throws IOException {
        Arrays arrays = new Arrays();
        List<String> missing = List.of(
                arrays.name("weight", 3), arrays.name("weight", 4), arrays.name("gamma", 2), arrays.name("beta", 4));
        List<String> misshapen = List.of(arrays.name("weight", 1), arrays.name("weight", 5), arrays.name("gamma", 0));
        for (String name : misshapen) {
            long[] shape = arrays.shapes.get(name);
            arrays.shapes.put(
                    name, shape.length == 4 ? new long[] {shape[1], shape[0], shape[2], shape[3]} : new long[] {2, 4});
        }
        String surplus = "arg:more";
        String message = misfit(arrays.copied(missing.get(0), surplus).without(missing.toArray(String[]::new)));
        List<String> told = new ArrayList<>(missing);
        told.addAll(misshapen);
        told.forEach(name -> assertTrue(message.contains(name.replaceFirst("^arg:", "")), name + " in " + message));
        assertTrue(message.contains("surplus: more;") && message.contains("is (2, 4), not (8)"), message);
    }

    @Test
    void twoArraysForOneWeightAreRefused() throws IOException {
        for (String prefix : List.of("aux:", "")) {
            Arrays arrays = new Arrays();
            String name = arrays.name("weight", 0);
            String other = name.replaceFirst("^arg:", prefix);
            String message = misfit(arrays.copied(name, other));
            assertTrue(message.contains("two arrays for one weight, " + name + " and " + other), message);
        }
    }

    @Test
    void attributesThatWouldChangeTheLogitsAreRefused() throws IOException {
        refused(
                "\"kernel\": \"\\(7, 7\\)\",([^}]*\"avg\")",
                "\"kernel\": \"(3, 3)\",$1",
                "averages 3 x 3 pixels and not all 7 x 7");
        refused("\"axis\": \"1\"", "\"axis\": \"3\"", "is over axis 3");
        refused("\"axis\": \"1\"", "\"axis\": 3", "is over axis 3");
        for (String eps : List.of("1e999", "1e39", "NaN", "-1", "0")) {
            refused("\"eps\": \"1e-05\"", "\"eps\": \"" + eps + "\"", "not a positive number");
        }
        refused("\"eps\": \"1e-05\"", "\"eps\": [\"1e-05\"]", "is no text: [\"1e-05\"]");
        refused("\"fix_gamma\": \"False\"", "\"fix_gamma\": \"no\"", "is no, neither True nor False");
        refused("\"fix_gamma\": \"False\"", "\"fix_gamma\": null", "is no text: null");
        refused("\"layout\": \"NCHW\"", "\"layout\": \"NHWC\"", "has the layout NHWC");
        refused("\"op\": \"Flatten\"", "\"op\": \"softmax\"", "follows the softmax");
        refused(
                "\"op\": \"Activation\"",
                "\"op\": \"" + "y".repeat(4000) + "\"",
                "operator " + "y".repeat(80) + "... of ");
        refused("\"num_filter\": \"8\"", "\"num_filters\": \"8\"", "has no num_filter");
        refused("\"num_group\": \"1\"", "\"num_group\": \"0\"", "has 0 groups");
    }

    private void refused(String from, String to, String expected) throws IOException {
        Path symbol = changed(from, to);
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> Mxnet.load(TINY, FOLDER.resolve("tiny-0000.params"), symbol)
                                .close())
                .getMessage();
        assertTrue(message.contains(expected) && message.length() < 1000, message);
    }

    private Path changed(String from, String to) throws IOException {
        String graph = Files.readString(FOLDER.resolve("tiny-symbol.json"));
        String changed = graph.replaceFirst(from, to);
        assertNotEquals(graph, changed, from);
        return Files.writeString(folder.resolve("changed-symbol.json"), changed);
    }

    /** Numbers and truths that are no text in JSON, as somebody may write them by hand. */
    @Test
    void attributesThatAreNoTextMeanTheSame() throws IOException {
        Path symbol =
                changed("\"eps\": \"1e-05\",\\s*\"fix_gamma\": \"False\"", "\"eps\": 2e-06, \"fix_gamma\": false");
        try (Network network = Mxnet.load(TINY, FOLDER.resolve("tiny-0000.params"), symbol);
                NDArray scale = Golden.fill(network.manager(), "stem.norm.weight", new Shape(8))) {
            assertEquals(2e-6f, network.architecture().normalisation().epsilon());
            assertArrayEquals(
                    scale.toFloatArray(), network.weight("stem.norm.weight").toFloatArray());
        }
    }

    /** Each of these would become hundreds of megabytes, or a message of millions of characters. */
    @Test
    void absurdGraphsAreRefused() throws IOException {
        String nodes = "{\"nodes\":[";
        absurd("is no graph of MXNet", nodes + "[],".repeat(2_000_000) + "[]]}");
        absurd("is no graph of MXNet", nodes + "{\"\":{}},".repeat(800_000) + "{}]}");
        absurd("is no graph of MXNet", nodes + "[".repeat(10_000) + "]".repeat(10_000) + "]}");
        absurd("is no graph of MXNet", nodes + "{\"op\":\"" + "a".repeat(5_000_000) + "\"}]}");
        absurd("more than the 8388608 bytes of a network", nodes + " ".repeat(9_000_000) + "]}");
    }

    /** Convolutions whose strides and paddings have the same hash. */
    @Test
    void manyOperationsTakeLittleTime() throws IOException {
        int count = 8_000;
        StringBuilder graph =
                new StringBuilder("{\"nodes\":[{\"op\":\"null\",\"name\":\"data\"},{\"op\":\"null\",\"name\":\"w\"}");
        for (int stride = 0; stride < count; stride++) {
            int padding = 31 * (count - stride);
            graph.append(
                            ",{\"op\":\"Convolution\",\"name\":\"c\",\"attrs\":{\"num_filter\":8,\"kernel\":\"(3,3)\",\"stride\":\"(")
                    .append(stride + "," + stride + ")\",\"pad\":\"(" + padding + "," + padding)
                    .append(")\"},\"inputs\":[[0],[1]]}");
        }
        graph.append("],\"heads\":[[" + (count + 1) + "]]}");
        assertTimeout(Duration.ofSeconds(4), () -> absurd("the graphs differ", graph.toString()));
    }

    private void absurd(String expected, String graph) throws IOException {
        Path symbol = Files.writeString(folder.resolve("absurd-symbol.json"), graph);
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> Mxnet.load(TINY, FOLDER.resolve("tiny-0000.params"), symbol)
                                .close())
                .getMessage();
        long taken = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(message.contains(expected) && message.length() < 1000, message);
        assertTrue(taken < 400L << 20, taken + " bytes of memory");
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
