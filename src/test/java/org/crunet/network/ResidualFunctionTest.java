package org.crunet.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.function.UnaryOperator;
import org.crunet.block.Sharing;
import org.crunet.tensor.Rank;
import org.junit.jupiter.api.Test;

/** The paper's table of residual functions, as the networks build them. */
class ResidualFunctionTest {

    private static void assertRow(Architecture network, String stage, int kernels, int terms, int core, long own) {
        ResidualFunction row = network.residualFunction(stage);
        assertEquals(network.name(), row.network());
        assertEquals(kernels, row.kernels());
        assertEquals(terms, row.terms());
        assertEquals(new Rank(core, core), row.core());
        assertEquals(own, row.own());
    }

    @Test
    void conv2IsAsThePaperStatesIt() {
        assertRow(Networks.RESNET_18, "conv2", 2, 1, 64, 2 * 9 * 64 * 64);
        assertRow(Networks.RESNET_50, "conv2", 1, 1, 64, 2 * 256 * 64 + 9 * 64 * 64);
        assertRow(Networks.WRN_50_2, "conv2", 1, 1, 128, 2 * 256 * 128 + 9 * 128 * 128);
        assertRow(Networks.RESNEXT_50, "conv2", 1, 32, 4, 2 * 256 * 128 + 9 * 128 * 4);
        assertRow(Networks.RESNEXT_50_136X1D, "conv2", 1, 136, 1, 2 * 256 * 136 + 9 * 136);
    }

    @Test
    void collectiveUnitsShareAndOwn() {
        ResidualFunction row = Networks.CRU_NET_56.residualFunction("conv4");
        assertEquals(640, row.terms());
        assertEquals(new Rank(1, 1), row.core());
        assertEquals(1024 * 640 + 9 * 640, row.shared());
        assertEquals(640 * 640 + 640 * 1024, row.own());
        assertEquals(9 * 1024 * 1024, row.dense());
    }

    @Test
    void aStageInGroupsIsReadToo() {
        ResidualFunction row = Networks.CRU_NET_116.residualFunction("conv4");
        assertEquals(704, row.terms());
        assertEquals(1024 * 704 + 9 * 704, row.shared());
        assertEquals(704 * 704 + 704 * 1024, row.own());
        assertEquals(
                Stage.collective(3, 64, 256),
                Stage.collective(9, 64, 256).withGroupsOf(5).withUnits(3));
        assertEquals(
                5, Stage.collective(9, 64, 256).withGroupsOf(5).withUnits(6).group());
    }

    @Test
    void whatIsNotSharedIsOwn() {
        int reduce = 1024 * 640;
        int core = 9 * 640;
        int own = 640 * 640 + 640 * 1024;
        assertConv4(own, reduce + core, stage -> stage.withSeparateStart(true));
        assertConv4(own + core, reduce, stage -> stage.withSharing("core", Sharing.OWN));
        assertConv4(own + reduce, core, stage -> stage.withSharing("reduce", Sharing.OWN));
        assertConv4(own + reduce + core, 0, stage -> stage.withGroupsOf(1));
        assertConv4(own + reduce + core, 0, stage -> stage.withUnits(1));
    }

    private static void assertConv4(long own, long shared, UnaryOperator<Stage> change) {
        ResidualFunction row = Networks.CRU_NET_56.withStage("conv4", change).residualFunction("conv4");
        assertEquals(own, row.own());
        assertEquals(shared, row.shared());
    }

    /** A large kernel for both stages, templates with two coefficients for each 3x3, and a convolution for both stages. */
    @Test
    void whatKernelsAreComputedFromIsCounted() {
        assertStage(Schemes.slices(), "conv2", 9 * 8 * 8, 9 * 16 * 16);
        assertStage(Schemes.softSharing(), "conv3", 2 * 2, 2 * 9 * 16 * 16);
        assertStage(Schemes.cp(), "conv3", 9 * 16 * 16 + 5, 5 * (1 + 16 + 16 + 3 + 3));
        assertStage(Schemes.lowRankCru(), "conv2", 12 * 12 + 12 * 16 + 2 * (12 + 9 * 12), 16 * 12 + 9 * 12 * 12);
        Architecture across = Schemes.shaResNet()
                .withoutSharing()
                .withStages(Stage.basic(2, 8), Stage.basic(1, 8))
                .withSharing("conv2", Sharing.across("both"));
        assertStage(across, "conv3", 9 * 8 * 8, 9 * 8 * 8);
    }

    private static void assertStage(Architecture network, String stage, long own, long shared) {
        ResidualFunction row = network.residualFunction(stage);
        assertEquals(own, row.own(), network.name());
        assertEquals(shared, row.shared(), network.name());
    }

    @Test
    void anUnknownStageIsNamed() {
        assertThrows(IllegalArgumentException.class, () -> Networks.RESNET_50.residualFunction("conv6"));
    }
}
