package org.crunet.network;

import static org.crunet.base.Errors.require;

import java.io.Serializable;
import org.crunet.block.BatchNorm;
import org.crunet.block.Conv;
import org.crunet.block.Flow;
import org.crunet.block.FlowBlock;
import org.crunet.block.Normalisation;

/**
 * The layers before the first stage: convolution, BN, ReLU and, if wanted, a 3x3 max pool with stride 2.
 *
 * @param channels output channels
 * @param kernel height and width of the convolution in pixels
 * @param stride step of the convolution in pixels
 * @param pool whether the max pool follows
 * @param normed whether BN and ReLU follow the convolution; in pre-activation the first unit has them anyway
 */
public record Stem(int channels, int kernel, int stride, boolean pool, boolean normed) implements Serializable {

    /** Throws IllegalArgumentException unless channels and stride are positive and the kernel is odd. */
    public Stem {
        require(
                channels > 0 && stride > 0 && kernel > 0 && kernel % 2 == 1 || channels == 0 && kernel == 0,
                () -> "channels and stride must be positive and kernel odd: channels=" + channels + ", kernel=" + kernel
                        + ", stride=" + stride);
    }

    /** Nothing, where a network has no stages either. */
    public static final Stem NONE = new Stem(0, 0, 1, false, false);

    /** Table 1: 7x7, 64, stride 2, then 3x3 max pool, stride 2: 224x224 to 56x56. */
    public static final Stem IMAGENET = new Stem(64, 7, 2, true, true);

    /**
     * Makes a stem for small images: 3x3 at full resolution for 32x32, at stride 2 for 64x64.
     *
     * @param channels output channels
     * @param stride step in pixels
     * @return a new record
     */
    public static Stem small(int channels, int stride) {
        return new Stem(channels, 3, stride, false, true);
    }

    /**
     * Makes a stem that is a 3x3 convolution alone, as pre-activation networks have it (He et al. 2016).
     *
     * @param channels output channels
     * @return a new record
     */
    public static Stem bare(int channels) {
        return new Stem(channels, 3, 1, false, false);
    }

    @Override
    public String toString() {
        return kernel == 0
                ? "none"
                : kernel + "x" + kernel + ", " + channels + (stride > 1 ? ", stride " + stride : "")
                        + (normed ? "" : ", no batch norm")
                        + (pool ? "; max pool 3x3, stride 2" : "");
    }

    /**
     * Makes it, also as a part of a network of one's own.
     *
     * @param in channels of an image
     * @param norm setting of the batch norm
     * @return a new block, {@code (N, in, H, W)} to {@code (N, channels, h, w)}
     */
    public FlowBlock block(int in, Normalisation norm) {
        return new Layers(in, norm);
    }

    private final class Layers extends FlowBlock {

        private final Conv conv;
        private final BatchNorm norm;
        private final MaxPool maxPool;

        Layers(int in, Normalisation setting) {
            super(in);
            conv = addChildBlock("conv", new Conv(in, channels, kernel, 1, stride));
            norm = normed ? addChildBlock("norm", setting.batchNorm()) : null;
            maxPool = pool ? addChildBlock("pool", new MaxPool(channels)) : null;
        }

        @Override
        public <T> T apply(Flow<T> flow, T x) {
            T first = flow.channelsLast(x);
            T y = normed ? flow.convNormRelu(conv, stride, norm, first) : flow.conv(conv, first);
            return pool ? flow.block(maxPool, y) : y;
        }

        @Override
        public String toString() {
            return "stem";
        }
    }

    private static final class MaxPool extends FlowBlock {

        MaxPool(int channels) {
            super(channels);
        }

        @Override
        public <T> T apply(Flow<T> flow, T x) {
            return flow.maxPool(x);
        }

        @Override
        public String toString() {
            return "max pool 3x3, stride 2";
        }
    }
}
