package org.crunet.spark;

import static org.crunet.base.Errors.require;

import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.crunet.comparison.Compare;
import org.crunet.comparison.Comparison;
import org.crunet.comparison.Member;
import org.crunet.data.ImageFolder;
import org.crunet.data.ImageSet;
import org.crunet.data.Places365;
import org.crunet.data.Splits;
import org.crunet.evaluation.Evaluation;
import org.crunet.evaluation.Evaluator;
import org.crunet.exchange.Mxnet;
import org.crunet.exchange.Onnx;
import org.crunet.exchange.Torchvision;
import org.crunet.files.Csv;
import org.crunet.network.Architecture;
import org.crunet.network.Classifier;
import org.crunet.network.Networks;
import org.crunet.scenes.Scenes;
import org.crunet.training.Recipe;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The program that spark-submit starts: one evaluation or one comparison, with the table that a notebook would write. */
@Command(name = "crunet")
public final class Main implements Runnable {

    @Option(names = "--help")
    private boolean help;

    @Spec
    private CommandLine.Model.CommandSpec spec;

    private Main() {}

    /**
     * Runs it. A mistake in what was asked for is told in a line on the standard error, and ends with status 2; status 1 is for
     * what went wrong afterwards, such as a training that failed or a cluster that does not answer.
     *
     * @param args {@code evaluate} or {@code compare} with options, or {@code --help}
     */
    public static void main(String... args) {
        int status = new CommandLine(new Main())
                .setUsageHelpWidth(120)
                .setParameterExceptionHandler(
                        (e, all) -> mistake(unknown(e.getCommandLine()).orElse(e.getMessage())))
                .setExecutionExceptionHandler((e, line, all) -> failure(e))
                .execute(args);
        SparkProvider.disconnect();
        if (status != 0) {
            System.exit(status);
        }
    }

    /** Told before what is missing, which may be what was misspelt. */
    private static Optional<String> unknown(CommandLine command) {
        List<String> words = command.getUnmatchedArguments();
        return words.stream().findFirst().map(word -> command.getCommandName() + " knows no " + word);
    }

    private static int mistake(String what) {
        System.err.println(what + " (--help lists the options)");
        return 2;
    }

    private static int failure(Exception e) throws Exception {
        if (e instanceof IllegalArgumentException) {
            return mistake(e.getMessage());
        }
        if (e instanceof IllegalStateException || e instanceof UncheckedIOException) {
            System.err.println(e.getMessage());
            return 1;
        }
        throw e;
    }

    /** Lists the options of both commands. */
    @Override
    public void run() {
        spec.subcommands().values().forEach(command -> command.usage(System.out));
    }

    private static final class Images {

        @Option(names = "--images", description = "train/CLASS/*.jpg and val/CLASS/*.jpg; also hdfs://host/...")
        private String folder;

        @Option(names = "--places365", description = "Places365-Standard, as it is published, or a part of it")
        private String places;

        @Option(names = "--painted", description = "so many painted scenes, which need no files: to try this out")
        private int number;
    }

    private static final class Shared {

        @ArgGroup(multiplicity = "1", heading = "Images, under the same path on every machine; one of:%n")
        private Images images;

        @Option(names = "--size", description = "pixels; 224")
        private int size = 224;

        @Option(names = "--keep", description = "a folder here; the same command goes on where it stopped")
        private Optional<String> folder;

        @Option(names = "--out", required = true, description = "a .csv file: a row a class, or a row a training")
        private Path file;

        @Option(names = "--master", description = "local[2], spark://host:7077, ... or here, instead of spark-submit's")
        private String master = System.getProperty("spark.master", "");

        @Option(names = "--help", usageHelp = true, description = "lists the options")
        private boolean help;

        /** Looked at before anything is run. */
        private Path out() {
            Path out = file.toAbsolutePath();
            require(Files.isDirectory(out.getParent()), "there is no folder for --out " + out);
            return out;
        }

        private Splits data() {
            String root = images.folder;
            if (images.places != null) {
                return Places365.of(images.places).size(size).split();
            }
            if (root == null) {
                return Scenes.painted(size).seed(3).split(images.number, Math.max(1, images.number / 4));
            }
            return root.contains("://")
                    ? new Splits(HadoopFolder.images(root + "/train", size), HadoopFolder.images(root + "/val", size))
                    : ImageFolder.of(root).size(size).onDisk().split();
        }
    }

