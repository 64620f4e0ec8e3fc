package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.crunet.tensor.BlockTerms;
import org.crunet.tensor.Decomposition;

/**
 * A collective residual unit (Fig. 3), pre-activation throughout:
 *
 * <pre>
 * x -> BN -> ReLU -> 1x1, D -> 3x3, D, R groups     shared by the group, both or one of them
 *   -> BN -> ReLU -> 1x1, D                         own, in the improved form only (right)
 *   -> BN -> ReLU -> 1x1, C                         own
 *   -> + x
 * </pre>
 *
 * {@code (N, in, H, W)} to {@code (N, C, (H - 1) / stride + 1, (W - 1) / stride + 1)}. Only convolution weights are
 * shared: each unit has its own batch norms. A first unit with a separate start has a 3x3 of its own. Units are made by
 * their {@link CollectiveGroup}, which owns the shared factors.
 */
public final class CollectiveUnit extends FlowBlock {

    private final SharedFactors shared;
    private final int stride;
    private final Projection projection;
    private final Conv reduce;
    private final Conv core;
    private final BatchNorm norm1;
    private final BatchNorm norm2;
    private final BatchNorm norm3;
    private final Conv mix;
    private final Conv expand;

    CollectiveUnit(
            int in,
            int out,
            int stride,
            SharedFactors shared,
            CollectiveForm form,
            boolean separate,
            Normalisation norm) {
        super(in);
        shared.checkFits(out);
        int width = shared.width();
        this.shared = shared;
        this.stride = stride;
        boolean same = in == out && stride == 1;
        boolean own = separate && stride > 1;
        projection = same ? null : addChildBlock("project", new Projection(in, out, stride, own, norm));
        reduce = shared.reduce() == null ? addChildBlock("reduce", shared.newReduce()) : shared.reduce();
        core = own || shared.core() == null ? addChildBlock("core", shared.newCore(stride)) : shared.core();
        norm1 = addChildBlock("norm1", norm.batchNorm());
        norm2 = addChildBlock("norm2", norm.batchNorm());
        boolean improved = form == CollectiveForm.IMPROVED;
        mix = improved ? addChildBlock("mix", new Conv(width, width, 1, 1, 1)) : null;
        norm3 = improved ? addChildBlock("norm3", norm.batchNorm()) : null;
        expand = addChildBlock("expand", new Conv(width, out, 1, 1, 1));
    }

    /**
     * Returns how a first unit begins.
     *
     * @return null for a unit that keeps channels and resolution
     */
    public Projection projection() {
        return projection;
    }

    /**
     * Returns the 3x3 that this unit runs.
     *
     * @return the group's or its own
     */
    public Conv core() {
        return core;
    }

    /**
     * Returns the own 1x1 between the shared factors and the last one.
     *
     * @return the convolution, D to D; null in the standard form
     */
    public Conv mix() {
        return mix;
    }

    /**
     * Returns the own last 1x1.
     *
     * @return the convolution, D to C
     */
    public Conv expand() {
        return expand;
    }

    /**
     * Returns the batch norms of the residual function, in the order in which an input meets them.
     *
     * @return before the 1x1 and behind the 3x3, in the improved form also behind the own 1x1
     */
    public List<BatchNorm> norms() {
        return Stream.of(norm1, norm2, norm3).filter(Objects::nonNull).toList();
    }

    /**
     * Reads the residual function without its batch norms and nonlinearities as block terms from the weights as they are:
     * input factor and cores are those the unit runs, the group's or its own, and the output factor is its own, in the
     * improved form the product of its two 1x1.
     *
     * @param manager owner of the terms, which are copies and outlive the unit
     * @return R terms, whose sum is a kernel {@code (C, C, 3, 3)}
     * @throws IllegalStateException if the unit has no weights yet
     */
    public Decomposition terms(NDManager manager) {
        requireWeights("its group");
        return BlockTerms.read(reduce.copy(manager), core.copy(manager), outputFactor(manager));
    }

    /** Whether it is this unit's 1x1 or 3x3, shared or not. */
    boolean has(Conv factor) {
        return factor == reduce || factor == core;
    }

    /** {@code (C, D, 1, 1)}. */
    private NDArray outputFactor(NDManager manager) {
        NDArray last = expand.copy(manager);
        return mix == null
                ? last
                : last.squeeze(new int[] {2, 3})
                        .matMul(mix.copy(manager).squeeze(new int[] {2, 3}))
                        .reshape(last.getShape());
    }

    @Override
    public <T> T apply(Flow<T> flow, T input) {
        T x = projection == null ? input : projection.apply(flow, input);
        T shortcut = projection == null ? input : projection.shortcut(flow, input);

        T z = flow.conv(reduce, flow.normRelu(norm1, x));
        z = flow.relu(flow.convNorm(core, stride, norm2, z));
        if (mix != null) {
            z = flow.convNormRelu(mix, norm3, z);
        }
        return flow.add(flow.conv(expand, z), shortcut);
    }

    @Override
    public String toString() {
        return "collective unit, width " + shared.width() + (stride > 1 ? ", stride " + stride : "");
    }
}
