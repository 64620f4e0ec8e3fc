package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.crunet.base.Records;
import org.crunet.block.Conv;
import org.crunet.block.Flow;
import org.crunet.block.LossTerm;
import org.crunet.block.Place;
import org.crunet.block.Sharing;
import org.crunet.block.Unit;
import org.crunet.data.Augmentation;
import org.crunet.evaluation.Evaluation;
import org.crunet.network.Network;
import org.crunet.network.Stage;
import org.crunet.network.Weights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What a recipe may be made of in a cell; each goes on after an interrupt, to the last bit. */
class OpenRecipeTest {

    private static final Recipe RECIPE = Small.RECIPE.withEpochs(2);

    @TempDir
    private Path folder;

    /** Chen et al. 2023. */
    private static final Optimizer LION = Optimizer.named("lion", 1, (rate, decay, step) -> (w, g, memory, count) -> {
        float[] m = memory[0];
        for (int i = 0; i < count; i++) {
            w[i] = (float) (w[i] - rate * (Math.signum(0.9 * m[i] + 0.1 * g[i]) + decay * w[i]));
            m[i] = 0.99f * m[i] + 0.01f * g[i];
        }
    });

    /** Foret et al. 2021: the gradients of where the loss is highest nearby. */
    private static final Optimizer SAM = Optimizer.named("sam", 1, new Optimizer() {
        @Override
        public Rule rule(double rate, double decay, long step) {
            return Optimizer.nesterov(0.9).rule(rate, decay, step);
        }

        @Override
        public void gradients(Map<String, NDArray> weights, Runnable compute) {
            compute.run();
            List<NDArray> ways = weights.values().stream()
                    .map(NDArray::getGradient)
                    .map(NDArray::duplicate)
                    .toList();
            double length = Math.sqrt(ways.stream()
                    .mapToDouble(way -> way.square().sum().getFloat())
                    .sum());
            Iterator<NDArray> there = ways.iterator();
            weights.values().forEach(weight -> weight.addi(there.next().muli(0.05 / length)));
            compute.run();
            Iterator<NDArray> back = ways.iterator();
            weights.values().forEach(weight -> weight.subi(back.next()));
        }
    });

    /** DeVries and Taylor 2017. */
    private static Augmentation cutout(int side) {
        return Augmentation.SMALL.then("cutout " + side, (view, height, width, random) -> {
            int top = random.nextInt(height) - side / 2;
            int left = random.nextInt(width) - side / 2;
            for (int y = Math.max(0, top); y < Math.min(height, top + side); y++) {
                int row = 3 * width * y;
                Arrays.fill(view, row + 3 * Math.max(0, left), row + 3 * Math.min(width, left + side), 0);
            }
        });
    }

    /** Half of the loss is what another network says, at temperature 4 (Hinton et al. 2015). */
    private static Loss distilled(Network teacher) {
        return Loss.named("distilled", pass -> {
            NDArray four = pass.number(4);
            NDArray soft = teacher.forward(pass.images()).div(four).softmax(1);
            NDArray log = pass.logits().div(four).logSoftmax(1);
            NDArray apart = soft.mul(log).sum(new int[] {1}).mean().mul(pass.number(-16));
            return pass.crossEntropy().add(apart).mul(pass.number(0.5));
        });
    }

    /** How far the filters of a kernel are from orthogonal. */
    private static NDArray orthogonality(Pass pass) {
        return pass.weights("*.core.weight").values().stream()
                .map(kernel -> kernel.reshape(kernel.getShape().get(0), -1))
                .map(rows -> rows.matMul(rows.transpose())
                        .sub(rows.getManager().eye((int) rows.getShape().get(0))))
                .map(apart -> apart.square().sum())
                .reduce(NDArray::add)
                .orElseThrow();
    }

    private void goesOnToTheLastBit(Recipe recipe) {
        Run whole = Training.in(folder + "/whole").fit(Small.NETWORK, Small.data(), recipe, TrainingListener.SILENT);
        Run part = Training.in(folder + "/part").fit(Small.NETWORK, Small.data(), recipe, Small.interruptAfter(4));
        assertEquals(Run.Ending.INTERRUPTED, part.ending());
        part.network().close();
        Run rest = Training.in(folder + "/part").fit(Small.NETWORK, Small.data(), recipe, TrainingListener.SILENT);
        Small.assertSame(whole, rest);
        Small.assertSame(folder.resolve("whole"), folder.resolve("part"));
        Run plain = Training.fit(Small.NETWORK, Small.data(), RECIPE, TrainingListener.SILENT);
        assertNotEquals(Small.weights(plain.network()), Small.weights(whole.network()));
        assertFalse(Double.isNaN(whole.history().last().trainLoss()));
    }

