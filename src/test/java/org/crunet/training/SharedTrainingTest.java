package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.crunet.block.Sharing;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.network.Stage;
import org.crunet.network.Weights;
import org.crunet.torch.Gradients;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A shared factor through training, against a twin whose units have factors of their own with the same numbers. */
class SharedTrainingTest {

    private static final double RATE = 0.05;
    private static final Recipe PLAIN =
            Recipe.QUICK.withOptimizer(Optimizer.sgd(0)).withWeightDecay(0).withBatchSize(4);
    private static final Architecture SHARED = Networks.smallCru(8)
            .withStages(Stage.collective(3, 6, 10), Stage.collective(2, 5, 8))
            .withClasses(3);

    private enum Factors {
        BOTH(SHARED, "reduce", "core"),
        REDUCE(SHARED.withSharing("core", Sharing.OWN), "reduce"),
        CORE(SHARED.withSharing("reduce", Sharing.OWN), "core");

        private final Architecture network;
        private final List<String> names;

        Factors(Architecture network, String... names) {
            this.network = network;
            this.names = List.of(names);
        }
    }

    @ParameterizedTest
    @EnumSource
    void oneStepMovesASharedFactorByTheSumOfTheUnitsGradientsInEveryUnit(Factors factors) {
        try (Network shared = factors.network.build(1);
                Network alone = SHARED.withoutSharing().build(2)) {
            copy(shared, alone);
            NDArray images = images(shared);
            NDArray same = images(alone);
            Map<String, Updates> updates = updates(shared, factors.names); // before the gradients: it forgets old ones
            backward(shared, images);
            backward(alone, same);

            Map<String, Parameter> before = Weights.of(alone.block());
            near(shared.forward(images), alone.forward(same), 1e-5);
            for (String factor : factors.names) {
                stepIsTheSum("conv2", 3, factor, shared, before, updates);
                stepIsTheSum("conv3", 2, factor, shared, before, updates);
            }
            updates.values().forEach(Updates::close);

            copy(shared, alone);
            near(shared.forward(images), alone.forward(same), 1e-5);
        }
    }

    private static void stepIsTheSum(
            String stage,
            int units,
            String factor,
            Network shared,
            Map<String, Parameter> alone,
            Map<String, Updates> updates) {
        NDArray expected = array(shared, stage + ".shared." + factor).duplicate();
        for (int unit = 1; unit <= units; unit++) {
            NDArray gradient = alone.get(stage + ".group" + unit + ".shared." + factor + ".weight")
                    .getArray()
                    .getGradient();
            expected.subi(gradient.mul(RATE));
            assertTrue(gradient.norm().getFloat() > 1e-3, "unit " + unit + " of " + stage + " has its part");
        }
        Gradients.off(() -> updates.get(stage + ".shared." + factor + ".weight").step(RATE));
        near(expected, array(shared, stage + ".shared." + factor), 1e-6);
        assertFalse(
                Weights.of(shared.block()).containsKey(stage + ".unit2." + factor + ".weight"),
                "a unit has no factor of its own beside the shared one");
    }

    /** With C = 10 and 8, D = 6 and 5: what is shared is there once instead of 3 and 2 times. */
    @Test
    void whatIsSharedIsCountedOnce() {
        long nothing = SHARED.withoutSharing().parameters();
        long reduce = 2 * 10 * 6 + 8 * 5;
        long core = 2 * 9 * 6 + 9 * 5;
        assertEquals(nothing - reduce, SHARED.withSharing("core", Sharing.OWN).parameters());
        assertEquals(nothing - core, SHARED.withSharing("reduce", Sharing.OWN).parameters());
        assertEquals(nothing - reduce - core, SHARED.parameters());
        assertTrue(SHARED.withSharing("reduce", Sharing.OWN).toString().contains("sharing the 3x3 only"));
    }

    /** One for each shared factor of both stages, by its name. */
    private static Map<String, Updates> updates(Network network, List<String> factors) {
        Map<String, Parameter> weights = Weights.of(network.block());
        Map<String, Updates> updates = new HashMap<>();
        for (String factor : factors) {
            for (String stage : List.of("conv2", "conv3")) {
                String name = stage + ".shared." + factor + ".weight";
                updates.put(name, new Updates(network.manager(), Map.of(name, weights.get(name)), PLAIN));
            }
        }
        return updates;
    }

    @ParameterizedTest
    @EnumSource
    void after20StepsSavedAndLoadedAllUnitsStillShare(Factors factors, @TempDir Path folder) {
        Path file = folder.resolve("shared.safetensors");
        Architecture architecture = factors.network;
        try (Network network = architecture.build(1)) {
            train(network, 20);
            network.save(file);
            try (Network loaded = architecture.load(file)) {
                assertEquals(architecture.parameters(), loaded.parameters());
                Weights.of(network.block())
                        .forEach((name, parameter) -> assertArrayEquals(
                                parameter.getArray().toFloatArray(),
                                Weights.of(loaded.block()).get(name).getArray().toFloatArray(),
                                name));
                NDArray images = images(loaded);
                assertArrayEquals(
                        network.forward(images(network)).toFloatArray(),
                        loaded.forward(images).toFloatArray());
                train(network, 1);
                train(loaded, 1);
                assertArrayEquals(
                        network.forward(images(network)).toFloatArray(),
                        loaded.forward(images).toFloatArray(),
                        "one more step acts alike, so every unit uses the loaded factor");
                try (Network alone = SHARED.withoutSharing().build(2)) {
                    copy(loaded, alone);
                    near(loaded.forward(images), alone.forward(images(alone)), 1e-5);
                }
            }
        }
    }

    private static void train(Network network, int steps) {
        try (Updates sgd = new Updates(network.manager(), network.trainable(), PLAIN)) {
            for (int i = 0; i < steps; i++) {
                backward(network, images(network));
                Gradients.off(() -> {
                    sgd.step(RATE);
                    return null;
                });
            }
        }
    }

    private static void backward(Network network, NDArray images) {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            collector.backward(network.forward(images, true).square().sum());
        }
    }

    private static NDArray images(Network network) {
        Random random = new Random(5);
        float[] values = new float[(int) SHARED.input(4).size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return network.manager().create(values, SHARED.input(4));
    }

    /** The twin's names have a group a unit: {@code conv2.group3.unit1.mix} is {@code conv2.unit3.mix}. */
    private static void copy(Network shared, Network alone) {
        Map<String, Parameter> from = Weights.of(shared.block());
        Gradients.off(() -> {
            Weights.of(alone.block()).forEach((name, parameter) -> {
                String unit = name.replaceFirst("group(\\d+)\\.(shared|unit1)", "unit$1");
                String together = name.replaceFirst("group\\d+\\.shared", "shared");
                from.get(from.containsKey(unit) ? unit : together)
                        .getArray()
                        .duplicate()
                        .copyTo(parameter.getArray());
            });
            return null;
        });
    }

    private static NDArray array(Network network, String layer) {
        return Weights.of(network.block()).get(layer + ".weight").getArray();
    }

    private static void near(NDArray expected, NDArray actual, double tolerance) {
        float apart = expected.sub(actual).norm().getFloat();
        assertTrue(apart <= tolerance * expected.norm().getFloat(), "apart by " + apart);
    }
}
