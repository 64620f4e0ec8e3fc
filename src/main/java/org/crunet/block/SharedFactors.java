package org.crunet.block;

import ai.djl.ndarray.types.Shape;

/**
 * What the units of a collective group have in common: the input factor {@code A3} (1x1, C to D) and the cores
 * {@code G_r} (3x3, D to D, cardinality R) of the collective factorisation. Nothing stands between the two.
 *
 * <p>The group owns them once; the units only refer to them, so DJL lists, saves and updates each weight once.
 */
public final class SharedFactors extends FlowBlock {

    private final int channels;
    private final int width;
    private final int cardinality;
    private final Conv reduce;
    private final Conv core;

    /**
     * New factors with weights {@code (D, C, 1, 1)} and {@code (D, D / R, 3, 3)}.
     *
     * @param channels input channels C: the stage's output channels
     * @param width width D of the collective unit
     * @param cardinality number of block terms R; the published networks take {@code R = D}, a channelwise 3x3
     * @throws IllegalArgumentException if the cardinality does not divide the width, or a number is not positive
     */
    public SharedFactors(int channels, int width, int cardinality) {
        super(channels);
        this.channels = channels;
        this.width = width;
        this.cardinality = cardinality;
        reduce = addChildBlock("reduce", new Conv(channels, width, 1, 1, 1));
        core = addChildBlock("core", newCore(1));
    }

    /** A 3x3 of the shape of the shared one. */
    Conv newCore(int stride) {
        return new Conv(width, width, 3, cardinality, stride);
    }

    /**
     * Input channels C.
     *
     * @return the channels every unit of the group must feed in
     */
    public int channels() {
        return channels;
    }

    /**
     * Width D.
     *
     * @return the channels that come out
     */
    public int width() {
        return width;
    }

    /**
     * The input factor.
     *
     * @return the 1x1, C to D
     */
    public Conv reduce() {
        return reduce;
    }

    /**
     * The cores.
     *
     * @return the 3x3, D to D, with R groups
     */
    public Conv core() {
        return core;
    }

    /**
     * What the cores do.
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
        if (unitChannels != channels) {
            throw new IllegalArgumentException(
                    "a unit of " + unitChannels + " channels would need a 1x1 factor of shape "
                            + new Shape(width, unitChannels, 1, 1) + ", the shared one has "
                            + reduce.weight().getShape() + ": units that share must have the same output channels");
        }
    }

    @Override
    public <T> T apply(Flow<T> flow, T x) {
        return flow.conv(core, flow.conv(reduce, x));
    }

    @Override
    public String toString() {
        return "shared factors " + reduce.weight().getShape() + ", "
                + core.weight().getShape();
    }
}
