package org.crunet.tensor;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.Map;

/** A tensor in double precision, its norm, and its unfoldings, each made when it is first needed; they belong to its manager. */
class Unfoldings {

    final NDArray x;
    final double norm;
    private final Map<Integer, NDArray> made = new HashMap<>();

    Unfoldings(NDArray x) {
        this.x = x;
        norm = TensorAlgebra.norm(x);
    }

    final NDArray unfolded(int mode) {
        return made.computeIfAbsent(mode, m -> TensorAlgebra.unfold(x, m));
    }
}
