package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.pooling.Pool;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.crunet.block.Chain;
import org.crunet.block.Conv;
import org.crunet.files.Safetensors;
import org.crunet.network.Network;
import org.crunet.network.Weights;
import org.crunet.torch.Floats;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the loss is no number any more, the message says when, with what, and where it began. */
class NotFiniteTest {

    private static final String SAME = "the first numbers that are not finite come out of ";

    @Test
    void aWeightThatIsNoNumberIsNamed() {
        Network network = Small.NETWORK.build(3);
        fill(network.weight("conv2.unit2.expand.weight"), Float.NaN);
        String message = failure(network, Small.RECIPE);
        assertContains(message, "the weight conv2.unit2.expand.weight has numbers that are not finite");
    }

    @Test
    void stepAndRateAreNamed() {
        Network network = Small.NETWORK.build(3);
        fill(network.weight("stem.conv.weight"), 3e38f);
        String message = failure(network, Small.RECIPE);
        assertContains(
                message,
                "the loss is NaN in epoch 1, step 1, at learning rate 0.05: " + SAME + "stem.conv. Train a new"
                        + " network with a smaller rate, such as withLearningRate(0.005), or a shorter gradient,"
                        + " withClipNorm(1.0)");
    }

    /** The batch norm behind it spoils its running statistics, which must not be taken for the cause. */
    @Test
    void theFirstLayerThatOverflowsIsNamed() {
        for (String layer : List.of("conv2.unit1.mix", "conv2.unit2.mix", "conv2.unit2.expand")) {
            Network network = Small.NETWORK.build(3);
            fill(network.weight(layer + ".weight"), 3e38f);
            assertContains(failure(network, Small.RECIPE), ": " + SAME + layer + ". ");
        }
    }

    @Test
    void ofASharedLayerTheUnitIsNamedToo() {
        Network network = Small.NETWORK.build(3);
        fill(network.weight("conv2.shared.core.weight"), 3e38f);
        assertContains(failure(network, Small.RECIPE), SAME + "conv2.shared.core in conv2.unit1. ");
        Network other = Small.NETWORK.build(3);
        fill(other.weight("conv2.shared.reduce.weight"), 10);
        fill(other.weight("conv2.unit2.norm1.weight"), 5e37f);
        assertContains(failure(other, Small.RECIPE), SAME + "conv2.shared.reduce in conv2.unit2. ");
    }

    @Test
    void theImagesAreLookedAtAsTheyWereMixed() {
        Network network = Small.NETWORK.build(3);
        fill(network.weight("stem.conv.weight"), 3e38f);
        assertContains(failure(network, Small.RECIPE.withMixup(1).withAccumulationSteps(2)), SAME + "stem.conv. ");
    }

    @Test
    void aNetworkThatDivergesSaysWhichWeight() {
        Recipe hot = Small.RECIPE.withEpochs(20).withLearningRate(9e5);
        String message = failure(Small.NETWORK.build(3), hot);
        assertTrue(
                message.matches(
                        "(the loss is NaN in epoch \\d+, step \\d+,|validation after epoch \\d+ gives no numbers"
                                + "|the network is spoilt by the (update|forward pass) of epoch \\d+, step \\d+,) .*"),
                message);
        assertFalse(message.contains("only the loss does not"), message);
        assertContains(message, "withLearningRate(0.05)");
    }

    @Test
    void theAdviceFitsTheTraining(@TempDir Path folder) {
        Recipe clipped = Small.RECIPE.withClipNorm(0.5);
        Network network = Small.NETWORK.build(3);
        fill(network.weight("stem.conv.weight"), Float.NaN);
        RunFolder kept = Training.in(folder.toString());
        String message = assertThrows(
                        LossException.class,
                        () -> Training.fit(() -> network, Small.data(), clipped, kept, TrainingListener.SILENT))
                .getMessage();
        assertContains(
                message,
                "Train a new network with a smaller rate, such as withLearningRate(0.005), or a shorter gradient,"
                        + " withClipNorm(0.05), in another folder");
    }

    @Test
    void ratesHaveFourDigits() {
        Network network = Small.NETWORK.build(3);
        fill(network.weight("stem.conv.weight"), Float.NaN);
        String message =
                failure(network, Small.RECIPE.withLearningRate(0.07 / 3).withSchedule(Schedule.constant()));
        assertContains(message, " at learning rate 0.02333: ");
        assertContains(message, " withLearningRate(0.002333)");
    }

    @Test
    void ofManyWeightsTheFirstIsNamed() {
        Network network = Small.NETWORK.build(3);
        fill(network.weight("conv2.unit2.expand.weight"), Float.NaN);
        fill(network.weight("conv2.unit1.expand.weight"), Float.NaN);
        assertContains(
                failure(network, Small.RECIPE),
                ": the weight conv2.unit1.expand.weight has numbers that are not finite. ");
    }

    private static final Recipe ONE_HOT_STEP =
            Small.RECIPE.withEpochs(1).withBatchSize(24).withLearningRate(9e5).withWeightDecay(0.9);

    private static Network oneLayer(float weights) {
        Chain chain =
                new Chain().then("conv", new Conv(3, 2, 3, 1, 1)).then("pool", (NDArray x) -> Pool.globalAvgPool2d(x));
        Network network = Network.of(chain, new Shape(1, 3, 8, 8));
        fill(network.weight("conv.weight"), weights);
        return network;
    }

