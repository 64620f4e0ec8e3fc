package org.crunet.tensor;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.Map;

/** The unfoldings of a tensor, each made when it is first needed; they belong to the tensor's manager. */
final class Unfoldings {

    private final NDArray tensor;
    private final Map<Integer, NDArray> made = new HashMap<>();

    Unfoldings(NDArray tensor) {
        this.tensor = tensor;
    }

    NDArray of(int mode) {
        return made.computeIfAbsent(mode, m -> TensorAlgebra.unfold(tensor, m));
    }
}
