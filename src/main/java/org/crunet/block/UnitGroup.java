package org.crunet.block;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Units in a row, and the kernels that several of them run: {@code (N, in, H, W)} to {@code (N, C, (H - 1) / stride + 1, (W -
 * 1) / stride + 1)}. In a collective group these are the first two factors of every unit.
 */
public final class UnitGroup extends FlowBlock {

    private final int from;
    private final int to;
    private final int stride;
    private final Map<String, Sharing> sharing;
    private final Map<String, Kernels> kernels;
    private final SharedKernels shared = new SharedKernels();
    private final SharedKernels across;
    private final List<Unit> units = new ArrayList<>();
    private final Map<String, String> named = new HashMap<>();

    /**
     * Makes the units of a stage from one to before another; the first of them takes the stride and the input.
     *
     * @param from number of the first unit in its stage, from 0
     * @param to number of the one after the last
     * @param in channels of the input
     * @param out channels C of every unit's output
     * @param stride step of the first unit in pixels
     * @param sharing a map from unit to owner for each role that is shared
     * @param kernels how the kernel of a role is computed, for each role where it is
     * @param across keeps the kernels that stages have in common; null where there are none
     * @param unit makes a unit at its place
     * @throws IllegalArgumentException if units would share kernels of different shapes; the message has role, units and
     *     shapes
     */
    public UnitGroup(
            int from,
            int to,
            int in,
            int out,
            int stride,
            Map<String, Sharing> sharing,
            Map<String, Kernels> kernels,
            SharedKernels across,
            Function<Place, Unit> unit) {
        super(in);
        require(from < to, "a group needs at least one unit: size=" + (to - from));
        this.from = from;
        this.to = to;
        this.stride = stride;
        this.sharing = sharing;
        this.kernels = kernels;
        this.across = across;
        if (sharing.keySet().stream().anyMatch(role -> owners(role).length > 0 && here(role))) {
            addChildBlock("shared", shared);
        }
        for (int i = from; i < to; i++) {
            Place place = new Place(i == from ? in : out, i == from ? stride : 1, i, this);
            units.add(addChildBlock("unit" + (i - from + 1), unit.apply(place)));
        }
        Set<String> roles = new TreeSet<>();
        units.forEach(made -> roles.addAll(made.roles()));
        Set<String> wanted = new TreeSet<>(sharing.keySet());
        wanted.addAll(kernels.keySet());
        require(
                roles.containsAll(wanted),
                () -> "there is no unit with " + wanted + ": convolutions and stored tensors of theirs are " + roles);
    }

    /**
     * Makes collective units that keep channels and resolution, as in the middle of a stage: the improved form with both
     * factors shared, a channelwise 3x3 and the authors' batch norm.
     *
     * @param size number of units that share
     * @param channels channels C in and out
     * @param width width D of the units, which is also the cardinality of the shared 3x3
     * @return a new group
     */
    public static UnitGroup collective(int size, int channels, int width) {
        return new UnitGroup(
                0,
                size,
                channels,
                channels,
                1,
                Map.of("reduce", Sharing.ALL, "core", Sharing.ALL),
                Map.of(),
                null,
                place -> new CollectiveUnit(
                        place, channels, width, width, CollectiveForm.IMPROVED, Normalisation.AUTHORS));
    }

    Map<String, Kernels> kernels() {
        return kernels;
    }

    /** Who owns what a unit runs in a role, negative if the unit itself. */
    int owner(String role, int unit) {
        return sharing.getOrDefault(role, Sharing.OWN).owner(unit, unit == from ? stride : 1);
    }

    /** The owners of a role other than the units themselves. */
    private int[] owners(String role) {
        return IntStream.range(from, to)
                .map(unit -> owner(role, unit))
                .filter(owner -> owner >= 0)
                .distinct()
                .toArray();
    }

    private boolean here(String role) {
        return sharing.get(role).across().isEmpty();
    }

    /** The convolution of a role that a unit shares. */
    Conv shared(String role, int unit, Conv wanted) {
        return owner(role).conv(name(role, unit), "unit" + (unit + 1), wanted);
    }

    /** The stored tensor of a role that a unit shares. */
    Kernel stored(String role, int unit, Shape shape) {
        return owner(role).stored(name(role, unit), "unit" + (unit + 1), shape);
    }

    private SharedKernels owner(String role) {
        return here(role) ? shared : across;
    }

    /** The role, numbered if it has several owners here; no other role may be called so. */
    private String name(String role, int unit) {
        if (!here(role)) {
            return sharing.get(role).across();
        }
        String name = numbered(role, unit);
        String first = named.computeIfAbsent(name, made -> role);
        require(first.equals(role), () -> first + " and " + role + " would both be called " + name + ": rename a role");
        return name;
    }

    private String numbered(String role, int unit) {
        int[] owners = owners(role);
        int number = IntStream.range(0, owners.length)
                .filter(i -> owners[i] == owner(role, unit))
                .findFirst()
                .orElseThrow();
        return owners.length > 1 ? role + (number + 1) : role;
    }

    /**
     * Returns what units have in common.
     *
     * @return the kernels that this group owns and its units run
     */
    public SharedKernels shared() {
        return shared;
    }

    /**
     * Returns the units, first to last.
     *
     * @return a list that cannot be changed
     */
    public List<Unit> units() {
        return List.copyOf(units);
    }

    @Override
    public <T> T apply(Flow<T> flow, T x) {
        T y = x;
        for (Unit unit : units) {
            y = flow.block(unit, y);
        }
        return y;
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... shapes) {
        if (!shared.isInitialized()) {
            shared.initialize(manager, type, shapes);
        }
        super.initializeChildBlocks(manager, type, shapes);
    }

    @Override
    public String toString() {
        return units.get(units.size() - 1).several(units.size());
    }
}
