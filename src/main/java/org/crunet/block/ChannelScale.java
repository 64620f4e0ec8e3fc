package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.initializer.Initializer;

/** A number for each channel of {@code (N, C, H, W)}, which that is multiplied by; it starts at 1. */
public final class ChannelScale extends FlowBlock {

    private final Parameter scale;

    /**
     * Makes numbers for so many channels.
     *
     * @param channels number of channels C
     */
    public ChannelScale(int channels) {
        super(channels);
        scale = addParameter(Parameter.builder()
                .setName("scale")
                .setType(Parameter.Type.OTHER)
                .optShape(new Shape(channels))
                .optInitializer(Initializer.ONES)
                .build());
    }

    /**
     * Returns the numbers.
     *
     * @return of shape {@code (C)}
     */
    public Parameter scale() {
        return scale;
    }

    NDArray forward(NDArray x, NDArray numbers) {
        try (NDArray column = numbers.reshape(1, numbers.size(), 1, 1)) {
            return x.mul(column);
        }
    }

    @Override
    public <T> T apply(Flow<T> flow, T x) {
        return flow.scale(this, x);
    }

    @Override
    public String toString() {
        return "scale of each channel";
    }
}