    @Command(
            sortOptions = false,
            description = "Evaluates a network.",
            footer =
                    "such as evaluate --network CRU_NET_116 --weights crunet116-0000.params --places365 /data/places365"
                            + " --ten-crops --out by-class.csv%n")
    void evaluate(
            @Mixin Shared shared,
            @Option(names = "--network", description = "a constant of Networks, smallCru, smallResNeXt; not for .onnx")
                    Optional<String> name,
            @Option(names = "--weights", required = true, description = ".safetensors, .params, .pth(.tar), .onnx")
                    Path weights,
            @Option(names = "--ten-crops", description = "as the paper evaluates on Places365") boolean tenCrops,
            @Option(names = "--batch", description = "images that are run together") int number) {
        Path out = shared.out();
        Splits data = shared.data();
        ImageSet images = data.validation();
        Evaluator on = Evaluation.on(shared.master).batchSize(number);
        Evaluator evaluator = shared.folder.map(on::in).orElse(on);
        Classifier network = network(name, weights, data);
        Evaluation test = tenCrops ? evaluator.tenCrop(network, images) : evaluator.of(network, images);
        test.problems().forEach(System.err::println);
        System.out.println(network.name() + ": " + test);
        if (test.classes().size() > 5) {
            System.out.printf(Locale.ROOT, "top-5 %.2f %%%n", 100 * test.topK(5));
        }
        Csv.write(test.byClass(), out);
    }

    private static Classifier network(Optional<String> name, Path weights, Splits data) {
        String file = weights.toString();
        if (file.endsWith(".onnx")) {
            return Onnx.open(weights);
        }
        require(name.isPresent(), "evaluate needs --network for " + file);
        Architecture architecture = architecture(name.get(), data);
        if (file.endsWith(".params")) {
            return Mxnet.load(architecture, weights);
        }
        return file.contains(".pth") ? Torchvision.load(architecture, weights) : architecture.load(weights);
    }

    @Command(
            sortOptions = false,
            description = "Trains several networks alike, as Recipe.QUICK says.",
            footer = "such as compare --networks smallCru,smallResNeXt --images /data/scenes --size 64 --seeds 1,2,3"
                    + " --out comparison.csv")
    void compare(
            @Mixin Shared shared,
            @Option(names = "--networks", split = ",", required = true, description = "as --network of evaluate")
                    String[] names,
            @Option(names = "--seeds", split = ",", defaultValue = "1", description = "1") long[] seeds,
            @Option(names = "--epochs", description = "instead of the recipe's") Optional<Integer> epochs,
            @Option(names = "--batch", description = "images a step, instead of the recipe's") Optional<Integer> number,
            @Option(names = "--rate", description = "of learning, instead of the recipe's") Optional<Double> rate) {
        Path out = shared.out();
        Splits data = shared.data();
        Recipe recipe = Recipe.QUICK
                .withEpochs(epochs.orElse(Recipe.QUICK.epochs()))
                .withBatchSize(number.orElse(Recipe.QUICK.batchSize()))
                .withLearningRate(rate.orElse(Recipe.QUICK.learningRate()));
        Architecture[] networks =
                Stream.of(names).map(name -> architecture(name, data)).toArray(Architecture[]::new);
        Compare asked = Compare.of(networks).seeds(seeds).in(shared.folder.orElse("runs"));
        Comparison comparison = asked.on(shared.master).run(recipe, data);
        comparison.problems().forEach(System.err::println);
        System.out.println(comparison);
        Csv.write(comparison.members(), out);
        if (comparison.members().stream().filter(Member::finished).count() < comparison.planned()) {
            throw new IllegalStateException("not every training was made to its end: see " + out);
        }
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
            Field published = Networks.class.getField(name);
            return ((Architecture) published.get(null)).withClasses(classes).withImageSize(size);
        } catch (ReflectiveOperationException e) {
            List<String> all =
                    Stream.of(Networks.class.getFields()).map(Field::getName).toList();
            throw new IllegalArgumentException(
                    "there is no network " + name + ": give smallCru, smallResNeXt or one of " + all, e);
        }
    }
}
