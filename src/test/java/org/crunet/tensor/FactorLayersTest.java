package org.crunet.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.crunet.torch.Gradients;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The factors of a kernel, run as layers after each other, are the convolution with the rebuilt kernel. */
class FactorLayersTest {

    private static final AlsSettings SHORT = new AlsSettings(3, 1e-6, 1, 1);

    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    /** Every decomposition of a kernel that has layers. */
    private Stream<Decomposition> all(NDArray kernel) {
        int height = (int) kernel.getShape().get(2);
        int width = (int) kernel.getShape().get(3);
        Rank square = new Rank(2, 2);
        return Stream.of(
                        List.of(
                                Tucker.of(kernel, 2, 2, 1, 1).factorise(SHORT),
                                Tucker.of(kernel, 1, 1, 1, 1).hosvd(),
                                Tucker.of(kernel, 4, 4, Math.min(2, height), Math.min(3, width))
                                        .hosvd(),
                                Tucker.channels(kernel, square).factorise(SHORT),
                                Tucker.channels(kernel, new Rank(1, 1)).hosvd(),
                                Cp.of(kernel, 1).factorise(SHORT),
                                Cp.of(kernel, 5).factorise(SHORT),
                                BlockTerms.of(kernel, 3, square).factorise(SHORT),
                                BlockTerms.of(kernel, 5, new Rank(1, 1)).factorise(SHORT)),
                        Collective.of(List.of(kernel, kernel.mul(3).add(0.2)), 3, square)
                                .factorise(SHORT)
                                .units(),
                        Collective.of(List.of(kernel, kernel.mul(3).add(0.2)), 4, new Rank(1, 1))
                                .sharing(Factor.OUT)
                                .factorise(SHORT)
                                .units())
                .flatMap(List::stream);
    }

    private NDArray kernel(int height, int width) {
        return Loops.random(new Random(3), 6, 5, height, width).array(manager, DataType.FLOAT32);
    }

    private NDArray images(int high, int wide) {
        return Loops.random(new Random(4), 2, 5, high, wide).array(manager, DataType.FLOAT32);
    }

    @ParameterizedTest
    @CsvSource({"3, 3", "1, 1", "5, 5", "1, 5", "2, 2", "3, 1"})
    void layersAgreeWithTheDenseKernel(int height, int width) {
        all(kernel(height, width)).forEach(found -> {
            NDArray rebuilt = found.rebuild();
            for (int stride = 1; stride <= 3; stride++) {
                for (NDArray x : List.of(images(6, 5), images(7, 6), images(7, 8))) {
                    NDArray dense = Convolution.dense(rebuilt).apply(x, stride);
                    assertSame(dense, found.convolve(x, stride), found);
                    assertSame(dense, run(found.toBlock(stride), x), found);
                }
            }
            NDArray x = images(7, 6);
            NDArray dense = Convolution.dense(rebuilt).apply(x);
            assertSame(dense, found.convolve(x), found);
            assertSame(dense, run(found.toBlock(), x), found);
            boolean odd = height % 2 == 1 && width % 2 == 1;
            assertEquals(odd, dense.getShape().equals(new Shape(2, 6, 7, 6)));
        });
    }

    @ParameterizedTest
    @CsvSource({"3, 1", "3, 2", "5, 3", "2, 1", "1, 2"})
    void theDenseConvolutionIsTheLoops(int size, int stride) {
        NDArray kernel = kernel(size, size);
        NDArray x = images(7, 8);
        Loops expected = Loops.of(x).convolve(Loops.of(kernel), stride, size / 2);
        expected.assertAlmost(Convolution.dense(kernel).apply(x, stride), 1e-5);
    }

    /** 1e-5 of the largest output. */
    private static void assertSame(NDArray dense, NDArray factorised, Decomposition found) {
        assertEquals(dense.getShape(), factorised.getShape(), found.toString());
        float off = dense.sub(factorised).abs().max().getFloat();
        assertTrue(off <= 1e-5 * dense.abs().max().getFloat(), off + ": " + found);
    }

    private NDArray run(Block block, NDArray x) {
        NDArray y = block.forward(new ParameterStore(manager, false), new NDList(x), false)
                .singletonOrThrow();
        assertEquals(y.getShape(), block.getOutputShapes(new Shape[] {x.getShape()})[0]);
        return y;
    }

    @Test
    void layersSayWhatTheyAre() {
        NDArray kernel = kernel(3, 3);
        assertEquals(
                "[reduce: conv 1x1, 5 -> 6, core: conv 3x3, 6 -> 6, 3 groups, expand: conv 1x1, 6 -> 6]",
                BlockTerms.of(kernel, 3, new Rank(2, 2))
                        .factorise(SHORT)
                        .layers()
                        .toString());
        assertEquals(
                "[reduce: conv 1x1, 5 -> 4, core, down: conv 3x1, 4 -> 4, 4 groups, core, across: conv 1x3, 4 -> 4, 4"
                        + " groups, expand: conv 1x1, 4 -> 6]",
                Cp.of(kernel, 4).factorise(SHORT).layers().toString());
        assertEquals("dense: conv 3x3, 5 -> 6", Convolution.dense(kernel).toString());
    }

