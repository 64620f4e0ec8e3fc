package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.norm.LayerNorm;

/** Layer norm over the channels of each pixel of {@code (N, C, H, W)}, as ConvNeXt has it: epsilon is 1e-6. */
public final class ChannelNorm extends FlowBlock {

    static final float EPSILON = 1e-6f;

    private final Parameter gamma;
    private final Parameter beta;

    /**
     * Makes scale and shift for so many channels.
     *
     * @param channels number of channels C
     */
    public ChannelNorm(int channels) {
        super(channels);
        gamma = parameter("gamma", Parameter.Type.GAMMA, channels);
        beta = parameter("beta", Parameter.Type.BETA, channels);
    }

    private Parameter parameter(String name, Parameter.Type type, int channels) {
        return addParameter(Parameter.builder()
                .setName(name)
                .setType(type)
                .optShape(new Shape(channels))
                .build());
    }

    /**
     * Returns the scale.
     *
     * @return of shape {@code (C)}
     */
    public Parameter gamma() {
        return gamma;
    }

    /**
     * Returns the shift.
     *
     * @return of shape {@code (C)}
     */
    public Parameter beta() {
        return beta;
    }

    /**
     * Returns the number that is added to the variance before its root is taken.
     *
     * @return 1e-6
     */
    public float epsilon() {
        return EPSILON;
    }

    NDArray forward(NDArray x, NDArray scale, NDArray shift) {
        try (NDArray last = x.transpose(0, 2, 3, 1);
                NDArray normed = LayerNorm.layerNorm(last, scale.getShape(), scale, shift, EPSILON)
                        .singletonOrThrow()) {
            return normed.transpose(0, 3, 1, 2);
        }
    }

    @Override
    public <T> T apply(Flow<T> flow, T x) {
        return flow.layerNorm(this, x);
    }

    @Override
    public String toString() {
        return "layer norm over channels";
    }
}
