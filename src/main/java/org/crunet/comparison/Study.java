package org.crunet.comparison;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;
import static org.crunet.base.Errors.require;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.crunet.base.Records;
import org.crunet.data.Splits;
import org.crunet.network.Architecture;
import org.crunet.network.ModelCard;
import org.crunet.training.Recipe;

/**
 * A question, and the plan by which it is decided, written down before anything is trained. A plan is a small program:
 *
 * <pre>{@code
 * class Sharing {
 *     static Study study() {
 *         return Study.asks("What does sharing buy at 272,000 parameters?")
 *                 .decidedBy("the 95 % interval of the difference in top-1")
 *                 .on("0badcafe0badcafe", folder -> ImageFolder.of(folder).size(32).split())
 *                 .of(Relatives.preResNet(20), cru)
 *                 .of(recipe -> recipe.withRate("*core*", 0), cru.withName("CRU, 3x3 as drawn"))
 *                 .recipe(recipe)
 *                 .seeds(1, 2, 3);
 *     }
 *
 *     public static void main(String[] args) {
 *         study().run(args);
 *     }
 * }
 * }</pre>
 *
 * <p>{@code environment/study.sh} with its file trains what is missing. A cell loads the same file, and {@link #results} are the
 * rows that are there.
 *
 * @param question what is asked
 * @param rule by what it is decided
 * @param data the {@linkplain #key key} of the images
 * @param images opens them in a folder
 * @param candidates what is trained
 * @param recipe how
 * @param seeds each candidate is trained once from each
 * @param card what the published weights of its networks have in common; null if none are published
 */
public record Study(
        String question,
        String rule,
        String data,
        Function<String, Splits> images,
        List<Candidate> candidates,
        Recipe recipe,
        List<Long> seeds,
        ModelCard card) {

    /**
     * A network and how it is trained.
     *
     * @param group trained seed by seed, before the next group
     * @param network what is trained
     * @param change makes its recipe of the study's
     */
    public record Candidate(int group, Architecture network, UnaryOperator<Recipe> change) {}

    /** Throws IllegalArgumentException if two networks have one name, or a seed is there twice. */
    public Study {
        Stream.of(question, rule, data, images, recipe).forEach(Objects::requireNonNull);
        require(!question.isBlank(), "a study needs a question: asks(\"...\")");
        candidates = List.copyOf(candidates);
        seeds = List.copyOf(seeds);
        Compare.requireDifferent(candidates.stream().map(Candidate::network).toList());
        List<Long> given = seeds;
        given.forEach(seed ->
                require(given.indexOf(seed) == given.lastIndexOf(seed), "give different seeds, not twice " + seed));
    }

    /**
     * Returns a study without networks, for seed 1 and the recipe {@code Recipe.CIFAR}.
     *
     * @param question what is asked
     * @return a study to say more of
     */
    public static Study asks(String question) {
        return new Study(question, "", "", folder -> null, List.of(), Recipe.CIFAR, List.of(1L), null);
    }

    /**
     * Returns this study with the rule by which it is decided.
     *
     * @param newRule in words
     * @return a new record
     */
    public Study decidedBy(String newRule) {
        return Records.with(this, "rule", newRule);
    }

    /**
     * Returns this study on other images.
     *
     * @param key what {@link #key} says of them, so that nobody goes on with others
     * @param opening opens them in the folder where they are on a machine
     * @return a new record
     */
    public Study on(String key, Function<String, Splits> opening) {
        return Records.with(Records.with(this, "data", key), "images", opening);
    }

    /**
     * Returns the key of images: of the pixels of those in memory, of the names of those that stay on disk.
     *
     * @param images to learn from and to measure on
     * @return 16 hexadecimal digits
     */
    public static String key(Splits images) {
        return Records.key(images.train().fingerprint(), images.validation().fingerprint());
    }

    /**
     * Returns this study with more networks: a group, which is trained seed by seed before the next, so that the first question
     * is answered first.
     *
     * @param networks trained by the study's recipe
     * @return a new record
     */
    public Study of(Architecture... networks) {
        return of(UnaryOperator.identity(), networks);
    }

    /**
     * Returns this study with more networks, trained otherwise.
     *
     * @param change makes their recipe of the study's
     * @param networks a group
     * @return a new record
     */
    public Study of(UnaryOperator<Recipe> change, Architecture... networks) {
        int group =
                candidates.isEmpty() ? 0 : candidates.get(candidates.size() - 1).group() + 1;
        Stream<Candidate> more = Stream.of(networks).map(network -> new Candidate(group, network, change));
        return Records.with(
                this, "candidates", Stream.concat(candidates.stream(), more).toList());
    }

    /**
     * Returns this study with another recipe.
     *
     * @param newRecipe how all are trained; its seed is replaced
     * @return a new record
     */
    public Study recipe(Recipe newRecipe) {
        return Records.with(this, "recipe", newRecipe);
    }

    /**
     * Returns this study with other seeds.
     *
     * @param newSeeds each network is trained once from each
     * @return a new record
     */
    public Study seeds(long... newSeeds) {
        return Records.with(this, "seeds", LongStream.of(newSeeds).boxed().toList());
    }

    /**
     * Returns this study that publishes weights, of one training of each network, with kernels in half floats: beside the rows, as
     * {@code Networks.load} reads them.
     *
     * @param common what their cards have in common: the images and a licence, for instance; the recipe, the accuracy that was
     *     measured and the code are filled in
     * @return a new record
     */
    public Study publishing(ModelCard common) {
        return Records.with(this, "card", common);
    }

    /**
     * Reads the rows that are there.
     *
     * @param file such as {@code studies/sharing.csv}; need not be there yet
     * @return those that belong to this plan
     * @throws IllegalArgumentException if a row was made otherwise than the plan says
     * @throws java.io.UncheckedIOException if the file cannot be read
     */
    public Results results(String file) {
        return new Results(this, Path.of(file));
    }

    /**
     * Trains what is missing and says how far it is before and after, for {@code environment/study.sh}.
     *
     * @param args file of the rows, folder of the images, name of the code, and minutes after which it ends
     */
    public void run(String... args) {
        Results results = results(args[0]);
        System.out.println(results);
        Results trained = results.train(args[1], "runs", args[2], Double.parseDouble(args[3]));
        System.out.println(trained + "\n" + trained.comparison());
    }

    /** Group by group, in each seed by seed. */
    List<Planned> plan() {
        List<Planned> plan = new ArrayList<>();
        candidates.stream()
                .collect(groupingBy(Candidate::group, TreeMap::new, toList()))
                .values()
                .forEach(group -> seeds.forEach(seed -> group.forEach(one -> {
                    Recipe its = one.change().apply(recipe).withSeed(seed).here();
                    plan.add(new Planned(plan.size(), one.network(), its, 1));
                })));
        return plan;
    }

    /** Opens the images, if they are those of the plan. */
    Splits open(String folder) {
        Splits opened = images.apply(folder);
        require(
                key(opened).equals(data),
                () -> "the images in " + folder + " have the key " + key(opened) + " and the plan is for " + data);
        return opened;
    }

    @Override
    public String toString() {
        return question + "\ndecided by " + rule + "\n"
                + candidates.stream().map(one -> one.network().name()).collect(Collectors.joining(", "))
                + "; seeds " + seeds + "; " + recipe;
    }
}
