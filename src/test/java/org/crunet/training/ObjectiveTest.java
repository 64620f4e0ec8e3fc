package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectiveTest {

    private static final int DRAWS = 40_000;
    private static final int IMAGES = 5;
    private static final int CLASSES = 7;
    private static final int[] LABELS = {3, 0, 6, 3, 1};

    /** Beta(a, a) has the mean 1/2 and the variance 1 / (4 (2 a + 1)). */
    @ParameterizedTest
    @ValueSource(doubles = {0.2, 1, 5})
    void sharesAreOfTheBetaDistribution(double alpha) {
        Objective objective = new Objective(Recipe.QUICK.withMixup(alpha));
        double[] shares = IntStream.range(0, DRAWS)
                .mapToDouble(part -> objective.mix(1 + part % 3, part, 2).share())
                .toArray();
        double mean = Arrays.stream(shares).average().orElseThrow();
        double variance =
                Arrays.stream(shares).map(s -> (s - 0.5) * (s - 0.5)).average().orElseThrow();
        double expected = 1 / (4 * (2 * alpha + 1));
        assertEquals(0.5, mean, 4 * Math.sqrt(expected / DRAWS));
        assertEquals(expected, variance, 0.03 * expected);
    }

    @Test
    void aMixDependsOnSeedEpochAndPartAlone() {
        Objective objective = new Objective(Recipe.QUICK.withMixup(0.4));
        Objective.Mix mix = objective.mix(2, 5, 9);
        objective.mix(1, 1, 4);
        Objective.Mix again = new Objective(Recipe.QUICK.withMixup(0.4)).mix(2, 5, 9);
        assertEquals(mix.share(), again.share());
        assertArrayEquals(mix.with(), again.with());
        assertArrayEquals(
                IntStream.range(0, 9).toArray(),
                IntStream.of(mix.with()).sorted().toArray());
        assertNotEquals(mix.share(), objective.mix(3, 5, 9).share());
        assertNotEquals(mix.share(), objective.mix(2, 6, 9).share());
        assertNotEquals(
                mix.share(),
                new Objective(Recipe.QUICK.withMixup(0.4).withSeed(2))
                        .mix(2, 5, 9)
                        .share());
        assertSame(Objective.Mix.NONE, new Objective(Recipe.QUICK).mix(2, 5, 9));
    }

    @Test
    void imagesAreMixedAsTheDefinitionSays() {
        try (NDManager manager = NDManager.newBaseManager()) {
            float[] x = {1, 2, 3, 4, 5, 6};
            NDArray images = manager.create(x).reshape(3, 2);
            Objective.Mix mix = new Objective.Mix(0.75, new int[] {2, 0, 1});
            float[] expected = {.75f + 1.25f, 1.5f + 1.5f, 2.25f + .25f, 3 + .5f, 3.75f + .75f, 4.5f + 1};
            assertArrayEquals(expected, mix.images(images).toFloatArray(), 1e-6f);
            assertSame(images, Objective.Mix.NONE.images(images));
        }
    }

    /** Cross-entropy against q = (1 - s) (share e(y) + (1 - share) e(y')) + s / classes, in double precision. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.1, 0.6})
    void theLossIsTheDefinition(double smoothing) {
        Objective objective = new Objective(Recipe.QUICK.withLabelSmoothing(smoothing));
        Random random = new Random(1);
        float[] logits = new float[IMAGES * CLASSES];
        IntStream.range(0, logits.length).forEach(i -> logits[i] = 3 * (float) random.nextGaussian());
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray array = manager.create(logits).reshape(IMAGES, CLASSES);
            for (double share : new double[] {1, 0.3, 0.9999}) {
                Objective.Mix mix = new Objective.Mix(share, new int[] {4, 3, 0, 1, 2});
                NDArray loss = objective.crossEntropy(array, LABELS, mix);
                assertEquals(DataType.FLOAT32, loss.getDataType());
                assertEquals(expected(logits, smoothing, mix), loss.getFloat(), 2e-6);
            }
        }
    }

    private static double expected(float[] logits, double smoothing, Objective.Mix mix) {
        double sum = 0;
        for (int i = 0; i < IMAGES; i++) {
            int row = i * CLASSES;
            double all = IntStream.range(0, CLASSES)
                    .mapToDouble(c -> Math.exp(logits[row + c]))
                    .sum();
            for (int c = 0; c < CLASSES; c++) {
                double own = LABELS[i] == c ? mix.share() : 0;
                double other = LABELS[mix.with()[i]] == c ? 1 - mix.share() : 0;
                double q = (1 - smoothing) * (own + other) + smoothing / CLASSES;
                sum -= q * (logits[row + c] - Math.log(all));
            }
        }
        return sum / IMAGES;
    }
}
