package org.crunet.block;

import static org.crunet.base.Errors.require;

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
 * shared: each unit has its own batch norms. The {@link UnitGroup} around it owns what is shared.
 */
public final class CollectiveUnit extends Unit {

    private final Projection projection;
    private final Conv reduce;
    private final Conv core;
    private final BatchNorm norm1;
    private final BatchNorm norm2;
    private final BatchNorm norm3;
    private final Conv mix;
    private final Conv expand;

    /**
     * Makes a unit. One that changes channels or resolution projects its input first.
     *
     * @param place its input, its stride, and what it shares; its roles are project, reduce, core, mix and expand. Sharing
     *     project means one 1x1 for input and shortcut, as the authors define it
     * @param out channels C of the output
     * @param width width D
     * @param cardinality number of block terms R; the published networks take {@code R = D}, a channelwise 3x3
     * @param form the standard or the improved form
     * @param norm setting of every batch norm
     * @throws IllegalArgumentException if a number does not fit, or batch norm comes after the convolutions
     */
    public CollectiveUnit(Place place, int out, int width, int cardinality, CollectiveForm form, Normalisation norm) {
        super(place, "collective unit", ", width " + width);
        Objects.requireNonNull(form, "form is null");
        require(
                norm.preActivation(),
                "collective units have batch norm before their convolutions: use Normalisation.AUTHORS");
        int in = place.in();
        boolean same = in == out && place.stride() == 1;
        boolean separate = !place.shares("project");
        projection = same ? null : addChildBlock("project", new Projection(in, out, place.stride(), separate, norm));
        reduce = conv("reduce", out, width, 1, 1, 1);
        core = conv("core", width, width, 3, cardinality, place.stride());
        norm1 = addChildBlock("norm1", norm.batchNorm());
        norm2 = addChildBlock("norm2", norm.batchNorm());
        boolean improved = form == CollectiveForm.IMPROVED;
        mix = improved ? conv("mix", width, width, 1, 1, 1) : null;
        norm3 = improved ? addChildBlock("norm3", norm.batchNorm()) : null;
        expand = conv("expand", width, out, 1, 1, 1);
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
     * {@inheritDoc} Input factor and cores are those the unit runs, shared or its own, and the output factor is its own, in
     * the improved form the product of its two 1x1.
     *
     * @return one decomposition of R terms, whose sum is a kernel {@code (C, C, 3, 3)}
     */
    @Override
    public List<Decomposition> terms(NDManager manager) {
        requireWeights("its group");
        return List.of(BlockTerms.read(reduce.copy(manager), core.copy(manager), outputFactor(manager)));
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
        z = flow.convNormRelu(core, stride(), norm2, z);
        if (mix != null) {
            z = flow.convNormRelu(mix, 1, norm3, z);
        }
        return flow.add(flow.conv(expand, z), shortcut);
    }
}
