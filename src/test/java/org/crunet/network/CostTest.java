package org.crunet.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.crunet.block.Chain;
import org.crunet.block.Conv;
import org.crunet.block.Sharing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the networks cost, against the numbers of the paper, of independent re-implementations, and counts by hand. */
class CostTest {

    /** Name, classes, trainable parameters, 10^6 multiply-adds, MiB, depth; "-" where no exact number is known. */
    @ParameterizedTest
    @CsvSource({
        "ResNet-50,                                         1000, 25553192,  4089,  97.7,  50",
        "ResNeXt-50 32x4d,                                  1000, 25025064,  4230,  95.7,  50",
        "ResNeXt-50 136x1d,                                 1000, 24854432,  4246,  95.1,  50",
        "CRU-Net-56 32x4d @x14,                             1000, 25609384,  5634,  98.0,  56",
        "'CRU-Net-56 32x4d @x14, separate start',           1000, 26139432,     -,     -,  56",
        "CRU-Net-116 32x4d @x28x14,                         1000, 43656136, 12646, 167.1, 116",
        "CRU-Net-116 32x4d @x28x14,                          365, 42355021, 12645, 162.1, 116",
        "ResNet-101,                                        1000, 44545320,  7801, 170.3, 101",
        "ResNet-152,                                        1000, 60188968, 11514, 230.2, 152",
        "ResNet-152,                                         365, 58887853, 11512, 225.2, 152",
        "ResNet-200,                                        1000, 64669992, 15007, 247.4, 200",
        "ResNeXt-101 32x4d,                                 1000, 44173864,  7970, 169.0, 101",
        "ResNeXt-101 64x4d,                                 1000, 83451432, 15460, 319.1, 101",
        "WRN-50-2,                                          1000, 68879400, 11398, 263.0,  50",
        "CRU-Net-56 136x1d @x14,                            1000, 25474144,  5647,  97.4,  56",
        "CRU-Net-116 wider 64x4d @x28x14 (widths inferred), 1000,        -, 22782, 317.3, 116",
    })
    void everyRowIsExact(String name, int classes, String parameters, String millions, String size, int depth) {
        Architecture network = network(name).withClasses(classes);
        Cost cost = network.cost();
        assertEquals(depth, network.depth());
        exact(parameters, cost.parameters());
        exact(millions, Math.round(cost.multiplyAdds() / 1e6));
        exact(size, Math.round(10 * cost.mebibytes()) / 10.0);
    }

    private static void exact(String expected, Number counted) {
        if (!expected.equals("-")) {
            assertEquals(expected, counted.toString());
        }
    }

