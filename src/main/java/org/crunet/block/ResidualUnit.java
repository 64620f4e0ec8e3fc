package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.crunet.tensor.BlockTerms;
import org.crunet.tensor.Decomposition;

/**
 * A residual unit: convolutions in a row and a shortcut around them.
 *
 * <pre>
 * pre-activation    x -> (BN -> ReLU -> conv) for each convolution                           -> + shortcut
 * post-activation   x -> (conv -> BN -> ReLU) for each convolution, the last one without ReLU -> + shortcut -> ReLU
 * </pre>
 *
 * The shortcut is the input itself, or a {@link Shortcut} where channels or resolution change. {@code (N, in, H, W)} to {@code (N, out, (H - 1) / stride + 1, (W - 1) / stride + 1)}.
 */
public final class ResidualUnit extends Unit {

    private final boolean preActivation;
    private final List<Conv> main = new ArrayList<>();
    private final List<Integer> strides = new ArrayList<>();
    private final List<BatchNorm> norms = new ArrayList<>();
    private final Around around;

    private ResidualUnit(Place place, String kind, String detail, int out, Shortcut shortcut, Normalisation norm) {
        super(place, kind, detail);
        preActivation = norm.preActivation();
        around = around(shortcut, out, norm);
    }

    private ResidualUnit then(String role, int in, int outOf, int size, int groups, int stride, Normalisation norm) {
        norms.add(addChildBlock("norm" + (norms.size() + 1), norm.batchNorm()));
        main.add(conv(role, in, outOf, size, groups, stride));
        strides.add(stride);
        return this;
    }

    /**
     * Makes a bottleneck with cardinality: a sum of R block terms read as layers, 1x1 to D, 3x3 with R groups and the
     * stride, 1x1 to C. {@code R = 1} is the ResNet (and, wider, the Wide ResNet) bottleneck, {@code R = 32} ResNeXt,
     * {@code R = D} the channelwise form "136x1d". Weights {@code (D, in, 1, 1)}, {@code (D, D / R, 3, 3)}, {@code
     * (out, D, 1, 1)}.
     *
     * @param place its input, its stride, and what it shares; its roles are reduce, core, expand and shortcut
     * @param out channels C of the output
     * @param width width D of the bottleneck
     * @param cardinality number of block terms R
     * @param early whether the first 1x1 has the stride, as He et al. wrote it, instead of the 3x3
     * @param shortcut what goes around it where channels or resolution change
     * @param norm setting and place of every batch norm
     * @return a new unit
     * @throws IllegalArgumentException if a number is not positive or the cardinality does not divide the width
     */
    public static ResidualUnit bottleneck(
            Place place, int out, int width, int cardinality, boolean early, Shortcut shortcut, Normalisation norm) {
        int stride = place.stride();
        return new ResidualUnit(place, "residual unit", ", R = " + cardinality, out, shortcut, norm)
                .then("reduce", place.in(), width, 1, 1, early ? stride : 1, norm)
                .then("core", width, width, 3, cardinality, early ? 1 : stride, norm)
                .then("expand", width, out, 1, 1, 1, norm);
    }

    /**
     * Makes a bottleneck by itself, with the stride in the 3x3 and a projection where it is needed.
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
        return bottleneck(Place.alone(in, stride), out, width, cardinality, false, Shortcut.PROJECTION, norm);
    }

    /**
     * Makes the basic unit of ResNet-18 and 34, two plain 3x3 convolutions: no reduction. Weights {@code (D, in, 3, 3)} and
     * {@code (out, D, 3, 3)}.
     *
     * @param place its input, its stride, which the first 3x3 has, and what it shares; its roles are conv1, conv2 and shortcut
     * @param out channels of the output
     * @param width channels D between the two, in ResNet those of the output
     * @param shortcut what goes around it where channels or resolution change
     * @param norm setting and place of every batch norm
     * @return a new unit
     * @throws IllegalArgumentException if a number is not positive
     */
    public static ResidualUnit basic(Place place, int out, int width, Shortcut shortcut, Normalisation norm) {
        return new ResidualUnit(place, "basic unit", "", out, shortcut, norm)
                .then("conv1", place.in(), width, 3, 1, place.stride(), norm)
                .then("conv2", width, out, 3, 1, 1, norm);
    }

    /**
     * Makes a basic unit by itself, with a projection where it is needed.
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
        return basic(Place.alone(in, stride), out, width, Shortcut.PROJECTION, norm);
    }

    /**
     * Returns the convolutions on the main path, in the order in which an input meets them.
     *
     * @return of a bottleneck the 1x1, the 3x3 and the 1x1, of a basic unit two 3x3
     */
    public List<Conv> main() {
        return List.copyOf(main);
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
     * @return the 1x1; null where there is none
     */
    public Conv shortcut() {
        return around.conv();
    }

    /**
     * Returns the batch norm of the shortcut.
     *
     * @return before or behind the 1x1; null where there is none
     */
    public BatchNorm shortcutNorm() {
        return around.norm();
    }

    /**
     * {@inheritDoc}
     *
     * @return for a bottleneck one decomposition of R terms, of the kernel {@code (out, in, 3, 3)}; for a basic unit two,
     *     each a 3x3 as it is, one term whose core is the whole kernel
     */
    @Override
    public List<Decomposition> terms(NDManager manager) {
        requireWeights("it");
        List<NDArray> weights = main.stream().map(conv -> conv.copy(manager)).toList();
        return weights.size() == 3
                ? List.of(BlockTerms.read(weights.get(0), weights.get(1), weights.get(2)))
                : weights.stream().map(BlockTerms::read).toList();
    }

    @Override
    public <T> T apply(Flow<T> flow, T x) {
        return preActivation ? preActivation(flow, x) : postActivation(flow, x);
    }

    private <T> T preActivation(Flow<T> flow, T x) {
        int last = main.size() - 1;
        boolean bare = around.isBare();
        T first = flow.normRelu(norms.get(0), x);
        T z = bare ? flow.keep(first) : first;
        for (int i = 0; i < last; i++) {
            z = flow.convNormRelu(main.get(i), strides.get(i), norms.get(i + 1), z);
        }
        z = flow.conv(main.get(last), z, 1);
        return flow.add(z, around.apply(flow, bare ? first : x));
    }

    private <T> T postActivation(Flow<T> flow, T x) {
        int last = main.size() - 1;
        T z = x;
        for (int i = 0; i < last; i++) {
            z = flow.convNormRelu(main.get(i), strides.get(i), norms.get(i), z);
        }
        z = flow.convNorm(main.get(last), 1, norms.get(last), z);
        return flow.relu(flow.add(z, around.apply(flow, x)));
    }
}
