package org.crunet.comparison;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.IntFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.crunet.base.Progress;
import org.crunet.data.Splits;
import org.crunet.evaluation.Cluster;
import org.crunet.network.Architecture;
import org.crunet.training.Recipe;
import org.crunet.training.Training;
import org.crunet.training.TrainingListener;

/**
 * Trains several networks alike: the same images in the same order, the same recipe and the same seeds.
 *
 * <pre>{@code
 * var comparison = Compare.of(resnet, resnext, cru).seeds(1, 2, 3).run(Recipe.QUICK, data);
 * }</pre>
 *
 * <p>Every training is kept in a folder of its own, named by everything that its result depends on, so an interrupted
 * comparison goes on where it stopped, and one more network or seed trains only what is new. Of images that stay on disk only
 * the names count: when their pictures change, give another folder. What a training comes to
 * does not depend on which others there are, nor on their order.
 *
 * <p>A training that fails, or whose files are damaged, is a row that says why, and the others go on. One whose loss is
 * no longer a number would fail again and is not repeated, until {@code failure.properties} in its folder is deleted.
 */
public final class Compare {

    private final List<Architecture> networks;
    private final List<Long> seeds;
    private final Path folder;
    private final String master;

    private Compare(List<Architecture> networks, List<Long> seeds, Path folder, String master) {
        this.networks = networks;
        this.seeds = seeds;
        this.folder = folder;
        this.master = master;
    }

    /**
     * Networks to compare, for seed 1, kept in the folder {@code runs}.
     *
     * @param networks at least one, with different names
     * @return the comparison, not begun
     * @throws IllegalArgumentException if there is none or two have one name
     */
    public static Compare of(Architecture... networks) {
        Objects.requireNonNull(networks, "networks is null");
        List<Architecture> all = Stream.of(networks)
                .map(network -> Objects.requireNonNull(network, "one of the networks is null"))
                .toList();
        if (all.isEmpty()) {
            throw new IllegalArgumentException("give networks to compare, as in Compare.of(Networks.smallCru(32))");
        }
        List<String> names = all.stream().map(Architecture::name).toList();
        names.forEach(name -> {
            if (names.indexOf(name) != names.lastIndexOf(name)) {
                throw new IllegalArgumentException(
                        "two networks are called " + name + ": tell them apart, withName(\"...\")");
            }
        });
        return new Compare(all, List.of(1L), Path.of("runs"), "");
    }

    /**
     * The same comparison with other seeds.
     *
     * @param newSeeds each network is trained once from each
     * @return the comparison, not begun
     * @throws IllegalArgumentException if there is none, or one twice
     */
    public Compare seeds(long... newSeeds) {
        Objects.requireNonNull(newSeeds, "seeds is null");
        List<Long> all = LongStream.of(newSeeds).boxed().toList();
        if (all.isEmpty() || all.stream().distinct().count() < all.size()) {
            throw new IllegalArgumentException("give different seeds, at least one, as in seeds(1, 2, 3): " + all);
        }
        return new Compare(networks, all, folder, master);
    }

    /**
     * The same comparison kept in another folder.
     *
     * @param newFolder where a folder a training is made
     * @return the comparison, not begun
     * @throws IllegalArgumentException if the name is blank
     */
    public Compare in(String newFolder) {
        if (Objects.requireNonNull(newFolder, "folder is null").isBlank()) {
            throw new IllegalArgumentException(
                    "a comparison needs a folder, as in in(\"runs/mine\"): \"" + newFolder + "\"");
        }
        return new Compare(networks, seeds, Path.of(newFolder), master);
    }

    /**
     * The same comparison on other machines, each of which makes one training at a time; the folder stays here, and gets each
     * training when it has ended. A listener hears of those alone that were over before, {@link Training#last} is what it was,
     * and of trainings that are interrupted nothing is kept.
     *
     * @param newMaster the name of a cluster of Apache Spark, such as {@code spark://host:7077} or {@code yarn};
     *     {@code here} for this process, whatever the environment says in {@code CRUNET_MASTER}
     * @return the comparison, not begun
     */
    public Compare on(String newMaster) {
        return new Compare(networks, seeds, folder, Objects.requireNonNull(newMaster, "master is null"));
    }

    /**
     * Trains what is not trained yet, seed by seed, so that a comparison that is interrupted has all networks alike. The
     * network of the newest training that is made here stays open, in {@link Training#last}. A notebook shows how far it is; a terminal gets a
     * line when a training begins and when it ends.
     *
     * @param recipe how to train; its seed is replaced
     * @param data images to learn from and to measure on
     * @return the trainings so far, all of them unless it was interrupted
     * @throws IllegalArgumentException if a network or the recipe does not fit the data: before anything is trained
     * @throws IllegalStateException if a cluster is named and there is none, or it fails again and again
     */
    public Comparison run(Recipe recipe, Splits data) {
        requireFit(recipe, data);
        String what = "training " + count(networks, "network") + " from " + count(seeds, "seed");
        try (Progress progress = Progress.of(what, planned() * Trainings.steps(recipe, data))) {
            return run(recipe, data, progress, this::telling);
        }
    }

