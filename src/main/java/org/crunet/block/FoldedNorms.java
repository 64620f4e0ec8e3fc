package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.norm.BatchNorm;
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

    private static final float FAR = 1000;

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

    /** DJL's batch norm does not tell its epsilon, so it is asked for its line at two far points and at 0. */
    private Kernel fold(Conv conv, BatchNorm norm) {
        NDArray weight = conv.weight().getArray();
        long channels = weight.getShape().get(0);
        try (NDManager scope = manager.newSubManager()) {
            NDArray points = scope.create(new float[] {-FAR, 0, FAR}, new Shape(3, 1, 1, 1))
                    .toType(weight.getDataType(), false)
                    .broadcast(new Shape(3, channels, 1, 1));
            NDArray line = norm.forward(this, new NDList(points.mul(1)), false).singletonOrThrow();
            line.attach(scope);
            NDArray scale = line.get(2).sub(line.get(0)).div(2 * FAR);
            NDArray folded = weight.mul(scale.reshape(channels, 1, 1, 1));
            NDArray bias = line.get(1).reshape(channels);
            folded.attach(manager);
            bias.attach(manager);
            return new Kernel(folded, bias);
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
