package org.crunet.block;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.crunet.tensor.Decomposition;

/** A residual unit: {@code (N, in, H, W)} to {@code (N, out, (H - 1) / stride + 1, (W - 1) / stride + 1)}. */
public abstract class Unit extends FlowBlock {

    private final Place place;
    private final String kind;
    private final String detail;
    private final Map<String, Conv> convs = new LinkedHashMap<>();

    /**
     * Makes a unit at its place.
     *
     * @param place its input, its stride, and what it shares
     * @param kind what the table of layers calls it, such as {@code collective unit}
     * @param detail what follows, such as {@code , R = 32}
     */
    protected Unit(Place place, String kind, String detail) {
        super(place.in());
        this.place = place;
        this.kind = kind;
        this.detail = detail;
    }

    /**
     * Gives a role its convolution: the one that the unit shares there, or else its own.
     *
     * @param role what its part is, such as {@code core}, and the name of its own
     * @param in input channels
     * @param out output channels
     * @param size height and width of the kernel in pixels, odd
     * @param groups number of groups the channels are split into
     * @param stride step in pixels of its own; a shared one may be run at any, {@link Flow#conv(Conv, Object, int)}
     * @return what the unit runs
     * @throws IllegalArgumentException if another unit shares it with another shape; the message has both
     */
    protected final Conv conv(String role, int in, int out, int size, int groups, int stride) {
        requireNew(role);
        place.roles().add(role);
        Shape shape = new Shape(out, in / groups, size, size);
        Kernel computed = place.computed(role, shape);
        Conv conv;
        if (computed != null) {
            conv = addChildBlock(role, new Conv(in, out, size, groups, stride, computed));
        } else if (place.shares(role)) {
            conv = place.shared(role, new Conv(in, out, size, groups, 1));
        } else {
            conv = addChildBlock(role, new Conv(in, out, size, groups, stride));
        }
        convs.put(role, conv);
        return conv;
    }

    /**
     * Gives a role a convolution with a kernel that is computed.
     *
     * @param role what its part is, and the name of the convolution
     * @param kernel {@code (out, in, size, size)}; what of it is stored and not shared belongs to the convolution
     * @param stride step in pixels
     * @return what the unit runs
     */
    protected final Conv conv(String role, Kernel kernel, int stride) {
        requireNew(role);
        place.roles().add(role);
        Shape shape = kernel.shape();
        int size = (int) shape.get(2);
        Conv conv = new Conv((int) shape.get(1), (int) shape.get(0), size, 1, stride, kernel);
        convs.put(role, addChildBlock(role, conv));
        return conv;
    }

    private void requireNew(String role) {
        require(!convs.containsKey(role), () -> this + " has two roles called " + role + ": give them different names");
    }

    /**
     * Makes what goes around the residual function, with the role {@code shortcut} where it has a convolution.
     *
     * @param shortcut what, where channels or resolution change; elsewhere it is the input itself
     * @param out channels of the unit's output
     * @param setting of its batch norm, which stands before the projection in pre-activation, else behind it
     * @return to be applied in {@link #apply}
     */
    protected final Around around(Shortcut shortcut, int out, Normalisation setting) {
        Objects.requireNonNull(shortcut, "shortcut is null");
        Shortcut kind = place.in() == out && place.stride() == 1 ? null : shortcut;
        BatchNorm norm = kind == Shortcut.PROJECTION ? addChildBlock("shortcut_norm", setting.batchNorm()) : null;
        Conv conv = kind == null || kind == Shortcut.ZERO_PADDING
                ? null
                : conv("shortcut", place.in(), out, 1, 1, place.stride());
        return new Around(this, kind, out - place.in(), norm, conv, setting.preActivation());
    }

    /**
     * Returns what the unit runs.
     *
     * @return its own convolutions and those it shares, by their roles, in the order in which an input meets them
     */
    public Map<String, Conv> convs() {
        return Collections.unmodifiableMap(convs);
    }

    /**
     * Returns the roles in which the unit can share.
     *
     * @return those of {@link #convs}, of a collective unit also {@code project}
     */
    public Set<String> roles() {
        return Collections.unmodifiableSet(place.roles());
    }

    /**
     * Counts the convolutions on the main path.
     *
     * @return all but the shortcut's
     */
    public int depth() {
        return (int)
                convs.keySet().stream().filter(role -> !role.equals("shortcut")).count();
    }

    /**
     * Finds the units of a block.
     *
     * @param block any
     * @return itself or those below it, in order
     */
    public static List<Unit> in(Block block) {
        return block instanceof Unit unit
                ? List.of(unit)
                : block.getChildren().values().stream()
                        .flatMap(child -> in(child).stream())
                        .toList();
    }

    /**
     * Reads the residual function without its batch norms and nonlinearities as block terms from the weights as they are.
     *
     * @param manager owner of the terms, which are copies and outlive the unit
     * @return decompositions of the kernels in a row that the function is
     * @throws IllegalStateException if the unit has no weights yet
     * @throws UnsupportedOperationException if the unit does not say how it is to be read
     */
    public List<Decomposition> terms(NDManager manager) {
        throw new UnsupportedOperationException(this + " has not said which block terms it is: write its terms()");
    }

    /**
     * Returns the unit's step, at which {@link #apply} runs what has it: a shared convolution does not know it.
     *
     * @return the stride in pixels
     */
    protected final int stride() {
        return place.stride();
    }

    /** So many of these, in words. */
    String several(int units) {
        return units + " " + kind + (units > 1 ? "s" : "") + detail;
    }

    @Override
    public String toString() {
        return kind + detail + (place.stride() > 1 ? ", stride " + place.stride() : "");
    }
}