    @Test
    void lion() {
        goesOnToTheLastBit(RECIPE.withOptimizer(LION).withLearningRate(1e-3));
    }

    @Test
    void sharpnessAwareMinimisation() {
        goesOnToTheLastBit(RECIPE.withOptimizer(SAM).withAccumulationSteps(2));
    }

    /** From a place where the loss is a parabola, one step of SAM is the step from where SAM looks. */
    @Test
    void samTakesTheGradientOfWhereItLooks() {
        Loss parabola = Loss.named(
                "parabola",
                pass -> pass.weights("head.classifier.bias")
                        .values()
                        .iterator()
                        .next()
                        .sub(pass.number(1))
                        .square()
                        .sum());
        int classes = Small.NETWORK.classes();
        Recipe once = RECIPE.withLoss(parabola)
                .withWeightDecay(0)
                .withSchedule(Schedule.constant())
                .withLearningRate(0.01);
        double plain = biasAfterOneStep(once.withOptimizer(Optimizer.nesterov(0.9)));
        double sam = biasAfterOneStep(once.withOptimizer(SAM));
        assertEquals(1.9 * 0.01 * 2, plain, 1e-6, "down the gradient -2 of (0 - 1)^2, and as far again by Nesterov");
        assertEquals(
                1.9 * 0.01 * 2 * (1 + 0.05 / Math.sqrt(classes)),
                sam,
                1e-6,
                "from where the bias is a little less than 0");
        refused(
                () -> biasAfterOneStep(once.withOptimizer(Optimizer.named("lazy", 0, new Optimizer() {
                    @Override
                    public Rule rule(double rate, double decay, long step) {
                        return (w, g, memory, count) -> {};
                    }

                    @Override
                    public void gradients(Map<String, NDArray> weights, Runnable compute) {}
                }))),
                "the optimizer lazy computed no gradients");
    }

    private static double biasAfterOneStep(Recipe recipe) {
        try (Network network = Small.NETWORK.build(1)) {
            TrainingListener first = Small.interruptAfter(1);
            Training.fit(network, Small.data(), recipe, first);
            return network.weight("head.classifier.bias").getFloat(0);
        }
    }

    /** A unit that adds the squares of its kernel to the loss. */
    private static final class Heavy extends Unit implements LossTerm {
        private final float strength;
        private final Conv conv;

        Heavy(Place place, float strength) {
            super(place, "heavy unit", "");
            this.strength = strength;
            conv = conv("conv", place.in(), place.in(), 3, 1, 1);
        }

        @Override
        public <T> T apply(Flow<T> flow, T x) {
            return flow.add(flow.conv(conv, x), x);
        }

        @Override
        public NDArray lossTerm(NDManager scope) {
            return conv.kernel().value(scope).square().sum().mul(strength);
        }
    }

    private static Network oneStep(float strength, Recipe recipe) {
        Stage stage = Stage.of("heavy " + strength, 2, 24, (place, here, norm) -> new Heavy(place, strength));
        Network network =
                Small.NETWORK.withStages(stage.withSharing("conv", Sharing.ALL)).build(1);
        Training.fit(network, Small.data(), recipe, Small.interruptAfter(1));
        return network;
    }

    /** Half of the squares has the kernel for its gradient, once from each of the two units: weight decay of 2. */
    @Test
    void blocksAddToTheLoss() {
        Recipe plain =
                RECIPE.withOptimizer(Optimizer.sgd(0)).withWeightDecay(0.5).withDecay("*", 0);
        try (Network added = oneStep(0.5f, plain);
                Network decayed = oneStep(0, plain.withDecay("*.conv.weight", 4).withDecay("stem.*", 0))) {
            Weights.of(added.block())
                    .keySet()
                    .forEach(name -> assertArrayEquals(
                            decayed.weight(name).toFloatArray(),
                            added.weight(name).toFloatArray(),
                            1e-6f,
                            name));
        }
    }

    @Test
    void aScheduleOfOnesOwn() {
        goesOnToTheLastBit(RECIPE.withSchedule(
                Schedule.named("triangle", (step, steps) -> 1 - Math.abs(2. * step / steps - 1))));
    }

    @Test
    void cutout() {
        goesOnToTheLastBit(RECIPE.withAugmentation(cutout(4)));
    }

    @Test
    void distillation() {
        try (Network teacher = Small.NETWORK.build(77)) {
            goesOnToTheLastBit(RECIPE.withLoss(distilled(teacher)).withMixup(0.2));
        }
    }

