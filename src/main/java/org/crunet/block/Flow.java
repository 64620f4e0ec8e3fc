package org.crunet.block;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;

/**
 * The steps that the function of a block is made of. A block writes its function once, over values of some type; with
 * arrays it computes, with shapes it is planned, initialised and counted. So a declared shape cannot differ from a
 * computed one, and no layer can be forgotten in a count.
 *
 * <p>A step takes over what it is given: a value inside a block is used once, unless it is {@linkplain #keep kept}, and the
 * block's input as often as one likes. In half precision what is between two steps may be in bf16, a type that DJL does not
 * know: a block that goes round its steps, by arrays of its own, may end the process then. A block of another kind, which
 * {@link #block} runs, never sees it.
 *
 * @param <T> what flows: arrays or shapes, {@code (N, C, H, W)}
 */
public interface Flow<T> {

    /**
     * A convolution at a stride of the caller's: a shared kernel may run at several.
     *
     * @param conv the convolution
     * @param x {@code (N, in, H, W)}
     * @param stride step in pixels
     * @return {@code (N, out, (H - 1) / stride + 1, (W - 1) / stride + 1)}
     */
    T conv(Conv conv, T x, int stride);

    /**
     * A convolution at its own stride.
     *
     * @param conv the convolution
     * @param x {@code (N, in, H, W)}
     * @return {@code (N, out, (H - 1) / stride + 1, (W - 1) / stride + 1)}
     */
    default T conv(Conv conv, T x) {
        return conv(conv, x, conv.stride());
    }

    /**
     * A convolution and the batch norm behind it, which in evaluation may become one step.
     *
     * @param conv the convolution
     * @param stride step in pixels
     * @param norm scale, shift and running statistics
     * @param x {@code (N, in, H, W)}
     * @return {@code (N, out, (H - 1) / stride + 1, (W - 1) / stride + 1)}
     */
    default T convNorm(Conv conv, int stride, BatchNorm norm, T x) {
        return norm(norm, conv(conv, x, stride));
    }

    /**
     * A convolution, the batch norm behind it, and ReLU.
     *
     * @param conv the convolution
     * @param stride step in pixels
     * @param norm scale, shift and running statistics
     * @param x {@code (N, in, H, W)}
     * @return {@code (N, out, (H - 1) / stride + 1, (W - 1) / stride + 1)}
     */
    default T convNormRelu(Conv conv, int stride, BatchNorm norm, T x) {
        return relu(convNorm(conv, stride, norm, x));
    }

    /**
     * Batch normalisation.
     *
     * @param norm scale, shift and running statistics
     * @param x {@code (N, C, H, W)}
     * @return the same shape
     */
    T norm(BatchNorm norm, T x);

    /** A function of each number by itself. */
    enum Pointwise {
        /** The larger of the number and 0. */
        RELU,
        /** {@code x Phi(x)}, with the distribution function of the normal distribution. */
        GELU,
        /** {@code 1 / (1 + exp(-x))}. */
        SIGMOID
    }

    /**
     * Applies a function to each number.
     *
     * @param function which
     * @param x any shape
     * @return the same shape
     */
    T pointwise(Pointwise function, T x);

    /**
     * The larger of the value and 0.
     *
     * @param x any shape
     * @return the same shape
     */
    default T relu(T x) {
        return pointwise(Pointwise.RELU, x);
    }

    /**
     * {@code x Phi(x)}, with the distribution function of the normal distribution.
     *
     * @param x any shape
     * @return the same shape
     */
    default T gelu(T x) {
        return pointwise(Pointwise.GELU, x);
    }

    /**
     * {@code 1 / (1 + exp(-x))}.
     *
     * @param x any shape
     * @return the same shape
     */
    default T sigmoid(T x) {
        return pointwise(Pointwise.SIGMOID, x);
    }

    /**
     * BN, then ReLU: what stands between the factors of a residual function.
     *
     * @param norm scale, shift and running statistics
     * @param x {@code (N, C, H, W)}
     * @return the same shape
     */
    default T normRelu(BatchNorm norm, T x) {
        return relu(norm(norm, x));
    }

    /**
     * The residual function plus its shortcut.
     *
     * @param z {@code (N, C, H, W)}
     * @param shortcut the same shape
     * @return the same shape
     */
    T add(T z, T shortcut);

    /**
     * The same values with the channels of a pixel side by side in memory, which makes convolutions faster.
     *
     * @param x {@code (N, C, H, W)}
     * @return the same shape
     */
    default T channelsLast(T x) {
        return x;
    }

