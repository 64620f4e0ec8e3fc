package org.crunet.tensor;

import ai.djl.ndarray.NDManager;

/** Factors in a manager of their own. */
abstract class OwnedState implements Search.State {

    private final NDManager owner;
    private final double error;

    /** The manager is closed with the factors. */
    OwnedState(NDManager owner, double error) {
        this.owner = owner;
        this.error = error;
    }

    final NDManager owner() {
        return owner;
    }

    @Override
    public final double error() {
        return error;
    }

    @Override
    public final void close() {
        owner.close();
    }
}