    @Test
    void orthogonalKernels() {
        goesOnToTheLastBit(RECIPE.plus("orthogonality", 0.1, OpenRecipeTest::orthogonality));
    }

    @Test
    void aTermIsMultipliedByItsStrengthAndAdded() {
        double[] first = {0, 0.25, 1};
        for (int i = 0; i < first.length; i++) {
            first[i] = firstLoss(RECIPE.plus("three", first[i], pass -> pass.number(3)));
        }
        assertEquals(first[0] + 0.75, first[1], 1e-6);
        assertEquals(first[0] + 3, first[2], 1e-6);
        assertEquals(firstLoss(RECIPE), first[0]);
    }

    /** As its definition with the targets says. */
    @Test
    void targetsHaveLabelSmoothingAndMixupInThem() {
        Recipe soft = RECIPE.withLabelSmoothing(0.2).withMixup(0.5);
        Loss written = Loss.named(
                "written out",
                pass -> pass.targets()
                        .mul(pass.logits().logSoftmax(1))
                        .sum(new int[] {1})
                        .mean()
                        .neg());
        assertEquals(firstLoss(soft), firstLoss(soft.withLoss(written)), 1e-6);
    }

    private static double firstLoss(Recipe recipe) {
        double[] loss = {Double.NaN};
        TrainingListener first = new TrainingListener() {
            @Override
            public void step(Step step) {
                loss[0] = step.loss();
                Thread.currentThread().interrupt();
            }
        };
        Training.fit(Small.NETWORK, Small.data(), recipe, first).network().close();
        return loss[0];
    }

    @Test
    void cutoutIsASquareOfTheMeanColour() {
        float[] view = new float[3 * 8 * 8];
        Arrays.fill(view, 1);
        cutout(4).then().get(0).step().apply(view, 8, 8, new java.util.Random(3));
        int gone = 0;
        for (float value : view) {
            gone += value == 0 ? 1 : 0;
        }
        assertTrue(gone >= 3 * 4 && gone <= 3 * 16 && gone % 3 == 0, gone + " numbers are gone");
    }

    @Test
    void frozenWeightsStayWhatTheyAre() {
        Recipe recipe = RECIPE.withRate("stem.*", 0).withClipNorm(0.5);
        goesOnToTheLastBit(recipe);
        try (Network network = Small.NETWORK.build(3)) {
            Map<String, String> before = Small.weights(network);
            Training.fit(network, Small.data(), recipe, TrainingListener.SILENT);
            Map<String, String> after = Small.weights(network);
            network.trainable()
                    .keySet()
                    .forEach(name -> assertEquals(
                            name.startsWith("stem."), before.get(name).equals(after.get(name)), name));
            Training.fit(network, Small.data(), RECIPE, TrainingListener.SILENT);
            Map<String, String> thawed = Small.weights(network);
            network.trainable().keySet().forEach(name -> assertNotEquals(after.get(name), thawed.get(name), name));
        }
    }

    /** Of a step without decay and momentum the change is the rate times the gradient. */
    @Test
    void ratesAndDecaysOfSomeWeights() {
        Recipe recipe =
                RECIPE.withOptimizer(Optimizer.sgd(0)).withWeightDecay(0).withSchedule(Schedule.constant());
        Map<String, float[]> one = change(recipe);
        Map<String, float[]> other = change(recipe.withRate("*", 3).withRate("*.core.weight", 0.5));
        one.forEach((name, change) -> {
            for (int i = 0; i < change.length; i++) {
                float expected = (name.endsWith(".core.weight") ? 0.5f : 3) * change[i];
                assertEquals(expected, other.get(name)[i], 1e-6 + 1e-3 * Math.abs(expected), name);
            }
        });
        Recipe decayed = recipe.withWeightDecay(0.5);
        Map<String, float[]> some = change(decayed.withDecay("*", 0).withDecay("head.*.bias", 1));
        Map<String, float[]> all = change(decayed.withDecayNormsAndBiases(true));
        one.forEach((name, change) ->
                assertArrayEquals(name.matches("head\\..*\\.bias") ? all.get(name) : change, some.get(name), name));
        assertTrue(one.keySet().stream().anyMatch(name -> name.matches("head\\..*\\.bias")), one.keySet()::toString);
    }

    /** How the first step changes the weights. */
    private static Map<String, float[]> change(Recipe recipe) {
        Map<String, float[]> change = new LinkedHashMap<>();
        try (Network before = Small.NETWORK.build(recipe.seed());
                Network after = Training.fit(Small.NETWORK, Small.data(), recipe, Small.interruptAfter(1))
                        .network()) {
            after.trainable()
                    .forEach((name, parameter) -> change.put(
                            name, parameter.getArray().sub(before.weight(name)).toFloatArray()));
        }
        return change;
    }

