package org.crunet.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.XavierInitializer;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.crunet.tensor.Convolution;
import org.crunet.tensor.Decomposition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every residual function of the paper, read as block terms: the dense kernel and the layers compute the same. */
class TermsTest {

    private static final Normalisation NORM = Normalisation.AUTHORS;

    private record Function(String name, Block block, int kernels, int terms, int in, int out, long parameters) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Function> functions() {
        return Stream.of(
                new Function("ResNet", ResidualUnit.bottleneck(256, 256, 64, 1, 1, NORM), 1, 1, 64, 64, 69_632),
                new Function(
                        "Wide ResNet", ResidualUnit.bottleneck(256, 256, 128, 1, 1, NORM), 1, 1, 128, 128, 212_992),
                new Function("ResNeXt 32x4d", ResidualUnit.bottleneck(256, 256, 128, 32, 1, NORM), 1, 32, 4, 4, 70_144),
                new Function("136x1d", ResidualUnit.bottleneck(256, 256, 136, 136, 1, NORM), 1, 136, 1, 1, 70_856),
                new Function("two 3x3", ResidualUnit.basic(64, 64, 64, 1, NORM), 2, 1, 64, 64, 36_864),
                new Function("CRU", UnitGroup.collective(2, 96, 60), 1, 60, 1, 1, 96 * 60 + 9 * 60 + 60 * 96),
                new Function("standard CRU", standard(), 1, 60, 1, 1, 96 * 60 + 9 * 60 + 60 * 96));
    }

    private static UnitGroup standard() {
        return new UnitGroup(
                0,
                2,
                96,
                96,
                1,
                Map.of("reduce", Sharing.ALL, "core", Sharing.ALL),
                Map.of(),
                null,
                place -> new CollectiveUnit(place, 96, 60, 60, CollectiveForm.STANDARD, NORM));
    }

    private static List<Decomposition> terms(Block block, NDManager manager) {
        long channels = block instanceof UnitGroup ? 96 : in((ResidualUnit) block);
        block.setInitializer(new XavierInitializer(), Parameter.Type.WEIGHT);
        block.initialize(manager, DataType.FLOAT32, new Shape(1, channels, 8, 8));
        return block instanceof UnitGroup group
                ? group.units().get(1).terms(manager)
                : ((ResidualUnit) block).terms(manager);
    }

    private static long in(ResidualUnit unit) {
        return unit.toString().startsWith("basic") ? 64 : 256;
    }

    @ParameterizedTest
    @MethodSource("functions")
    void theLayersAreTheDenseKernelAtEveryStrideAndSize(Function function) {
        try (NDManager manager = NDManager.newBaseManager()) {
            for (Decomposition terms : terms(function.block(), manager)) {
                Convolution dense = Convolution.dense(terms.rebuild());
                for (int stride = 1; stride <= 2; stride++) {
                    for (int pixels : new int[] {7, 8, 13, 14}) {
                        NDArray x =
                                manager.randomNormal(new Shape(2, terms.shape().get(1), pixels, pixels));
                        assertClose(dense.apply(x, stride), terms.convolve(x, stride));
                    }
                }
            }
        }
    }

    private static void assertClose(NDArray expected, NDArray found) {
        assertEquals(expected.getShape(), found.getShape());
        float off = expected.sub(found).abs().max().getFloat();
        assertTrue(off <= 1e-5 * expected.abs().max().getFloat(), "off by " + off);
    }

    @ParameterizedTest
    @MethodSource("functions")
    void cardinalityAndCoreAreThoseOfThePaper(Function function) {
        try (NDManager manager = NDManager.newBaseManager()) {
            List<Decomposition> all = terms(function.block(), manager);
            assertEquals(function.kernels(), all.size());
            for (Decomposition terms : all) {
                assertEquals(
                        new Shape(function.terms(), function.out(), function.in(), 3, 3),
                        terms.cores().getShape());
                assertEquals(function.parameters(), terms.parameters());
            }
        }
    }

    /** A pre-activation unit whose batch norms and ReLUs change nothing is its kernel and the input. */
    @Test
    void theKernelIsTheUnitWithoutWhatStandsBetween() {
        try (NDManager manager = NDManager.newBaseManager()) {
            ResidualUnit unit = ResidualUnit.bottleneck(8, 8, 6, 3, 1, NORM);
            unit.setInitializer(new XavierInitializer(), Parameter.Type.WEIGHT);
            unit.initialize(manager, DataType.FLOAT32, new Shape(1, 8, 6, 6));
            Decomposition terms = unit.terms(manager).get(0);
            // Nonnegative weights and input keep every ReLU where it is the identity.
            unit.getParameters().values().stream()
                    .filter(p -> p.getShape().dimension() == 4)
                    .forEach(p -> p.getArray().muli(p.getArray().sign()));
            Decomposition positive = unit.terms(manager).get(0);
            NDArray x = manager.randomUniform(0, 1, new Shape(2, 8, 6, 6));
            NDArray y = unit.forward(new ParameterStore(manager, false), new NDList(x), false)
                    .singletonOrThrow();
            double eps = 1 / Math.sqrt(1 + NORM.epsilon());
            NDArray expected = positive.convolve(x).mul(eps * eps * eps).add(x);
            assertClose(expected, y);
            assertTrue(terms.cores().min().getFloat() < 0, "copies do not follow the unit");
        }
    }

    @Test
    void aUnitWithoutWeightsSaysSo() {
        try (NDManager manager = NDManager.newBaseManager()) {
            var unit = ResidualUnit.bottleneck(8, 8, 4, 2, 1, NORM);
            var fault = assertThrows(IllegalStateException.class, () -> unit.terms(manager));
            assertTrue(fault.getMessage().contains("no weights yet"), fault.getMessage());
            var group = UnitGroup.collective(2, 8, 4).units().get(0);
            assertThrows(IllegalStateException.class, () -> group.terms(manager));
        }
    }
}
