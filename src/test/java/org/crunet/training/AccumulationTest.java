package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.nn.pooling.Pool;
import java.util.Map;
import org.crunet.block.Chain;
import org.crunet.block.Conv;
import org.crunet.block.Normalisation;
import org.crunet.data.Augmentation;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.evaluation.Evaluation;
import org.crunet.network.Network;
import org.crunet.network.Weights;
import org.junit.jupiter.api.Test;

/** A batch in parts, one after the other, makes the step of the whole batch. */
class AccumulationTest {

    private static final Recipe RECIPE =
            Recipe.QUICK.withEpochs(2).withBatchSize(32).withLearningRate(0.2).withAugmentation(Augmentation.NONE);

    /** Without batch norm, which sees a part only. */
    private static Network network() {
        Chain chain = new Chain()
                .then("conv1", new Conv(3, 8, 3, 1, 1))
                .then("relu", Activation::relu)
                .then("conv2", new Conv(8, 2, 3, 1, 1))
                .then("pool", (NDArray x) -> Pool.globalAvgPool2d(x));
        return Network.of(chain, new Shape(1, 3, 8, 8));
    }

    private static Network trained(Recipe recipe) {
        return Training.fit(network(), TrainingTest.bars(), recipe, TrainingListener.SILENT)
                .network();
    }

    @Test
    void fourTimesEightIsThirtyTwo() {
        try (Network whole = trained(RECIPE);
                Network parts = trained(RECIPE.withAccumulationSteps(4));
                Network untrained = network()) {
            near(whole, parts, 1e-5);
            assertTrue(apart(whole, untrained) > 0.01, "it was trained");
        }
    }

    @Test
    void aSmoothedLossOfPartsIsThatOfTheWhole() {
        Recipe smooth =
                RECIPE.withLabelSmoothing(0.2).withOptimizer(Optimizer.adamW()).withLearningRate(0.01);
        try (Network whole = trained(smooth);
                Network parts = trained(smooth.withAccumulationSteps(4))) {
            near(whole, parts, 1e-4);
        }
    }

    /** Of one image over and over, a step of 8 is a step of 32. */
    @Test
    void theShortBatchAtTheEndCountsAsAnyOther() {
        Recipe recipe = RECIPE.withShortBatch(true);
        try (Network eightLeft = onOneImage(recipe, 40);
                Network eightLeftInParts = onOneImage(recipe.withAccumulationSteps(8), 40);
                Network twoWhole = onOneImage(RECIPE, 64);
                Network oneLeft = onOneImage(recipe, 33);
                Network oneWhole = onOneImage(RECIPE, 32)) {
            near(twoWhole, eightLeft, 1e-5);
            near(twoWhole, eightLeftInParts, 1e-5);
            near(oneWhole, oneLeft, 1e-5);
            assertTrue(apart(twoWhole, oneWhole) > 0.01, "another step was made");
        }
        assertEquals(391, Recipe.QUICK.withBatchSize(128).withShortBatch(true).steps(50_000));
        assertEquals(390, Recipe.QUICK.withBatchSize(128).steps(50_000));
    }

    private static Network onOneImage(Recipe recipe, int images) {
        Splits bars = TrainingTest.bars();
        Splits one = new Splits(bars.train().subset(new int[images]), bars.validation());
        return Training.fit(network(), one, recipe, TrainingListener.SILENT).network();
    }

    private static void near(Network expected, Network actual, double tolerance) {
        Map<String, Parameter> other = Weights.of(actual.block());
        Weights.of(expected.block())
                .forEach((name, parameter) -> assertArrayEquals(
                        parameter.getArray().toFloatArray(),
                        other.get(name).getArray().toFloatArray(),
                        (float) tolerance,
                        name));
    }

    private static double apart(Network one, Network other) {
        try (NDArray difference = one.weight("conv1.weight").sub(other.weight("conv1.weight"))) {
            return difference.abs().max().getFloat();
        }
    }

    /** libtorch's own failure, for an array of 64 PB, where more than some images come at a time. */
    private static Network holding(int images) {
        Chain chain = new Chain()
                .then("norm", Normalisation.AUTHORS.batchNorm())
                .then("memory", (NDArray x) -> {
                    if (x.getShape().get(0) > images) {
                        x.getManager().create(new Shape(1L << 54));
                    }
                    return x;
                })
                .then("conv", new Conv(3, 2, 3, 1, 1))
                .then("pool", (NDArray x) -> Pool.globalAvgPool2d(x));
        return Network.of(chain, new Shape(1, 3, 8, 8));
    }

    @Test
    void aBatchThatDoesNotFitIsToldWithOneThatDoes() {
        try (Network network = holding(20)) {
            String said = assertThrows(
                            TrainingException.class,
                            () -> Training.fit(network, TrainingTest.bars(), RECIPE, TrainingListener.SILENT))
                    .getMessage();
            assertTrue(
                    said.endsWith(
                            " with 32 images at a time does not fit into the memory of cpu(): use withBatchSize(16), which"
                                    + " fits, or as many at a time, withAccumulationSteps(2)"),
                    said);
            Recipe advised = RECIPE.withAccumulationSteps(2);
            assertTrue(Training.fit(network, TrainingTest.bars(), advised, TrainingListener.SILENT)
                    .finished());
        }
    }

    @Test
    void whatFitsIsTriedWithoutATrace() {
        try (Network some = holding(5);
                Network none = holding(1)) {
            var full = new EngineException("CUDA out of memory. Tried to allocate 2.00 GiB.");
            Map<String, String> before = Small.weights(some);
            String said = fitting(some).advised(full).getMessage();
            assertTrue(
                    said.contains("with 32 images at a time does not fit") && said.contains("withBatchSize(4)"), said);
            assertEquals(before, Small.weights(some));
            said = fitting(none).advised(full).getMessage();
            assertTrue(said.endsWith("no part of the batch does; use a smaller network or smaller images"), said);
            var other = new EngineException("shape '[3]' is invalid");
            assertSame(other, fitting(some).advised(other));
        }
    }

    private static Fitting fitting(Network network) {
        return new Fitting(network, TrainingTest.bars().train(), RECIPE);
    }

    @Test
    void anEvaluationThatDoesNotFitSaysSo() {
        ImageSet images = TrainingTest.bars().validation();
        try (Network network = holding(10)) {
            String said = assertThrows(IllegalStateException.class, () -> Evaluation.of(network, images))
                    .getMessage();
            assertTrue(
                    said.contains("with 16 images at a time does not fit into the memory of cpu(): use"
                            + " Evaluation.batchSize(8)"),
                    said);
            assertEquals(
                    images.size(), Evaluation.batchSize(8).of(network, images).probabilities().length);
        }
    }
}
