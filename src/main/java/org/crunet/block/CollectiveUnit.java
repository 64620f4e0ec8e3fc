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
 * A collective residual unit in its improved form (Fig. 3, right), pre-activation throughout:
 *
 * <pre>
 * x -> BN -> ReLU -> 1x1, D -> 3x3, D, R groups     shared by the group
 *   -> BN -> ReLU -> 1x1, D                         own
 *   -> BN -> ReLU -> 1x1, C                         own
 *   -> + x
 * </pre>
 *
 * {@code (N, C, H, W)} in and out. Only convolution weights are shared: each unit has its own batch norms. Units are made
 * by their {@link CollectiveGroup}, which owns the shared factors.
 */
public final class CollectiveUnit extends AbstractBlock {

    private final int in;
    private final SharedFactors shared;
    private final Projection projection;
    private final int stride;
    private final BatchNorm norm1;
    private final BatchNorm norm2;
    private final BatchNorm norm3;
    private final Conv mix;
    private final Conv expand;

    CollectiveUnit(int in, int out, int stride, SharedFactors shared, Normalisation norm) {
        shared.checkFits(out);
        this.in = in;
        this.shared = shared;
        this.stride = stride;
        projection = in == out && stride == 1 ? null : addChildBlock("project", new Projection(in, out, stride, norm));
        norm1 = addChildBlock("norm1", norm.batchNorm());
        norm2 = addChildBlock("norm2", norm.batchNorm());
        mix = addChildBlock("mix", new Conv(shared.width(), shared.width(), 1, 1, 1));
        norm3 = addChildBlock("norm3", norm.batchNorm());
        expand = addChildBlock("expand", new Conv(shared.width(), out, 1, 1, 1));
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store, NDList inputs, boolean training, PairList<String, Object> params) {
        NDArray input = inputs.singletonOrThrow();
        Pass pass = new Pass(store, training, input);
        Conv.requireChannels(input.getShape(), in, this);
        NDArray x = projection == null ? input : projection.full(pass, input);
        NDArray shortcut = projection == null ? input : projection.strided(pass, input);

        NDArray z = shared.apply(pass, pass.normRelu(norm1, x), stride);
        z = pass.conv(mix, pass.normRelu(norm2, z));
        z = pass.conv(expand, pass.normRelu(norm3, z));
        return new NDList(pass.add(z, shortcut));
    }

    /** The shape that enters the shared factors: the input's, or its projection's at full resolution. */
    private Shape factorInput(Shape input) {
        return projection == null ? input : projection.fullShape(input);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        Shape factors = shared.outputShape(factorInput(inputShapes[0]), stride);
        return new Shape[] {expand.outputShape(mix.outputShape(factors, 1), 1)};
    }

    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        Conv.requireChannels(inputShapes[0], in, this);
        super.beforeInitialize(inputShapes);
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputShapes) {
        Shape x = factorInput(inputShapes[0]);
        Shape z = shared.outputShape(x, stride);
        if (projection != null) {
            projection.initialize(manager, type, inputShapes[0]);
        }
        norm1.initialize(manager, type, x);
        norm2.initialize(manager, type, z);
        mix.initialize(manager, type, z);
        norm3.initialize(manager, type, z);
        expand.initialize(manager, type, z);
    }

    @Override
    public String toString() {
        return "collective unit, width " + shared.width() + (stride > 1 ? ", stride " + stride : "");
    }
}
