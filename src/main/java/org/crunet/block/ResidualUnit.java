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
 * A pre-activation bottleneck with cardinality: a sum of R block terms read as layers.
 *
 * <pre>
 * x -> BN -> ReLU -> 1x1, D -> BN -> ReLU -> 3x3, D, R groups, stride -> BN -> ReLU -> 1x1, C -> + shortcut
 * </pre>
 *
 * {@code R = 1} is the ResNet (and, wider, the Wide ResNet) bottleneck, {@code R = 32} ResNeXt, {@code R = D} the
 * channelwise form "136x1d". The shortcut is the input itself, or BN, ReLU, 1x1 where channels or resolution change.
 * {@code (N, in, H, W)} to {@code (N, out, H / stride, W / stride)}.
 */
public final class ResidualUnit extends AbstractBlock {

    private final int in;
    private final int cardinality;
    private final BatchNorm norm1;
    private final BatchNorm norm2;
    private final BatchNorm norm3;
    private final Conv reduce;
    private final Conv core;
    private final Conv expand;
    private final BatchNorm shortcutNorm;
    private final Conv shortcut;

    /**
     * A unit with weights {@code (D, in, 1, 1)}, {@code (D, D / R, 3, 3)} and {@code (out, D, 1, 1)}.
     *
     * @param in channels of the input
     * @param out channels of the output
     * @param width width D of the bottleneck
     * @param cardinality number of block terms R
     * @param stride step of the 3x3 in pixels
     * @param norm setting of every batch norm
     * @throws IllegalArgumentException if a number is not positive or the cardinality does not divide the width
     */
    public ResidualUnit(int in, int out, int width, int cardinality, int stride, Normalisation norm) {
        this.in = in;
        this.cardinality = cardinality;
        boolean same = in == out && stride == 1;
        shortcutNorm = same ? null : addChildBlock("shortcutNorm", norm.batchNorm());
        shortcut = same ? null : addChildBlock("shortcut", new Conv(in, out, 1, 1, stride));
        norm1 = addChildBlock("norm1", norm.batchNorm());
        reduce = addChildBlock("reduce", new Conv(in, width, 1, 1, 1));
        norm2 = addChildBlock("norm2", norm.batchNorm());
        core = addChildBlock("core", new Conv(width, width, 3, cardinality, stride));
        norm3 = addChildBlock("norm3", norm.batchNorm());
        expand = addChildBlock("expand", new Conv(width, out, 1, 1, 1));
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store, NDList inputs, boolean training, PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        Pass pass = new Pass(store, training, x);
        Conv.requireChannels(x.getShape(), in, this);

        NDArray z = pass.conv(reduce, pass.normRelu(norm1, x));
        z = pass.conv(core, pass.normRelu(norm2, z));
        z = pass.conv(expand, pass.normRelu(norm3, z));
        return new NDList(pass.add(z, shortcut == null ? x : pass.conv(shortcut, pass.normRelu(shortcutNorm, x))));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        Shape z = core.outputShape(reduce.outputShape(inputShapes[0], 1), core.stride());
        return new Shape[] {expand.outputShape(z, 1)};
    }

    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        Conv.requireChannels(inputShapes[0], in, this);
        super.beforeInitialize(inputShapes);
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputShapes) {
        Shape x = inputShapes[0];
        Shape reduced = reduce.outputShape(x, 1);
        Shape cored = core.outputShape(reduced, core.stride());
        if (shortcut != null) {
            shortcutNorm.initialize(manager, type, x);
            shortcut.initialize(manager, type, x);
        }
        norm1.initialize(manager, type, x);
        reduce.initialize(manager, type, x);
        norm2.initialize(manager, type, reduced);
        core.initialize(manager, type, reduced);
        norm3.initialize(manager, type, cored);
        expand.initialize(manager, type, cored);
    }

    @Override
    public String toString() {
        return "residual unit, R = " + cardinality + (core.stride() > 1 ? ", stride " + core.stride() : "");
    }
}
