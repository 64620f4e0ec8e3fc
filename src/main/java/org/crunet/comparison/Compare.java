package org.crunet.comparison;

import static org.crunet.base.Errors.require;

import ai.djl.Device;
import ai.djl.engine.Engine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.crunet.base.Cluster;
import org.crunet.base.Parallel;
import org.crunet.base.Progress;
import org.crunet.base.Records;
import org.crunet.data.Splits;
import org.crunet.files.Folders;
import org.crunet.network.Architecture;
import org.crunet.training.Recipe;
import org.crunet.training.Training;
import org.crunet.training.TrainingListener;

/**
 * A plan to train several networks alike: the same images in the same order, the same recipe and the same seeds.
 *
 * <pre>{@code
 * var comparison = Compare.of(resnet, resnext, cru).seeds(1, 2, 3).run(Recipe.QUICK, data);
 * }</pre>
 *
 * <p>Every training is kept in a folder of its own, named by everything that its result depends on, so an interrupted
 * comparison goes on where it stopped, and one more network or seed trains only what is new. Beside it lies, a byte an image,
 * which validation images it got right, for {@link Comparison#differences}. Of images that stay on disk only
 * the names count: when their pictures change, give another folder. What a training comes to
 * does not depend on which others there are, nor on their order.
 *
 * <p>A training that fails, or whose files are damaged, is a row that says why, and the others go on. One whose loss is
 * no longer a number would fail again and is not repeated, until {@code failure.json} in its folder is deleted.
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
        this.master = Objects.requireNonNull(master, "master is null");
        networks.forEach(network -> Objects.requireNonNull(network, "one of the networks is null"));
        require(!networks.isEmpty(), "give networks to compare, as in Compare.of(Networks.smallCru(32))");
        requireDifferent(networks);
        boolean once = seeds.stream().distinct().count() == seeds.size();
        require(once && !seeds.isEmpty(), "give different seeds, at least one, as in seeds(1, 2, 3): " + seeds);
        require(!folder.toString().isBlank(), "a comparison needs a folder, in(\"runs/mine\"): \"" + folder + '"');
    }

    /** Throws if two networks have one name. */
    static void requireDifferent(List<Architecture> networks) {
        Set<String> names = new HashSet<>();
        networks.stream()
                .map(Architecture::name)
                .forEach(name -> require(
                        names.add(name), "two networks are called " + name + ": tell them apart, withName(\"...\")"));
    }

    /**
     * Returns a comparison of networks, for seed 1, kept in the folder {@code runs}.
     *
     * @param networks at least one, with different names
     * @return the comparison, not begun
     * @throws IllegalArgumentException if there is none or two have one name
     */
    public static Compare of(Architecture... networks) {
        Objects.requireNonNull(networks, "networks is null");
        return new Compare(Stream.of(networks).toList(), List.of(1L), Path.of("runs"), "");
    }

    /**
     * Returns the same comparison with other seeds.
     *
     * @param newSeeds each network is trained once from each
     * @return the comparison, not begun
     * @throws IllegalArgumentException if there is none, or one twice
     */
    public Compare seeds(long... newSeeds) {
        Objects.requireNonNull(newSeeds, "seeds is null");
        return new Compare(networks, LongStream.of(newSeeds).boxed().toList(), folder, master);
    }

    /**
     * Returns the same comparison kept in another folder.
     *
     * @param newFolder where a folder a training is made
     * @return the comparison, not begun
     * @throws IllegalArgumentException if the name is blank
     */
    public Compare in(String newFolder) {
        return new Compare(networks, seeds, Folders.named(newFolder), master);
    }

    /**
     * Returns the same comparison on other machines, each of which makes one training at a time; the folder stays here, and
     * gets each training when it has ended. A listener hears of those alone that were over before, {@link Training#last} is
     * what it was, and of trainings that are interrupted nothing is kept.
     *
     * @param newMaster the name of a cluster, as for {@link Cluster#at}
     * @return the comparison, not begun
     */
    public Compare on(String newMaster) {
        return new Compare(networks, seeds, folder, newMaster);
    }

    /**
     * Trains what is not trained yet, seed by seed, so that a comparison that is interrupted has all networks alike; where there
     * are several GPUs and the recipe names none, one on each. A notebook
     * shows how far it is; a terminal gets a line when a training begins and when it ends. The network of the newest training
     * that is made here stays open, in {@link Training#last}.
     *
     * <p>An interrupt of the thread ends it, and is used up: what is missing is told, and the same call goes on.
     *
     * @param recipe how to train; its seed is replaced, and a decay or rate of some weights is for the networks that have them,
     *     at least one of them
     * @param data images to learn from and to measure on
     * @return the trainings so far, all of them unless it was interrupted
     * @throws IllegalArgumentException if a network or the recipe does not fit the data: before anything is trained
     * @throws IllegalStateException if a cluster is named and there is none, or it fails again and again
     */
    public Comparison run(Recipe recipe, Splits data) {
        List<Planned> plan = plan(recipe, data);
        String what = "training " + count(networks, "network") + " from " + count(seeds, "seed");
        try (Progress progress = Progress.of(what, plan.size() * Trainings.steps(recipe, data))) {
            return run(
                    plan,
                    new Trainings(folder, data, progress),
                    data,
                    one -> TrainingListener.oneOfSeveral((one.number() + 1) + " of " + plan.size() + ", seed "
                            + one.recipe().seed()));
        }
    }

    /**
     * Trains as {@link #run(Recipe, Splits)}, telling the given listener of each training.
     *
     * @param recipe how to train; its seed is replaced
     * @param data images to learn from and to measure on
     * @param listener hears how each training goes, one after the other but on several GPUs; {@link TrainingListener#SILENT} for
     *     nothing at all
     * @return the trainings so far, all of them unless it was interrupted
     */
    public Comparison run(Recipe recipe, Splits data, TrainingListener listener) {
        Objects.requireNonNull(listener, "listener is null");
        List<Planned> plan = plan(recipe, data);
        return run(plan, new Trainings(folder, data, Progress.SILENT), data, one -> listener);
    }

    private static String count(List<?> things, String name) {
        return things.size() + " " + name + (things.size() == 1 ? "" : "s");
    }

    /** Seed by seed. A step of a network is so much work as it has multiply-adds. */
    List<Planned> plan(Recipe recipe, Splits data) {
        Objects.requireNonNull(recipe, "recipe is null");
        Objects.requireNonNull(data, "data is null");
        List<Recipe> recipes = Training.alike(networks, data, recipe);
        double mean = networks.stream()
                .mapToDouble(network -> network.cost().multiplyAdds())
                .average()
                .orElseThrow();
        List<Planned> plan = new ArrayList<>();
        for (long seed : seeds) {
            for (int i = 0; i < networks.size(); i++) {
                double work = networks.get(i).cost().multiplyAdds() / mean;
                plan.add(
                        new Planned(plan.size(), networks.get(i), recipes.get(i).withSeed(seed), work));
            }
        }
        return plan;
    }

    private Comparison run(
            List<Planned> plan, Trainings trainings, Splits data, Function<Planned, TrainingListener> listener) {
        if (Cluster.isHere(master)) {
            runHere(plan, trainings, listener, devices(plan.get(0).recipe()));
        } else {
            runElsewhere(plan, trainings, data, listener);
        }
        List<Member> members = trainings.members();
        List<String> names = networks.stream().map(Architecture::name).toList();
        Comparator<Member> networkByNetwork = Comparator.comparingInt(row -> names.indexOf(row.network()));
        Comparator<Answers> likewise = Comparator.comparingInt(one -> names.indexOf(one.network()));
        return new Comparison(
                members.stream()
                        .sorted(networkByNetwork.thenComparingInt(row -> seeds.indexOf(row.seed())))
                        .toList(),
                trainings.answers().stream()
                        .sorted(likewise.thenComparingInt(one -> seeds.indexOf(one.seed())))
                        .toList(),
                plan.stream()
                        .filter(one -> members.stream().noneMatch(one::is))
                        .map(one -> one.network().name())
                        .toList(),
                trainings.problems(),
                networks.stream()
                        .filter(network -> !network.cost().exact())
                        .map(Architecture::name)
                        .collect(Collectors.toSet()));
    }

    /** All GPUs, unless the recipe names one or there are none. */
    private static List<Device> devices(Recipe recipe) {
        int gpus =
                recipe.device().equals(Recipe.Place.AUTO) ? Engine.getInstance().getGpuCount() : 0;
        return gpus == 0
                ? List.of(Device.cpu())
                : IntStream.range(0, gpus).mapToObj(Device::gpu).toList();
    }

    /** One at a time on each device. */
    static void runHere(
            List<Planned> plan,
            Trainings trainings,
            Function<Planned, TrainingListener> listener,
            List<Device> devices) {
        Queue<Planned> left = new ConcurrentLinkedQueue<>(plan);
        Queue<Device> free = new ConcurrentLinkedQueue<>(devices);
        Supplier<BooleanSupplier> worker = () -> {
            Device device = free.remove();
            return () -> {
                Planned one = left.poll();
                return one != null && Training.on(device, () -> trainings.add(one, listener.apply(one)));
            };
        };
        if (devices.size() == 1) {
            BooleanSupplier step = worker.get();
            while (step.getAsBoolean()) {
                continue;
            }
            return;
        }
        try {
            Parallel.run(devices.size(), worker);
        } catch (InterruptedException interrupted) {
            Thread.interrupted(); // as a training that is interrupted
        }
    }

    /** Reads finished trainings from their folders, and connects to a cluster only if some remain. */
    private void runElsewhere(
            List<Planned> plan, Trainings trainings, Splits data, Function<Planned, TrainingListener> listener) {
        List<Assignment> others = new ArrayList<>();
        for (Planned one : plan) {
            if (!trainings.isOver(one)) {
                others.add(Assignment.of(one, trainings.place(one)));
            } else if (!trainings.add(one, listener.apply(one))) {
                return; // its last checkpoint was damaged, and making it again was interrupted
            }
        }
        if (others.isEmpty()) {
            return;
        }
        Recipe recipe = others.get(0).training().recipe();
        List<String> code = new ArrayList<>(Records.names(recipe));
        others.forEach(other -> code.addAll(other.training().network().ownCode()));
        require(
                code.isEmpty(),
                "other machines do not have the code of this, " + code + ": train here, without on(\"" + master
                        + "\")");
        Assignment.requireMemory(others);
        try {
            Cluster.at(master)
                    .orElseThrow()
                    .run(new Assignment.Job(data), others, trainings.elsewhere(), trainings::add);
        } catch (CancellationException interrupted) {
            Thread.interrupted(); // as a training that is interrupted
        }
    }

    @Override
    public String toString() {
        return networks.stream().map(Architecture::name).toList() + " from the seeds " + seeds + " in " + folder
                + (master.isEmpty() ? "" : " on " + master) + ": call run(recipe, data)";
    }
}
