package org.crunet.network;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;
import static org.crunet.base.Errors.require;
import static org.crunet.base.Records.with;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.initializer.Initializer;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.crunet.block.Chain;
import org.crunet.block.CollectiveForm;
import org.crunet.block.CollectiveUnit;
import org.crunet.block.FlowBlock;
import org.crunet.block.Kernels;
import org.crunet.block.Normalisation;
import org.crunet.block.Place;
import org.crunet.block.ResidualUnit;
import org.crunet.block.SharedKernels;
import org.crunet.block.Sharing;
import org.crunet.block.Shortcut;
import org.crunet.block.Unit;
import org.crunet.block.UnitGroup;
import org.crunet.tensor.Decomposition;
import org.crunet.tensor.Rank;

/**
 * A run of units at one resolution: a cell of Table 1.
 *
 * @param kind what the units are
 * @param units number of units
 * @param width width D of the units' 3x3 convolution
 * @param cardinality number of block terms R of the 3x3
 * @param out output channels C of every unit
 * @param shortcut what goes around a first unit that changes channels or resolution; collective units project
 * @param sharing a map from unit to owner for each role of a unit that is shared
 * @param kernels how the kernel of a role is computed, for each role where it is
 */
public record Stage(
        Units kind,
        int units,
        int width,
        int cardinality,
        int out,
        Shortcut shortcut,
        Map<String, Sharing> sharing,
        Map<String, Kernels> kernels)
        implements Serializable {

    private static final String PROJECT = "project";
    private static final String REDUCE = "reduce";
    private static final String CORE = "core";
    private static final Map<String, Sharing> COLLECTIVE =
            Map.of(PROJECT, Sharing.ALL, REDUCE, Sharing.ALL, CORE, Sharing.ALL);

    /** The kind of the units: one of {@link Kind}, or one's own. */
    public interface Units extends Serializable {

        /**
         * Makes a unit.
         *
         * @param place its input, its stride, and what it shares
         * @param stage where it stands
         * @param norm setting and place of every batch norm
         * @return a new unit
         */
        Unit unit(Place place, Stage stage, Normalisation norm);

        /**
         * Describes a unit.
         *
         * @param stage where it stands
         * @return such as {@code 128, R = 32}
         */
        String words(Stage stage);
    }

    /** The units of the paper's networks. */
    public enum Kind implements Units {
        /** Two plain 3x3 convolutions: conv1, conv2. */
        BASIC(null),
        /** 1x1, 3x3 with cardinality and the stride, 1x1: reduce, core, expand. */
        BOTTLENECK(null),
        /** The same with the stride in the first 1x1. */
        EARLY_STRIDE_BOTTLENECK(null),
        /** The collective residual unit in its standard form (Fig. 3, left): reduce, core, expand. */
        STANDARD_CRU(CollectiveForm.STANDARD),
        /** The collective residual unit in its improved form (Fig. 3, right), of all published networks: mix before expand. */
        CRU(CollectiveForm.IMPROVED);

        private final CollectiveForm form;

        Kind(CollectiveForm form) {
            this.form = form;
        }

        @Override
        public Unit unit(Place place, Stage stage, Normalisation norm) {
            int out = stage.out;
            int width = stage.width;
            return switch (this) {
                case BASIC -> ResidualUnit.basic(place, out, width, stage.shortcut, norm);
                case BOTTLENECK, EARLY_STRIDE_BOTTLENECK -> {
                    boolean early = this == EARLY_STRIDE_BOTTLENECK;
                    yield ResidualUnit.bottleneck(place, out, width, stage.cardinality, early, stage.shortcut, norm);
                }
                case STANDARD_CRU, CRU -> new CollectiveUnit(place, out, width, stage.cardinality, form, norm);
            };
        }

        @Override
        public String words(Stage stage) {
            String terms = stage.width + (stage.cardinality == stage.width ? "" : ", R = " + stage.cardinality);
            return switch (this) {
                case BASIC -> "3x3, 3x3, " + stage.width;
                case BOTTLENECK -> stage.width + ", R = " + stage.cardinality;
                case EARLY_STRIDE_BOTTLENECK -> BOTTLENECK.words(stage) + ", stride in the 1x1";
                case STANDARD_CRU -> "standard CRU " + terms;
                case CRU -> "CRU " + terms;
            };
        }
    }

    /** Checks the fields against each other; throws IllegalArgumentException with those that do not fit. */
    public Stage {
        Objects.requireNonNull(kind, "kind is null");
        Objects.requireNonNull(shortcut, "shortcut is null");
        Map<String, Sharing> whole = new TreeMap<>(Objects.requireNonNull(sharing, "sharing is null"));
        whole.forEach((role, map) -> Objects.requireNonNull(map, role + " is null"));
        whole.replaceAll((role, map) -> map.group() == units ? with(map, "group", 0) : map);
        sharing = Collections.unmodifiableMap(whole);
        kernels = Collections.unmodifiableMap(new TreeMap<>(Objects.requireNonNull(kernels, "kernels is null")));
        require(units > 0 && out > 0, "units and out must be positive: units=" + units + ", out=" + out);
        require(
                width > 0 && cardinality > 0 && width % cardinality == 0,
                "cardinality must divide the width, both positive: cardinality=" + cardinality + ", width=" + width);
        require(kind != Kind.BASIC || cardinality == 1, "basic units have cardinality 1: cardinality=" + cardinality);
        for (Map.Entry<String, Sharing> role : sharing.entrySet()) {
            Sharing map = role.getValue();
            require(
                    map.group() <= units
                            && (map.owners().isEmpty() || map.owners().size() == units),
                    () -> "groups of 1 to " + units + " units, or owners of " + units + ": " + role.getKey() + " is "
                            + map);
        }
    }

    /**
     * Makes a stage of basic units: two 3x3 convolutions each, as in ResNet-18 and 34.
     *
     * @param units number of units
     * @param out output channels C, and the width
     * @return a new record
     */
    public static Stage basic(int units, int out) {
        return new Stage(Kind.BASIC, units, out, 1, out, Shortcut.PROJECTION, Map.of(), Map.of());
    }

    /**
     * Makes a stage of bottlenecks, each with weights of its own.
     *
     * @param units number of units
     * @param width width D
     * @param cardinality number of block terms R
     * @param out output channels C
     * @return a new record
     */
    public static Stage residual(int units, int width, int cardinality, int out) {
        return new Stage(Kind.BOTTLENECK, units, width, cardinality, out, Shortcut.PROJECTION, Map.of(), Map.of());
    }

    /**
     * Makes a stage of collective units that all share one pair of factors, in the improved form, with a channelwise
     * 3x3 ({@code R = D}).
     *
     * @param units number of units
     * @param width width D
     * @param out output channels C
     * @return a new record
     */
    public static Stage collective(int units, int width, int out) {
        return new Stage(Kind.CRU, units, width, width, out, Shortcut.PROJECTION, COLLECTIVE, Map.of());
    }

    /**
     * Makes a stage of units of one's own, with a projection for its shortcut: {@code Stage.of("scaled unit", 3, 64, (place, stage, norm) -> new Scaled(place))}.
     *
     * @param name what the units are called, which says what they are wherever a run is recognised: a changed unit takes a
     *     new name
     * @param units number of units
     * @param out output channels C, and the width
     * @param maker makes a unit at its place
     * @return a new record
     */
    public static Stage of(String name, int units, int out, OwnUnits.Maker maker) {
        return new Stage(new OwnUnits(name, maker), units, out, 1, out, Shortcut.PROJECTION, Map.of(), Map.of());
    }

    /**
     * Returns this stage with units of another kind; collective ones share over the whole stage unless they did before, the
     * others do not.
     *
     * @param newKind what the units are
     * @return a new record
     */
    public Stage withKind(Units newKind) {
        boolean keeps = collective(newKind) == collective();
        Map<String, Sharing> shared = keeps ? sharing : collective(newKind) ? COLLECTIVE : Map.of();
        return new Stage(newKind, units, width, cardinality, out, shortcut, shared, kernels);
    }

    /**
     * Returns this stage with another number of units; a group that was the whole stage still is, and so is one that
     * was larger.
     *
     * @param newUnits number of units
     * @return a new record
     */
    public Stage withUnits(int newUnits) {
        Map<String, Sharing> fitted = mapped((role, map) -> map.group() > newUnits ? map.inGroupsOf(newUnits) : map);
        return new Stage(kind, newUnits, width, cardinality, out, shortcut, fitted, kernels);
    }

    /**
     * Returns this stage with another width; a channelwise 3x3 stays channelwise.
     *
     * @param newWidth width D
     * @return a new record
     */
    public Stage withWidth(int newWidth) {
        int newCardinality = cardinality == width ? newWidth : cardinality;
        return new Stage(kind, units, newWidth, newCardinality, out, shortcut, sharing, kernels);
    }

    /**
     * Returns this stage with another cardinality.
     *
     * @param newCardinality number of block terms R
     * @return a new record
     */
    public Stage withCardinality(int newCardinality) {
        return with(this, "cardinality", newCardinality);
    }

    /**
     * Returns this stage with something else around a first unit that changes channels or resolution.
     *
     * @param newShortcut what
     * @return a new record
     */
    public Stage withShortcut(Shortcut newShortcut) {
        return with(this, "shortcut", newShortcut);
    }

    /**
     * Returns this stage with another map from unit to owner in a role.
     *
     * @param role a part of a unit, such as {@code core} of a bottleneck or {@code conv2} of a basic unit
     * @param map such as {@code Sharing.ALL_BUT_FIRST}
     * @return a new record
     */
    public Stage withSharing(String role, Sharing map) {
        Map<String, Sharing> all = new TreeMap<>(sharing);
        all.put(role, map);
        all.values().removeIf(Sharing.OWN::equals);
        return with(this, "sharing", all);
    }

    /**
     * Returns this stage with kernels that are computed in a role.
     *
     * @param role a part of a unit, such as {@code core}
     * @param name what is computed, which says what it is wherever a run is recognised: a changed formula takes a new name
     * @param maker makes the kernel of a unit, from what {@link Place#stored} gives it
     * @return a new record
     */
    public Stage withKernels(String role, String name, Kernels.Maker maker) {
        Map<String, Kernels> all = new TreeMap<>(kernels);
        all.put(role, new Kernels(name, maker));
        return with(this, "kernels", all);
    }

    /**
     * Returns this stage with what its units share refreshed after every {@code size} units; 1 shares nothing.
     *
     * @param size number of units that share
     * @return a new record
     */
    public Stage withGroupsOf(int size) {
        require(
                !sharing.isEmpty(),
                "no role is shared, so none in groups: withSharing(role, Sharing.groupsOf(" + size + ")): kind="
                        + kind);
        return with(this, "sharing", mapped((role, map) -> role.equals(PROJECT) ? map : map.inGroupsOf(size)));
    }

    /**
     * Returns this stage with or without own weights for a first collective unit with a stride: its 3x3, and its shortcut
     * apart from its projection. The authors share both.
     *
     * @param separate whether that unit has its own
     * @return a new record
     */
    public Stage withSeparateStart(boolean separate) {
        Sharing.Except except = separate ? Sharing.Except.STRIDED : Sharing.Except.NONE;
        require(!separate || collective(), "a separate start is for collective units: kind=" + kind);
        return with(this, "sharing", mapped((role, map) -> role.equals(REDUCE) ? map : map.except(except)));
    }

    /** With weights of its own for every unit; collective ones are groups of one, which keeps the names of their weights. */
    Stage withoutSharing() {
        return collective()
                ? with(this, "sharing", COLLECTIVE)
                        .withGroupsOf(1)
                        .withSharing(PROJECT, sharing.getOrDefault(PROJECT, Sharing.OWN))
                : with(this, "sharing", Map.of());
    }

    private Map<String, Sharing> mapped(BiFunction<String, Sharing, Sharing> change) {
        Map<String, Sharing> all = new TreeMap<>(sharing);
        all.replaceAll(change);
        return all;
    }

    /**
     * Returns whether the units are collective.
     *
     * @return true also for groups of one, which share nothing
     */
    public boolean collective() {
        return collective(kind);
    }

    private static boolean collective(Units kind) {
        return kind instanceof Kind known && known.form != null;
    }

    /** Whether there are units with a kernel in common. */
    boolean shares() {
        return sharing.keySet().stream().anyMatch(role -> sharedBy(role) > 1);
    }

    /** The largest number of units that run one kernel in a role. */
    private long sharedBy(String role) {
        return role.equals(PROJECT)
                ? 0
                : owners(role, true).stream()
                        .filter(owner -> owner >= 0)
                        .collect(groupingBy(owner -> owner, counting()))
                        .values()
                        .stream()
                        .mapToLong(Long::longValue)
                        .max()
                        .orElse(0);
    }

    /**
     * Returns who owns the kernel that each unit runs in a role.
     *
     * @param role a part of a unit
     * @param strided whether the first unit has a stride, as in all stages but the first
     * @return for each unit what {@link Sharing#owner} says
     */
    public List<Integer> owners(String role, boolean strided) {
        Sharing map = sharing.getOrDefault(role, Sharing.OWN);
        return IntStream.range(0, units)
                .mapToObj(unit -> map.owner(unit, strided && unit == 0 ? 2 : 1))
                .toList();
    }

    /**
     * Returns how many units in a row share among themselves only.
     *
     * @return the size of a group if all roles are shared in groups of one size; else the number of units
     */
    public int group() {
        Set<Integer> sizes = sharing.entrySet().stream()
                .filter(role -> !role.getKey().equals(PROJECT))
                .map(role -> role.getValue().group())
                .collect(toSet());
        return sizes.size() == 1 && !sizes.contains(0) ? sizes.iterator().next() : units;
    }

    /** A group is the stage itself; if what is shared is refreshed, groups are numbered. */
    FlowBlock build(int in, int stride, Normalisation norm, SharedKernels across) {
        if (group() == units) {
            return group(0, units, in, stride, norm, across);
        }
        Chain stage = new Chain();
        for (int from = 0; from < units; from += group()) {
            int to = Math.min(from + group(), units);
            UnitGroup group = group(from, to, from == 0 ? in : out, from == 0 ? stride : 1, norm, across);
            stage.then("group" + (from / group() + 1), group);
        }
        return stage;
    }

    private UnitGroup group(int from, int to, int in, int stride, Normalisation norm, SharedKernels across) {
        return new UnitGroup(
                from, to, in, out, stride, sharing, kernels, across, place -> kind.unit(place, this, norm));
    }

    /** Read from the weights of a unit in the middle of the stage. */
    ResidualFunction residualFunction(String network, String name, Normalisation norm) {
        SharedKernels across = new SharedKernels();
        UnitGroup alone = group(units / 2, units / 2 + 1, out, 1, norm, across);
        Chain both = new Chain().then("across", across).then("group", alone);
        try (Network one = Network.of(network, both, new Shape(1, out, 1, 1), null, Initializer.ZEROS, null)) {
            List<Decomposition> terms = alone.units().get(0).terms(one.manager());
            Shape cores = terms.get(0).cores().getShape();
            long all = weights(both, weight -> true);
            long shared = weights(across, weight -> true)
                    + weights(
                            alone.shared(),
                            weight -> sharing.keySet().stream()
                                    .anyMatch(role -> sharedBy(role) > 1
                                            && (weight.equals(role) || weight.equals(role + ".weight"))));
            return new ResidualFunction(
                    network,
                    name,
                    terms.size(),
                    terms.get(0).termCount(),
                    new Rank((int) cores.get(2), (int) cores.get(1)),
                    terms.stream().mapToLong(kernel -> kernel.shape().size()).sum(),
                    all - shared,
                    shared);
        }
    }

    /** Numbers that are neither of a batch norm nor biases. */
    private static long weights(Block block, Predicate<String> named) {
        return Weights.of(block).entrySet().stream()
                .filter(weight -> weight.getValue().getType() == Parameter.Type.WEIGHT && named.test(weight.getKey()))
                .mapToLong(weight -> weight.getValue().getShape().size())
                .sum();
    }

    @Override
    public String toString() {
        return units + " x (" + kind.words(this) + ") -> " + out + remarks();
    }

    /** What is shared, as far as the kind of the units does not say it. */
    private String remarks() {
        List<String> said = new ArrayList<>();
        Map<String, Sharing> rest = new TreeMap<>(sharing);
        if (collective()) {
            said.add(group() < units ? "in groups of " + group() : "");
            boolean one = sharing.containsKey(REDUCE) != sharing.containsKey(CORE);
            said.add(one && shares() ? "sharing the " + (sharing.containsKey(CORE) ? "3x3" : "1x1") + " only" : "");
            said.add(separateStart() ? "separate start" : "");
            rest.values().removeIf(this::said);
        }
        rest.forEach((role, map) -> said.add(role + " " + map));
        kernels.forEach((role, kernel) -> said.add(role + " as " + kernel));
        return said.stream().filter(text -> !text.isEmpty()).map(", "::concat).collect(joining());
    }

    private boolean said(Sharing map) {
        Sharing standard = group() < units ? Sharing.groupsOf(group()) : Sharing.ALL;
        return map.equals(Sharing.ALL)
                || map.equals(standard)
                || separateStart() && map.except(Sharing.Except.NONE).equals(standard);
    }

    private boolean separateStart() {
        return collective() && Sharing.STRIDE_1.equals(sharing.get(PROJECT));
    }
}
