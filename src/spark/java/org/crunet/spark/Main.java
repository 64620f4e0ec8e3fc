package org.crunet.spark;

import static org.crunet.base.Errors.require;

import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.crunet.comparison.Compare;
import org.crunet.comparison.Comparison;
import org.crunet.comparison.Csv;
import org.crunet.comparison.Member;
import org.crunet.data.ImageFolder;
import org.crunet.data.Places365;
import org.crunet.data.Splits;
import org.crunet.evaluation.Evaluation;
import org.crunet.evaluation.Evaluator;
import org.crunet.exchange.Mxnet;
import org.crunet.exchange.Onnx;
import org.crunet.exchange.Torchvision;
import org.crunet.network.Architecture;
import org.crunet.network.Classifier;
import org.crunet.network.Networks;
import org.crunet.scenes.Scenes;
import org.crunet.training.Recipe;

/** What spark-submit starts: one evaluation or one comparison, with the table that a notebook would write. */
public final class Main {

    private static final String HELP = """
            Evaluates a network, or compares several, on the cluster that spark-submit names.

              evaluate --network CRU_NET_116 --weights crunet116-0000.params --places365 /data/places365 --ten-crops
                       --keep runs/places --out by-class.csv
              compare  --networks smallCru,smallResNeXt --images /data/scenes --size 64 --seeds 1,2,3 --epochs 10
                       --keep runs/scenes --out comparison.csv

            images, which every machine must see under the same path, whatever it is:
              --images FOLDER      train/CLASS/*.jpg and val/CLASS/*.jpg; also hdfs://... and what else Hadoop reads
              --places365 FOLDER   Places365-Standard, as it is published, or a part of it
              --painted N          N painted scenes, which need no files: to try this out
              --size N             pixels; 224
            evaluate:
              --network NAME       a constant of Networks, smallCru or smallResNeXt
              --weights FILE       .safetensors of this library, MXNet's .params, torchvision's .pth or .pth.tar;
                                   .onnx needs no --network
              --ten-crops          as the paper evaluates on Places365
              --batch N            images that are run together
            compare:
              --networks A,B       at least one
              --seeds 1,2,3        1
              --epochs N, --batch N, --rate R    instead of those of Recipe.QUICK
            both:
              --keep FOLDER        of this machine; the same command goes on where it stopped
              --out FILE.csv       a row a class, or a row a training
              --master NAME        instead of spark-submit's: local[2], spark://host:7077, ..., or here
            """;

    private static final Map<String, List<String>> OPTIONS_OF_THE_OTHER = Map.of(
            "evaluate", List.of("--networks", "--seeds", "--epochs", "--rate"),
            "compare", List.of("--network", "--weights", "--ten-crops"));

    private final Map<String, String> options = new LinkedHashMap<>();

    private Main(String what, List<String> words) {
        List<String> others = OPTIONS_OF_THE_OTHER.get(what);
        require(others != null, what + " is neither evaluate nor compare");
        for (int i = 0; i < words.size(); i++) {
            String name = words.get(i);
            require(HELP.contains(name + " ") && name.startsWith("--"), "there is no option " + name);
            require(!others.contains(name), what + " has no option " + name);
            boolean alone = name.equals("--ten-crops");
            require(alone || i + 1 < words.size(), name + " needs a value");
            options.put(name, alone ? "" : words.get(++i));
        }
    }

    /**
     * Runs it. A mistake in what was asked for is told on the standard error, and ends with status 2; status 1 is for what went wrong
     * afterwards, such as a training that failed or a cluster that does not answer.
     *
     * @param args {@code evaluate} or {@code compare} with options, or {@code --help}
     */
    public static void main(String... args) {
        String what = args.length == 0 ? "--help" : args[0];
        if (Arrays.asList(args).contains("--help") || what.equals("--help")) {
            System.out.print(HELP);
            return;
        }
        try {
            Main main = new Main(what, Arrays.asList(args).subList(1, args.length));
            if (what.equals("evaluate")) {
                main.evaluate();
            } else {
                main.compare();
            }
        } catch (IllegalArgumentException mistake) {
            System.err.println(mistake.getMessage() + " (--help lists the options)");
            System.exit(2);
        } catch (IllegalStateException | UncheckedIOException failure) {
            System.err.println(failure.getMessage());
            System.exit(1);
        } finally {
            SparkProvider.disconnect();
        }
    }

