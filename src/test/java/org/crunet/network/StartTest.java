package org.crunet.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import org.crunet.block.Shortcut;
import org.junit.jupiter.api.Test;

class StartTest {

    /** Two units of two convolutions, each with two coefficients: a matrix of four rows, whose columns are orthonormal. */
    @Test
    void coefficientsOfAStageAreOrthogonalTogether() {
        try (Network network =
                Schemes.softSharing().withStart("*.alpha", Start.ORTHOGONAL).build(5)) {
            for (String stage : List.of("conv2", "conv3")) {
                List<float[]> rows = new ArrayList<>();
                Weights.of(network.block()).forEach((name, weight) -> {
                    if (name.startsWith(stage) && name.endsWith("alpha")) {
                        rows.add(weight.getArray().toFloatArray());
                    }
                });
                assertEquals(4, rows.size());
                assertOrthonormal(transposed(rows.toArray(float[][]::new)));
            }
        }
    }

    /** 4 filters of 72 numbers: the rows. */
    @Test
    void sharedBasesAreOrthogonal() {
        Architecture bases = Relatives.filterBases(
                Relatives.resNet(20, Shortcut.ZERO_PADDING).withStages(Stage.basic(3, 8), Stage.basic(3, 16)),
                4,
                1,
                true);
        try (Network network = bases.build(1)) {
            float[] both = new float[2 * 4 * 72];
            for (int i = 0; i < 2; i++) {
                NDArray base = network.weight("conv2.shared.base" + (i + 1));
                System.arraycopy(base.toFloatArray(), 0, both, i * 4 * 72, 4 * 72);
            }
            float[][] rows = new float[8][72];
            for (int i = 0; i < both.length; i++) {
                rows[i / 72][i % 72] = both[i];
            }
            assertOrthonormal(rows);
        }
    }

    private static float[][] transposed(float[][] rows) {
        float[][] columns = new float[rows[0].length][rows.length];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < columns.length; j++) {
                columns[j][i] = rows[i][j];
            }
        }
        return columns;
    }

    private static void assertOrthonormal(float[][] vectors) {
        for (int i = 0; i < vectors.length; i++) {
            for (int j = 0; j <= i; j++) {
                double product = 0;
                for (int k = 0; k < vectors[i].length; k++) {
                    product += vectors[i][k] * vectors[j][k];
                }
                assertEquals(i == j ? 1 : 0, product, 1e-5, i + ", " + j);
            }
        }
    }

    @Test
    void aStartDependsOnTheSeedAloneAndChangesNothingElse() {
        Architecture plain = Relatives.preResNet(8);
        Architecture zero = plain.withStart("conv2.unit1.conv2.weight", Start.ZERO);
        try (Network one = zero.build(3);
                Network same = zero.build(3);
                Network other = plain.build(3)) {
            Weights.of(one.block()).forEach((name, weight) -> {
                float[] numbers = weight.getArray().toFloatArray();
                assertArrayEquals(numbers, same.weight(name).toFloatArray(), name);
                if (name.equals("conv2.unit1.conv2.weight")) {
                    assertEquals(0, one.weight(name).abs().sum().getFloat());
                } else {
                    assertArrayEquals(other.weight(name).toFloatArray(), numbers, name);
                }
            });
        }
        try (Network wide = Relatives.wideResNet(10, 1).build(1)) {
            float[] scale = wide.weight("conv2.unit1.norm1.weight").toFloatArray();
            for (float number : scale) {
                assertTrue(number >= 0 && number < 1, "" + number);
            }
            assertTrue(wide.weight("head.norm.weight").mean().getFloat() < 0.7);
        }
        assertRefused(plain.withStart("*.alpah", Start.ZERO), "no weight is called *.alpah");
    }

    /** 64 filters of a 1x1, and 64 of a 3x3; templates are kernels, however many. */
    @Test
    void eachKernelHasItsOwnFanOut() {
        Architecture bottleneck = Relatives.resNet164().withStages(Stage.residual(1, 64, 1, 256));
        try (Network network =
                bottleneck.withStart("conv2.unit1.*e.weight", Start.FAN_OUT).build(1)) {
            assertEquals(2 / 64., variance(network.weight("conv2.unit1.reduce.weight")), 0.15 * 2 / 64);
            assertEquals(2 / 576., variance(network.weight("conv2.unit1.core.weight")), 0.15 * 2 / 576);
        }
        try (Network network =
                Schemes.softSharing().withStart("*templates", Start.FAN_OUT).build(1)) {
            assertEquals(2 / 72., variance(network.weight("conv2.shared.templates")), 0.15 * 2 / 72);
        }
        assertRefused(
                bottleneck.withStart("conv2.*.weight", Start.FAN_OUT),
                "a vector has no fan-out to begin by: conv2.unit1.shortcut_norm.weight (256)");
        try (Network network =
                bottleneck.withStart("conv2.*.weight", Start.UNIFORM).build(1)) {
            assertEquals(0.5, network.weight("conv2.unit1.norm3.weight").mean().getFloat(), 0.1);
        }
    }

    @Test
    void onlyRowsOfOneLengthAreOrthogonal() {
        Architecture plain = Relatives.preResNet(8);
        assertRefused(
                plain.withStart("conv3.unit1.conv*.weight", Start.ORTHOGONAL),
                "conv3.unit1.conv1.weight (32, 16, 3, 3) and conv3.unit1.conv2.weight (32, 32, 3, 3)");
        assertRefused(
                plain.withStart("conv2.*.weight", Start.ORTHOGONAL),
                "conv2.unit1.norm1.weight (16) and conv2.unit1.conv1.weight (16, 16, 3, 3)");
    }

    private static void assertRefused(Architecture network, String part) {
        String message = assertThrows(IllegalArgumentException.class, () -> network.build(1))
                .getMessage();
        assertTrue(message.contains(part), message);
    }

    private static double variance(NDArray numbers) {
        return numbers.square().mean().getFloat();
    }
}