    /**
     * One value's channels behind the other's.
     *
     * @param a {@code (N, A, H, W)}
     * @param b {@code (N, B, H, W)}
     * @return {@code (N, A + B, H, W)}
     */
    T concat(T a, T b);

    /**
     * The channels from one to before another.
     *
     * @param x {@code (N, C, H, W)}
     * @param from the first, from 0
     * @param to the one after the last
     * @return {@code (N, to - from, H, W)}
     */
    T slice(T x, int from, int to);

    /**
     * The shape after {@link #concat}.
     *
     * @param a {@code (N, A, H, W)}
     * @param b {@code (N, B, H, W)}
     * @return {@code (N, A + B, H, W)}
     * @throws IllegalArgumentException if they differ in more than their channels
     */
    static Shape concatenated(Shape a, Shape b) {
        require(
                a.get(0) == b.get(0) && a.slice(2).equals(b.slice(2)),
                () -> "channels of " + a + " and " + b + " are put side by side: give them one size");
        return new Shape(a.get(0), a.get(1) + b.get(1)).addAll(a.slice(2));
    }

    /**
     * The shape after {@link #slice}.
     *
     * @param x {@code (N, C, H, W)}
     * @param from the first channel, from 0
     * @param to the one after the last
     * @return {@code (N, to - from, H, W)}
     * @throws IllegalArgumentException if there are no such channels
     */
    static Shape sliced(Shape x, int from, int to) {
        require(
                0 <= from && from < to && to <= x.get(1),
                () -> "there are no channels " + from + " to " + to + " in " + x);
        return new Shape(x.get(0), to - from).addAll(x.slice(2));
    }

    /**
     * Each channel times a number of its own.
     *
     * @param scale its {@code (C)} numbers
     * @param x {@code (N, C, H, W)}
     * @return the same shape
     */
    T scale(ChannelScale scale, T x);

    /**
     * Layer norm over the channels of each pixel.
     *
     * @param norm scale and shift
     * @param x {@code (N, C, H, W)}
     * @return the same shape
     */
    T layerNorm(ChannelNorm norm, T x);

    /**
     * Makes numbers zero in training with some probability, and the others larger, so that the mean stays; in evaluation
     * the value itself.
     *
     * @param x any shape
     * @param rate probability of zero
     * @return the same shape
     */
    default T dropout(T x, float rate) {
        return x;
    }

    /**
     * The same value, which one more step may take.
     *
     * @param x any shape
     * @return the same value
     */
    default T keep(T x) {
        return x;
    }

    /**
     * Every pixel in {@code stride}, and channels of zeros added, half of them before and half behind.
     *
     * @param x {@code (N, C, H, W)}
     * @param stride step in pixels
     * @param added number of channels added
     * @return {@code (N, C + added, (H - 1) / stride + 1, (W - 1) / stride + 1)}
     */
    T zeroPad(T x, int stride, int added);

    /**
     * The shape after {@link #zeroPad}.
     *
     * @param x {@code (N, C, H, W)}
     * @param stride step in pixels
     * @param added number of channels added
     * @return {@code (N, C + added, (H - 1) / stride + 1, (W - 1) / stride + 1)}
     */
    static Shape zeroPadded(Shape x, int stride, int added) {
        require(added >= 0, "channels of zeros are added, not taken away: " + added);
        return new Shape(x.get(0), x.get(1) + added, (x.get(2) - 1) / stride + 1, (x.get(3) - 1) / stride + 1);
    }

    /**
     * The largest of each 3x3 pixels, at stride 2.
     *
     * @param x {@code (N, C, H, W)}
     * @return {@code (N, C, (H - 1) / 2 + 1, (W - 1) / 2 + 1)}
     */
    T maxPool(T x);

    /**
     * The shape after {@link #maxPool}.
     *
     * @param x {@code (N, C, H, W)}
     * @return {@code (N, C, (H - 1) / 2 + 1, (W - 1) / 2 + 1)}
     */
    static Shape maxPooled(Shape x) {
        return new Shape(x.get(0), x.get(1), (x.get(2) - 1) / 2 + 1, (x.get(3) - 1) / 2 + 1);
    }

    /**
     * The mean over all pixels.
     *
     * @param x {@code (N, C, H, W)}
     * @return {@code (N, C)}
     */
    T averagePool(T x);

    /**
     * Any block with one input and one output.
     *
     * @param block one of ours or of DJL's
     * @param x its input
     * @return its output
     */
    T block(Block block, T x);
}