    private void evaluate() {
        Splits data = data();
        Evaluator evaluator = Evaluation.on(master()).batchSize(number("--batch", 0));
        if (options.containsKey("--keep")) {
            evaluator = evaluator.in(options.get("--keep"));
        }
        Path out = out();
        Classifier network = network(data);
        Evaluation test = options.containsKey("--ten-crops")
                ? evaluator.tenCrop(network, data.validation())
                : evaluator.of(network, data.validation());
        test.problems().forEach(System.err::println);
        System.out.println(network.name() + ": " + test);
        int classes = data.validation().classes().size();
        if (classes > 5) {
            System.out.printf(Locale.ROOT, "top-5 %.2f %%%n", 100 * test.topK(5));
        }
        Csv.write(test.byClass(), out);
    }

    private void compare() {
        Splits data = data();
        Recipe recipe = Recipe.QUICK
                .withEpochs(number("--epochs", Recipe.QUICK.epochs()))
                .withBatchSize(number("--batch", Recipe.QUICK.batchSize()))
                .withLearningRate(number("--rate", Recipe.QUICK.learningRate(), Double::parseDouble));
        Architecture[] networks = Stream.of(needed("--networks").split(","))
                .map(name -> architecture(name, data))
                .toArray(Architecture[]::new);
        long[] seeds = number(
                "--seeds",
                new long[] {1},
                text -> Stream.of(text.split(",")).mapToLong(Long::parseLong).toArray());
        Path out = out();
        Comparison comparison = Compare.of(networks)
                .seeds(seeds)
                .in(options.getOrDefault("--keep", "runs"))
                .on(master())
                .run(recipe, data);
        comparison.problems().forEach(System.err::println);
        System.out.println(comparison);
        Csv.write(comparison.members(), out);
        if (!comparison.missing().isEmpty() || !comparison.members().stream().allMatch(Member::finished)) {
            throw new IllegalStateException("not every training was made to its end: see " + out);
        }
    }

    private Splits data() {
        int size = number("--size", 224);
        long sources = Stream.of("--images", "--places365", "--painted")
                .filter(options::containsKey)
                .count();
        require(sources == 1, "give one of --images FOLDER, --places365 FOLDER and --painted N");
        if (options.containsKey("--places365")) {
            return Places365.of(options.get("--places365")).size(size).split();
        }
        String images = options.getOrDefault("--images", "");
        if (images.contains("://")) {
            return new Splits(HadoopFolder.images(images + "/train", size), HadoopFolder.images(images + "/val", size));
        }
        if (!images.isEmpty()) {
            return ImageFolder.of(images).size(size).onDisk().split();
        }
        int painted = number("--painted", 0);
        return Scenes.painted(size).seed(3).split(painted, Math.max(1, painted / 4));
    }

    private Classifier network(Splits data) {
        String weights = needed("--weights");
        Path file = Path.of(weights);
        if (weights.endsWith(".onnx")) {
            return Onnx.open(file);
        }
        Architecture architecture = architecture(needed("--network"), data);
        if (weights.endsWith(".params")) {
            return Mxnet.load(architecture, file);
        }
        return weights.contains(".pth") ? Torchvision.load(architecture, file) : architecture.load(file);
    }

    private static Architecture architecture(String name, Splits data) {
        int size = data.train().width();
        int classes = data.train().classes().size();
        if (name.equals("smallCru")) {
            return Networks.smallCru(size).withClasses(classes);
        }
        if (name.equals("smallResNeXt")) {
            return Networks.smallResNeXt(size).withClasses(classes);
        }
        try {
            Architecture published =
                    (Architecture) Networks.class.getField(name).get(null);
            return published.withClasses(classes).withImageSize(size);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(
                    "there is no network " + name + ": give smallCru, smallResNeXt or a constant of Networks, "
                            + Stream.of(Networks.class.getFields())
                                    .map(Field::getName)
                                    .toList(),
                    e);
        }
    }

    private String master() {
        return options.getOrDefault("--master", System.getProperty("spark.master", ""));
    }

    /** Looked at before anything is run. */
    private Path out() {
        Path file = Path.of(needed("--out")).toAbsolutePath();
        require(Files.isDirectory(file.getParent()), "there is no folder for --out " + file);
        return file;
    }

    private String needed(String name) {
        require(options.containsKey(name), "it needs " + name);
        return options.get(name);
    }

    private int number(String name, int otherwise) {
        return number(name, otherwise, Integer::valueOf);
    }

    private <T> T number(String name, T otherwise, Function<String, T> read) {
        if (!options.containsKey(name)) {
            return otherwise;
        }
        try {
            return read.apply(options.get(name));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " needs a number, not " + options.get(name), e);
        }
    }
}
