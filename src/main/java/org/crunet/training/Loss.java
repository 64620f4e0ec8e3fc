package org.crunet.training;

import ai.djl.ndarray.NDArray;
import java.io.Serializable;
import java.util.Objects;
import org.crunet.base.Named;

/**
 * A number that a step makes smaller, or a term that is added to it.
 *
 * <pre>{@code
 * recipe.withLoss(Loss.named("squares", pass -> pass.logits().softmax(1).sub(pass.targets()).square().mean()))
 * recipe.plus("small head", 1e-3, pass -> pass.weights("head.*.weight").values().iterator().next().square().sum())
 * }</pre>
 */
public interface Loss extends Serializable {

    /**
     * Computes it for one batch. Gradients are recorded: where a number has to be multiplied in, use an array of it, as
     * {@code pass.number(0.5)}, since DJL may lose a Java number before the backward pass reads it.
     *
     * @param pass the batch
     * @return one number of type float32, a mean over images where it is of images
     */
    NDArray of(Pass pass);

    /** The mean cross-entropy. */
    record CrossEntropy() implements Loss {

        @Override
        public NDArray of(Pass pass) {
            return pass.crossEntropy();
        }
    }

    /**
     * Code with a name, which is all that tells it apart.
     *
     * @param name what it is called
     * @param loss what it computes
     */
    record Own(String name, Loss loss) implements Loss, Named {

        /** Checks that there is a name. */
        public Own {
            Named.require(name, loss);
        }

        @Override
        public NDArray of(Pass pass) {
            return loss.of(pass);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /**
     * A loss that is added to another.
     *
     * @param loss what is added
     * @param strength what it is multiplied by
     */
    record Term(Loss loss, double strength) implements Serializable {

        /** Checks that there is a loss. */
        public Term {
            Objects.requireNonNull(loss, "loss is null");
        }
    }

    /**
     * Returns the mean cross-entropy of a batch, with the recipe's label smoothing and mixup.
     *
     * @return the loss
     */
    static Loss crossEntropy() {
        return new CrossEntropy();
    }

    /**
     * Gives code a name, which takes its place in the identity of a training: {@link Named}.
     *
     * @param name what to call it
     * @param loss what to compute
     * @return the loss
     * @throws IllegalArgumentException if the name is blank
     */
    static Loss named(String name, Loss loss) {
        return new Own(name, loss);
    }
}
