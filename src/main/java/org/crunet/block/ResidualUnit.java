package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.crunet.tensor.BlockTerms;
import org.crunet.tensor.Decomposition;

/**
 * A residual unit with weights of its own: convolutions in a row and a shortcut around them.
 *
 * <pre>
 * pre-activation    x -> (BN -> ReLU -> conv) for each convolution                           -> + shortcut
 * post-activation   x -> (conv -> BN -> ReLU) for each convolution, the last one without ReLU -> + shortcut -> ReLU
 * </pre>
 *
 * The shortcut is the input itself, or a 1x1 convolution where channels or resolution change (with BN and ReLU before it,
 * or BN after it). {@code (N, in, H, W)} to {@code (N, out, (H - 1) / stride + 1, (W - 1) / stride + 1)}.
 */
public final class ResidualUnit extends FlowBlock {

    private final String name;
    private final boolean preActivation;
    private final List<Conv> convs = new ArrayList<>();
    private final List<BatchNorm> norms = new ArrayList<>();
    private final BatchNorm shortcutNorm;
    private final Conv shortcut;

    private ResidualUnit(String name, int in, int out, int stride, Normalisation norm) {
        super(in);
        this.name = name + (stride > 1 ? ", stride " + stride : "");
        preActivation = norm.preActivation();
        boolean same = in == out && stride == 1;
        shortcutNorm = same ? null : addChildBlock("shortcut_norm", norm.batchNorm());
        shortcut = same ? null : addChildBlock("shortcut", new Conv(in, out, 1, 1, stride));
    }

    private ResidualUnit then(String convName, Conv conv, Normalisation norm) {
        norms.add(addChildBlock("norm" + (norms.size() + 1), norm.batchNorm()));
        convs.add(addChildBlock(convName, conv));
        return this;
    }

    /**
     * Makes a bottleneck with cardinality: a sum of R block terms read as layers, 1x1 to D, 3x3 with R groups and the
     * stride, 1x1 to C. {@code R = 1} is the ResNet (and, wider, the Wide ResNet) bottleneck, {@code R = 32} ResNeXt,
     * {@code R = D} the channelwise form "136x1d". Weights {@code (D, in, 1, 1)}, {@code (D, D / R, 3, 3)}, {@code
     * (out, D, 1, 1)}.
     *
     * @param in channels of the input
     * @param out channels C of the output
     * @param width width D of the bottleneck
     * @param cardinality number of block terms R
     * @param stride step of the 3x3 in pixels
     * @param norm setting and place of every batch norm
     * @return a new unit
     * @throws IllegalArgumentException if a number is not positive or the cardinality does not divide the width
     */
    public static ResidualUnit bottleneck(int in, int out, int width, int cardinality, int stride, Normalisation norm) {
        return new ResidualUnit("residual unit, R = " + cardinality, in, out, stride, norm)
                .then("reduce", new Conv(in, width, 1, 1, 1), norm)
                .then("core", new Conv(width, width, 3, cardinality, stride), norm)
                .then("expand", new Conv(width, out, 1, 1, 1), norm);
    }

    /**
     * Makes the basic unit of ResNet-18 and 34, two plain 3x3 convolutions: no reduction. Weights {@code (D, in, 3, 3)} and
     * {@code (out, D, 3, 3)}.
     *
     * @param in channels of the input
     * @param out channels of the output
     * @param width channels D between the two, in ResNet those of the output
     * @param stride step of the first 3x3 in pixels
     * @param norm setting and place of every batch norm
     * @return a new unit
     * @throws IllegalArgumentException if a number is not positive
     */
    public static ResidualUnit basic(int in, int out, int width, int stride, Normalisation norm) {
        return new ResidualUnit("basic unit", in, out, stride, norm)
                .then("conv1", new Conv(in, width, 3, 1, stride), norm)
                .then("conv2", new Conv(width, out, 3, 1, 1), norm);
    }

    /**
     * Returns the convolutions on the main path, in the order in which an input meets them.
     *
     * @return of a bottleneck the 1x1, the 3x3 and the 1x1, of a basic unit two 3x3
     */
    public List<Conv> convs() {
        return List.copyOf(convs);
    }

    /**
     * Returns the batch norms on the main path.
     *
     * @return one a convolution, before or behind it
     */
    public List<BatchNorm> norms() {
        return List.copyOf(norms);
    }

    /**
     * Returns the convolution around the others.
     *
     * @return the 1x1; null where the shortcut is the input itself
     */
    public Conv shortcut() {
        return shortcut;
    }

    /**
     * Returns the batch norm of the shortcut.
     *
     * @return before or behind the 1x1; null where the shortcut is the input itself
     */
    public BatchNorm shortcutNorm() {
        return shortcutNorm;
    }

    /**
     * Reads the residual function without its batch norms and nonlinearities as block terms from the weights as they are.
     *
     * @param manager owner of the terms, which are copies and outlive the unit
     * @return for a bottleneck one decomposition of R terms, of the kernel {@code (out, in, 3, 3)}; for a basic unit two,
     *     each a 3x3 as it is, one term whose core is the whole kernel
     * @throws IllegalStateException if the unit has no weights yet
     */
    public List<Decomposition> terms(NDManager manager) {
        requireWeights("it");
        List<NDArray> weights = convs.stream().map(conv -> conv.copy(manager)).toList();
        return weights.size() == 3
                ? List.of(BlockTerms.read(weights.get(0), weights.get(1), weights.get(2)))
                : weights.stream().map(BlockTerms::read).toList();
    }

    @Override
    public <T> T apply(Flow<T> flow, T x) {
        return preActivation ? preActivation(flow, x) : postActivation(flow, x);
    }

    private <T> T preActivation(Flow<T> flow, T x) {
        int last = convs.size() - 1;
        T z = flow.normRelu(norms.get(0), x);
        for (int i = 0; i < last; i++) {
            z = flow.convNormRelu(convs.get(i), norms.get(i + 1), z);
        }
        z = flow.conv(convs.get(last), z);
        return flow.add(z, shortcut == null ? x : flow.conv(shortcut, flow.normRelu(shortcutNorm, x)));
    }

    private <T> T postActivation(Flow<T> flow, T x) {
        int last = convs.size() - 1;
        T z = x;
        for (int i = 0; i < last; i++) {
            z = flow.convNormRelu(convs.get(i), norms.get(i), z);
        }
        z = flow.convNorm(convs.get(last), 1, norms.get(last), z);
        return flow.relu(
                flow.add(z, shortcut == null ? x : flow.convNorm(shortcut, shortcut.stride(), shortcutNorm, x)));
    }

    @Override
    public String toString() {
        return name;
    }
}
