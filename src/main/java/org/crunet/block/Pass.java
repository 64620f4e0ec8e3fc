package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Activation;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;

/**
 * One forward pass through a unit: what every layer in it needs, so that a {@code forward} reads like the paper. Each step
 * lets go of what it was given, unless that is the unit's input; DJL would hold every array until the batch is done.
 */
record Pass(ParameterStore store, boolean training, NDArray input) {

    /** BN, then ReLU: {@code (N, C, H, W)} in and out. */
    NDArray normRelu(BatchNorm norm, NDArray x) {
        NDArray normalised = norm.forward(store, new NDList(x), training).singletonOrThrow();
        release(x);
        try (normalised) {
            return Activation.relu(normalised);
        }
    }

    /** A convolution at its own stride. */
    NDArray conv(Conv conv, NDArray x) {
        return conv(conv, x, conv.stride());
    }

    /** A convolution at the given stride: a shared kernel may run at several. */
    NDArray conv(Conv conv, NDArray x, int stride) {
        NDArray y = conv.convolve(store, x, stride, training);
        release(x);
        return y;
    }

    /** The residual function plus its shortcut. */
    NDArray add(NDArray z, NDArray shortcut) {
        NDArray sum = z.add(shortcut);
        release(z);
        release(shortcut);
        return sum;
    }

    private void release(NDArray x) {
        if (x != input) {
            x.close();
        }
    }
}
