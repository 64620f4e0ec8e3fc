package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.evaluation.Evaluation;
import org.crunet.evaluation.Inference;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.network.Stage;
import org.crunet.scenes.Scenes;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.function.Executable;

public class TrainingTest {

    private static final Architecture TINY = Networks.smallCru(8).withClasses(2).withStages(Stage.collective(2, 8, 16));
    private static final Recipe RECIPE =
            Recipe.QUICK.withEpochs(3).withBatchSize(8).withSeed(3);

    /** Bars: class 0 horizontal, class 1 vertical, at changing places and brightness. */
    public static Splits bars() {
        return new Splits(bars(64, 0), bars(32, 1000));
    }

    static ImageSet bars(int number, int from) {
        byte[][] pixels = new byte[number][3 * 8 * 8];
        int[] labels = new int[number];
        for (int i = 0; i < number; i++) {
            labels[i] = i % 2;
            int at = (i + from) * 31 % 7;
            for (int p = 0; p < pixels[i].length; p++) {
                int row = p / 8 % 8;
                int column = p % 8;
                boolean bar = (labels[i] == 0 ? row : column) / 2 == at / 2;
                pixels[i][p] = (byte) (bar ? 200 + i % 50 : 60 + i % 40);
            }
        }
        return new ImageSet("bars", List.of("horizontal", "vertical"), 8, 8, pixels, labels);
    }

    @Test
    void learnsAndTellsHowItGoes() {
        List<String> heard = new ArrayList<>();
        Run run = Training.fit(TINY, bars(), RECIPE.withEpochs(8), new TrainingListener() {
            @Override
            public void started(String title, int epochs, History before) {
                heard.add(title + " " + epochs);
            }

            @Override
            public void step(Step step) {
                assertTrue(step.done() > 0 && step.done() <= 1);
                heard.add("step");
            }

            @Override
            public void finished(History history, Run.Ending ending) {
                heard.add(ending.after(history));
            }
        });
        assertEquals("small CRU-Net on bars 8", heard.get(0));
        assertEquals(8 * 8, heard.stream().filter("step"::equals).count());
        assertEquals("finished", heard.get(heard.size() - 1));
        List<Epoch> epochs = run.history().epochs();
        assertEquals(8, epochs.size());
        assertTrue(run.history().last().validationTop1() > 0.9, run.history().toString());
        assertTrue(run.history().last().trainLoss() < 0.5 * epochs.get(0).trainLoss());
        assertEquals(run, Training.last());
    }

    @Test
    void theSameCallGivesTheSameWeightsBitForBit() {
        float[] once = weights(fit(RECIPE).network());
        Training.fit(TINY, bars(), RECIPE.withSeed(9), TrainingListener.SILENT);
        assertArrayEquals(once, weights(fit(RECIPE).network()));
        assertFalse(Arrays.equals(once, weights(fit(RECIPE.withSeed(4)).network())));
    }

    /** As a training leaves them that failed between two parts of a step. */
    @Test
    void gradientsFromBeforeAreForgotten() {
        Recipe recipe = RECIPE.withEpochs(1);
        try (Network clean = TINY.build(3);
                Network used = TINY.build(3);
                NDManager scope = used.manager().newSubManager()) {
            try (GradientCollector gradients = Engine.getInstance().newGradientCollector()) {
                NDArray output = used.forward(scope.ones(used.input()), false);
                gradients.backward(output.mul(Float.NaN).sum());
            }
            Training.fit(clean, bars(), recipe, TrainingListener.SILENT);
            Training.fit(used, bars(), recipe, TrainingListener.SILENT);
            assertArrayEquals(weights(clean), weights(used));
        }
    }

    /** DJL turns PyTorch's gradient mode off on the thread that loads the engine only; a kernel uses several threads. */
    @Test
    void trainsAndRunsOnAnyThread() throws Exception {
        Network network = TINY.build(3);
        List<Object> results = new ArrayList<>();
        Thread thread = new Thread(() -> {
            try {
                results.add(Training.fit(network, bars(), RECIPE.withEpochs(1), TrainingListener.SILENT)
                        .ending());
                NDArray logits = network.forward(network.manager().ones(network.input()));
                results.add(logits.hasGradient());
            } catch (RuntimeException failure) {
                results.add(failure);
            }
        });
        thread.start();
        thread.join();
        assertEquals(List.of(Run.Ending.FINISHED, false), results);
    }