    /** No loss sees what the last step does; validation must not count it as right. */
    @Test
    void aLastStepThatMakesALayerOverflowIsFoundInValidation() {
        String message = failure(oneLayer(4e31f), ONE_HOT_STEP);
        assertContains(
                message,
                "validation after epoch 1 gives no numbers for image 0 of bars, after a step at learning rate"
                        + " 900000.0: "
                        + SAME + "conv. ");
        assertNull(Training.last().best());
        assertEquals(0, Training.last().history().epochs().size());
    }

    @Test
    void anUpdateThatSpoilsAWeightIsNamedWithItsOwnStep() {
        assertContains(
                failure(oneLayer(1e33f), ONE_HOT_STEP),
                "the network is spoilt by the update of epoch 1, step 1, at learning rate 900000.0: the weight"
                        + " conv.weight has numbers that are not finite. ");
    }

    @Test
    void aGradientThatCannotBeClippedIsNamed() {
        Chain chain = new Chain()
                .then("conv", new Conv(3, 2, 3, 1, 1))
                .then("huge", (NDArray x) -> x.mul(1e30f).mul(1e30f))
                .then("pool", (NDArray x) -> Pool.globalAvgPool2d(x));
        Network network = Network.of(chain, new Shape(1, 3, 8, 8));
        fill(network.weight("conv.weight"), 0);
        assertContains(
                failure(network, Small.RECIPE.withClipNorm(1)),
                "the network is spoilt by the update of epoch 1, step 1, at learning rate 0.05: the gradient of"
                        + " conv.weight has numbers that are not finite. ");
        assertEquals(0, network.weight("conv.weight").sum().getFloat(), "nothing was changed");
    }

    /** Training does not read running statistics, and evaluation by an infinite variance gives finite numbers. */
    @Test
    void aRunningStatisticThatIsNotFiniteIsFoundBeforeItIsKept(@TempDir Path folder) {
        for (RunFolder kept : Arrays.asList(null, Training.in(folder.toString()).everySteps(1))) {
            Network network = Small.NETWORK.build(3);
            fill(network.weight("stem.norm.running_var"), Float.POSITIVE_INFINITY);
            String message = assertThrows(
                            LossException.class,
                            () -> Training.fit(
                                    () -> network, Small.data(), Small.RECIPE, kept, TrainingListener.SILENT))
                    .getMessage();
            assertContains(
                    message, "the network is spoilt by the forward pass of epoch 1, step 1, at learning rate 0.0");
            assertContains(message, ": the running statistic stem.norm.running_var has numbers that are not finite. ");
        }
        assertEquals(List.of(), Small.checkpoints(folder));
    }

    /** What comes first is told: at every step all weights and running statistics before it were finite. */
    @Test
    void theFirstStepIsNamed() {
        for (double rate : new double[] {1e4, 3e4, 1e5, 3e5}) {
            Recipe hot = Small.RECIPE.withEpochs(20).withLearningRate(rate).withSchedule(Schedule.constant());
            Network network = Small.NETWORK.build(1);
            int[] finite = new int[1];
            LossException failure = assertThrows(
                    LossException.class,
                    () -> Training.fit(network, Small.data(), hot, new TrainingListener() {
                        @Override
                        public void step(Step step) {
                            boolean all = Weights.of(network.block()).values().stream()
                                    .map(weight -> weight.getArray().abs().max().getFloat())
                                    .allMatch(Float::isFinite);
                            assertTrue(all, "step " + step.step() + " of epoch " + step.epoch());
                            finite[0]++;
                        }
                    }));
            assertTrue(failure.getMessage().contains(" of epoch ")
                    || failure.getMessage().contains(" in epoch "));
            assertTrue(
                    failure.getMessage().contains("epoch " + (finite[0] / 3 + 1) + ", step " + (finite[0] % 3 + 1))
                            || failure.getMessage().startsWith("validation after epoch " + finite[0] / 3),
                    failure.getMessage());
        }
    }

    @Test
    void noCheckpointHasNumbersThatAreNotFinite(@TempDir Path folder) {
        Recipe hot = Small.RECIPE.withEpochs(20).withLearningRate(9e5);
        RunFolder kept = Training.in(folder.toString()).everySteps(1);
        assertThrows(LossException.class, () -> kept.fit(Small.NETWORK, Small.data(), hot, TrainingListener.SILENT));
        assertFalse(kept.checkpoints().isEmpty());
        for (Path file : kept.checkpoints()) {
            try (Safetensors open = Safetensors.open(file)) {
                for (String name : open.entries().keySet()) {
                    if (name.startsWith("network.")) {
                        for (float number : open.floats(name)) {
                            assertTrue(Float.isFinite(number), file + ": " + name);
                        }
                    }
                }
            }
        }
    }

    private static String failure(Network network, Recipe recipe) {
        List<Run.Ending> endings = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void finished(History history, Run.Ending ending) {
                endings.add(ending);
            }
        };
        String message = assertThrows(
                        IllegalStateException.class, () -> Training.fit(network, Small.data(), recipe, listener))
                .getMessage();
        assertEquals(List.of(Run.Ending.FAILED), endings);
        assertEquals(Run.Ending.FAILED, Training.last().ending());
        return message;
    }

    private static void fill(NDArray array, float value) {
        try (Floats numbers = Floats.of(array)) {
            float[] values = new float[numbers.size()];
            Arrays.fill(values, value);
            numbers.put(0, values, values.length);
        }
    }

    private static void assertContains(String message, String part) {
        assertTrue(message.contains(part), message);
    }
}
