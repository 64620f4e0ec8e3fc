package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import java.util.HashMap;
import java.util.Map;
import org.crunet.torch.Autocast;
import org.crunet.torch.Precision;

/**
 * A store for evaluation that folds batch norm into the convolution before it, which saves it a pass through memory.
 * With running statistics it is {@code scale x + shift} for each channel, so {@code scale} goes into the convolution's
 * weight and {@code shift} becomes its bias. Each is folded once, at its first use: the weights must not change while
 * this is open. A block that is given this as its store uses it by itself.
 */
public final class FoldedNorms extends Store implements AutoCloseable {

    private final NDManager manager;
    private final Map<Pair, Kernel> kernels = new HashMap<>();

    /** Blocks are equal when they are the same one. */
    private record Pair(Conv conv, BatchNorm norm) {}

    /** A convolution's weight and bias with the batch norm in it. */
    record Kernel(NDArray weight, NDArray bias) {}

    /**
     * Makes a store in which nothing is folded yet.
     *
     * @param owner owner of the folded weights, as large as the weights themselves
     * @param precision as of {@link Store}
     */
    public FoldedNorms(NDManager owner, Precision precision) {
        super(owner, precision);
        manager = owner.newSubManager();
    }

    synchronized Kernel of(Conv conv, BatchNorm norm) {
        return kernels.computeIfAbsent(new Pair(conv, norm), pair -> fold(conv, norm));
    }

    /** The parameters themselves stay where they are, since other threads may be using them. */
    private Kernel fold(Conv conv, BatchNorm norm) {
        NDArray weight = conv.kernel().value(Parameter::getArray, manager);
        try (NDArray scale = norm.scale();
                NDArray column = scale.reshape(scale.size(), 1, 1, 1)) {
            Kernel kernel = new Kernel(rounded(weight.mul(column)), norm.shift(scale));
            kernel.weight().attach(manager);
            kernel.bias().attach(manager);
            return kernel;
        }
    }

    /** To what the convolution would round it to in every batch. */
    private NDArray rounded(NDArray weight) {
        if (!isHalf()) {
            return weight;
        }
        try (weight) {
            return Autocast.rounded(weight);
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
