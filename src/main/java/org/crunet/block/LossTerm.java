package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * A block that adds to the loss of every training it takes part in, beside what a recipe adds.
 *
 * <pre>{@code
 * public NDArray lossTerm(NDManager scope) {
 *     return core.kernel().value(scope).square().sum().mul(0.001f);
 * }
 * }</pre>
 */
public interface LossTerm {

    /**
     * Computes what is added. Gradients are recorded.
     *
     * @param scope owner of what is computed
     * @return one number of type float32
     */
    NDArray lossTerm(NDManager scope);
}
