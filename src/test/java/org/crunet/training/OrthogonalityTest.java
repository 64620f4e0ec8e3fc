package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.Map;
import java.util.TreeMap;
import org.crunet.block.Conv;
import org.crunet.block.Flow;
import org.crunet.block.Kernel;
import org.crunet.block.Place;
import org.crunet.block.Sharing;
import org.crunet.block.Shortcut;
import org.crunet.block.Unit;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.network.Relatives;
import org.crunet.network.Stage;
import org.crunet.network.Stem;
import org.crunet.torch.Floats;
import org.crunet.torch.Gradients;
import org.junit.jupiter.api.Test;

/** Against values worked out by hand from the definition of Kang and Kim (2021). */
class OrthogonalityTest {

    private static final Loss BASES = Loss.orthogonality("*.shared.base*", "*.own");
    private static final Loss SHARED = Loss.orthogonality("*.shared.base*", "");

    /** Two shared filters and one of its own, of three numbers each. */
    private static final class Small extends Unit {
        private final Conv conv;

        Small(Place place) {
            super(place, "basis", "");
            Kernel own = Kernel.stored("own", new Shape(1, 3, 1, 1));
            conv = conv("basis", Kernel.concat(own, place.stored("base", new Shape(2, 3, 1, 1))), 1);
        }

        @Override
        public <T> T apply(Flow<T> flow, T x) {
            return flow.conv(conv, x);
        }
    }

    private static final Architecture ONE = Networks.smallCru(4)
            .withStem(Stem.bare(3))
            .withStages(Stage.of("basis", 1, 3, (place, stage, norm) -> new Small(place))
                    .withSharing("base", Sharing.ALL));

    /** The value, and of each weight the gradient. */
    private static double of(Loss loss, Network network, Map<String, float[]> gradients) {
        try (NDManager manager = network.manager().newSubManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray images = manager.zeros(network.architecture().input(2));
            Pass pass = new Pass(new Objective(Recipe.QUICK), network, images, new int[2], Objective.Mix.NONE);
            NDArray value = loss.of(pass);
            collector.backward(value);
            network.trainable()
                    .forEach((name, weight) ->
                            gradients.put(name, weight.getArray().getGradient().toFloatArray()));
            return value.getFloat();
        }
    }

    private static double of(Loss loss, Network network) {
        return of(loss, network, new TreeMap<>());
    }

    private static void set(Network network, String name, float... values) {
        Gradients.off(() -> {
            Floats.set(values, network.weight(name));
            return null;
        });
    }

    @Test
    void orthonormalFiltersCostNothing() {
        try (Network network = ONE.build()) {
            set(network, "conv2.shared.base", 0.6f, 0.8f, 0, -0.8f, 0.6f, 0);
            set(network, "conv2.unit1.basis.own", 0, 0, -1);
            assertEquals(0, of(BASES, network), 1e-12);
            assertEquals(0, of(SHARED, network), 1e-12);
            set(network, "conv2.unit1.basis.own", 0, 0, -2);
            assertEquals(9. / 7, of(BASES, network), 1e-6);
            assertEquals(0, of(SHARED, network), 1e-12);
        }
    }

    /** The gradient of one shared number is 8 of its own square, 12 of the other filter and 6 of the own one, over 7. */
    @Test
    void threeEqualFilters() {
        try (Network network = ONE.build()) {
            set(network, "conv2.shared.base", 1, 1, 1, 1, 1, 1);
            set(network, "conv2.unit1.basis.own", 1, 1, 1);
            Map<String, float[]> gradients = new TreeMap<>();
            assertEquals(48. / 7, of(BASES, network, gradients), 1e-5);
            float shared = 26f / 7;
            float own = 20f / 7;
            assertArrayEquals(
                    new float[] {shared, shared, shared, shared, shared, shared},
                    gradients.get("conv2.shared.base"),
                    1e-5f);
            assertArrayEquals(new float[] {own, own, own}, gradients.get("conv2.unit1.basis.own"), 1e-5f);
            assertEquals(26. / 4, of(SHARED, network), 1e-5);
        }
    }

    /** 280 = 7 (32 + 8) filters by themselves, of 27,048 = 21 (32 x 40 + 8) pairs, for widths of 1, 2 and 4 times 16. */
    @Test
    void basesOfZeros() {
        Architecture published = Relatives.filterBases(Relatives.resNet(32, Shortcut.ZERO_PADDING), 16, 1, true);
        try (Network network = published.build()) {
            network.trainable().forEach((name, weight) -> {
                if (name.endsWith(".own") || name.contains(".base")) {
                    set(network, name, new float[(int) weight.getShape().size()]);
                }
            });
            assertEquals(280. / 27_048, of(BASES, network), 1e-8);
            assertEquals(7. * 32 / (21 * 32 * 32), of(SHARED, network), 1e-8);
        }
    }
}
