package org.crunet.block;

import ai.djl.nn.norm.BatchNorm;

/**
 * How every batch norm of a network is set: once, here.
 *
 * @param epsilon what is added to the variance before its root is taken
 * @param momentum fraction of the running statistics that a training step keeps (PyTorch's {@code 1 - momentum})
 */
public record Normalisation(float epsilon, float momentum) {

    /** The authors' setting in MXNet: epsilon 2e-5, momentum 0.9. */
    public static final Normalisation AUTHORS = new Normalisation(2e-5f, 0.9f);

    /**
     * Checks the numbers.
     *
     * @param epsilon positive
     * @param momentum in [0, 1)
     * @throws IllegalArgumentException if one is out of range
     */
    public Normalisation {
        if (!(epsilon > 0) || !(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException(
                    "epsilon must be positive and momentum in [0, 1): epsilon=" + epsilon + ", momentum=" + momentum);
        }
    }

    /**
     * A batch norm over the channels of {@code (N, C, H, W)}.
     *
     * @return a new DJL block with scale, shift and running statistics of its own
     */
    public BatchNorm batchNorm() {
        return BatchNorm.builder().optEpsilon(epsilon).optMomentum(momentum).build();
    }
}
