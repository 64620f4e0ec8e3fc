package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * For evaluation: batch norm folded into the convolution before it, which saves it a pass through memory.
 * With running statistics it is {@code scale x + shift} for each channel, so {@code scale} goes into the convolution's
 * weight and {@code shift} becomes its bias. Each is folded once, at its first use, and stays so: make another one when
 * weights have changed. A block that is given this as its store uses it by itself.
 */
public final class FoldedNorms extends ParameterStore implements AutoCloseable {

    private final NDManager manager;
    private final Map<BatchNorm, Kernel> kernels = new IdentityHashMap<>();

    /** A convolution's weight and bias with the batch norm in it. */
    record Kernel(NDArray weight, NDArray bias) {}

    /**
     * Nothing is folded yet.
     *
     * @param owner owner of the folded weights, as large as the weights themselves
     */
    public FoldedNorms(NDManager owner) {
        super(owner, false);
        manager = owner.newSubManager();
    }

    Kernel of(Conv conv, BatchNorm norm) {
        return kernels.computeIfAbsent(norm, n -> fold(conv, n));
    }

    private Kernel fold(Conv conv, BatchNorm norm) {
        NDArray weight = conv.weight().getArray();
        try (NDManager scope = manager.newSubManager()) {
            scope.tempAttachAll(weight);
            NDList line = norm.line(scope);
            NDArray scale = line.get(0);
            Kernel kernel = new Kernel(weight.mul(scale.reshape(scale.size(), 1, 1, 1)), line.get(1));
            kernel.weight().attach(manager);
            kernel.bias().attach(manager);
            return kernel;
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
