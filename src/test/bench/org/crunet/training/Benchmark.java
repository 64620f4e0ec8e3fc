package org.crunet.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import ai.djl.util.JsonUtils;
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
import java.util.stream.Stream;
import org.crunet.data.Augmentation;
import org.crunet.data.Batches;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.evaluation.Evaluation;
import org.crunet.exchange.Onnx;
import org.crunet.exchange.OnnxNetwork;
import org.crunet.network.Architecture;
import org.crunet.network.Classifier;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.torch.Gradients;
import org.crunet.torch.Precision;

/**
 * Speed and memory of this library as its users get them, from {@code Training.fit}, {@code Network.folded} and {@code
 * Evaluation}. {@code environment/bench.sh} runs it beside the same networks in Python, {@code src/test/python/bench.py}.
 *
 * <pre>
 * Benchmark export                        writes the ONNX file, and prints the multiply-adds of an image
 * Benchmark torch|onnx PRECISION CASE...  measures; prints a line of JSON as bench.py does: images a second by case
 * Benchmark profile                       prints where the time of a step of training goes
 * </pre>
 *
 * <p>A case is what is done and the size of a batch, then the batches before the clock starts and those that count:
 * {@code "train 8:2:5"}.
 */
public final class Benchmark {

    private static final Path FILE = Path.of("target", "bench", "CRU-Net-56.onnx");
    private static final Recipe RECIPE =
            Recipe.QUICK.withEpochs(1).withLearningRate(0.01).withAugmentation(Augmentation.NONE);

    private record Case(String name, int batch, int warmUp, int steps) {

        static Case of(String text) {
            String[] parts = text.split(":");
            int batch = Integer.parseInt(parts[0].replaceAll("\\D", ""));
            return new Case(parts[0], batch, Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
        }

        double perSecond(long nanoseconds) {
            return batch * steps * 1e9 / nanoseconds;
        }

        ImageSet noise(int batches) {
            Architecture network = architecture(name);
            int side = network.imageSize();
            byte[][] pixels = new byte[batch * batches][3 * side * side];
            Random random = new Random(1);
            for (byte[] image : pixels) {
                random.nextBytes(image);
            }
            int[] labels = random.ints(pixels.length, 0, network.classes()).toArray();
            List<String> classes = IntStream.range(0, network.classes())
                    .mapToObj(Integer::toString)
                    .toList();
            return new ImageSet("noise", classes, side, side, pixels, labels);
        }
    }

    private Benchmark() {}

    /**
     * Prints the measurement.
     *
     * @param args what to do, and with what
     * @throws IOException if the file cannot be written
     */
    public static void main(String... args) throws IOException {
        switch (args[0]) {
            case "export" -> System.out.println(export());
            case "profile" -> System.out.println(new Profile().measure());
            default ->
                System.out.println(measure(
                        args[0].equals("onnx"),
                        args[1],
                        Stream.of(args).skip(2).map(Case::of).toList()));
        }
    }

    private static Architecture architecture(String name) {
        return name.startsWith("small") ? Networks.smallCru(32) : Networks.CRU_NET_56;
    }

    private static String export() throws IOException {
        Files.createDirectories(FILE.getParent());
        try (Network network = Networks.CRU_NET_56.build()) {
            Onnx.save(network, FILE);
        }
        Map<String, Long> multiplyAdds = new LinkedHashMap<>();
        for (String name : List.of("CRU-Net-56", "small")) {
            multiplyAdds.put(name, architecture(name).cost().multiplyAdds());
        }
        return JsonUtils.GSON_COMPACT.toJson(multiplyAdds);
    }

    private static String measure(boolean onnx, String numbers, List<Case> cases) {
        Precision precision = Precision.valueOf(numbers.toUpperCase(Locale.ROOT));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("program", "this library" + (onnx ? ", exported" : ""));
        result.put(
                "version",
                onnx
                        ? "ONNX Runtime " + OrtEnvironment.getEnvironment().getVersion()
                        : "PyTorch " + Engine.getInstance().getVersion());
        result.put("precision", numbers);
        for (Case one : cases) {
            if (onnx) {
                try (OnnxNetwork network = Onnx.open(FILE)) {
                    result.put(one.name, measure(one, network, precision));
                }
            } else {
                try (Network network = architecture(one.name).build()) {
                    result.put(one.name, measure(one, network, precision));
                }
            }
        }
        result.put("MiB", status("VmHWM") / 1024.0);
        return JsonUtils.GSON_COMPACT.toJson(result);
    }

