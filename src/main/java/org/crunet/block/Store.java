package org.crunet.block;

import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import org.crunet.torch.Precision;

/**
 * The parameters as they are, and with what numbers to compute from them. Blocks that are written over a {@link Flow} do so;
 * what comes out of one is float32 for whoever else runs it, and so is all that blocks of other kinds are given and compute.
 */
public class Store extends ParameterStore {

    private final Precision precision;

    /**
     * Makes a store.
     *
     * @param manager owner of the parameters
     * @param precision FLOAT32, TF32 or BF16, as {@link Precision#on} tells
     */
    public Store(NDManager manager, Precision precision) {
        super(manager, false);
        this.precision = precision;
    }

    /** With what numbers to compute. */
    public final Precision precision() {
        return precision;
    }

    /** Whether convolutions and linear layers compute in bf16. */
    final boolean isHalf() {
        return precision == Precision.BF16;
    }
}
