package org.crunet.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import ai.onnxruntime.OrtEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.crunet.data.Augmentation;
import org.crunet.data.Batches;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.evaluation.Inference;
import org.crunet.exchange.Onnx;
import org.crunet.exchange.OnnxNetwork;
import org.crunet.network.Classifier;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.torch.Gradients;

/**
 * Speed and memory of CRU-Net-56 as a user of the library gets them: {@code Training.fit}, then {@code Network.folded},
 * as evaluation runs it. {@code environment/bench.sh} runs it beside the same network in Python,
 * {@code src/test/python/bench.py}.
 *
 * <pre>
 * Benchmark WARM_UP TRAINING_STEPS FORWARD_PASSES            one line of JSON, as bench.py prints
 * Benchmark WARM_UP TRAINING_STEPS FORWARD_PASSES profile    where the time of a step goes
 * Benchmark evaluation                                       a line of what only evaluates, in its batches
 * Benchmark onnx                                             the same in ONNX Runtime, and forward as the first
 * </pre>
 */
public final class Benchmark {

    private static final int BATCH = 8;

    private final int warmUp;
    private final int trainingSteps;
    private final int forwardPasses;
    private final Network network = Networks.CRU_NET_56.build();
    private final Recipe recipe = Recipe.QUICK
            .withEpochs(1)
            .withBatchSize(BATCH)
            .withLearningRate(0.01)
            .withAugmentation(Augmentation.NONE);

    private Benchmark(int warmUp, int trainingSteps, int forwardPasses) {
        this.warmUp = warmUp;
        this.trainingSteps = trainingSteps;
        this.forwardPasses = forwardPasses;
        if (network.parameters() != 25_609_384) {
            throw new AssertionError(network);
        }
    }

    /**
     * Prints the measurement.
     *
     * @param args a word, or three numbers and perhaps {@code profile}
     */
    public static void main(String... args) {
        switch (args[0]) {
            case "evaluation" -> System.out.println(new Benchmark(1, 0, 3).evaluation());
            case "onnx" -> System.out.println(new Benchmark(1, 0, 3).onnx());
            default -> {
                int[] counts = IntStream.range(0, 3)
                        .map(i -> Integer.parseInt(args[i]))
                        .toArray();
                Benchmark benchmark = new Benchmark(counts[0], counts[1], counts[2]);
                System.out.println(args.length < 4 ? benchmark.measure() : benchmark.profile());
            }
        }
    }

    private String evaluation() {
        return String.format(
                Locale.ROOT,
                "{\"program\": \"java\", \"version\": \"torch %s\", \"evaluation\": %s, \"evaluation_peak_mib\": %s}",
                Engine.getInstance().getVersion(),
                Gradients.off(() -> imagesPerSecond(network, Inference.BATCH, forwardPasses)),
                status("VmHWM") / 1024.0);
    }

    private String onnx() {
        Path file = Path.of("target", "benchmark.onnx");
        Onnx.save(network, file);
        network.close();
        try (OnnxNetwork fast = Onnx.open(file)) {
            return String.format(
                    Locale.ROOT,
                    "{\"program\": \"java, onnx\", \"version\": \"%s\", \"forward\": %s, \"peak_mib\": %s, \"evaluation\": %s,"
                            + " \"evaluation_peak_mib\": %s}",
                    "ONNX Runtime " + OrtEnvironment.getEnvironment().getVersion(),
                    imagesPerSecond(fast, BATCH, 15),
                    status("VmHWM") / 1024.0,
                    imagesPerSecond(fast, Inference.BATCH, forwardPasses),
                    status("VmHWM") / 1024.0);
        }
    }

    private String measure() {
        double train = imagesPerSecondInTraining();
        long trainPeak = status("VmHWM");
        double forward = Gradients.off(() -> imagesPerSecond(network, BATCH, forwardPasses));
        return String.format(
                Locale.ROOT,
                "{\"program\": \"java\", \"version\": \"torch %s\", \"train\": %s, \"forward\": %s, \"train_peak_mib\": %s,"
                        + " \"peak_mib\": %s}",
                Engine.getInstance().getVersion(),
                train,
                forward,
                trainPeak / 1024.0,
                status("VmHWM") / 1024.0);
    }

    private double imagesPerSecondInTraining() {
        ImageSet images = noise(BATCH * (warmUp + trainingSteps));
        long[] at = new long[warmUp + trainingSteps + 1];
        TrainingListener clock = new TrainingListener() {
            @Override
            public void step(Step step) {
                at[step.step()] = System.nanoTime();
            }
        };
        Training.fit(network, new Splits(images, images.first(BATCH)), recipe, TrainingListener.SILENT, clock);
        return BATCH * trainingSteps / ((at[warmUp + trainingSteps] - at[warmUp]) / 1e9);
    }

