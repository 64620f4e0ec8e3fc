package org.crunet.training;

import static org.crunet.base.Errors.require;

import java.io.Serializable;

/**
 * The rule by which a step changes the weights, as PyTorch defines it; a {@link Recipe} adds learning rate, schedule and
 * weight decay.
 */
public sealed interface Optimizer extends Serializable {

    /**
     * Stochastic gradient descent: {@code v = m v + g; w -= lr v}, in Nesterov's form {@code w -= lr (g + m v)}, where
     * {@code g} is the gradient plus {@code wd w}.
     *
     * @param momentum fraction m of the velocity that a step keeps
     * @param nesterov whether the step looks ahead along the velocity
     */
    record Sgd(double momentum, boolean nesterov) implements Optimizer {

        /**
         * Checks the numbers.
         *
         * @param momentum in [0, 1)
         * @param nesterov needs momentum
         * @throws IllegalArgumentException if one is out of range
         */
        public Sgd {
            require(momentum >= 0 && momentum < 1, "momentum must be in [0, 1): " + momentum);
            require(!nesterov || momentum > 0, "Nesterov's form needs momentum: use Optimizer.sgd(0)");
        }
    }

    /**
     * Adam with decoupled weight decay (Loshchilov and Hutter 2019): {@code w -= lr wd w}, then
     * {@code w -= lr m / (sqrt(v) + eps)} with the means of gradients and squared gradients, corrected for their start at 0.
     *
     * @param beta1 fraction of the mean gradient m that a step keeps
     * @param beta2 fraction of the mean squared gradient v that a step keeps
     * @param epsilon added to the root of v
     */
    record AdamW(double beta1, double beta2, double epsilon) implements Optimizer {

        /**
         * Checks the numbers.
         *
         * @param beta1 in [0, 1)
         * @param beta2 in [0, 1)
         * @param epsilon positive and finite, also in single precision
         * @throws IllegalArgumentException if one is out of range
         */
        public AdamW {
            require(beta1 >= 0 && beta1 < 1, "beta1 must be in [0, 1): " + beta1);
            require(beta2 >= 0 && beta2 < 1, "beta2 must be in [0, 1): " + beta2);
            float single = (float) epsilon;
            require(
                    single > 0 && single < Float.POSITIVE_INFINITY,
                    "epsilon must be positive and finite, also in single precision: " + epsilon);
        }
    }

    /**
     * Stochastic gradient descent with plain momentum.
     *
     * @param momentum fraction of the velocity that a step keeps; 0 for none
     * @return the rule
     */
    static Optimizer sgd(double momentum) {
        return new Sgd(momentum, false);
    }

    /**
     * Stochastic gradient descent with Nesterov momentum.
     *
     * @param momentum fraction of the velocity that a step keeps, such as 0.9
     * @return the rule
     */
    static Optimizer nesterov(double momentum) {
        return new Sgd(momentum, true);
    }

    /**
     * AdamW with the usual numbers, 0.9, 0.999 and 1e-8.
     *
     * @return the rule
     */
    static Optimizer adamW() {
        return new AdamW(0.9, 0.999, 1e-8);
    }
}
