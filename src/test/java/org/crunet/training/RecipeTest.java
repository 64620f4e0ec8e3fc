package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import org.crunet.data.Augmentation;
import org.crunet.torch.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class RecipeTest {

    private static final Recipe RECIPE = Recipe.QUICK;

    private static final Map<String, Object> OTHER = Map.ofEntries(
            Map.entry("epochs", 77),
            Map.entry("batchSize", 14),
            Map.entry("shortBatch", true),
            Map.entry("accumulationSteps", 4),
            Map.entry("learningRate", 0.77),
            Map.entry("schedule", Schedule.constant()),
            Map.entry("optimizer", Optimizer.adamW()),
            Map.entry("loss", Loss.named("other", Pass::crossEntropy)),
            Map.entry("terms", List.of(new Loss.Term(Loss.crossEntropy(), 1))),
            Map.entry("weightDecay", 0.077),
            Map.entry("decayNormsAndBiases", true),
            Map.entry("decays", List.of(new Recipe.Factor("*.bias", 0.5))),
            Map.entry("rates", List.of(new Recipe.Factor("stem.*", 0))),
            Map.entry("labelSmoothing", 0.17),
            Map.entry("mixup", 0.7),
            Map.entry("clipNorm", 7.),
            Map.entry("average", 0.5),
            Map.entry("metrics", List.of(new Metric("parameters", network -> network.parameters()))),
            Map.entry("augmentation", Augmentation.NONE),
            Map.entry("seed", 777L),
            Map.entry("device", Recipe.Place.CPU),
            Map.entry("precision", Precision.BF16));

    @Test
    void everyWithChangesItsFieldAndNoOther() throws ReflectiveOperationException {
        for (RecordComponent field : Recipe.class.getRecordComponents()) {
            String name = field.getName();
            String with = "with" + Character.toUpperCase(name.charAt(0)) + name.substring(1);
            Object changed = Recipe.class.getMethod(with, field.getType()).invoke(RECIPE, OTHER.get(name));
            for (RecordComponent other : Recipe.class.getRecordComponents()) {
                Object expected = other.getName().equals(name)
                        ? OTHER.get(name)
                        : other.getAccessor().invoke(RECIPE);
                assertEquals(expected, other.getAccessor().invoke(changed), with + " and " + other.getName());
            }
        }
    }

    @Test
    void whatIsOutOfRangeIsRefusedWithFieldAndValue() {
        refused(() -> RECIPE.withEpochs(0), "epochs must be at least 1: 0");
        refused(() -> RECIPE.withBatchSize(1), "batchSize must be at least 2, or batch norm has nothing to average: 1");
        for (int parts : new int[] {0, -1, 3, 32}) {
            refused(
                    () -> RECIPE.withAccumulationSteps(parts),
                    "accumulationSteps must divide the batch into equal parts of 2 or more images: accumulationSteps="
                            + parts + ", batchSize=32");
        }
        for (double rate : new double[] {0, -1, 1e6, Double.POSITIVE_INFINITY, Double.NaN}) {
            refused(() -> RECIPE.withLearningRate(rate), "learningRate must be positive and below 1e6: " + rate);
        }
        for (double value : new double[] {-0.1, 1, Double.NaN}) {
            refused(() -> RECIPE.withWeightDecay(value), "weightDecay must be in [0, 1): " + value);
            refused(() -> RECIPE.withLabelSmoothing(value), "labelSmoothing must be in [0, 1): " + value);
        }
        for (double value : new double[] {-0.1, Double.POSITIVE_INFINITY, Double.NaN}) {
            refused(() -> RECIPE.withMixup(value), "mixup must not be negative, and below 1000: " + value);
            refused(() -> RECIPE.withClipNorm(value), "clipNorm must not be negative, and below 1e30: " + value);
        }
        for (Executable place :
                List.<Executable>of(() -> Recipe.Place.gpu(-1), () -> new Recipe.Place(Recipe.Place.Kind.GPU, -1))) {
            refused(place, "there is no GPU -1: count from 0");
        }
        refused(() -> new Recipe.Place(Recipe.Place.Kind.CPU, 1), "there is no GPU 1: count from 0");
        for (Executable call : List.<Executable>of(
                () -> RECIPE.withSchedule(null),
                () -> RECIPE.withOptimizer(null),
                () -> RECIPE.withAugmentation(null),
                () -> RECIPE.withPrecision(null),
                () -> RECIPE.withDevice(null))) {
            assertTrue(
                    assertThrows(NullPointerException.class, call).getMessage().matches("[a-z]+ is null"));
        }
    }

    @Test
    void whatAnOptimizerCannotBeIsRefused() {
        refused(() -> Optimizer.sgd(1), "momentum must be in [0, 1): 1.0");
        refused(() -> Optimizer.nesterov(0), "Nesterov's form needs momentum: use Optimizer.sgd(0)");
        refused(() -> new Optimizer.AdamW(1, 0.9, 1e-8), "beta1 must be in [0, 1): 1.0");
        refused(() -> new Optimizer.AdamW(0.9, -1, 1e-8), "beta2 must be in [0, 1): -1.0");
        for (double epsilon : new double[] {0, 1e-50, 1e50, Double.POSITIVE_INFINITY, Double.NaN}) {
            refused(
                    () -> new Optimizer.AdamW(0.9, 0.9, epsilon),
                    "epsilon must be positive and finite, also in single precision: " + epsilon);
        }
    }

    @Test
    void aPlaceIsOneDevice() {
        assertEquals(Device.cpu(), Recipe.Place.AUTO.of(0));
        assertEquals(Device.cpu(), Recipe.Place.CPU.of(3));
        assertEquals(Device.gpu(0), Recipe.Place.AUTO.of(3));
        assertEquals(Device.gpu(0), Recipe.Place.gpu(0).of(3));
        assertEquals(Device.gpu(2), Recipe.Place.gpu(2).of(3));
        refused(
                () -> Recipe.Place.gpu(0).of(0),
                "there is no gpu0, PyTorch can use 0 GPUs here: use withDevice(Recipe.Place.AUTO)");
        refused(
                () -> Recipe.Place.gpu(1).of(1),
                "there is no gpu1, PyTorch can use 1 GPU here: use withDevice(Recipe.Place.AUTO)");
        assertEquals("auto cpu gpu1", Recipe.Place.AUTO + " " + Recipe.Place.CPU + " " + Recipe.Place.gpu(1));
    }

    private static void refused(Executable call, String message) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}