    @Test
    void waitingForAnotherTrainingEndsWithAnInterrupt() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        FutureTask<Run> other = inThread(() -> Training.fit(TINY, bars(), RECIPE.withEpochs(1), new TrainingListener() {
            @Override
            public void started(String title, int epochs, History before) {
                begun.countDown();
                try {
                    end.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        }));
        begun.await();
        for (Callable<Run> call : List.<Callable<Run>>of(Training::last, () -> fit(RECIPE))) {
            Thread[] thread = {null};
            FutureTask<Run> waiting = inThread(() -> {
                thread[0] = Thread.currentThread();
                return call.call();
            });
            while (thread[0] == null || thread[0].getState() == Thread.State.RUNNABLE) {
                Thread.sleep(1);
            }
            thread[0].interrupt();
            Throwable why = assertThrows(ExecutionException.class, () -> waiting.get(20, TimeUnit.SECONDS))
                    .getCause();
            assertEquals(CancellationException.class, why.getClass());
            assertEquals("interrupted while waiting for another training of this process to end", why.getMessage());
        }
        end.countDown();
        assertEquals(Run.Ending.FINISHED, other.get().ending());
        assertSame(other.get(), Training.last());
    }

    private static FutureTask<Run> inThread(Callable<Run> call) {
        FutureTask<Run> task = new FutureTask<>(call);
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    private static Run fit(Recipe recipe) {
        return Training.fit(TINY, bars(), recipe, TrainingListener.SILENT);
    }

    private static float[] weights(Network network) {
        List<Float> all = new ArrayList<>();
        for (Parameter parameter : network.block().getParameters().values()) {
            for (float value : parameter.getArray().toFloatArray()) {
                all.add(value);
            }
        }
        float[] flat = new float[all.size()];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = all.get(i);
        }
        return flat;
    }

    @Test
    void stopsWithinOneBatchOfAnInterruptAndKeepsTheWeights() {
        int[] steps = {0};
        Run run = Training.fit(TINY, bars(), RECIPE, new TrainingListener() {
            @Override
            public void step(Step step) {
                if (++steps[0] == 11) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        assertFalse(Thread.interrupted(), "the interrupt is used up");
        assertEquals(11, steps[0]);
        assertEquals("interrupted in epoch 2", run.ending().after(run.history()));
        assertEquals(1, run.history().epochs().size());
        assertEquals(32, Inference.probabilities(run.network(), bars().validation()).length);
        Run further = Training.fit(run.network(), bars(), RECIPE.withEpochs(1), TrainingListener.SILENT);
        assertEquals(Run.Ending.FINISHED, further.ending());
        assertSame(run.network(), further.network());
    }

    @Test
    void evaluationStopsOnAnInterrupt() {
        try (Network network = TINY.build()) {
            Thread.currentThread().interrupt();
            assertThrows(CancellationException.class, () -> Inference.probabilities(network, bars().validation()));
        } finally {
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void aClosedNetworkSaysSo() {
        Network network = TINY.build();
        network.close();
        IllegalStateException error =
                assertThrows(IllegalStateException.class, () -> Inference.probabilities(network, bars().validation()));
        assertTrue(error.getMessage().contains("closed"), error.getMessage());
    }

    @Test
    void stopsWhenTheLossIsNoNumberAndSaysWhatToDo() {
        Recipe hot = RECIPE.withLearningRate(9e5);
        IllegalStateException error = assertThrows(IllegalStateException.class, () -> fit(hot.withEpochs(20)));
        assertTrue(error.getMessage().contains("withLearningRate"), error.getMessage());
        assertTrue(error.getMessage().contains("step"), error.getMessage());
        assertEquals(Run.Ending.FAILED, Training.last().ending());
    }

    @Test
    void whatDoesNotFitIsRefusedBeforeTimeIsSpent() {
        assertMessage(() -> Training.fit(TINY.withClasses(5), bars(), RECIPE), "2 classes", "withClasses(2)");
        assertMessage(() -> Training.fit(TINY.withImageSize(16), bars(), RECIPE), "16x16", "8x8", "withImageSize(8)");
        assertMessage(
                () -> Training.fit(TINY.withInputChannels(1), bars(), RECIPE),
                "(1, 1, 8, 8)",
                "3 channels",
                "withInputChannels(3)");
        assertMessage(
                () -> Training.fit(TINY, bars(), RECIPE.withBatchSize(65)),
                "65",
                "64 training images",
                "use withBatchSize(64) or more");
        assertMessage(() -> RECIPE.withEpochs(0), "epochs", "0");
        assertMessage(() -> RECIPE.withBatchSize(1), "batchSize", "1");
        assertMessage(() -> RECIPE.withLearningRate(-1), "learningRate", "-1.0");
        assertMessage(() -> RECIPE.withLearningRate(Double.NaN), "learningRate", "NaN");
        try (Network network = TINY.withClasses(5).build()) {
            assertMessage(() -> Inference.probabilities(network, bars().validation()), "withClasses(2)");
            ImageSet larger = Scenes.painted(16).images(4);
            for (Executable call : List.<Executable>of(
                    () -> Inference.probabilities(network, larger), () -> Evaluation.tenCrop(network, larger))) {
                assertMessage(call, "8x8", "16x16", "withImageSize(16)", "load the images at size 8");
            }
        }
    }

    @Test
    void whatIsNotThereIsNamed() {
        Network network = TINY.build();
        TrainingListener silent = TrainingListener.SILENT;
        assertMissing("architecture", () -> Training.fit((Architecture) null, bars(), RECIPE, silent));
        assertMissing("network", () -> Training.fit((Network) null, bars(), RECIPE, silent));
        assertMissing("data", () -> Training.fit(network, null, RECIPE, silent));
        assertMissing("recipe", () -> Training.fit(network, bars(), null, silent));
        assertMissing("recipe", () -> Training.fit(TINY, bars(), null, silent));
        assertMissing("listener", () -> Training.fit(network, bars(), RECIPE, (TrainingListener) null));
        assertMissing("listener", () -> Training.fit(network, bars(), RECIPE, (TrainingListener[]) null));
        assertMissing("folder", () -> Training.in(null));
        assertMessage(() -> Training.in(""), "a folder of its own", "Training.in(\"runs/mine\")");
        assertMessage(() -> Training.in("a\0b"), "No folder can be called \"a b\" here: set LC_ALL=C.UTF-8");
        assertMessage(() -> Training.in("~/x"), "Java does not know ~, as in ~", System.getProperty("user.home"));
        assertMessage(() -> new RunFolder(Path.of("~/x"), 3, 0, 600), "Java does not know ~, as in ~");
        network.close();
        IllegalStateException closed =
                assertThrows(IllegalStateException.class, () -> Training.fit(network, bars(), RECIPE, silent));
        assertEquals("small CRU-Net was closed: build or open it again", closed.getMessage());
    }

    private static void assertMissing(String what, Executable call) {
        assertEquals(
                what + " is null",
                assertThrows(NullPointerException.class, call).getMessage());
    }

    private static void assertMessage(Executable call, String... parts) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        List.of(parts).forEach(part -> assertTrue(message.contains(part), message));
    }

    @Test
    void leavesNoArraysBehind() {
        try (Network network = TINY.build()) {
            Training.fit(network, bars(), RECIPE.withEpochs(1), TrainingListener.SILENT);
            int before = network.manager().getManagedArrays().size();
            Training.fit(network, bars(), RECIPE.withEpochs(3), TrainingListener.SILENT);
            assertEquals(before, network.manager().getManagedArrays().size());
        }
    }

    @Test
    void scheduleWarmsUpAndFallsToZero() {
        Recipe recipe = RECIPE.withLearningRate(1);
        assertEquals(1 / 15.0, recipe.learningRateAt(0, 100), 1e-12);
        assertEquals(1, recipe.learningRateAt(14, 100), 1e-12);
        assertEquals(1, recipe.learningRateAt(15, 100), 1e-12);
        assertEquals(0.5, recipe.learningRateAt(15 + 85 / 2, 100) + 0.5 * Math.PI / 85 * -0.5, 1e-3);
        assertEquals(0, recipe.learningRateAt(99, 100), 1e-3);
        assertEquals(1, recipe.learningRateAt(0, 1), 1e-12);
    }

    /** The definition of PyTorch's SGD with Nesterov momentum, in double precision. */
    @Test
    void sgdIsPyTorchsAlsoWhenTheRateChanges() {
        Recipe recipe = RECIPE.withWeightDecay(0.01);
        try (NDManager manager = NDManager.newBaseManager()) {
            Parameter weight = parameter(manager, Parameter.Type.WEIGHT, 2f);
            Parameter scale = parameter(manager, Parameter.Type.GAMMA, 2f);
            double[] w = {2, 2};
            double[] v = {0, 0};
            try (Updates sgd = new Updates(manager, Map.of("weight", weight, "scale", scale), recipe)) {
                for (double rate : new double[] {0.1, 0.1, 0.01, 0.01}) {
                    for (Parameter parameter : List.of(weight, scale)) {
                        backward(parameter.getArray());
                    }
                    sgd.step(rate);
                    for (int i = 0; i < 2; i++) {
                        double g = 2 * w[i] + (i == 0 ? 0.01 * w[i] : 0);
                        v[i] = 0.9 * v[i] + g;
                        w[i] -= rate * (g + 0.9 * v[i]);
                    }
                }
            }
            assertEquals(w[0], weight.getArray().getFloat(0), 1e-6);
            assertEquals(w[1], scale.getArray().getFloat(0), 1e-6);
        }
    }

    @Test
    void anUpdateSaysWhichWeightItSpoiltFirst() {
        for (double clip : new double[] {0, 1}) {
            try (NDManager manager = NDManager.newBaseManager()) {
                Map<String, Parameter> weights = new LinkedHashMap<>();
                weights.put("a", parameter(manager, Parameter.Type.WEIGHT, 1));
                weights.put("c", parameter(manager, Parameter.Type.WEIGHT, 3e38f));
                weights.put("b", parameter(manager, Parameter.Type.WEIGHT, 3e38f));
                try (Updates updates = new Updates(manager, weights, RECIPE.withClipNorm(clip))) {
                    weights.values().forEach(weight -> backward(weight.getArray()));
                    assertEquals(
                            "the " + (clip == 0 ? "weight" : "gradient of") + " c has numbers that are not finite",
                            updates.step(0.1).orElseThrow());
                }
            }
        }
    }

    @Test
    void theTimeLeftOfAVeryLongTrainingIsNotNegative() {
        List<Step> steps = new ArrayList<>();
        Training.fit(TINY, bars(), RECIPE.withEpochs(Integer.MAX_VALUE), new TrainingListener() {
            @Override
            public void step(Step step) {
                steps.add(step);
                Thread.currentThread().interrupt();
            }
        });
        assertTrue(steps.get(0).secondsLeft() > 0, steps.toString());
        Step last = new Step(Integer.MAX_VALUE, Integer.MAX_VALUE, 8, 8, 0, 0, 0);
        assertEquals(1, last.done());
    }

    @Test
    void oneProblemIsOne() {
        Network network = TINY.build();
        History none = new History(List.of());
        assertEquals(
                "small CRU-Net: failed, before the first epoch's end, 1 problem: see problems()",
                new Run(network, none, RECIPE, Run.Ending.FAILED, null, List.of("one")).toString());
        network.close();
    }

    private static Parameter parameter(NDManager manager, Parameter.Type type, float value) {
        NDArray array = manager.create(new float[] {value});
        array.setRequiresGradient(true);
        return Parameter.builder()
                .setName(type.name())
                .setType(type)
                .optArray(array)
                .build();
    }

    private static void backward(NDArray array) {
        try (var collector = Engine.getInstance().newGradientCollector()) {
            collector.backward(array.square().sum());
        }
    }

    /** Without NativeSettings.releaseMemory every thread leaves some 250 MB behind. */
    @Test
    @Tag("slow")
    @EnabledOnOs(OS.LINUX)
    void trainingAgainDoesNotGrowTheProcess() throws Exception {
        Splits scenes = Scenes.painted(32).seed(1).split(160, 16);
        Architecture small = Networks.smallCru(32).withClasses(8);
        List<Long> resident = new ArrayList<>();
        for (int run = 0; run < 5; run++) {
            Thread thread =
                    new Thread(() -> Training.fit(small, scenes, Recipe.QUICK.withEpochs(1), TrainingListener.SILENT));
            thread.start();
            thread.join();
            resident.add(residentMegabytes());
        }
        assertTrue(resident.get(4) - resident.get(0) < 150, resident + " MB");
    }

    private static long residentMegabytes() throws IOException {
        return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]) * 4096 >> 20;
    }
}
