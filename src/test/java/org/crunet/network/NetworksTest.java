package org.crunet.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.util.List;
import java.util.stream.IntStream;
import org.crunet.base.Records;
import org.crunet.block.CollectiveUnit;
import org.crunet.block.Conv;
import org.crunet.block.Normalisation;
import org.crunet.block.Place;
import org.crunet.block.ResidualUnit;
import org.crunet.block.Sharing;
import org.crunet.block.UnitGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class NetworksTest {

    @Test
    void withoutSharingEveryUnitPaysForItsFactors() {
        long factors = 1024 * 640 + 640 * 9;
        long shared = Networks.CRU_NET_56.parameters();
        assertEquals(shared + 5 * factors, Networks.CRU_NET_56.withoutSharing().parameters());
    }

    @Test
    void namesSayWhatIsSharedAndWhatChangesNothingIsRefused() {
        Architecture cru = Networks.CRU_NET_116;
        Architecture reduce = cru.withSharing("core", Sharing.OWN);
        Architecture nothing = cru.withoutSharing();
        assertEquals(cru.name() + " core own", reduce.name());
        assertEquals(
                cru.name() + " reduce own",
                cru.withSharing("reduce", Sharing.OWN).name());
        assertEquals(cru.name() + " without sharing", nothing.name());
        for (Architecture from : List.of(cru, reduce, cru.withSharing("reduce", Sharing.OWN))) {
            assertEquals(nothing, from.withoutSharing());
        }
        String message = assertThrows(
                        IllegalArgumentException.class, () -> Networks.RESNET_50.withSharing("core", Sharing.OWN))
                .getMessage();
        assertEquals("core is own already in all of ResNet-50", message);
        for (Architecture none : List.of(nothing, Networks.RESNET_50, nothing.withName("alone"))) {
            assertEquals(none, none.withoutSharing());
        }
    }

    /** Folders of runs are named by these words. */
    @Test
    void aStageSaysWhatItShares() {
        Stage stage = Stage.collective(4, 60, 96);
        assertEquals("4 x (CRU 60) -> 96", stage.toString());
        assertEquals("4 x (CRU 60) -> 96, in groups of 2", stage.withGroupsOf(2).toString());
        assertEquals("4 x (CRU 60) -> 96, in groups of 1", stage.withGroupsOf(1).toString());
        Stage core = stage.withSharing("reduce", Sharing.OWN);
        assertEquals("4 x (CRU 60) -> 96, sharing the 3x3 only", core.toString());
        assertEquals(
                "4 x (CRU 60) -> 96, in groups of 2, sharing the 3x3 only",
                core.withGroupsOf(2).toString());
        assertEquals("4 x (CRU 60) -> 96, in groups of 1", core.withGroupsOf(1).toString());
        assertEquals("1 x (CRU 60) -> 96", core.withUnits(1).toString());
        assertEquals(
                "4 x (CRU 60) -> 96, sharing the 1x1 only, separate start",
                stage.withSharing("core", Sharing.OWN).withSeparateStart(true).toString());
    }

    @Test
    void smallNetworksRunAndHaveTwinsOfTheirSize() {
        for (int size : new int[] {32, 64}) {
            Architecture cru = Networks.smallCru(size).withClasses(8);
            long twin = Networks.smallResNeXt(size).withClasses(8).parameters();
            assertEquals(1, (double) twin / cru.parameters(), 0.04);
            try (Network network = cru.build()) {
                NDArray logits = network.forward(network.manager().ones(cru.input(3)));
                assertEquals(new Shape(3, 8), logits.getShape());
            }
        }
    }

    @Test
    void oneFieldChangedIsANewMember() {
        Architecture odd = Networks.CRU_NET_56_TINY
                .withInputChannels(1)
                .withImageSize(45)
                .withClasses(7)
                .withStem(Stem.small(16, 2))
                .withStage("conv2", stage -> Records.with(stage.withUnits(1).withWidth(64), "out", 32))
                .withStage(
                        "conv3",
                        stage -> stage.withKind(Stage.Kind.STANDARD_CRU).withCardinality(8))
                .withStage("conv4", stage -> stage.withUnits(2).withWidth(48))
                .withStage(
                        "conv5", stage -> stage.withKind(Stage.Kind.BOTTLENECK).withUnits(1));
        assertEquals(2 + 3 + 4 * 3 + 2 * 4 + 3, odd.depth());
        assertEquals(
                Stage.collective(4, 256, 256).withKind(Stage.Kind.STANDARD_CRU).withCardinality(8), odd.stage("conv3"));
        assertEquals(Stage.collective(2, 48, 512), odd.stage("conv4"), "channelwise and one group as before");
        try (Network network = odd.build()) {
            NDArray logits = network.forward(network.manager().ones(odd.input(2)));
            assertEquals(new Shape(2, 7), logits.getShape());
        }
    }

    @Test
    void threadsMayFoldOneNetworkAtTheSameTime() {
        try (Network network = Networks.smallCru(32).build()) {
            float[] expected = folded(network);
            IntStream.range(0, 24).parallel().forEach(i -> assertArrayEquals(expected, folded(network), 1e-3f));
            try (Network.Folded one = network.folded()) {
                NDArray x = network.manager().ones(network.input());
                IntStream.range(0, 8)
                        .parallel()
                        .forEach(i -> assertArrayEquals(expected, one.forward(x).toFloatArray(), 1e-3f));
            }
        }
    }

    private static float[] folded(Network network) {
        try (Network.Folded folded = network.folded()) {
            return folded.forward(network.manager().ones(network.input())).toFloatArray();
        }
    }

    @Test
    void theSeedAloneDecidesTheWeights() {
        Architecture small = Networks.smallCru(32);
        float[] first = logits(small.build(5));
        Engine.getInstance().setRandomSeed(99);
        Networks.smallResNeXt(32).build(1).close();
        assertArrayEquals(first, logits(small.build(5)));
        assertFalse(java.util.Arrays.equals(first, logits(small.build(6))));
    }

    private static float[] logits(Network network) {
        try (network) {
            return network.forward(network.manager().ones(network.input())).toFloatArray();
        }
    }

    @Test
    void layersAddUpAndNameWhatIsShared() {
        try (Network network = Networks.CRU_NET_56.build()) {
            List<Layer> layers = Layers.of(network.block());
            assertEquals(
                    25_609_384L, layers.stream().mapToLong(Layer::parameters).sum());
            Layer core = layer(layers, "conv4.shared.core");
            assertEquals("conv 3x3, 640 -> 640, 640 groups", core.kind());
            assertEquals("by 6 units", core.shared());
            assertEquals(new Shape(1, 640, 14, 14), core.output());
            assertEquals(
                    new Shape(1, 1024, 14, 14),
                    layer(layers, "conv4.unit6.expand").output());
            assertEquals(new Shape(1, 64, 56, 56), layer(layers, "stem.pool").output());
            assertEquals("", layer(layers, "conv4.unit6.expand").shared());
        }
    }

    @Test
    void layersNameTheUnitsThatShare() {
        Architecture separate = Networks.CRU_NET_56_SEPARATE;
        assertShared(separate, "shared.reduce", "by 6 units");
        assertShared(separate, "shared.core", "by 5 units");
        assertShared(separate, "unit1.core", "");
        assertShared(separate.withSharing("reduce", Sharing.OWN), "shared.core", "by 5 units");
        assertShared(separate.withSharing("reduce", Sharing.OWN), "unit2.reduce", "");
        assertShared(separate.withSharing("core", Sharing.OWN), "shared.reduce", "by 6 units");
        assertShared(Networks.CRU_NET_56.withSharing("core", Sharing.OWN), "unit2.core", "");
        assertShared(separate.withStage("conv4", stage -> stage.withGroupsOf(2)), "group1.shared.core", "");
        assertShared(separate.withStage("conv4", stage -> stage.withGroupsOf(2)), "group2.shared.core", "by 2 units");
        assertShared(separate.withoutSharing(), "group2.shared.reduce", "");
    }

    private static void assertShared(Architecture network, String layer, String shared) {
        assertEquals(shared, layer(network.cost().layers(), "conv4." + layer).shared(), network + "\n" + layer);
    }

    @Test
    void aBlockUsedTwiceCountsOnceAndSaysSo() {
        Conv twice = new Conv(4, 4, 3, 1, 1);
        Block block = new org.crunet.block.Chain().then("a", twice).then("b", twice);
        try (Network network = Network.of(block, new Shape(1, 4, 5, 5))) {
            assertEquals(4 * 4 * 9, network.parameters());
            assertEquals(1, network.trainable().size());
            assertEquals("with a", layer(Layers.of(block), "b").shared());
        }
    }

    private static Layer layer(List<Layer> layers, String name) {
        return layers.stream().filter(l -> l.name().equals(name)).findFirst().orElseThrow();
    }

    @Test
    void layersOfABlockWithoutWeightsHaveNoShapes() {
        Layer first = Layers.of(UnitGroup.collective(2, 8, 4)).get(0);
        assertEquals("shared.reduce", first.name());
        assertEquals(32, first.parameters());
        assertEquals(null, first.output());
    }

    @Test
    void groupsRefreshAndTheLastMayBeShorter() {
        Stage stage = Stage.collective(7, 4, 8).withGroupsOf(3);
        Architecture network = Networks.smallCru(32).withStages(stage);
        try (Network built = network.build()) {
            List<Layer> layers = Layers.of(built.block());
            assertEquals("by 3 units", layer(layers, "conv2.group2.shared.core").shared());
            assertEquals("", layer(layers, "conv2.group3.shared.core").shared());
            assertTrue(layers.stream().noneMatch(l -> l.name().startsWith("conv2.group4")));
        }
    }

    @Test
    void impossibleMembersAreRefusedWithFieldAndValues() {
        assertMessage(() -> Stage.residual(3, 100, 32, 256), "cardinality=32", "width=100");
        assertMessage(() -> Stage.collective(3, 64, 256).withGroupsOf(4), "1 to 3 units", "in groups of 4");
        assertMessage(() -> Stage.collective(0, 64, 256), "units=0");
        assertMessage(() -> Networks.RESNET_50.withClasses(1), "classes", "1");
        assertMessage(() -> Networks.RESNET_50.withImageSize(0), "imageSize", "0");
        assertMessage(() -> Networks.RESNET_50.withStages(), "stages");
        assertMessage(() -> Stage.residual(3, 64, 32, 256).withGroupsOf(2), "Sharing.groupsOf(2)", "kind=BOTTLENECK");
        assertMessage(() -> Stage.collective(3, 64, 256).withGroupsOf(0), "size=0");
        assertMessage(() -> Stage.basic(2, 64).withCardinality(2), "cardinality=2");
        assertMessage(() -> Networks.CRU_NET_56.withStage("conv6", s -> s), "conv6", "conv2, conv3, conv4, conv5");
        assertMessage(() -> Networks.original(Networks.CRU_NET_56), "first withNormalisation(Normalisation.AUTHORS)");
        assertMessage(() -> new Stem(0, 3, 2, true, true), "channels=0");
        assertMessage(() -> new Stem(64, 4, 2, true, true), "kernel=4");
        assertMessage(() -> Stage.residual(3, 64, 1, 256).withSeparateStart(true), "separate start", "BOTTLENECK");
        assertMessage(() -> Networks.RESNET_50.withInputChannels(0), "inputChannels", "0");
        Block used = new Conv(1, 1, 1, 1, 1);
        Network.of(used, new Shape(1, 1, 1, 1));
        assertMessage(() -> Network.of(used, new Shape(1, 1, 1, 1)), "has weights already");
    }

    @Test
    void aFieldThatIsNullIsRefusedByName() {
        Stage stage = Stage.residual(3, 64, 32, 256);
        for (String field : List.of("kind", "shortcut", "sharing", "kernels")) {
            assertNull(field, () -> Records.with(stage, field, null));
        }
        assertNull("core", () -> stage.withSharing("core", null));
        for (String field : List.of("variant", "stem", "stages", "normalisation")) {
            assertNull(field, () -> Records.with(Networks.RESNET_50, field, null));
        }
        assertNull("name", () -> Networks.RESNET_50.withName(null));
        for (String field : List.of("except", "owners", "across")) {
            assertNull(field, () -> Records.with(Sharing.ALL, field, null));
        }
        assertNull("order", () -> Normalisation.AUTHORS.withOrder(null));
        Place place = Place.alone(8, 1);
        assertNull("form", () -> new CollectiveUnit(place, 8, 4, 4, null, Normalisation.AUTHORS));
        assertNull("shortcut", () -> ResidualUnit.basic(place, 8, 8, null, Normalisation.AUTHORS));
    }

    private static void assertNull(String name, Executable call) {
        assertEquals(
                name + " is null",
                assertThrows(NullPointerException.class, call).getMessage());
    }

    private static void assertMessage(Executable call, String... parts) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        List.of(parts).forEach(part -> assertTrue(message.contains(part), message));
    }
}
