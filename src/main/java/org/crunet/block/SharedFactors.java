package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

/**
 * What the units of a collective group have in common: the input factor {@code A3} (1x1, C to D) and the cores
 * {@code G_r} (3x3, D to D, cardinality R) of the collective factorisation. Nothing stands between the two.
 *
 * <p>The group owns them once; the units only refer to them, so DJL lists, saves and updates each weight once.
 */
public final class SharedFactors extends AbstractBlock {

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
        this.channels = channels;
        this.width = width;
        this.cardinality = cardinality;
        reduce = addChildBlock("reduce", new Conv(channels, width, 1, 1, 1));
        core = addChildBlock("core", new Conv(width, width, 3, cardinality, 1));
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
     * What the cores do.
     *
     * @return width and cardinality in words, such as {@code 64, 32 groups}
     */
    public String cores() {
        return width + ", " + cardinality + (cardinality == 1 ? " group" : " groups");
    }

    /** 1x1 to D, then the 3x3 cores at the unit's stride. */
    NDArray apply(Pass pass, NDArray x, int stride) {
        return pass.conv(core, pass.conv(reduce, x), stride);
    }

    Shape outputShape(Shape input, int stride) {
        return core.outputShape(reduce.outputShape(input, 1), stride);
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
    protected NDList forwardInternal(
            ParameterStore store, NDList inputs, boolean training, PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        return new NDList(apply(new Pass(store, training, x), x, 1));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {outputShape(inputShapes[0], 1)};
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputShapes) {
        reduce.initialize(manager, type, inputShapes[0]);
        core.initialize(manager, type, reduce.outputShape(inputShapes[0], 1));
    }

    @Override
    public String toString() {
        return "shared factors " + reduce.weight().getShape() + ", "
                + core.weight().getShape();
    }
}
