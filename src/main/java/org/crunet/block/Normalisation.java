package org.crunet.block;

import static org.crunet.base.Errors.require;

import java.io.Serializable;
import java.util.Objects;

/**
 * The setting and the place of every batch norm of a network: once, here.
 *
 * @param order whether batch norm and ReLU stand before or after each convolution
 * @param epsilon what is added to the variance before its root is taken
 * @param momentum fraction of the running statistics that a training step keeps (PyTorch's {@code 1 - momentum})
 */
public record Normalisation(Order order, float epsilon, float momentum) implements Serializable {

    /** The place of batch norm and ReLU. */
    public enum Order {
        /** BN, ReLU, convolution (He et al. 2016): all networks of the paper. */
        PRE_ACTIVATION,
        /** Convolution, BN, ReLU (He et al. 2015): the original ResNet and ResNeXt, and torchvision's weights. */
        POST_ACTIVATION
    }

    /** The authors' setting in MXNet: pre-activation, epsilon 2e-5, momentum 0.9. */
    public static final Normalisation AUTHORS = new Normalisation(Order.PRE_ACTIVATION, 2e-5f, 0.9f);

    /** The setting of torchvision's ResNet and ResNeXt: post-activation, epsilon 1e-5, momentum 0.9. */
    public static final Normalisation TORCHVISION = new Normalisation(Order.POST_ACTIVATION, 1e-5f, 0.9f);

    /** Throws IllegalArgumentException unless epsilon is positive and momentum in [0, 1). */
    public Normalisation {
        Objects.requireNonNull(order, "order is null");
        require(
                epsilon > 0 && momentum >= 0 && momentum < 1,
                "epsilon must be positive and momentum in [0, 1): epsilon=" + epsilon + ", momentum=" + momentum);
    }

    /**
     * Returns this setting in another place.
     *
     * @param newOrder before or after each convolution
     * @return a new record
     */
    public Normalisation withOrder(Order newOrder) {
        return new Normalisation(newOrder, epsilon, momentum);
    }

    /**
     * Returns whether batch norm and ReLU come before each convolution.
     *
     * @return false if they come after it
     */
    public boolean preActivation() {
        return order == Order.PRE_ACTIVATION;
    }

    /**
     * Makes a batch norm over the channels of {@code (N, C, H, W)}.
     *
     * @return a new block with scale, shift and running statistics of its own
     */
    public BatchNorm batchNorm() {
        return new BatchNorm(this);
    }
}
