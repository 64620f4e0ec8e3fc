package org.crunet.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.pooling.Pool;
import org.crunet.block.Chain;
import org.crunet.block.Conv;
import org.crunet.block.Normalisation;

/**
 * What stands before the first stage: convolution, BN, ReLU and, if wanted, a 3x3 max pool with stride 2.
 *
 * @param channels output channels
 * @param kernel height and width of the convolution in pixels
 * @param stride step of the convolution in pixels
 * @param pool whether the max pool follows
 */
public record Stem(int channels, int kernel, int stride, boolean pool) {

    /** Table 1: 7x7, 64, stride 2, then 3x3 max pool, stride 2: 224x224 to 56x56. */
    public static final Stem IMAGENET = new Stem(64, 7, 2, true);

    /**
     * A stem for small images: 3x3 at full resolution for 32x32, at stride 2 for 64x64.
     *
     * @param channels output channels
     * @param stride step in pixels
     * @return the stem
     */
    public static Stem small(int channels, int stride) {
        return new Stem(channels, 3, stride, false);
    }

    Block build(int in, Normalisation norm) {
        Chain stem = new Chain()
                .then("conv", new Conv(in, channels, kernel, 1, stride))
                .then("norm", norm.batchNorm())
                .then("relu", Activation::relu);
        return pool ? stem.then("max pool 3x3, stride 2", Stem::maxPool) : stem;
    }

    private static NDArray maxPool(NDArray x) {
        return Pool.maxPool2d(x, new Shape(3, 3), new Shape(2, 2), new Shape(1, 1), false);
    }
}
