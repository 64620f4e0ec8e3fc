package org.crunet.block;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.crunet.torch.Autocast;

/** A DJL block with one input and one output that writes its function once, as {@link #apply}. */
public abstract class FlowBlock extends AbstractBlock {

    private final int inputChannels;

    /**
     * Makes a block for inputs of so many channels.
     *
     * @param inputChannels channels of the input {@code (N, C, H, W)}; 0 for a block that takes any input
     */
    protected FlowBlock(int inputChannels) {
        this.inputChannels = inputChannels;
    }

    /**
     * Computes the function of this block, step by step.
     *
     * @param <T> what flows
     * @param flow does the steps
     * @param x the input
     * @return the output
     */
    public abstract <T> T apply(Flow<T> flow, T x);

    @Override
    protected final NDList forwardInternal(
            ParameterStore store, NDList inputs, boolean training, PairList<String, Object> params) {
        NDArray y = run(store, inputs.singletonOrThrow(), training);
        NDArray single = Autocast.float32(y);
        if (single != y) {
            y.close();
        }
        return new NDList(single);
    }

    /** What comes out may be in bf16, which only a {@link Forward} knows to handle. */
    final NDArray run(ParameterStore store, NDArray x, boolean training) {
        requireChannels(x.getShape());
        return apply(new Forward(store, training, x), x);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        requireChannels(inputShapes[0]);
        return new Shape[] {apply(new ShapeFlow(), inputShapes[0])};
    }

    @Override
    protected void beforeInitialize(Shape... shapes) {
        requireChannels(shapes[0]);
        super.beforeInitialize(shapes);
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... shapes) {
        apply(new Initialise(manager, type), shapes[0]);
    }

    /** Refuses what is not {@code (N, inputChannels, H, W)}. */
    final void requireChannels(Shape input) {
        require(
                inputChannels == 0 || input.dimension() == 4 && input.get(1) == inputChannels,
                () -> "(" + this + ") takes (N, " + inputChannels + ", H, W), not an input of shape " + input);
    }

    /** Throws unless it has weights, which the making of a network of this or that gives it. */
    final void requireWeights(String what) {
        if (!isInitialized()) {
            throw new IllegalStateException("(" + this + ") has no weights yet: make a network of " + what + " first");
        }
    }

    /** Each block is initialised for the first shape that reaches it. */
    private static final class Initialise extends ShapeFlow {

        private final NDManager manager;
        private final DataType type;

        Initialise(NDManager manager, DataType type) {
            this.manager = manager;
            this.type = type;
        }

        @Override
        protected void layer(Block block, Shape input) {
            if (!block.isInitialized()) {
                block.initialize(manager, type, input);
            }
        }
    }
}