    private static double measure(Case one, Classifier network, Precision precision) {
        if (one.name.contains("train")) {
            return train(one, (Network) network, precision);
        }
        return one.name.contains("forward") ? forward(one, network, precision) : evaluate(one, network, precision);
    }

    private static double train(Case one, Network network, Precision precision) {
        ImageSet images = one.noise(one.warmUp + one.steps);
        long[] at = new long[one.warmUp + one.steps + 1];
        TrainingListener clock = new TrainingListener() {
            @Override
            public void step(Step step) {
                at[step.step()] = System.nanoTime();
            }
        };
        Recipe recipe = RECIPE.withBatchSize(one.batch).withPrecision(precision);
        Training.fit(network, new Splits(images, images.first(one.batch)), recipe, TrainingListener.SILENT, clock);
        return one.perSecond(at[one.warmUp + one.steps] - at[one.warmUp]);
    }

    private static double forward(Case one, Classifier network, Precision precision) {
        long start = 0;
        try (NDManager owner = network.manager().newSubManager();
                Classifier.Folded folded = network.folded(network.precision(precision))) {
            NDArray x = batch(owner, one.noise(1));
            for (int i = 0; i < one.warmUp + one.steps; i++) {
                start = i == one.warmUp ? System.nanoTime() : start;
                folded.forward(x).close();
            }
            return one.perSecond(System.nanoTime() - start);
        }
    }

    private static double evaluate(Case one, Classifier network, Precision precision) {
        Evaluation.precision(precision).of(network, one.noise(one.warmUp));
        ImageSet images = one.noise(one.steps);
        long start = System.nanoTime();
        Evaluation.precision(precision).of(network, images);
        return one.perSecond(System.nanoTime() - start);
    }

    private static NDArray batch(NDManager owner, ImageSet images) {
        return Batches.plain(owner, images, IntStream.range(0, images.size()).toArray());
    }

    /** The step of {@code Loop}, part by part. */
    private static final class Profile {

        private static final Case TRAIN = Case.of("train 8:3:12");
        private final Network network = architecture(TRAIN.name).build();
        private final Map<String, Part> parts = new LinkedHashMap<>();

        String measure() {
            ImageSet images = TRAIN.noise(1);
            Gradients.off(() -> {
                try (Updates optimizer = new Updates(network.manager(), network.trainable(), RECIPE)) {
                    IntStream.range(0, TRAIN.warmUp).forEach(i -> step(images, optimizer));
                    parts.clear();
                    IntStream.range(0, TRAIN.steps).forEach(i -> step(images, optimizer));
                }
                return null;
            });
            StringBuilder text = new StringBuilder(String.format(
                    "%-10s %8s %8s %8s %12s%n", "of a step", "wall ms", "user ms", "system", "page faults"));
            parts.forEach((name, part) -> text.append(part.row(name, TRAIN.steps)));
            return text + "resident " + status("VmRSS") / 1024 + " MiB, at most " + status("VmHWM") / 1024 + " MiB";
        }

        private void step(ImageSet images, Updates optimizer) {
            Part all = part("all");
            all.begin();
            NDManager scope = network.manager().newSubManager();
            NDArray x = part("images").of(() -> batch(scope, images));
            NDArray labels = scope.create(
                    IntStream.range(0, TRAIN.batch).mapToLong(images::label).toArray());
            try (GradientCollector gradients = Engine.getInstance().newGradientCollector()) {
                NDArray logits = part("forward").of(() -> network.forward(x, true));
                NDArray mean = part("loss")
                        .of(() -> Loss.softmaxCrossEntropyLoss().evaluate(new NDList(labels), new NDList(logits)));
                part("backward").of(() -> {
                    gradients.backward(mean);
                    return mean.getFloat();
                });
            }
            part("optimizer").of(() -> {
                optimizer.step(RECIPE.learningRate());
                return null;
            });
            part("release").of(() -> {
                scope.close();
                return null;
            });
            all.end();
        }

        private Part part(String name) {
            return parts.computeIfAbsent(name, any -> new Part());
        }
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
}