    @Test
    void weightsThatAreNotThereAreRefusedWithNearNames() {
        for (Recipe recipe : List.of(RECIPE.withDecay("*.alhpa", 0), RECIPE.withRate("*.alhpa", 0))) {
            refused(() -> firstLoss(recipe), "no weight is called *.alhpa: there are ");
            refused(
                    () -> Training.requireCompatible(Small.NETWORK, Small.data(), recipe),
                    "no weight is called *.alhpa: there are ");
        }
        refused(() -> firstLoss(RECIPE.withRate("*running_mean", 2)), "no weight is called *running_mean");
        refused(() -> firstLoss(RECIPE.withRate("*", 0)), "all weights are frozen");
        refused(() -> RECIPE.withRate("*", -1), "the factor of * must be from 0 to below 1e6: -1.0");
        refused(() -> RECIPE.withDecay("*", Double.NaN), "NaN");
    }

    /** Of weights and running statistics, from the first step's on. */
    @Test
    void theAverageIsTheDefinitionAndIsWhatIsEvaluatedAndLeftBehind() {
        Map<String, double[]> expected = new LinkedHashMap<>();
        Network[] trained = new Network[1];
        TrainingListener averaging = new TrainingListener() {
            @Override
            public void update(Update update) {
                trained[0] = update.network();
            }

            @Override
            public void step(Step step) {
                Weights.of(trained[0].block()).forEach((name, weight) -> {
                    float[] values = weight.getArray().toFloatArray();
                    double[] average = expected.computeIfAbsent(
                            name,
                            first -> IntStream.range(0, values.length)
                                    .mapToDouble(i -> values[i])
                                    .toArray());
                    for (int i = 0; i < values.length; i++) {
                        average[i] = 0.8 * average[i] + 0.2 * values[i];
                    }
                });
            }
        };
        Recipe recipe = RECIPE.withAverage(0.8).withMetric("first", OpenRecipeTest::first);
        Run run = Training.fit(Small.NETWORK, Small.data(), recipe, averaging);
        Run plain = Training.fit(Small.NETWORK, Small.data(), RECIPE, TrainingListener.SILENT);
        Map<String, Parameter> left = Weights.of(run.network().block());
        expected.forEach((name, average) -> {
            float[] values = left.get(name).getArray().toFloatArray();
            for (int i = 0; i < values.length; i++) {
                assertEquals(average[i], values[i], 1e-5 * (1 + Math.abs(average[i])), name);
            }
        });
        assertNotEquals(Small.weights(plain.network()), Small.weights(run.network()));
        assertEquals(first(run.network()), run.history().last().metrics().get("first"));
        assertEquals(
                Evaluation.of(run.network(), Small.data().validation()).top1(),
                run.history().last().validationTop1());
        for (int i = 0; i < 2; i++) {
            assertEquals(
                    plain.history().epochs().get(i).trainLoss(),
                    run.history().epochs().get(i).trainLoss(),
                    "training does not see the average");
        }
    }

    private static double first(Network network) {
        return network.trainable().values().iterator().next().getArray().toFloatArray()[0];
    }

    @Test
    void anAverageAndMetricsGoOn() {
        goesOnToTheLastBit(RECIPE.withAverage(0.9)
                .withMetric("first", OpenRecipeTest::first)
                .withMetric("none", n -> 0. / 0));
    }

    @Test
    void twoMetricsOfOneNameAreRefused() {
        refused(() -> RECIPE.withMetric("a", n -> 1).withMetric("a", n -> 2), "two metrics have one name: [a, a]");
        refused(() -> RECIPE.withAverage(1), "average must be in [0, 1): 1.0");
    }

    @Test
    void aListenerHearsTheLossAndTheGradientsBeforeEachStep() {
        List<Double> heard = new ArrayList<>();
        List<Double> shown = new ArrayList<>();
        Training.fit(
                Small.NETWORK,
                Small.data(),
                RECIPE.withClipNorm(1e-3),
                TrainingListener.SILENT,
                new TrainingListener() {
                    @Override
                    public void update(Update update) {
                        heard.add(update.loss());
                        double squares = 0;
                        for (Parameter parameter : update.network().trainable().values()) {
                            for (float g : parameter.getArray().getGradient().toFloatArray()) {
                                squares += (double) g * g;
                            }
                        }
                        assertTrue(squares > 1e-4, "not cut yet: " + squares);
                        assertEquals(Math.sqrt(squares), update.gradientNorm(), 1e-9);
                    }

                    @Override
                    public void step(Step step) {
                        double mean = heard.subList(heard.size() - step.step(), heard.size()).stream()
                                .mapToDouble(loss -> loss)
                                .average()
                                .orElseThrow();
                        assertEquals(mean, step.loss(), 1e-6);
                        shown.add(step.loss());
                    }
                });
        assertEquals(6, heard.size());
        assertEquals(6, shown.size());
    }

