package org.crunet.block;

import static org.crunet.base.Errors.require;
import static org.crunet.base.Records.with;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * A map from unit to owner: which units of a stage run one kernel, for one of their roles. Units with one owner run one
 * stored kernel; a unit without an owner has a kernel of its own. Owners are counted from 0, as units are here; names of weights
 * and units count from 1.
 *
 * @param group number of units in a row with one owner; 0 for all of the stage
 * @param except which units have a kernel of their own nevertheless
 * @param owners an owner for each unit, such as 0, 1, 0, 1; empty to go by {@code group}
 * @param across the name of a kernel that stages have in common; empty for one that belongs to its stage
 */
public record Sharing(int group, Except except, List<Integer> owners, String across) implements Serializable {

    /** Units that do not share. */
    public enum Except {
        /** All units share. */
        NONE(""),
        /** The first unit of the stage. */
        FIRST(" by all but the first"),
        /** A unit with a stride, which only the first of a stage may have. */
        STRIDED(" at stride 1"),
        /** Every unit. */
        ALL("");

        private final String words;

        Except(String words) {
            this.words = words;
        }
    }

    /** One kernel for all units of the stage. */
    public static final Sharing ALL = new Sharing(0, Except.NONE, List.of(), "");

    /** One kernel for all units but the first, which has its own. */
    public static final Sharing ALL_BUT_FIRST = ALL.except(Except.FIRST);

    /** One kernel for all units of stride 1; a first unit with a stride has its own. */
    public static final Sharing STRIDE_1 = ALL.except(Except.STRIDED);

    /** A kernel for each unit: nothing is shared. */
    public static final Sharing OWN = ALL.except(Except.ALL);

    /** Throws IllegalArgumentException if the group is negative, or owners and something else are given. */
    public Sharing {
        Objects.requireNonNull(except, "except is null");
        owners = List.copyOf(Objects.requireNonNull(owners, "owners is null"));
        Objects.requireNonNull(across, "across is null");
        require(group >= 0, "group must not be negative: group=" + group);
        require(
                (owners.isEmpty() ? 0 : 1) + (group == 0 ? 0 : 1) + (across.isEmpty() ? 0 : 1) < 2,
                "owners are given unit by unit, or by groups, or across stages: owners=" + owners + ", group=" + group
                        + ", across=" + across);
    }

    /**
     * Makes a map that refreshes the kernel after every {@code size} units.
     *
     * @param size number of units with one kernel; 1 shares nothing
     * @return a new record
     * @throws IllegalArgumentException if it is not positive
     */
    public static Sharing groupsOf(int size) {
        return ALL.inGroupsOf(size);
    }

    /**
     * Makes a map from a list: units with the same number run one kernel.
     *
     * @param owners a number for each unit of the stage, such as {@code 0, 1, 0, 1}
     * @return a new record
     */
    public static Sharing of(int... owners) {
        return with(ALL, "owners", IntStream.of(owners).boxed().toList());
    }

    /**
     * Makes a map to a kernel that several stages have in common: all those whose map names it.
     *
     * @param name what the kernel is called, such as {@code core}
     * @return a new record
     */
    public static Sharing across(String name) {
        require(!name.isBlank() && !name.contains("."), "a kernel's name must not be blank nor have a dot: " + name);
        return with(ALL, "across", name);
    }

    /**
     * Returns this map with a kernel of their own for some units.
     *
     * @param units which
     * @return a new record
     */
    public Sharing except(Except units) {
        return with(this, "except", units);
    }

    /**
     * Returns this map with kernels refreshed after every {@code size} units.
     *
     * @param size number of units with one kernel
     * @return a new record
     * @throws IllegalArgumentException if it is not positive
     */
    public Sharing inGroupsOf(int size) {
        require(size > 0, "a group needs at least one unit: size=" + size);
        return with(this, "group", size);
    }

    /**
     * Returns who owns the kernel that a unit runs.
     *
     * @param unit number of the unit in its stage, from 0
     * @param stride its stride in pixels
     * @return a number that units with the same kernel have in common; -1 for a unit with its own
     */
    public int owner(int unit, int stride) {
        boolean own = switch (except) {
            case NONE -> false;
            case FIRST -> unit == 0;
            case STRIDED -> stride > 1;
            case ALL -> true;
        };
        if (own) {
            return -1;
        }
        return owners.isEmpty() ? group == 0 ? 0 : unit / group : owners.get(unit);
    }

    @Override
    public String toString() {
        if (except == Except.ALL) {
            return "own";
        }
        String how = owners.isEmpty() ? group == 0 ? "shared" : "in groups of " + group : "owned by " + owners;
        return how + except.words + (across.isEmpty() ? "" : ", across stages as " + across);
    }
}
