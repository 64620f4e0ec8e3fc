package org.crunet.conversion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.crunet.block.Conv;
import org.crunet.block.ResidualUnit;
import org.crunet.data.Batches;
import org.crunet.data.ImageSet;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.network.Stage;
import org.crunet.network.Stem;
import org.crunet.network.Weights;
import org.crunet.scenes.Scenes;
import org.crunet.tensor.AlsSettings;
import org.crunet.tensor.Convolution;
import org.crunet.tensor.TensorAlgebra;
import org.crunet.torch.Gradients;
import org.crunet.training.Recipe;
import org.crunet.training.Training;
import org.crunet.training.TrainingTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ConversionTest {

    private static final ImageSet IMAGES = TrainingTest.bars().train();
    private static final Architecture SMALL = Networks.smallResNeXt(8)
            .withClasses(2)
            .withStages(Stage.residual(2, 4, 2, 8), Stage.residual(3, 6, 2, 12), Stage.residual(2, 8, 2, 16));

    /** One stage that keeps channels and resolution. */
    private static final Architecture PLANTED =
            Networks.smallResNeXt(8).withClasses(2).withStem(Stem.small(12, 1)).withStages(Stage.residual(2, 6, 1, 12));

    @Test
    void theControlHasTheStageDrawnAndAllElseCarriedOver() {
        try (Network network = SMALL.build(3);
                Network control = Conversion.of(network, "conv3").control(7);
                Network drawn = control.architecture().build(7)) {
            Weights.of(control.block()).forEach((name, parameter) -> {
                Network source = name.startsWith("conv3.") ? drawn : network;
                assertArrayEquals(
                        source.weight(name).toFloatArray(), parameter.getArray().toFloatArray(), name);
            });
            assertTrue(control.architecture().stage("conv3").collective());
        }
    }

    @Test
    void aStageThatIsCollectiveInAllButNameKeepsWhatItComputes() {
        try (Network network = PLANTED.build(1)) {
            plant(network);
            Converted made = Conversion.of(network, "conv2")
                    .width(6)
                    .offset(30)
                    .calibratedOn(IMAGES)
                    .convert(AlsSettings.DEFAULT);
            try (Network converted = made.network()) {
                for (Converted.Unit unit : made.units().subList(0, 2)) {
                    assertEquals("6 x 12 x 3 x 3", unit.kernel());
                    assertTrue(unit.kernelError() < 1e-4, unit.toString());
                    assertTrue(unit.innerError() < 1e-3, unit.toString());
                    assertTrue(unit.outputError() < 1e-3, unit.toString());
                }
                NDArray expected = network.forward(images(network.manager()));
                NDArray actual = converted.forward(images(converted.manager()));
                double off = TensorAlgebra.relativeError(expected, actual);
                assertTrue(off < 2e-3, "logits are off by " + off);
            }
        }
    }

    /**
     * Positive reduce weights, so that nothing is negative between reduce and core, and a batch norm there that changes
     * nothing: the middle is linear. All other statistics are those of the images.
     */
    private static void plant(Network network) {
        Map<String, Parameter> weights = Weights.of(network.block());
        Random random = new Random(2);
        NDManager manager = network.manager();
        NDArray reduce = gaussian(manager, random, 6, 12, 1, 1).abs().pow(3);
        NDArray filters = gaussian(manager, random, 1, 6, 3, 3);
        Gradients.off(() -> {
            for (String unit : List.of("conv2.unit1.", "conv2.unit2.")) {
                put(weights, unit + "reduce.weight", reduce);
                put(weights, unit + "core.weight", filters.mul(gaussian(manager, random, 6, 6, 1, 1)));
            }
            for (int i = 0; i < 200; i++) {
                network.forward(images(manager), true);
                for (String norm : List.of("conv2.unit1.norm2.", "conv2.unit2.norm2.")) {
                    NDArray variance = weights.get(norm + "running_var").getArray();
                    put(weights, norm + "weight", variance.add(2e-5).sqrt());
                    put(
                            weights,
                            norm + "bias",
                            weights.get(norm + "running_mean").getArray());
                }
            }
            for (String norm : List.of("conv2.unit1.norm2.", "conv2.unit2.norm2.")) {
                put(weights, norm + "weight", manager.ones(new Shape(6)));
                put(weights, norm + "running_var", manager.ones(new Shape(6)));
                put(weights, norm + "bias", manager.ones(new Shape(6)).mul(50));
                put(weights, norm + "running_mean", manager.ones(new Shape(6)).mul(50));
            }
            return null;
        });
    }

    @Test
    void whatIsNotInTheStageIsCarriedOverAndTheTrainedNetworkStays() {
        try (Network network = SMALL.build(1)) {
            Map<String, float[]> before = values(network);
            Converted made = converted(network, 10);
            try (Network converted = made.network()) {
                Map<String, float[]> after = values(converted);
                values(network).forEach((name, array) -> assertArrayEquals(before.get(name), array, name));
                before.forEach((name, array) -> {
                    boolean statistics = name.contains("running");
                    boolean behind = name.startsWith("conv4.") || name.startsWith("head.");
                    if (!name.startsWith("conv3.") && !(behind && statistics)) {
                        assertArrayEquals(array, after.get(name), name);
                    }
                });
                String unit = "conv3.unit1.";
                same(before, unit + "shortcut.weight", after, unit + "project.conv.weight");
                same(before, unit + "shortcut_norm.running_mean", after, unit + "project.shortcut_norm.running_mean");
                same(before, unit + "norm1.weight", after, unit + "project.norm.weight");
                same(before, "conv3.unit3.norm1.running_var", after, "conv3.unit3.norm1.running_var");
            }
        }
    }

    private static void same(Map<String, float[]> before, String name, Map<String, float[]> after, String newName) {
        assertArrayEquals(before.get(name), after.get(newName), newName);
    }

    @Test
    void aFirstUnitsShortcutIsExactAndErrorsAreThoseOfTheNetwork() {
        try (Network network = SMALL.build(1)) {
            Map<String, Parameter> weights = Weights.of(network.block());
            Gradients.off(() -> {
                NDArray expand = weights.get("conv3.unit1.expand.weight").getArray();
                expand.muli(0);
                return null;
            });
            Converted made = converted(network, 10);
            made.network().close();
            Converted.Unit first = made.units().get(0);
            assertTrue(first.innerError() > 0.01 && first.innerError() < 1, first.toString());
            assertTrue(first.outputError() < 1e-6, "only the shortcut is left: " + first);
        }
    }

    @Test
    void additionalChannelsAreWithoutEffectUntilTheyAreTrained() {
        try (Network network = SMALL.build(1)) {
            Converted made = converted(network, 10);
            try (Network converted = made.network()) {
                Map<String, Parameter> weights = Weights.of(converted.block());
                for (int unit = 1; unit <= 3; unit++) {
                    NDArray expand = weights.get("conv3.unit" + unit + ".expand.weight")
                            .getArray()
                            .get(new NDIndex(":, 6:"));
                    NDArray mix = weights.get("conv3.unit" + unit + ".mix.weight")
                            .getArray()
                            .get(new NDIndex("6:"));
                    assertEquals(0, expand.abs().sum().getFloat());
                    assertTrue(mix.abs().min().getFloat() > 0);
                }
                Training.fit(
                        converted,
                        TrainingTest.bars(),
                        Recipe.QUICK
                                .withEpochs(1)
                                .withBatchSize(8)
                                .withLearningRate(0.01)
                                .withWeightDecay(0));
                NDArray trained = weights.get("conv3.unit2.expand.weight").getArray();
                assertTrue(trained.get(new NDIndex(":, 6:")).abs().sum().getFloat() > 0);
            }
        }
    }

    @Test
    void rowsAddUpToTheNetworksParameters() {
        try (Network network = SMALL.build(1)) {
            Converted made = converted(network, 10);
            try (Network converted = made.network()) {
                assertEquals(4, made.units().size());
                long before = made.units().stream()
                        .mapToLong(Converted.Unit::parametersBefore)
                        .sum();
                long after = made.units().stream()
                        .mapToLong(Converted.Unit::parametersAfter)
                        .sum();
                assertEquals(network.parameters() - converted.parameters(), before - after);
                Architecture expected = SMALL.withStage("conv3", stage -> Stage.collective(3, 10, 12));
                assertEquals(expected.parameters(), converted.parameters());
                assertEquals(expected.stages(), converted.architecture().stages());
                assertEquals("small ResNeXt, conv3 made collective", converted.name());
                assertEquals(
                        10 * 12 + 10 * 9, made.units().get(3).parametersAfter(), "what is shared: 1x1 and 3x3 weights");
                String sum = String.format(
                        Locale.ROOT, "%,d instead of %,d in all", expected.parameters(), SMALL.parameters());
                assertTrue(made.toString().endsWith(sum), made.toString());
            }
        }
    }

    @Test
    void theFirstStageProjectsAtFullResolutionHereOntoFewerChannels() {
        try (Network network = SMALL.build(1)) {
            Converted made =
                    Conversion.of(network, "conv2").calibratedOn(IMAGES).convert();
            made.network().close();
            assertEquals("4 x 8 x 3 x 3", made.units().get(0).kernel());
            for (Converted.Unit unit : made.units().subList(0, 2)) {
                assertTrue(unit.innerError() < 0.95 && unit.outputError() < 0.95, unit.toString());
            }
        }
    }

    @Test
    void theLastStageCanBeConvertedTooAndConvertedStagesLeaveTheOthersConvertible() {
        try (Network network = SMALL.build(1);
                Network once = converted(network, 10).network();
                Network twice = Conversion.of(once, "conv4")
                        .calibratedOn(IMAGES)
                        .convert()
                        .network()) {
            assertEquals(8, twice.architecture().stage("conv4").width(), "as wide as the bottlenecks");
            assertEquals(
                    new Shape(64, 2), twice.forward(images(twice.manager())).getShape());
        }
    }

    @Test
    void aKernelIsTheCoreTimesSlopeTimesReduce() {
        try (Network network = SMALL.build(1)) {
            Map<String, Parameter> weights = Weights.of(network.block());
            Gradients.off(() -> {
                put(weights, "conv3.unit1.norm2.weight", network.manager().create(new float[] {1, -1, 2, 1, 1, 1}));
                put(weights, "conv3.unit1.norm2.bias", network.manager().create(new float[] {0, 1, 2, 50, -50, 0}));
                return null;
            });
            List<NDArray> kernels = Conversion.kernels(network, "conv3");
            assertEquals(3, kernels.size());
            kernels.forEach(kernel -> assertEquals(new Shape(6, 12, 3, 3), kernel.getShape()));

            NDArray projection =
                    weights.get("conv3.unit1.shortcut.weight").getArray().reshape(12, 8);
            NDArray first = TensorAlgebra.product(kernels.get(0), projection.transpose(), 2);
            double[] slopes = {0.5, -0.8413447, 2 * 0.8413447, 1, 0, 0.5};
            float[] core = weights.get("conv3.unit1.core.weight").getArray().toFloatArray();
            float[] reduce = weights.get("conv3.unit1.reduce.weight").getArray().toFloatArray();
            for (int out = 0; out < 6; out++) {
                for (int in = 0; in < 8; in++) {
                    double expected = 0;
                    for (int i = 0; i < 3; i++) {
                        int middle = out / 3 * 3 + i;
                        expected += core[(out * 3 + i) * 9 + 4] * slopes[middle] * reduce[middle * 8 + in];
                    }
                    assertEquals(expected, first.getFloat(out, in, 1, 1), 1e-4, out + ", " + in);
                }
            }
        }
    }

    @Test
    void theSquaredNormOfAWeightedKernelIsTheVarianceOfWhatItMakes() {
        Architecture single = SMALL.withStage("conv3", stage -> stage.withUnits(1));
        try (Network network = single.build(1);
                NDManager scope = network.manager().newSubManager()) {
            Gradients.off(() -> {
                NDArray core = Weights.of(network.block())
                        .get("conv3.unit1.core.weight")
                        .getArray();
                NDArray middle = core.zerosLike();
                middle.set(new NDIndex(":, :, 1, 1"), core.get(new NDIndex(":, :, 1, 1")));
                middle.copyTo(core);

                TrainedStage stage = new TrainedStage(network, "conv3", scope);
                NDArray x = stage.flow(IMAGES).get(0);
                ResidualUnit unit = stage.units().get(0);
                ParameterStore store = new ParameterStore(scope, false);
                NDArray entering =
                        Activation.relu(TrainedStage.forward(store, unit.norms().get(0), x));
                NDArray read =
                        Convolution.dense(unit.shortcut().weight().getArray()).apply(entering);
                NDArray kernel = Conversion.kernels(network, "conv3").get(0);
                NDArray covariance =
                        LeastSquares.covariance(Convolution.dense(kernel).apply(read));
                double variance = 0;
                for (int i = 0; i < 6; i++) {
                    variance += covariance.getDouble(i, i);
                }
                NDArray weighted = Conversion.kernels(network, "conv3", IMAGES).get(0);
                assertEquals(1, TensorAlgebra.inner(weighted, weighted) / variance, 0.01);
                return null;
            });
        }
    }

    @Test
    void theNormalDistributionIsKnown() {
        assertEquals(0.5, LinearKernels.normal(0), 1e-7);
        assertEquals(0.9750021, LinearKernels.normal(1.96), 1e-7);
        assertEquals(0.1586553, LinearKernels.normal(-1), 1e-7);
        assertEquals(0, LinearKernels.normal(-50), 0);
        assertEquals(1, LinearKernels.normal(Float.MAX_VALUE), 0);
    }

    @Test
    void saysWhatCannotBeConverted() {
        try (Network network = SMALL.build(1)) {
            refused(() -> Conversion.of(network, "conv7"), "no stage conv7", "conv2");
            refused(() -> Conversion.of(network, "conv3").width(5), "width", "at least 6", "not 5");
            refused(
                    () -> Conversion.of(network, "conv3")
                            .calibratedOn(Scenes.painted(16).images(8)),
                    "8x8",
                    "16x16");
            refused(() -> Conversion.of(network, "conv3").calibratedOn(IMAGES.first(0)), "no images");
            String message = assertThrows(IllegalStateException.class, Conversion.of(network, "conv3")::convert)
                    .getMessage();
            assertTrue(message.contains("calibratedOn"), message);
        }
        refused(SMALL.withStage("conv3", stage -> Stage.collective(2, 8, 12)), "collective already");
        refused(SMALL.withStage("conv3", stage -> Stage.basic(2, 12)), "basic units");
        refused(Networks.original(SMALL), "anew withNormalisation(Normalisation.AUTHORS)");
    }

    private static void refused(Architecture architecture, String part) {
        try (Network network = architecture.build()) {
            refused(() -> Conversion.of(network, "conv3"), part, "conv3 of " + architecture.name());
            refused(() -> Conversion.kernels(network, "conv3"), part);
        }
    }

    private static void refused(Executable call, String... parts) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        List.of(parts).forEach(part -> assertTrue(message.contains(part), message));
    }

    @Test
    void aClosedNetworkAndABlockAreRefused() {
        Network network = SMALL.build(1);
        Conversion before = Conversion.of(network, "conv3").calibratedOn(IMAGES);
        network.close();
        assertThrows(IllegalStateException.class, () -> Conversion.of(network, "conv3"));
        assertThrows(IllegalStateException.class, before::convert);
        try (Network block = Network.of(new Conv(1, 1, 1, 1, 1), new Shape(1, 1, 2, 2))) {
            String message = assertThrows(IllegalStateException.class, () -> Conversion.of(block, "conv3"))
                    .getMessage();
            assertTrue(message.contains("no architecture"), message);
        }
    }

    private static Converted converted(Network network, int width) {
        return Conversion.of(network, "conv3").width(width).calibratedOn(IMAGES).convert();
    }

    private static NDArray images(NDManager manager) {
        return Batches.plain(manager, IMAGES, IntStream.range(0, IMAGES.size()).toArray());
    }

    private static Map<String, float[]> values(Network network) {
        Map<String, float[]> values = new HashMap<>();
        Weights.of(network.block())
                .forEach((name, parameter) ->
                        values.put(name, parameter.getArray().toFloatArray()));
        return values;
    }

    private static void put(Map<String, Parameter> weights, String name, NDArray value) {
        value.copyTo(weights.get(name).getArray());
    }

    private static NDArray gaussian(NDManager manager, Random random, long... shape) {
        float[] values = new float[(int) new Shape(shape).size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return manager.create(values, new Shape(shape));
    }
}
