package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.pooling.Pool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.crunet.block.Chain;
import org.crunet.block.Conv;
import org.crunet.data.Batches;
import org.crunet.network.Network;
import org.crunet.tensor.Floats;
import org.junit.jupiter.api.Test;

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
    void stepRateAndImagesAreNamed() {
        Network network = Small.NETWORK.build(3);
        fill(network.weight("stem.conv.weight"), 3e38f);
        String message = failure(network, Small.RECIPE);
        int[] order = Batches.order(24, 3, 1);
        String images = IntStream.range(0, 4)
                .mapToObj(i -> "image " + order[i] + " of bars")
                .reduce((a, b) -> a + ", " + b)
                .orElseThrow();
        assertContains(
                message,
                "the loss is NaN in epoch 1, step 1, at learning rate 0.05: " + SAME + "stem.conv. The batch was "
                        + images
                        + " and 4 more (order of epoch 1, seed 3). Build a new network and train it with a smaller rate,"
                        + " such as withLearningRate(0.005), or limit the gradient, withClipNorm(1)");
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
        assertContains(failure(network, Small.RECIPE.withMixup(1).withAccumulation(2)), SAME + "stem.conv. ");
    }

    @Test
    void aNetworkThatDivergesSaysWhichWeight() {
        Recipe hot = Small.RECIPE.withEpochs(20).withLearningRate(9e5);
        String message = failure(Small.NETWORK.build(3), hot);
        assertTrue(
                message.matches(
                        "(the loss is NaN in epoch \\d+, step \\d+,|validation after epoch \\d+ gives no numbers) .*"),
                message);
        assertFalse(message.contains("only the loss does not"), message);
        assertContains(message, "withLearningRate(0.05)");
    }

    /** No loss sees what the last step does; validation must not count it as right. */
    @Test
    void aLastStepThatSpoilsTheWeightsIsFoundInValidation() {
        Chain chain =
                new Chain().then("conv", new Conv(3, 2, 3, 1, 1)).then("pool", (NDArray x) -> Pool.globalAvgPool2d(x));
        Network network = Network.of(chain, new Shape(1, 3, 8, 8));
        fill(network.weight("conv.weight"), 1e33f);
        Recipe recipe = Small.RECIPE
                .withEpochs(1)
                .withBatchSize(24)
                .withLearningRate(9e5)
                .withWeightDecay(0.9);
        String message = failure(network, recipe);
        assertContains(
                message,
                "validation after epoch 1 gives no numbers for image 0 of bars, after a step at learning rate 900000.0: the"
                        + " weight conv.weight has numbers that are not finite");
        assertNull(Training.last().best());
        assertEquals(0, Training.last().history().epochs().size());
    }

    private static String failure(Network network, Recipe recipe) {
        List<String> endings = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void finished(History history, String reason) {
                endings.add(reason);
            }
        };
        String message = assertThrows(
                        IllegalStateException.class, () -> Training.fit(network, Small.data(), recipe, listener))
                .getMessage();
        assertEquals(List.of("failed"), endings);
        assertEquals("failed", Training.last().ending());
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
