package org.crunet.notebook;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.crunet.tensor.BlockTerms;
import org.crunet.tensor.Decomposition;

/** Terms to draw. */
final class Decompositions {

    private Decompositions() {}

    /** Terms of core 4 x 4 of a kernel (64, 48, 3, 3). */
    static Decomposition read(NDManager manager, int terms) {
        NDArray reduce = manager.ones(new Shape(4 * terms, 48, 1, 1));
        NDArray core = manager.ones(new Shape(4 * terms, 4, 3, 3));
        return BlockTerms.read(reduce, core, manager.ones(new Shape(64, 4 * terms, 1, 1)));
    }
}
