package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Activation;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;

/** One forward pass through a block: what every layer in it needs, so that a {@code forward} reads like the paper. */
record Pass(ParameterStore store, boolean training) {

    /** BN, then ReLU: {@code (N, C, H, W)} in and out. */
    NDArray normRelu(BatchNorm norm, NDArray x) {
        NDArray normalised = norm.forward(store, new NDList(x), training).singletonOrThrow();
        return Activation.relu(normalised);
    }

    /** A convolution at its own stride. */
    NDArray conv(Conv conv, NDArray x) {
        return conv(conv, x, conv.stride());
    }

    /** A convolution at the given stride: a shared kernel may run at several. */
    NDArray conv(Conv conv, NDArray x, int stride) {
        return conv.convolve(store, x, stride, training);
    }
}
