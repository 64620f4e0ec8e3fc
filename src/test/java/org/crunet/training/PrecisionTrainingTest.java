package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.crunet.data.Splits;
import org.crunet.evaluation.Evaluation;
import org.crunet.files.Safetensors;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.scenes.Scenes;
import org.crunet.torch.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training in bf16 goes as one in float32 does, and all that is kept of it is float32. */
class PrecisionTrainingTest {

    private static final Recipe HALF = Small.RECIPE.withPrecision(Precision.BF16);

    @TempDir
    private Path folder;

    private static double[] losses(Recipe recipe) {
        Splits data = Scenes.painted(16).seed(1).split(320, 16);
        List<Double> losses = new ArrayList<>();
        Training.fit(
                Networks.smallCru(16).withClasses(8), data, recipe, TrainingListener.SILENT, new TrainingListener() {
                    @Override
                    public void update(Update update) {
                        losses.add(update.loss());
                        if (losses.size() == 20) {
                            Thread.currentThread().interrupt();
                        }
                    }
                });
        return losses.stream().mapToDouble(loss -> loss).toArray();
    }

    /** With as long a warm-up as ten epochs of 10,000 images have: at a high rate two roundings part sooner. */
    @Test
    void theFirstTwentyLossesAgree() {
        Recipe recipe = Recipe.QUICK.withEpochs(312);
        double[] single = losses(recipe);
        double[] half = losses(recipe.withPrecision(Precision.BF16));
        assertEquals(20, single.length);
        assertFalse(Arrays.equals(single, half));
        for (int step = 0; step < 20; step++) {
            assertEquals(single[step], half[step], 0.02 * single[step], "loss of step " + step);
        }
    }

    /** In parts, with an average of the weights, from a checkpoint in the middle of an epoch. */
    @Test
    void itGoesOnToTheLastBit() {
        Recipe recipe = HALF.withAccumulationSteps(2).withAverage(0.5).withMixup(0.2);
        Run whole = Training.in(folder + "/whole").fit(Small.NETWORK, Small.data(), recipe, TrainingListener.SILENT);
        Run part = Training.in(folder + "/part").fit(Small.NETWORK, Small.data(), recipe, Small.interruptAfter(4));
        assertEquals(Run.Ending.INTERRUPTED, part.ending());
        part.network().close();
        Run rest = Training.in(folder + "/part").fit(Small.NETWORK, Small.data(), recipe, TrainingListener.SILENT);
        Small.assertSame(whole, rest);
        Small.assertSame(folder.resolve("whole"), folder.resolve("part"));
        try (Safetensors checkpoint = Safetensors.open(Small.newest(folder.resolve("part")))) {
            checkpoint.entries().forEach((name, entry) -> assertNotEquals(DataType.BFLOAT16, entry.type(), name));
        }
        Run single = Training.fit(
                Small.NETWORK, Small.data(), recipe.withPrecision(Precision.FLOAT32), TrainingListener.SILENT);
        assertNotEquals(Small.weights(single.network()), Small.weights(whole.network()));
    }

    /** No weight is kept in bf16 from before a rule changed it, as SAM does. */
    @Test
    void aRuleThatLooksElsewhereHasTheGradientsOfThere() {
        List<float[]> thereAndBack = gradientsOfAKernel(1, 2, 0.5f);
        List<float[]> there = gradientsOfAKernel(2);
        assertFalse(Arrays.equals(thereAndBack.get(0), there.get(0)));
        assertArrayEquals(there.get(0), thereAndBack.get(1));
        assertArrayEquals(thereAndBack.get(0), thereAndBack.get(2));
    }

    /** Each time after all weights were multiplied by the next factor. */
    private static List<float[]> gradientsOfAKernel(float... factors) {
        List<float[]> found = new ArrayList<>();
        Optimizer looking = Optimizer.named("looking", 1, new Optimizer() {
            @Override
            public Rule rule(double rate, double decay, long step) {
                return Optimizer.sgd(0).rule(rate, decay, step);
            }

            @Override
            public void gradients(Map<String, NDArray> weights, Runnable compute) {
                for (float factor : factors) {
                    weights.values().forEach(weight -> weight.muli(factor));
                    compute.run();
                    NDArray kernel = weights.values().iterator().next();
                    found.add(kernel.getGradient().toFloatArray());
                }
            }
        });
        Training.fit(Small.NETWORK, Small.data(), HALF.withOptimizer(looking), Small.interruptAfter(1));
        return found;
    }

    @Test
    void autoIsWhatItIsWhereTheTrainingBegins() {
        Precision here = Precision.AUTO.on(Device.cpu());
        Recipe auto = Small.RECIPE.withPrecision(Precision.AUTO).withDevice(Recipe.Place.CPU);
        Recipe chosen = auto.withPrecision(here);
        assertEquals(chosen, auto.here());
        assertEquals(Identity.of(Small.NETWORK, Small.data(), chosen), Identity.of(Small.NETWORK, Small.data(), auto));
        List<String> titles = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void started(String title, int epochs, History before) {
                titles.add(title);
            }
        };
        Run first = Training.fit(Small.NETWORK, Small.data(), auto.withEpochs(1), TrainingListener.SILENT, listener);
        assertEquals(chosen.withEpochs(1), first.recipe());
        Training.fit(Small.NETWORK, Small.data(), HALF.withEpochs(1), TrainingListener.SILENT, listener);
        assertEquals(List.of("small CRU-Net on bars, in " + here, "small CRU-Net on bars, in bf16"), titles);
    }

    /** It is evaluated with what it was trained with, and both are known by it. */
    @Test
    void anEvaluationSaysInWhatItIs() {
        Splits data = Small.data();
        Run run = Training.fit(Small.NETWORK, data, HALF.withEpochs(1), TrainingListener.SILENT);
        Network network = run.network();
        Evaluation half = Evaluation.precision(Precision.BF16).of(network, data.validation());
        Evaluation single = Evaluation.of(network, data.validation());
        assertEquals("in bf16, " + single, half.toString());
        assertFalse(Arrays.deepEquals(single.probabilities(), half.probabilities()));
        assertEquals(run.history().last().validationTop1(), half.top1());
        for (int i = 0; i < data.validation().size(); i++) {
            assertArrayEquals(single.probabilities()[i], half.probabilities()[i], 0.05f);
        }
        Evaluation crops = Evaluation.precision(Precision.BF16).tenCrop(network, data.validation());
        assertTrue(crops.toString().startsWith("ten crops, in bf16, "), crops.toString());
        Map<Precision, float[][]> kept =
                Map.of(Precision.FLOAT32, single.probabilities(), Precision.BF16, half.probabilities());
        for (int time = 0; time < 2; time++) {
            kept.forEach((precision, rows) -> assertArrayEquals(
                    rows,
                    Evaluation.in(folder.toString())
                            .precision(precision)
                            .of(network, data.validation())
                            .probabilities()));
        }
    }
}
