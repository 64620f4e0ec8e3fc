package org.crunet.comparison;

import static org.crunet.base.Errors.require;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.crunet.base.Records;
import org.crunet.data.Splits;
import org.crunet.network.Architecture;
import org.crunet.training.Recipe;

/**
 * Networks trained with every combination of some values, to choose by: as many settings of each network, measured on images held
 * back of those to train, never on those to validate.
 *
 * <pre>{@code
 * var settings = Sweep.of(resnet, cru)
 *         .recipe("rate", List.of(0.05, 0.1, 0.2), Recipe::withLearningRate)
 *         .network("depth", List.of(2, 3), (network, units) -> network.withStage("conv4", stage -> stage.withUnits(units)))
 *         .seeds(1, 2)
 *         .run(Recipe.QUICK, data);
 * settings.best("CRU").recipe()
 * }</pre>
 *
 * <p>A training is kept as in {@link Compare}, so that the same call goes on, and one more value trains only what is new.
 *
 * @param networks what is trained
 * @param axes what is varied
 * @param seeds each network is trained once from each, with each combination
 * @param folder where the trainings are kept
 * @param share of the images to train that is held back
 */
public record Sweep(List<Architecture> networks, List<Axis<?>> axes, List<Long> seeds, String folder, double share) {

    private static final double TENTH = 0.1;

    /**
     * Values that something takes, one after the other.
     *
     * @param <T> what they are
     * @param name column of the table
     * @param values at least one
     * @param network makes of a network the one with a value
     * @param recipe makes of a recipe the one with a value
     */
    public record Axis<T>(
            String name,
            List<T> values,
            BiFunction<Architecture, T, Architecture> network,
            BiFunction<Recipe, T, Recipe> recipe) {

        private Stream<Setting> settings(Setting before) {
            return values.stream().map(value -> {
                Map<String, Object> all = new LinkedHashMap<>(before.values());
                all.put(name, value);
                return new Setting(
                        network.apply(before.network(), value), recipe.apply(before.recipe(), value), all, null);
            });
        }
    }

    /** Throws IllegalArgumentException if two axes have one name, or one no values. */
    public Sweep {
        networks = List.copyOf(networks);
        axes = List.copyOf(axes);
        seeds = List.copyOf(seeds);
        List<String> names = axes.stream().map(Axis::name).toList();
        for (Axis<?> axis : axes) {
            require(!axis.values().isEmpty(), () -> "no values of " + axis.name() + ": give at least one");
            require(
                    names.indexOf(axis.name()) == names.lastIndexOf(axis.name()),
                    () -> "two axes are called " + axis.name() + ": give them different names");
        }
    }

    /**
     * Returns a sweep of networks over nothing yet, for seed 1, kept in the folder {@code runs}; a tenth of the images is held back.
     *
     * @param networks at least one
     * @return a sweep to say more of
     */
    public static Sweep of(Architecture... networks) {
        return new Sweep(List.of(networks), List.of(), List.of(1L), "runs", TENTH);
    }

    /**
     * Returns this sweep over something of the recipe too.
     *
     * @param <T> what is varied
     * @param name column of the table
     * @param values at least one
     * @param change makes of the recipe the one with a value, such as {@code Recipe::withLearningRate}
     * @return a new record
     */
    public <T> Sweep recipe(String name, List<T> values, BiFunction<Recipe, T, Recipe> change) {
        return with(new Axis<>(name, List.copyOf(values), (network, value) -> network, change));
    }

    /**
     * Returns this sweep over something of the networks too.
     *
     * @param <T> what is varied
     * @param name column of the table
     * @param values at least one
     * @param change makes of a network the one with a value
     * @return a new record
     */
    public <T> Sweep network(String name, List<T> values, BiFunction<Architecture, T, Architecture> change) {
        return with(new Axis<>(
                name,
                List.copyOf(values),
                (network, value) -> change.apply(network, value).withName(network.name()),
                (recipe, value) -> recipe));
    }

    private Sweep with(Axis<?> axis) {
        List<Axis<?>> all = new ArrayList<>(axes);
        all.add(axis);
        return Records.with(this, "axes", all);
    }

    /**
     * Returns this sweep from other seeds.
     *
     * @param newSeeds each network is trained once from each, with each combination
     * @return a new record
     */
    public Sweep seeds(long... newSeeds) {
        return Records.with(this, "seeds", LongStream.of(newSeeds).boxed().toList());
    }

    /**
     * Returns this sweep kept in another folder.
     *
     * @param newFolder where a folder a training is made
     * @return a new record
     */
    public Sweep in(String newFolder) {
        return Records.with(this, "folder", newFolder);
    }

    /**
     * Returns this sweep measured on another share of the images to train.
     *
     * @param newShare over 0 and below 1
     * @return a new record
     */
    public Sweep holdingBack(double newShare) {
        return Records.with(this, "share", newShare);
    }

    /**
     * Trains what is not trained yet, combination by combination.
     *
     * @param recipe how, apart from what is varied; its seed is replaced
     * @param data of which only the images to train are used
     * @return the settings so far, all of them unless it was interrupted
     * @throws IllegalArgumentException as {@link Compare#run(Recipe, Splits)}
     */
    public Settings run(Recipe recipe, Splits data) {
        Splits held = data.heldBack(share, 1);
        List<Setting> made = new ArrayList<>();
        int combinations = 0;
        for (List<Setting> combination : combinations(recipe)) {
            Comparison comparison = compare(combination).run(combination.get(0).recipe(), held);
            if (!comparison.missing().isEmpty()) {
                break;
            }
            combinations++;
            List<Summary> rows = comparison.summaries();
            for (int i = 0; i < rows.size(); i++) {
                made.add(Records.with(combination.get(i), "summary", rows.get(i)));
            }
        }
        int missing = combinations(recipe).size() - combinations;
        return new Settings(made, missing, seeds.size(), held.validation().size());
    }

    /** Networks alike, one after the other; of all, one combination of the values each. */
    private List<List<Setting>> combinations(Recipe recipe) {
        List<List<Setting>> ofNetworks = networks.stream()
                .map(network -> combinations(new Setting(network, recipe, Map.of(), null)))
                .toList();
        List<List<Setting>> all = new ArrayList<>();
        for (int i = 0; i < ofNetworks.get(0).size(); i++) {
            int place = i;
            all.add(ofNetworks.stream().map(one -> one.get(place)).toList());
        }
        return all;
    }

    private List<Setting> combinations(Setting begin) {
        List<Setting> all = List.of(begin);
        for (Axis<?> axis : axes) {
            all = all.stream().flatMap(axis::settings).toList();
        }
        return all;
    }

    private Compare compare(List<Setting> combination) {
        return Compare.of(combination.stream().map(Setting::network).toArray(Architecture[]::new))
                .seeds(seeds.stream().mapToLong(seed -> seed).toArray())
                .in(folder);
    }
}