    /** A bottleneck's parameters are those of its layers, the core's own spatial factors apart. */
    @Test
    void layersHaveAsManyWeightsAsTheDecompositionHasParameters() {
        NDArray kernel = kernel(3, 3);
        for (Decomposition found : List.of(
                Tucker.channels(kernel, new Rank(3, 2)).hosvd(),
                BlockTerms.of(kernel, 3, new Rank(2, 2)).factorise(SHORT),
                BlockTerms.of(kernel, 5, new Rank(1, 1)).factorise(SHORT),
                Cp.of(kernel, 7).factorise(SHORT))) {
            assertEquals(
                    found.parameters(),
                    found.layers().stream()
                            .mapToLong(layer -> layer.weight().size())
                            .sum());
            long weights = found.toBlock().getParameters().values().stream()
                    .mapToLong(parameter -> parameter.getArray().size())
                    .sum();
            assertEquals(found.parameters(), weights);
        }
    }

    @Test
    void blocksCanBeTrainedAndOwnTheirWeights() {
        NDArray kernel = kernel(3, 3);
        all(kernel).forEach(found -> {
            Loops before = Loops.of(found.rebuild());
            Block block = found.toBlock();
            train(block);
            before.assertAlmost(found.rebuild(), 0);
            assertNotEquals(found.convolve(images(7, 6)), run(block, images(7, 6)));
        });
    }

    /** One step of gradient descent, every weight of which must have a gradient. */
    private void train(Block block) {
        NDArray x = images(7, 6);
        block.initialize(manager, DataType.FLOAT32, x.getShape());
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray y = block.forward(new ParameterStore(manager, false), new NDList(x), true)
                    .singletonOrThrow();
            collector.backward(y.square().sum());
        }
        for (Pair<String, Parameter> pair : block.getParameters()) {
            NDArray weight = pair.getValue().getArray();
            assertTrue(weight.hasGradient(), pair.getKey());
            assertTrue(weight.getGradient().abs().sum().getFloat() > 0, pair.getKey());
            Gradients.off(() -> {
                weight.subi(weight.getGradient().mul(0.01));
                return null;
            });
        }
    }

    /** The weights of a trained network, which require gradients, while these are being recorded. */
    @Test
    void trainedWeightsAreReadRunAndMadeIntoBlocks() {
        Random random = new Random(1);
        List<NDArray> weights = Stream.of(
                        Loops.random(random, 4, 5, 1, 1),
                        Loops.random(random, 6, 2, 3, 3),
                        Loops.random(random, 3, 6, 1, 1))
                .map(loops -> loops.array(manager, DataType.FLOAT32))
                .toList();
        weights.forEach(weight -> weight.setRequiresGradient(true));
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            Decomposition read = BlockTerms.read(weights.get(0), weights.get(1), weights.get(2));
            assertFalse(read.rebuild().hasGradient());
            Block block = read.toBlock();
            NDArray x = images(7, 6);
            assertSame(run(block, x), read.convolve(x), read);
            collector.backward(read.convolve(x).square().sum());
            for (NDArray weight : weights) {
                assertTrue(weight.getGradient().abs().sum().getFloat() > 0);
            }
        }
        weights.forEach(weight -> assertTrue(weight.hasGradient()));
        train(BlockTerms.read(weights.get(0), weights.get(1), weights.get(2)).toBlock());
    }

    @Test
    void whatIsNoKernelIsRefused() {
        NDArray matrix = manager.ones(new Shape(3, 4));
        BlockTermsTest.assertRefused("kernel: ", () -> Convolution.dense(matrix));
    }

    @Test
    void whatDoesNotFitIsRefusedWithItsName() {
        Decomposition terms = BlockTerms.of(kernel(3, 3), 2, new Rank(2, 2)).factorise(SHORT);
        refused("stride must be at least 1: 0", () -> terms.convolve(images(6, 5), 0));
        refused("stride must be at least 1: 0", () -> terms.toBlock(0));
        refused("takes (N, 5, H, W)", () -> terms.convolve(images(6, 5).get(":, :3")));
    }

    private static void refused(String words, org.junit.jupiter.api.function.Executable call) {
        var fault = org.junit.jupiter.api.Assertions.assertThrows(IllegalArgumentException.class, call);
        assertTrue(fault.getMessage().contains(words), fault.getMessage());
    }
}