    @Test
    void aListenerIsBesideWhatIsShownAndSilentInItsPlace() {
        PrintStream before = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            Training.fit(Small.NETWORK, Small.data(), RECIPE, TrainingListener.SILENT, new TrainingListener() {});
            assertEquals("", bytes.toString(StandardCharsets.UTF_8));
            Recipe measured = RECIPE.withMetric("half", n -> 0.5);
            Training.fit(Small.NETWORK, Small.data(), measured, new TrainingListener() {});
        } finally {
            System.setOut(before);
        }
        String text = bytes.toString(StandardCharsets.UTF_8);
        assertTrue(text.startsWith("training small CRU-Net") && text.contains(", half 0.5"), text);
    }

    @Test
    void theNameIsTheIdentity() {
        Recipe one = RECIPE.withOptimizer(Optimizer.named("mine", 1, Optimizer.sgd(0.9)));
        Recipe changed = RECIPE.withOptimizer(Optimizer.named("mine", 2, Optimizer.adamW()));
        Recipe renamed = RECIPE.withOptimizer(Optimizer.named("yours", 1, Optimizer.sgd(0.9)));
        assertEquals("Optimizer$Own(\"mine\")", Records.canonical(one.optimizer()));
        assertEquals(key(one), key(changed));
        assertNotEquals(key(one), key(renamed));
        assertNotEquals(key(RECIPE.plus("a", 1, Pass::crossEntropy)), key(RECIPE.plus("a", 2, Pass::crossEntropy)));
        Recipe all = one.withSchedule(Schedule.named("flat", (step, steps) -> 1))
                .withLoss(Loss.named("plain", Pass::crossEntropy))
                .plus("nothing", 1, pass -> pass.number(0))
                .withAugmentation(cutout(4));
        assertEquals(List.of("flat", "mine", "plain", "nothing", "cutout 4"), Records.names(all));
        assertEquals(List.of(), Records.names(RECIPE));
    }

    private static String key(Recipe recipe) {
        return Identity.of(Small.NETWORK, Small.data(), recipe).key();
    }

    /** The optimizer's rule is SGD's, so the bits are. */
    @Test
    void aNamedRuleDoesWhatTheRuleDoes() {
        Run named = Training.fit(
                Small.NETWORK,
                Small.data(),
                RECIPE.withOptimizer(Optimizer.named("mine", 1, Optimizer.nesterov(0.9))),
                TrainingListener.SILENT);
        Run plain = Training.fit(Small.NETWORK, Small.data(), RECIPE, TrainingListener.SILENT);
        Small.assertSame(plain, named);
    }

    @Test
    void whatHasNoNameOrIsNoNumberIsRefused() {
        refused(() -> Optimizer.named(" ", 1, Optimizer.sgd(0)), "needs a name: \" \"");
        refused(() -> Optimizer.named("mine", 4, Optimizer.sgd(0)), "memory must be from 0 to 3: 4");
        refused(() -> Optimizer.named("mine", 1, Optimizer.adamW()), "remembers 2 for each weight, not 1");
        refused(() -> Optimizer.named("mine", 0, Optimizer.sgd(0)), "remembers 1 for each weight, not 0");
        Optimizer signs = Optimizer.named("signs", 0, (rate, decay, step) -> (w, g, memory, count) -> {});
        assertEquals(0, signs.memory(), "code that says nothing remembers what its name says");
        refused(() -> Loss.named("mine", null), "mine is null");
        assertThrows(NullPointerException.class, () -> new Loss.Term(null, 1));
        Recipe nameless = RECIPE.withSchedule((step, steps) -> 1);
        refused(
                () -> Training.in(folder.toString())
                        .fit(Small.NETWORK, Small.data(), nameless, TrainingListener.SILENT),
                "or give it a name");
        refused(() -> firstLoss(RECIPE.withLoss(Loss.named("rows", Pass::logits))), "the loss rows must be one number");
        refused(
                () -> firstLoss(RECIPE.plus(
                        "rows", 1, pass -> pass.weights("*.cor.weight").get(""))),
                "no weight is called *.cor.weight: there are ");
    }

    private static void refused(Executable call, String part) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
