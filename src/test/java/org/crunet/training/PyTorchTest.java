package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.GradientCollector;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.crunet.block.Chain;
import org.crunet.block.Conv;
import org.crunet.files.Safetensors;
import org.crunet.network.Network;
import org.crunet.network.Weights;
import org.crunet.torch.Floats;
import org.crunet.torch.Gradients;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against PyTorch's own optimizers and schedules over 200 steps: {@code src/test/python/optimizers.py} made the file. */
@Tag("slow")
class PyTorchTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/optimizers.safetensors");
    private static final int STEPS = 200;
    private static final int BATCHES = 10;
    private static final int BATCH = 8;
    private static final int PIXELS = 3 * 8 * 8;
    private static final double RATE = 0.08;
    private static final Recipe NESTEROV = Recipe.QUICK
            .withLearningRate(RATE)
            .withSchedule(Schedule.constant())
            .withWeightDecay(0)
            .withBatchSize(BATCH);

    private static Recipe recipe(String name) {
        Recipe adam = NESTEROV.withOptimizer(Optimizer.adamW())
                .withLearningRate(0.005)
                .withWeightDecay(0.01);
        Schedule warmUpSteps = Schedule.step(0.1, 0.5, 0.75).withWarmUp(0.15);
        return switch (name) {
            case "sgd" -> NESTEROV.withOptimizer(Optimizer.sgd(0));
            case "momentum" -> NESTEROV.withOptimizer(Optimizer.sgd(0.9));
            case "decay" -> NESTEROV.withWeightDecay(5e-4);
            case "decay-all" -> NESTEROV.withWeightDecay(5e-4).withDecayNormsAndBiases(true);
            case "adamw" -> adam;
            case "adamw-all" -> adam.withDecayNormsAndBiases(true);
            case "clip" -> NESTEROV.withClipNorm(0.1);
            case "smoothing" -> NESTEROV.withLabelSmoothing(0.1);
            case "accumulation" -> NESTEROV.withAccumulationSteps(4);
            case "step" -> NESTEROV.withSchedule(Schedule.step(0.1, 0.5, 0.75));
            case "cosine" -> NESTEROV.withSchedule(Schedule.cosine());
            case "warm-up-cosine" ->
                NESTEROV.withSchedule(Schedule.cosine().withWarmUp(0.15)).withWeightDecay(5e-4);
            case "warm-up-step" -> NESTEROV.withSchedule(warmUpSteps).withOptimizer(Optimizer.sgd(0.9));
            default -> NESTEROV;
        };
    }

    private static Network network() {
        Chain chain = new Chain()
                .then("conv1", new Conv(3, 6, 3, 1, 1))
                .then(
                        "norm1",
                        BatchNorm.builder().optEpsilon(2e-5f).optMomentum(0.9f).build())
                .then("tanh1", Activation::tanh)
                .then("conv2", new Conv(6, 8, 3, 2, 1))
                .then(
                        "norm2",
                        BatchNorm.builder().optEpsilon(2e-5f).optMomentum(0.9f).build())
                .then("tanh2", Activation::tanh)
                .then("pool", Pool::globalAvgPool2d)
                .then("classifier", Linear.builder().setUnits(4).build());
        return Network.of(chain, new Shape(BATCH, 3, 8, 8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sgd",
                "momentum",
                "nesterov",
                "decay",
                "decay-all",
                "adamw",
                "adamw-all",
                "clip",
                "smoothing",
                "mixup",
                "accumulation",
                "step",
                "cosine",
                "warm-up-cosine",
                "warm-up-step"
            })
    void twoHundredStepsAgree(String name) {
        Recipe recipe = recipe(name);
        try (Safetensors golden = Safetensors.open(GOLDEN);
                Network network = network()) {
            Map<String, Parameter> all = Weights.of(network.block());
            all.forEach((weight, parameter) -> Floats.set(golden.floats("initial/" + weight), parameter.getArray()));
            float[] losses = Gradients.off(() -> train(network, recipe, name, golden));
            float[] expected = golden.floats(name + "/losses");
            float[] rates = golden.floats(name + "/rates");
            for (int step = 0; step < STEPS; step++) {
                double rate = recipe.learningRateAt(step, STEPS);
                assertEquals(rates[step], rate, 1e-7 * RATE, "learning rate of step " + step);
            }
            near(losses, expected, "losses");
            near(
                    flat(all.keySet(), weight -> all.get(weight).getArray().toFloatArray()),
                    flat(all.keySet(), weight -> golden.floats(name + "/final/" + weight)),
                    "weights");
        }
    }

    private static float[] flat(Set<String> names, Function<String, float[]> values) {
        float[] flat = new float[0];
        for (String name : names) {
            float[] some = values.apply(name);
            flat = Arrays.copyOf(flat, flat.length + some.length);
            System.arraycopy(some, 0, flat, flat.length - some.length, some.length);
        }
        return flat;
    }

    private static void near(float[] ours, float[] theirs, String what) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < theirs.length; i++) {
            difference += Math.pow(ours[i] - theirs[i], 2);
            size += Math.pow(theirs[i], 2);
        }
        double relative = Math.sqrt(difference / size);
        assertTrue(relative <= 1e-6, what + " differ by " + relative);
    }

    /** The steps of {@code Loop}, on batches that are given. */
    private static float[] train(Network network, Recipe recipe, String name, Safetensors golden) {
        float[] images = golden.floats("images");
        float[] labels = golden.floats("labels");
        Objective objective = new Objective(recipe);
        float[] losses = new float[STEPS];
        int part = BATCH / recipe.accumulationSteps();
        try (Updates updates = new Updates(network.manager(), network.trainable(), recipe)) {
            for (int step = 0; step < STEPS; step++) {
                for (int from = 0; from < BATCH; from += part) {
                    int at = step % BATCHES * BATCH + from;
                    int[] classes = IntStream.range(at, at + part)
                            .map(i -> (int) labels[i])
                            .toArray();
                    float[] pixels = Arrays.copyOfRange(images, at * PIXELS, (at + part) * PIXELS);
                    losses[step] += backward(network, objective, pixels, classes, mix(name, golden, step));
                }
                updates.step(recipe.learningRateAt(step, STEPS));
            }
        }
        return losses;
    }

    private static Objective.Mix mix(String name, Safetensors golden, int step) {
        if (!name.equals("mixup")) {
            return Objective.Mix.NONE;
        }
        float[] with = golden.floats("mixup/with");
        int[] others = IntStream.range(step * BATCH, (step + 1) * BATCH)
                .map(i -> (int) with[i])
                .toArray();
        return new Objective.Mix(golden.floats("mixup/share")[step], others);
    }

    private static float backward(
            Network network, Objective objective, float[] pixels, int[] classes, Objective.Mix mix) {
        try (NDManager scope = network.manager().newSubManager();
                GradientCollector gradients = Engine.getInstance().newGradientCollector()) {
            NDArray x = scope.create(pixels, new Shape(classes.length, 3, 8, 8));
            NDArray mean = objective.crossEntropy(network.forward(mix.images(x), true), classes, mix);
            NDArray share = classes.length == BATCH ? mean : mean.mul((float) classes.length / BATCH);
            gradients.backward(share);
            return share.getFloat();
        }
    }
}