    private double imagesPerSecond(Classifier network, int batch, int passes) {
        long start = 0;
        try (NDManager owner = network.manager().newSubManager();
                Classifier.Folded folded = network.folded()) {
            NDArray x = batch(owner, noise(batch));
            for (int i = 0; i < warmUp + passes; i++) {
                start = i == warmUp ? System.nanoTime() : start;
                folded.forward(x).close();
            }
        }
        return batch * passes / ((System.nanoTime() - start) / 1e9);
    }

    private static NDArray batch(NDManager owner, ImageSet images) {
        return Batches.plain(owner, images, IntStream.range(0, images.size()).toArray());
    }

    /** The step of {@code Loop}, part by part. */
    private String profile() {
        Map<String, Part> parts = new LinkedHashMap<>();
        ImageSet images = noise(BATCH);
        Gradients.off(() -> {
            try (Updates optimizer = new Updates(network.manager(), network.trainable(), recipe)) {
                IntStream.range(0, warmUp).forEach(i -> step(images, optimizer, new LinkedHashMap<>()));
                IntStream.range(0, trainingSteps).forEach(i -> step(images, optimizer, parts));
            }
            return null;
        });
        StringBuilder text = new StringBuilder(
                String.format("%-10s %8s %8s %8s %12s%n", "of a step", "wall ms", "user ms", "system", "page faults"));
        parts.forEach((name, part) -> text.append(part.row(name, trainingSteps)));
        return text + "resident " + status("VmRSS") / 1024 + " MiB, at most " + status("VmHWM") / 1024 + " MiB";
    }

    private void step(ImageSet images, Updates optimizer, Map<String, Part> parts) {
        Part all = part(parts, "all");
        all.begin();
        NDManager scope = network.manager().newSubManager();
        NDArray x = part(parts, "images").of(() -> batch(scope, images));
        NDArray labels =
                scope.create(IntStream.range(0, BATCH).mapToLong(images::label).toArray());
        try (GradientCollector gradients = Engine.getInstance().newGradientCollector()) {
            NDArray logits = part(parts, "forward").of(() -> network.forward(x, true));
            NDArray mean = part(parts, "loss")
                    .of(() -> Loss.softmaxCrossEntropyLoss().evaluate(new NDList(labels), new NDList(logits)));
            part(parts, "backward").of(() -> {
                gradients.backward(mean);
                return mean.getFloat();
            });
        }
        part(parts, "optimizer").of(() -> {
            optimizer.step(recipe.learningRate());
            return null;
        });
        part(parts, "release").of(() -> {
            scope.close();
            return null;
        });
        all.end();
    }

    private static Part part(Map<String, Part> parts, String name) {
        return parts.computeIfAbsent(name, any -> new Part());
    }

    /** What the process used between begin and end, added up: nanoseconds, clock ticks (10 ms) and page faults. */
    private static final class Part {

        private static final List<LongSupplier> METERS = List.of(System::nanoTime, stat(14), stat(15), stat(10));
        private final long[] used = new long[METERS.size()];

        void begin() {
            IntStream.range(0, used.length)
                    .forEach(i -> used[i] -= METERS.get(i).getAsLong());
        }

        void end() {
            IntStream.range(0, used.length)
                    .forEach(i -> used[i] += METERS.get(i).getAsLong());
        }

        <T> T of(Supplier<T> work) {
            begin();
            T result = work.get();
            end();
            return result;
        }

        String row(String name, int times) {
            return String.format(
                    Locale.ROOT,
                    "%-10s %8.0f %8.0f %8.0f %12d%n",
                    name,
                    used[0] / 1e6 / times,
                    used[1] * 10.0 / times,
                    used[2] * 10.0 / times,
                    used[3] / times);
        }

        /** A number of {@code /proc/self/stat} by its place in the manual, after the name in brackets, which is 2. */
        private static LongSupplier stat(int place) {
            return () -> Long.parseLong(read("stat").split("\\) ")[1].split(" ")[place - 3]);
        }
    }

    /** A line of {@code /proc/self/status}, in KiB. */
    private static long status(String name) {
        return read("status")
                .lines()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of("/proc/self", file));
        } catch (IOException noLinux) {
            throw new IllegalStateException("the benchmark reads /proc, which only Linux has", noLinux);
        }
    }

    private static ImageSet noise(int size) {
        byte[][] pixels = new byte[size][3 * 224 * 224];
        Random random = new Random(1);
        for (byte[] image : pixels) {
            random.nextBytes(image);
        }
        List<String> classes =
                IntStream.range(0, 1000).mapToObj(Integer::toString).toList();
        int[] labels = random.ints(size, 0, 1000).toArray();
        return new ImageSet("noise", classes, 224, 224, pixels, labels);
    }
}
