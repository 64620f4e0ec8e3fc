package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

/**
 * How a collective stage begins, after the authors' definition: one 1x1 weight, used twice. At full resolution it makes
 * the input of the residual function, at the unit's stride it is the shortcut; each use has its own BN and ReLU.
 */
final class Projection extends AbstractBlock {

    private final int stride;
    private final BatchNorm fullNorm;
    private final BatchNorm stridedNorm;
    private final Conv conv;

    Projection(int in, int out, int stride, Normalisation norm) {
        this.stride = stride;
        fullNorm = addChildBlock("norm", norm.batchNorm());
        stridedNorm = addChildBlock("shortcutNorm", norm.batchNorm());
        conv = addChildBlock("conv", new Conv(in, out, 1, 1, 1));
    }

    /** {@code (N, in, H, W)} to {@code (N, out, H, W)}. */
    NDArray full(Pass pass, NDArray x) {
        return pass.conv(conv, pass.normRelu(fullNorm, x), 1);
    }

    /** {@code (N, in, H, W)} to {@code (N, out, H / stride, W / stride)}, the same weight. */
    NDArray strided(Pass pass, NDArray x) {
        return pass.conv(conv, pass.normRelu(stridedNorm, x), stride);
    }

    Shape fullShape(Shape input) {
        return conv.outputShape(input, 1);
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store, NDList inputs, boolean training, PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        return new NDList(strided(new Pass(store, training, x), x));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {conv.outputShape(inputShapes[0], stride)};
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputShapes) {
        fullNorm.initialize(manager, type, inputShapes[0]);
        stridedNorm.initialize(manager, type, inputShapes[0]);
        conv.initialize(manager, type, inputShapes[0]);
    }

    @Override
    public String toString() {
        return "projection, one weight at strides 1 and " + stride;
    }
}
