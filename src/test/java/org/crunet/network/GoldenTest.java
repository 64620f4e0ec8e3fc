package org.crunet.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.crunet.files.Safetensors;
import org.crunet.torch.Gradients;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every kind of block, a small member of every family and three networks at full size, in both modes of batch norm:
 * outputs, all gradients and all updated statistics against an independent implementation in PyTorch.
 *
 * <p>In float64 there is no rounding to excuse anything: what differs by more than the golden files' own rounding to
 * float32 is wrong.
 */
class GoldenTest {

    private static final double EXACT = 1e-6;

    static Stream<Arguments> cases() {
        return Golden.cases().stream()
                .flatMap(c -> Stream.of("eval", "train")
                        .map(mode -> Arguments.of(c.get("name").asText(), mode)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void inDoublePrecision(String name, String mode) {
        compare(name, mode, DataType.FLOAT64, EXACT, EXACT, 1e-7);
    }

    /** Outputs to 1e-5, gradients to 1e-4 of the largest number; the floor is for gradients that vanish mathematically. */
    @ParameterizedTest
    @Tag("slow")
    @MethodSource("cases")
    void inSinglePrecision(String name, String mode) {
        compare(name, mode, DataType.FLOAT32, 1e-5, 1e-4, 1e-5);
    }

    private static void compare(
            String name, String mode, DataType type, double outputs, double gradients, double floor) {
        JsonNode c = Golden.named(name);
        compare(Golden.block(c), Golden.input(c), name, mode, type, outputs, gradients, floor);
    }

    /** Output, gradients and updated statistics of a block against the golden file of this name. */
    static void compare(
            Block block,
            Shape input,
            String name,
            String mode,
            DataType type,
            double outputs,
            double gradients,
            double floor) {
        try (NDManager manager = NDManager.newBaseManager();
                Safetensors golden = Safetensors.open(Golden.FOLDER.resolve(name + ".safetensors"))) {
            Results results = new Results(manager, block, input, type, mode.equals("train"));
            TreeSet<String> compared = new TreeSet<>();
            results.all().forEach((key, array) -> {
                String path = mode + "/" + key;
                compared.add(path);
                assertEquals(golden.entries().get(path).shape(), array.getShape(), path);
                double tolerance = key.startsWith("grad/") ? gradients : outputs;
                near(golden.floats(path), array, tolerance, floor, path);
            });
            assertEquals(expected(golden, mode), compared);
        }
    }

    /** Everything in the file but the loss, a sum of the outputs. */
    private static TreeSet<String> expected(Safetensors golden, String mode) {
        TreeSet<String> keys = new TreeSet<>(golden.entries().keySet());
        keys.removeIf(key -> !key.startsWith(mode + "/") || key.endsWith("/loss"));
        return keys;
    }

    private static void near(float[] golden, NDArray array, double tolerance, double floor, String what) {
        double[] computed = array.toType(DataType.FLOAT64, true).toDoubleArray();
        double largest = 0;
        double apart = 0;
        for (int i = 0; i < golden.length; i++) {
            largest = Math.max(largest, Math.abs(golden[i]));
            apart = Math.max(apart, Math.abs(golden[i] - computed[i]));
        }
        assertTrue(apart <= tolerance * largest + floor, what + " differs by " + apart + ", the largest is " + largest);
    }

    static Stream<String> networks() {
        return Golden.cases().stream()
                .filter(c -> c.has("classes"))
                .map(c -> c.get("name").asText());
    }

    /** Batch norm folded into the convolution before it is the same function, also after a second use. */
    @ParameterizedTest
    @MethodSource("networks")
    void folded(String name) {
        JsonNode c = Golden.named(name);
        try (Network network = Network.of(Golden.block(c), Golden.input(c));
                Safetensors golden = Safetensors.open(Golden.FOLDER.resolve(name + ".safetensors"))) {
            Weights.of(network.block())
                    .forEach((key, parameter) -> Gradients.off(() -> {
                        NDArray array = parameter.getArray();
                        Golden.fill(network.manager(), key, array.getShape()).copyTo(array);
                        return null;
                    }));
            NDArray x = Golden.fill(network.manager(), "input", Golden.input(c));
            try (Network.Folded folded = network.folded()) {
                near(golden.floats("eval/output"), folded.forward(x), 1e-5, 1e-5, name);
                near(golden.floats("eval/output"), folded.forward(x), 1e-5, 1e-5, name);
            }
            near(golden.floats("eval/output"), network.forward(x), 1e-5, 1e-5, name);
            int before = network.manager().getManagedArrays().size();
            try (Network.Folded again = network.folded()) {
                again.forward(x).close();
            }
            assertEquals(before, network.manager().getManagedArrays().size(), "nothing is left behind");
        }
    }

    static Stream<Arguments> fullSize() {
        return Stream.of("cru56", "cru56-separate", "resnext50-32x4d")
                .flatMap(name -> Stream.of("eval", "train").map(mode -> Arguments.of(name, mode)));
    }

    /** CRU-Net-56 and its twin, 224x224: of each gradient its norm and its product with a probe. */
    @ParameterizedTest
    @Tag("slow")
    @MethodSource("fullSize")
    void atFullSize(String name, String mode) {
        JsonNode c = Golden.json("counts.json").get("networks").get(name).get("network");
        try (NDManager manager = NDManager.newBaseManager();
                Safetensors golden = Safetensors.open(Golden.FOLDER.resolve("full-" + name + ".safetensors"))) {
            Results results =
                    new Results(manager, Golden.block(c), Golden.input(c), DataType.FLOAT64, mode.equals("train"));
            Map<String, NDArray> all = results.all();
            near(golden.floats(mode + "/output"), all.remove("output"), EXACT, 0, "output");
            all.forEach((key, array) -> {
                String plain = key.substring(key.indexOf('/') + 1);
                float[] print = golden.floats(mode + "/" + key);
                NDArray probe = Golden.fill(manager, "probe:" + plain, array.getShape());
                double norm = array.norm().getDouble();
                double product =
                        array.mul(probe.toType(DataType.FLOAT64, false)).sum().getDouble();
                assertEquals(print[0], norm, EXACT * norm, key);
                assertEquals(print[1], product, EXACT * norm * Math.sqrt(array.size()), key);
            });
            assertEquals(expected(golden, mode).size() - 1, all.size());
        }
    }

    /**
     * In single precision the logits of the full-size networks agree to 1e-5 of the largest, on two threads of PyTorch: on
     * one, which sums each batch norm's statistics in one go, it is 1.3e-5 in training.
     */
    @ParameterizedTest
    @Tag("slow")
    @MethodSource("fullSize")
    void logitsInSinglePrecisionAtFullSize(String name, String mode) {
        JsonNode c = Golden.json("counts.json").get("networks").get(name).get("network");
        Engine.getInstance(); // which loads what JniUtils calls
        int threads = JniUtils.getNumThreads();
        JniUtils.setNumThreads(2);
        try (NDManager manager = NDManager.newBaseManager();
                Safetensors golden = Safetensors.open(Golden.FOLDER.resolve("full-" + name + ".safetensors"))) {
            Results results =
                    new Results(manager, Golden.block(c), Golden.input(c), DataType.FLOAT32, mode.equals("train"));
            near(golden.floats(mode + "/output"), results.all().get("output"), 1e-5, 0, "output");
        } finally {
            JniUtils.setNumThreads(threads);
        }
    }

    /** Every row of the tables of networks, counted from the shapes of the reference's tensors. */
    @Test
    void countsAreTheReferences() {
        Golden.json("counts.json").get("networks").properties().forEach(row -> {
            Cost cost = Golden.architecture(row.getValue().get("network")).cost();
            assertEquals(row.getValue().get("parameters").asLong(), cost.parameters(), row.getKey());
            assertEquals(row.getValue().get("buffers").asLong(), cost.buffers(), row.getKey());
            assertEquals(row.getValue().get("multiply_adds").asLong(), cost.multiplyAdds(), row.getKey());
        });
    }

    /** What autograd really kept in PyTorch, tensor by tensor. */
    @Test
    @Tag("slow")
    void activationsAreWhatAutogradKeeps() {
        JsonNode counts = Golden.json("counts.json");
        counts.get("saved_bytes").properties().forEach(row -> {
            JsonNode full = counts.get("networks").get(row.getKey());
            JsonNode c = full == null ? Golden.named(row.getKey()) : full.get("network");
            try (Network network = Network.of(Golden.block(c), Golden.input(c))) {
                assertEquals(row.getValue().asLong(), network.cost().activationBytes(), row.getKey());
            }
        });
    }

    @Test
    void theTwoFillsAgree() {
        try (NDManager manager = NDManager.newBaseManager();
                Safetensors fills = Safetensors.open(Golden.FOLDER.resolve("fill.safetensors"))) {
            fills.entries()
                    .forEach((name, entry) -> assertArrayEquals(
                            fills.floats(name),
                            Golden.fill(manager, name, entry.shape()).toFloatArray(),
                            name));
            assertTrue(fills.entries().size() > 3);
        }
    }

    /** One pass of a filled block forwards and backwards from {@code sum(output * coefficients)}. */
    private static final class Results {

        private final Map<String, Parameter> weights;
        private final NDArray x;
        private final NDArray output;
        private final boolean train;

        Results(NDManager manager, Block block, Shape input, DataType type, boolean train) {
            this.train = train;
            block.setInitializer(Initializer.ZEROS, Parameter.Type.WEIGHT); // DJL's own refuses coefficients
            block.initialize(manager, type, input);
            weights = Weights.of(block);
            Gradients.off(() -> {
                weights.forEach((name, parameter) -> fill(manager, name, parameter, type));
                return null;
            });
            x = Golden.fill(manager, "input", input).toType(type, true);
            x.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                output = block.forward(new ParameterStore(manager, false), new NDList(x), train)
                        .singletonOrThrow();
                NDArray coefficients = Golden.fill(manager, "coefficients", output.getShape());
                collector.backward(output.mul(coefficients.toType(type, false)).sum());
            }
            assertEquals(block.getOutputShapes(new Shape[] {input})[0], output.getShape(), "declared shape");
        }

        private static void fill(NDManager manager, String name, Parameter parameter, DataType type) {
            NDArray array = parameter.getArray();
            Golden.fill(manager, name, array.getShape()).toType(type, false).copyTo(array);
        }

        Map<String, NDArray> all() {
            Map<String, NDArray> all = new LinkedHashMap<>();
            all.put("output", output);
            all.put("grad/input", x.getGradient());
            weights.forEach((name, parameter) -> {
                if (parameter.requiresGradient()) {
                    all.put("grad/" + name, parameter.getArray().getGradient());
                } else if (train) {
                    all.put("buffer/" + name, parameter.getArray());
                }
            });
            return all;
        }
    }
}