    /**
     * As {@link #run(Recipe, Splits)}, telling the given listener of each training.
     *
     * @param recipe how to train; its seed is replaced
     * @param data images to learn from and to measure on
     * @param listener hears how each training goes, one after the other; {@link TrainingListener#SILENT} for nothing at all
     * @return the trainings so far, all of them unless it was interrupted
     * @throws IllegalArgumentException if a network or the recipe does not fit the data: before anything is trained
     * @throws IllegalStateException if a cluster is named and there is none, or it fails again and again
     */
    public Comparison run(Recipe recipe, Splits data, TrainingListener listener) {
        Objects.requireNonNull(listener, "listener is null");
        requireFit(recipe, data);
        return run(recipe, data, Progress.SILENT, i -> listener);
    }

    private void requireFit(Recipe recipe, Splits data) {
        Objects.requireNonNull(recipe, "recipe is null");
        Objects.requireNonNull(data, "data is null");
        networks.forEach(network -> Training.requireCompatible(network, data, recipe));
    }

    private static String count(List<?> things, String name) {
        return things.size() + " " + name + (things.size() == 1 ? "" : "s");
    }

    private int planned() {
        return networks.size() * seeds.size();
    }

    private Architecture network(int i) {
        return networks.get(i % networks.size());
    }

    private long seed(int i) {
        return seeds.get(i / networks.size());
    }

    private TrainingListener telling(int i) {
        return TrainingListener.oneOfSeveral((i + 1) + " of " + planned() + ", seed " + seed(i));
    }

    private Comparison run(Recipe recipe, Splits data, Progress progress, IntFunction<TrainingListener> listener) {
        Trainings trainings = new Trainings(folder, data, progress);
        if (Cluster.isHere(master)) {
            runHere(recipe, trainings, listener);
        } else {
            runElsewhere(recipe, data, trainings, listener);
        }
        List<Member> members = trainings.members();
        List<String> missing = IntStream.range(0, planned())
                .filter(i -> members.stream().noneMatch(member -> is(member, network(i), seed(i))))
                .mapToObj(i -> network(i).name())
                .toList();
        return new Comparison(inOrder(members), missing, trainings.problems());
    }

    private void runHere(Recipe recipe, Trainings trainings, IntFunction<TrainingListener> listener) {
        boolean interrupted = false;
        for (int i = 0; i < planned() && !interrupted; i++) {
            interrupted = !trainings.add(network(i), recipe.withSeed(seed(i)), share(i), listener.apply(i));
        }
    }

    /** What is over is taken from its folder, and if all is, no cluster is needed. */
    private void runElsewhere(Recipe recipe, Splits data, Trainings trainings, IntFunction<TrainingListener> listener) {
        List<Assignment> others = new ArrayList<>();
        for (int i = 0; i < planned(); i++) {
            Recipe seeded = recipe.withSeed(seed(i));
            if (trainings.isOver(network(i), seeded)) {
                if (!trainings.add(network(i), seeded, share(i), listener.apply(i))) {
                    return; // its last checkpoint was damaged, and making it again was interrupted
                }
            } else {
                Path place = Trainings.place(folder, network(i), seeded, data);
                others.add(Assignment.of(i, network(i), seeded, share(i), place));
            }
        }
        if (others.isEmpty()) {
            return;
        }
        try {
            TrainingCluster cluster = (TrainingCluster) Cluster.at(master).orElseThrow();
            cluster.train(data, others, trainings.elsewhere(), trained -> {
                int i = trained.number();
                trainings.add(network(i), recipe.withSeed(seed(i)), share(i), trained);
            });
        } catch (CancellationException interrupted) {
            Thread.interrupted(); // as a training that is interrupted
        }
    }

    private double share(int i) {
        return shares()[i % networks.size()];
    }

    /** How long a step of each network takes, told from its multiply-adds, in steps of an average one. */
    double[] shares() {
        double[] work = networks.stream()
                .mapToDouble(network -> network.cost().multiplyAdds())
                .toArray();
        double mean = DoubleStream.of(work).average().orElseThrow();
        return DoubleStream.of(work).map(one -> one / mean).toArray();
    }

    /** Network by network, each from its first seed to its last. */
    private List<Member> inOrder(List<Member> members) {
        return networks.stream()
                .flatMap(network ->
                        seeds.stream().flatMap(seed -> members.stream().filter(member -> is(member, network, seed))))
                .toList();
    }

    private static boolean is(Member member, Architecture network, long seed) {
        return member.network().equals(network.name()) && member.seed() == seed;
    }
}
