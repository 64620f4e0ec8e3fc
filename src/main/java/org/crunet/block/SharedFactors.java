package org.crunet.block;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the units of a collective group have in common: the input factor {@code A3} (1x1, C to D), the cores {@code G_r}
 * (3x3, D to D, cardinality R) of the collective factorisation, or both. Nothing stands between the two.
 *
 * <p>The group owns them once; the units only refer to them, so DJL lists, saves and updates each weight once.
 */
public final class SharedFactors extends FlowBlock {

    private final int channels;
    private final int width;
    private final int cardinality;
    private final Sharing sharing;
    private final Conv reduce;
    private final Conv core;

    /**
     * Makes both factors, with weights {@code (D, C, 1, 1)} and {@code (D, D / R, 3, 3)}.
     *
     * @param channels input channels C: the stage's output channels
     * @param width width D of the collective unit
     * @param cardinality number of block terms R; the published networks take {@code R = D}, a channelwise 3x3
     * @throws IllegalArgumentException if the cardinality does not divide the width, or a number is not positive
     */
    public SharedFactors(int channels, int width, int cardinality) {
        this(channels, width, cardinality, Sharing.BOTH);
    }

    /**
     * Makes both factors or one of them: {@code (N, C, H, W)} to {@code (N, D, H, W)}, the 3x3 alone from {@code (N, D,
     * H, W)}.
     *
     * @param channels input channels C: the stage's output channels
     * @param width width D of the collective unit
     * @param cardinality number of block terms R
     * @param sharing which of the two are shared
     * @throws IllegalArgumentException if the cardinality does not divide the width, or a number is not positive
     */
    public SharedFactors(int channels, int width, int cardinality, Sharing sharing) {
        super(sharing.reduce() ? channels : width);
        this.channels = channels;
        this.width = width;
        this.cardinality = cardinality;
        this.sharing = sharing;
        reduce = sharing.reduce() ? addChildBlock("reduce", newReduce()) : null;
        core = sharing.core() ? addChildBlock("core", newCore(1)) : null;
    }

    /** A new 1x1, shared or a unit's own. */
    Conv newReduce() {
        return new Conv(channels, width, 1, 1, 1);
    }

    /** A new 3x3, shared or a unit's own. */
    Conv newCore(int stride) {
        return new Conv(width, width, 3, cardinality, stride);
    }

    /**
     * Returns the input channels C.
     *
     * @return the channels every unit of the group feeds into its 1x1, shared or not
     */
    public int channels() {
        return channels;
    }

    /**
     * Returns the width D.
     *
     * @return the channels that come out of the 1x1 and of the 3x3, shared or not
     */
    public int width() {
        return width;
    }

    /**
     * Returns which factors are shared.
     *
     * @return both, or the one there is
     */
    public Sharing sharing() {
        return sharing;
    }

    /**
     * Returns the input factor.
     *
     * @return the 1x1, C to D; null when each unit has its own
     */
    public Conv reduce() {
        return reduce;
    }

    /**
     * Returns the cores.
     *
     * @return the 3x3, D to D, with R groups; null when each unit has its own, which a first one may have in any case
     */
    public Conv core() {
        return core;
    }

    /**
     * Returns the factors that are shared.
     *
     * @return the 1x1, the 3x3 or both, in this order
     */
    public List<Conv> factors() {
        return Stream.of(reduce, core).filter(Objects::nonNull).toList();
    }

    /**
     * Describes the cores, shared or not.
     *
     * @return width and cardinality in words, such as {@code 64, 32 groups}
     */
    public String cores() {
        return width + ", " + cardinality + (cardinality == 1 ? " group" : " groups");
    }

    /**
     * Checks that a unit may use these factors.
     *
     * @param unitChannels channels the unit would feed in
     * @throws IllegalArgumentException if they are not {@link #channels()}; the message has both shapes
     */
    void checkFits(int unitChannels) {
        require(
                unitChannels == channels,
                () -> "a unit of " + unitChannels + " channels would need a 1x1 factor of shape "
                        + new Shape(width, unitChannels, 1, 1) + ", the shared one has "
                        + new Shape(width, channels, 1, 1) + ": units that share must have the same output channels");
    }

    @Override
    public <T> T apply(Flow<T> flow, T x) {
        T reduced = reduce == null ? x : flow.conv(reduce, x);
        return core == null ? reduced : flow.conv(core, reduced);
    }

    @Override
    public String toString() {
        return "shared "
                + factors().stream()
                        .map(conv -> conv.weight().getShape().toString())
                        .collect(Collectors.joining(", ", factors().size() > 1 ? "factors " : "factor ", ""));
    }
}
