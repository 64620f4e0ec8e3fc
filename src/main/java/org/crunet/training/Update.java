package org.crunet.training;

import org.crunet.network.Network;

/** A batch that went forward and back, before it changes the weights. */
public final class Update {

    private final Network network;
    private final double loss;
    private final Updates updates;

    Update(Network network, double loss, Updates updates) {
        this.network = network;
        this.loss = loss;
        this.updates = updates;
    }

    /**
     * Returns what is trained, whose weights have gradients: {@code network.weight(name).getGradient()}.
     *
     * @return the network; not to be run, changed or closed
     */
    public Network network() {
        return network;
    }

    /**
     * Returns what training makes smaller.
     *
     * @return mean of the batch
     */
    public double loss() {
        return loss;
    }

    /**
     * Computes the length of all gradients together, before it is cut.
     *
     * @return the root of the sum of squares
     */
    public double gradientNorm() {
        return updates.gradientNorm();
    }
}