    private static Architecture network(String name) {
        return Networks.all().stream()
                .filter(network -> network.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** What torchvision's models of these names have. */
    @ParameterizedTest
    @CsvSource({
        "ResNet-18, 11689512",
        "ResNet-34, 21797672",
        "ResNet-50, 25557032",
        "ResNet-101, 44549160",
        "ResNet-152, 60192808",
        "ResNeXt-50 32x4d, 25028904",
        "ResNeXt-101 64x4d, 83455272",
        "WRN-50-2, 68883240"
    })
    void thePostActivationFormIsTorchvisions(String name, long parameters) {
        Architecture original = Networks.original(network(name));
        assertEquals(parameters, original.parameters());
        assertEquals(name + ", post-activation", original.name());
    }

    @Test
    void theTinyNetworkHasThePublishedSizeAndSaysThatItIsInferred() {
        assertEquals(48, Networks.CRU_NET_56_TINY.cost().mebibytes(), 1);
        for (Architecture inferred : List.of(Networks.CRU_NET_56_TINY, Networks.CRU_NET_116_WIDER)) {
            assertTrue(inferred.toString().contains("(widths inferred)"));
            assertTrue(inferred.cost().toString().contains("(widths inferred)"));
        }
    }

    @Test
    void separateStartsCostTheirOwnWeights() {
        assertEquals(
                512 * 1024 + 640 * 9, Networks.CRU_NET_56_SEPARATE.parameters() - Networks.CRU_NET_56.parameters());
        Architecture both = Networks.CRU_NET_116
                .withStage("conv3", stage -> stage.withSeparateStart(true))
                .withStage("conv4", stage -> stage.withSeparateStart(true));
        assertEquals(44_321_000L, both.parameters());
    }

    /** A unit alone with a 3x3 of its own has no other; its shortcut's weight is the only one that is more. */
    @ParameterizedTest
    @ValueSource(strings = {"none", "reduce", "core"})
    void separateStartsInGroupsOfOneHaveNoWeightThatNoUnitUses(String own) {
        Architecture alone = Networks.CRU_NET_56.withStage(
                "conv4", stage -> (own.equals("none") ? stage : stage.withSharing(own, Sharing.OWN)).withGroupsOf(1));
        Architecture separate = alone.withStage("conv4", stage -> stage.withSeparateStart(true));
        assertEquals(512 * 1024, separate.parameters() - alone.parameters());
        assertTrue(separate.cost().layers().stream().noneMatch(layer -> layer.uses() == 0));
        Architecture single = separate.withStage("conv4", stage -> stage.withUnits(1));
        assertTrue(single.cost().layers().stream().noneMatch(layer -> layer.uses() == 0));
    }

    static Stream<Architecture> rows() {
        return Stream.concat(Networks.all().stream(), Stream.of(Networks.smallCru(32), Networks.smallResNeXt(64)));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void stagesAndLayersAddUp(Architecture network) {
        Cost cost = network.cost();
        List<Cost.Row> stages = cost.stages();
        Cost.Row total = stages.get(stages.size() - 1);
        List<Cost.Row> parts = stages.subList(0, stages.size() - 1);
        assertEquals(network.stages().size() + 2, parts.size());
        assertEquals(
                total.parameters(),
                parts.stream().mapToLong(Cost.Row::parameters).sum());
        assertEquals(
                total.multiplyAdds(),
                parts.stream().mapToLong(Cost.Row::multiplyAdds).sum());
        assertEquals(cost.activationBytes(), total.activationBytes());
        assertEquals(4 * (cost.parameters() + cost.buffers()), total.fileBytes());
        assertEquals(new Shape(1, network.classes()), total.output());
    }

    /** One image of 6x5 through 3x3, stride 2, in two groups, then 1x1, twice used, then a DJL convolution and a linear. */
    @Test
    void multiplyAddsAreCountedPerUse() {
        Conv twice = new Conv(8, 8, 1, 1, 1);
        Chain chain = new Chain()
                .then("strided", new Conv(4, 8, 3, 2, 2))
                .then("a", twice)
                .then("b", twice)
                .then(
                        "djl",
                        Conv2d.builder()
                                .setKernelShape(new Shape(3, 3))
                                .setFilters(5)
                                .build())
                .then("linear", Linear.builder().setUnits(7).build());
        try (Network network = Network.of(chain, new Shape(2, 4, 6, 5))) {
            List<Layer> layers = network.cost().layers();
            long[] expected = {8 * 2 * 9 * 3 * 3, 2 * 8 * 8 * 3 * 3, 2 * 8 * 8 * 3 * 3, 5 * 8 * 9, 5 * 7};
            assertEquals(
                    Arrays.toString(expected),
                    Arrays.toString(
                            layers.stream().mapToLong(Layer::multiplyAdds).toArray()));
            assertEquals(2, layers.get(1).uses());
        }
    }

    /** DJL's own convolution, in its chain and in its parallel block, whose layers it does not tell. */
    @Test
    void whatAnotherLibraryHidesIsSaid() {
        Shape input = new Shape(1, 3, 8, 8);
        try (Network chain = Network.of(new SequentialBlock().add(convolution()), input);
                Network parallel = Network.of(new ParallelBlock(lists -> lists.get(0)).add(convolution()), input)) {
            assertEquals(9 * 3 * 4 * 36, chain.cost().multiplyAdds());
            assertTrue(chain.cost().exact());
            assertFalse(parallel.cost().exact());
            assertTrue(
                    parallel.cost().toString().contains("at least 0.000 G"),
                    parallel.cost().toString());
        }
    }

    private static Conv2d convolution() {
        return Conv2d.builder()
                .setKernelShape(new Shape(3, 3))
                .setFilters(4)
                .optBias(false)
                .build();
    }
}
