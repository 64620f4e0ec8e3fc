package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
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
     * How far filters are from orthonormal, {@code |A B' - I|^2} over pairs of filters: the shared ones of a stage with all of
     * it, and the own ones of a convolution with each other. A mean over all these pairs of all stages (Kang and Kim 2021).
     *
     * @param shared names of the weights whose filters are shared
     * @param own names of those that are a convolution's own; empty for none
     */
    record Orthogonality(String shared, String own) implements Loss {

        @Override
        public NDArray of(Pass pass) {
            Map<String, List<NDArray>> alone = own.isEmpty() ? Map.of() : stages(pass, own);
            List<NDArray> apart = new ArrayList<>();
            alone.values().forEach(blocks -> blocks.forEach(block -> apart.add(apart(block, block))));
            stages(pass, shared).forEach((stage, bases) -> {
                NDArray common = rows(bases.stream());
                List<NDArray> others = alone.getOrDefault(stage, List.of());
                apart.add(apart(common, rows(Stream.concat(Stream.of(common), others.stream()))));
            });
            long pairs = apart.stream().mapToLong(NDArray::size).sum();
            NDArray sum = apart.stream().map(NDArray::sum).reduce(NDArray::add).orElseThrow();
            return sum.div(pass.number(pairs));
        }

        /** A filter is a row. */
        private static Map<String, List<NDArray>> stages(Pass pass, String names) {
            Map<String, List<NDArray>> stages = new LinkedHashMap<>();
            pass.weights(names)
                    .forEach((name, kernel) -> stages.computeIfAbsent(name.split("\\.")[0], stage -> new ArrayList<>())
                            .add(kernel.reshape(kernel.getShape().get(0), -1)));
            return stages;
        }

        /** One below the other; {@code NDArrays.concat} of one array alone would lose its gradient. */
        private static NDArray rows(Stream<NDArray> blocks) {
            return blocks.reduce(NDArray::concat).orElseThrow();
        }

        private static NDArray apart(NDArray a, NDArray b) {
            NDArray products = a.matMul(b.transpose());
            Shape shape = products.getShape();
            NDArray one = a.getManager().eye((int) shape.get(0), (int) shape.get(1), 0, DataType.FLOAT32);
            return products.sub(one).square();
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
     * Returns how far filters are from orthonormal, to be added to another loss, as in {@code recipe.plus("orthogonality", 10,
     * Loss.orthogonality("*.shared.base*", "*.own"))} for filter bases.
     *
     * @param shared names of the weights whose filters are shared in a stage, where {@code *} is any text
     * @param own names of those that are a convolution's own, which count too; empty for none
     * @return the mean over all pairs of filters of how far their product is from 0, or 1 for a filter with itself, squared
     */
    static Loss orthogonality(String shared, String own) {
        return new Orthogonality(shared, own);
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
