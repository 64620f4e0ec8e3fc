package org.crunet.training;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import java.io.Serializable;
import java.util.Map;
import org.crunet.base.Named;

/**
 * The rule by which a step changes the weights, here as PyTorch defines it; a {@link Recipe} adds learning rate, schedule and
 * weight decay.
 *
 * <pre>{@code
 * Optimizer.named("signs", 0, (rate, decay, step) -> (w, g, memory, count) -> {
 *     for (int i = 0; i < count; i++) {
 *         w[i] -= rate * (Math.signum(g[i]) + decay * w[i]);
 *     }
 * })
 * }</pre>
 */
public interface Optimizer extends Serializable {

    /**
     * Returns how many numbers the rule remembers for each weight.
     *
     * @return 1, unless a rule says another number up to 3
     */
    default int memory() {
        return 1;
    }

    /**
     * Returns the rule of one step.
     *
     * @param rate learning rate of the step
     * @param decay weight decay of these weights
     * @param step number of the step, from 1
     * @return what changes the weights
     */
    Rule rule(double rate, double decay, long step);

    /**
     * Computes the gradients of a step: once, at the weights as they are, unless a rule looks elsewhere first.
     *
     * @param weights those that are trained, by name, each with its gradient; what is changed here is to be changed back
     * @param compute computes all gradients anew, of the same batch
     */
    default void gradients(Map<String, NDArray> weights, Runnable compute) {
        compute.run();
    }

    /** Changes some weights by their gradients, each number by itself. */
    interface Rule {

        /**
         * Changes weights and memory, a piece of one parameter at a time, from any thread.
         *
         * @param w the weights
         * @param g their gradients
         * @param memory what the rule remembers, {@link #memory} arrays; zeros before the first step
         * @param count how many there are of each
         */
        void apply(float[] w, float[] g, float[][] memory, int count);
    }

    /**
     * Stochastic gradient descent: {@code v = m v + g; w -= lr v}, in Nesterov's form {@code w -= lr (g + m v)}, where
     * {@code g} is the gradient plus {@code wd w}.
     *
     * @param momentum fraction m of the velocity that a step keeps, in [0, 1)
     * @param nesterov whether the step looks ahead along the velocity, which needs momentum
     */
    record Sgd(double momentum, boolean nesterov) implements Optimizer {

        /** Checks the numbers. */
        public Sgd {
            require(momentum >= 0 && momentum < 1, "momentum must be in [0, 1): " + momentum);
            require(!nesterov || momentum > 0, "Nesterov's form needs momentum: use Optimizer.sgd(0)");
        }

        @Override
        public Rule rule(double rate, double decay, long step) {
            float size = (float) rate;
            float pull = (float) decay;
            float kept = (float) momentum;
            return (w, g, memory, count) -> {
                float[] v = memory[0];
                for (int i = 0; i < count; i++) {
                    float decayed = Math.fma(pull, w[i], g[i]);
                    v[i] = kept * v[i] + decayed;
                    w[i] = Math.fma(-size, nesterov ? Math.fma(kept, v[i], decayed) : v[i], w[i]);
                }
            };
        }
    }

    /**
     * Adam with decoupled weight decay (Loshchilov and Hutter 2019): {@code w -= lr wd w}, then
     * {@code w -= lr m / (sqrt(v) + eps)} with the means of gradients and squared gradients, corrected for their start at 0.
     *
     * @param beta1 fraction of the mean gradient m that a step keeps, in [0, 1)
     * @param beta2 fraction of the mean squared gradient v that a step keeps, in [0, 1)
     * @param epsilon added to the root of v; positive and finite, also in single precision
     */
    record AdamW(double beta1, double beta2, double epsilon) implements Optimizer {

        /** Checks the numbers. */
        public AdamW {
            require(beta1 >= 0 && beta1 < 1, "beta1 must be in [0, 1): " + beta1);
            require(beta2 >= 0 && beta2 < 1, "beta2 must be in [0, 1): " + beta2);
            float single = (float) epsilon;
            require(
                    single > 0 && single < Float.POSITIVE_INFINITY,
                    "epsilon must be positive and finite, also in single precision: " + epsilon);
        }

        @Override
        public int memory() {
            return 2;
        }

        @Override
        public Rule rule(double rate, double decay, long step) {
            float kept = (float) (1 - rate * decay);
            float kept2 = (float) beta2;
            float new1 = (float) (1 - beta1);
            float new2 = (float) (1 - beta2);
            float size = (float) (rate / (1 - Math.pow(beta1, step)));
            float root = (float) Math.sqrt(1 - Math.pow(beta2, step));
            float small = (float) epsilon;
            return (w, g, memory, count) -> {
                float[] m = memory[0];
                float[] v = memory[1];
                for (int i = 0; i < count; i++) {
                    m[i] = Math.fma(new1, g[i] - m[i], m[i]);
                    v[i] = Math.fma(new2 * g[i], g[i], v[i] * kept2);
                    w[i] = w[i] * kept - size * (m[i] / ((float) Math.sqrt(v[i]) / root + small));
                }
            };
        }
    }

    /**
     * Code with a name, which is all that tells it apart.
     *
     * @param name what it is called
     * @param memory how many numbers it remembers for each weight, from 0 to 3
     * @param optimizer what it does
     */
    record Own(String name, int memory, Optimizer optimizer) implements Optimizer, Named {

        /** Checks that there is a name. */
        public Own {
            Named.require(name, optimizer);
            require(memory >= 0 && memory <= 3, "memory must be from 0 to 3: " + memory);
            require(
                    memory >= optimizer.memory() || optimizer.memory() == 1 && !(optimizer instanceof Record),
                    () -> optimizer + " remembers " + optimizer.memory() + " for each weight, not " + memory
                            + ": name it with a memory of " + optimizer.memory());
        }

        @Override
        public Rule rule(double rate, double decay, long step) {
            return optimizer.rule(rate, decay, step);
        }

        @Override
        public void gradients(Map<String, NDArray> weights, Runnable compute) {
            optimizer.gradients(weights, compute);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /**
     * Gives code a name, which takes its place in the identity of a training: {@link Named}.
     *
     * @param name what to call it
     * @param memory how many numbers it remembers for each weight, from 0 to 3
     * @param optimizer the rule of each step, by nothing but its arguments
     * @return the rule
     * @throws IllegalArgumentException if the name is blank, or the memory another number or less than the rule's
     */
    static Optimizer named(String name, int memory, Optimizer optimizer) {
        return new Own(name, memory, optimizer);
    }

    /**
     * Returns stochastic gradient descent with plain momentum.
     *
     * @param momentum fraction of the velocity that a step keeps; 0 for none
     * @return the rule
     */
    static Optimizer sgd(double momentum) {
        return new Sgd(momentum, false);
    }

    /**
     * Returns stochastic gradient descent with Nesterov momentum.
     *
     * @param momentum fraction of the velocity that a step keeps, such as 0.9
     * @return the rule
     */
    static Optimizer nesterov(double momentum) {
        return new Sgd(momentum, true);
    }

    /**
     * Returns AdamW with the usual numbers, 0.9, 0.999 and 1e-8.
     *
     * @return the rule
     */
    static Optimizer adamW() {
        return new AdamW(0.9, 0.999, 1e-8);
    }
}
