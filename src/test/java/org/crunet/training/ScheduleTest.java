package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ScheduleTest {

    private static double[] factors(Schedule schedule, long steps) {
        return LongStream.range(0, steps)
                .mapToDouble(step -> schedule.factor(step, steps))
                .toArray();
    }

    @Test
    void constant() {
        assertArrayEquals(new double[] {1, 1, 1}, factors(Schedule.constant(), 3));
    }

    @Test
    void stepsFallExactlyAtTheirPlaces() {
        double[] expected = {1, 1, 1, 1, 1, .1, .1, .1, .01, .01};
        assertArrayEquals(expected, factors(Schedule.step(0.1, 0.5, 0.8), 10), 1e-15);
        Schedule imageNet = Recipe.AUTHORS.schedule();
        for (long perEpoch : new long[] {1, 7, 5004, 56_317}) {
            long steps = 90 * perEpoch;
            assertEquals(1, imageNet.factor(30 * perEpoch - 1, steps));
            assertEquals(0.1, imageNet.factor(30 * perEpoch, steps), 1e-15);
            assertEquals(0.1, imageNet.factor(60 * perEpoch - 1, steps), 1e-15);
            assertEquals(0.01, imageNet.factor(60 * perEpoch, steps), 1e-15);
        }
    }

    /** PyTorch's CosineAnnealingLR with T_max = 4: 1, (1 + cos(pi / 4)) / 2, ... */
    @Test
    void cosine() {
        double root = Math.sqrt(0.5);
        assertArrayEquals(new double[] {1, (1 + root) / 2, 0.5, (1 - root) / 2}, factors(Schedule.cosine(), 4), 1e-15);
    }

    /** PyTorch's OneCycleLR, the momentum not cycled: 30 epochs of CIFAR-10 in batches of 128. */
    @Test
    void oneCycle() {
        Recipe recipe = Recipe.QUICK
                .withEpochs(30)
                .withBatchSize(128)
                .withShortBatch(true)
                .withLearningRate(0.2)
                .withSchedule(Schedule.oneCycle(0.25, 1. / 25, 1. / 250_000))
                .withDecayNormsAndBiases(true);
        assertEquals(11_730, recipe.epochs() * recipe.steps(50_000));
        assertEquals(0.008, recipe.learningRateAt(0, 11_730), 1e-15);
        assertEquals(0.0580485424, recipe.learningRateAt(1000, 11_730), 5e-11);
        assertEquals(0.1457370046, recipe.learningRateAt(6000, 11_730), 5e-11);
        assertEquals(8e-7, recipe.learningRateAt(11_729, 11_730), 1e-15);
    }

    @Test
    void oneCycleOfFewStepsStaysInRange() {
        for (int steps = 1; steps < 12; steps++) {
            for (double factor : factors(Schedule.oneCycle(0.25, 0.04, 0), steps)) {
                assertTrue(factor >= 0 && factor <= 1, steps + " steps: " + factor);
            }
        }
    }

    @Test
    void warmUpRisesInALineAndThenTheOtherBegins() {
        assertArrayEquals(
                new double[] {.25, .5, .75, 1, 1, 1, 1, 1, .1, .1, .1, .1},
                factors(Schedule.step(0.1, 0.5).withWarmUp(0.34), 12),
                1e-15);
        assertArrayEquals(
                new double[] {.5, 1, 1, 1 - .5}, factors(Schedule.cosine().withWarmUp(0.5), 4), 1e-15);
        assertArrayEquals(new double[] {1}, factors(Schedule.cosine().withWarmUp(0.9), 1));
    }

    @Test
    void aWarmUpOfNothingChangesNothing() {
        for (Schedule schedule : List.of(Schedule.cosine(), Schedule.step(0.1, 0.5))) {
            assertArrayEquals(factors(schedule, 7), factors(schedule.withWarmUp(0), 7));
        }
    }

    @Test
    void theRecipeMultipliesByItsRate() {
        Recipe recipe = Recipe.QUICK.withLearningRate(0.4).withSchedule(Schedule.step(0.5, 0.5));
        assertEquals(0.4, recipe.learningRateAt(0, 2));
        assertEquals(0.2, recipe.learningRateAt(1, 2));
    }

    @Test
    void whatIsOutOfRangeIsRefusedWithItsValue() {
        refused(() -> Schedule.step(0.1), "needs its places", "Schedule.step(0.1, 30. / 90, 60. / 90)");
        refused(() -> Schedule.step(0, 0.5), "gamma", "0.0");
        refused(() -> Schedule.step(1.5, 0.5), "gamma", "1.5");
        refused(() -> Schedule.step(0.1, 30, 60), "[30.0, 60.0]", "shares of the training", "30. / 90");
        refused(() -> Schedule.step(0.1, 0.6, 0.3), "[0.6, 0.3]", "rising");
        refused(() -> Schedule.step(0.1, Double.NaN), "[NaN]");
        refused(() -> Schedule.oneCycle(1, 0.04, 0), "rise", "1.0");
        refused(() -> Schedule.oneCycle(0.25, -0.1, 0), "start", "-0.1");
        refused(() -> Schedule.oneCycle(0.25, 0.04, Double.NaN), "end", "NaN");
        refused(() -> Schedule.cosine().withWarmUp(1), "warm-up", "1.0");
        refused(() -> Schedule.cosine().withWarmUp(-0.1), "warm-up", "-0.1");
        Recipe odd = Recipe.QUICK.withSchedule(Schedule.named("odd", (step, steps) -> step == 3 ? 0. / 0 : 1));
        assertEquals(Recipe.QUICK.learningRate(), odd.learningRateAt(2, 10));
        refused(() -> odd.learningRateAt(3, 10), "the schedule odd", "step 3 of 10 NaN", "a finite number");
        refused(() -> Recipe.QUICK.learningRateAt(-5, 10), "from 0 to 9: -5");
        refused(() -> Recipe.QUICK.learningRateAt(10, 10), "from 0 to 9: 10");
        assertEquals(
                "then is null",
                assertThrows(NullPointerException.class, () -> new Schedule.WarmUp(0.1, null))
                        .getMessage());
    }

    private static void refused(Executable call, String... parts) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        List.of(parts).forEach(part -> assertTrue(message.contains(part), message));
    }
}
