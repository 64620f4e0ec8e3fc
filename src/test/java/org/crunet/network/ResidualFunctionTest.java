package org.crunet.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

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
    void anUnknownStageIsNamed() {
        assertThrows(IllegalArgumentException.class, () -> Networks.RESNET_50.residualFunction("conv6"));
    }
}
