package org.crunet.tensor;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * One Tucker term, {@code G x1 A1 x2 A2 ... xN AN}: a term of a block term decomposition.
 *
 * @param core {@code (r1, ..., rN)}
 * @param factors one matrix {@code (In, rn)} a mode; the identity for a mode that was left alone
 */
public record Term(NDArray core, List<NDArray> factors) {

    /**
     * Returns the factor of a mode.
     *
     * @param mode n, from 1 to N
     * @return {@code (In, rn)}
     */
    public NDArray factor(int mode) {
        return factors.get(mode - 1);
    }

    /**
     * Computes the tensor that this term is.
     *
     * @return {@code (I1, ..., IN)}
     */
    public NDArray rebuild() {
        NDArray tensor = core;
        for (int mode = 1; mode <= factors.size(); mode++) {
            tensor = TensorAlgebra.product(tensor, factor(mode), mode);
        }
        return tensor;
    }

    @Override
    public String toString() {
        return "term of core " + core.getShape();
    }
}
