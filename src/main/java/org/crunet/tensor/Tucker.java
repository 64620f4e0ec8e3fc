package org.crunet.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.crunet.torch.Gradients;

/**
 * The Tucker decomposition {@code X = G x1 A1 x2 A2 ... xN AN}: one core, and a matrix of orthonormal columns for every
 * mode. It is the block term decomposition of one term; of a kernel in its channels only ("Tucker-2"), it is a ResNet
 * bottleneck without its nonlinearities.
 *
 * <p>{@code Tucker.of(image, 20, 20, 3).factorise()}, {@code Tucker.channels(kernel, new Rank(64, 64)).factorise()}.
 */
public final class Tucker {

    private final NDArray tensor;
    private final int[] ranks;

    /** A rank of 0 leaves the mode alone. */
    private Tucker(NDArray tensor, int... ranks) {
        this.tensor = tensor;
        this.ranks = ranks;
    }

    /**
     * Makes the problem for a tensor, in every mode.
     *
     * @param tensor {@code (I1, ..., IN)}
     * @param ranks size of the core {@code (r1, ..., rN)}
     * @return what is to be factorised
     * @throws IllegalArgumentException if the tensor is zero or not finite, there are not as many ranks as modes, or one is
     *     larger than its mode or than the product of the others; the message has the value
     */
    public static Tucker of(NDArray tensor, int... ranks) {
        Checks.tensor(tensor, "tensor");
        Checks.ranks(tensor.getShape(), ranks);
        return new Tucker(tensor, ranks.clone());
    }

    /**
     * Makes the problem for a kernel in its channels: Tucker-2.
     *
     * @param kernel {@code (out, in, height, width)}
     * @param rank size of the core
     * @return what is to be factorised
     * @throws IllegalArgumentException if the kernel is zero or not finite, or the rank too large; the message has the value
     */
    public static Tucker channels(NDArray kernel, Rank rank) {
        Checks.kernel(kernel, "kernel");
        Checks.tensor(kernel, "kernel");
        Checks.rank(rank, kernel.getShape());
        return new Tucker(kernel, rank.out(), rank.in(), 0, 0);
    }

    /**
     * Factorises by the higher-order singular value decomposition: each factor from the unfolding in its own mode. Not
     * the best factors, but at most {@code sqrt(N)} times as far off.
     *
     * @return core and factors
     */
    public Decomposition hosvd() {
        return in(work -> work.result(work.hosvd(), Convergence.without(Convergence.Ending.DIRECT)));
    }

    /**
     * Factorises by higher-order orthogonal iteration from the factors of {@link #hosvd}, with {@link AlsSettings#DEFAULT}, for
     * large tensors with fewer sweeps, about half a minute on two cores.
     *
     * @return core and factors
     */
    public Decomposition factorise() {
        return factorise(AlsSettings.affordable(
                tensor.size(), 2L * IntStream.of(ranks).max().orElse(1)));
    }

    /**
     * Factorises by higher-order orthogonal iteration from the factors of {@link #hosvd}: each factor in turn becomes
     * the best one for the others, so the relative error cannot rise.
     *
     * @param settings how long; there is but one start
     * @return core and factors
     */
    public Decomposition factorise(AlsSettings settings) {
        return Decomposition.NEWEST.of(() -> search(settings));
    }

    private Decomposition search(AlsSettings settings) {
        return in(work -> {
            Search.Found<Work.Factors> found =
                    Search.run("Tucker of " + tensor.getShape(), settings.withStarts(1), start -> work.hosvd());
            return work.result(found.state(), found.convergence());
        });
    }

    @Override
    public String toString() {
        return "Tucker of " + tensor.getShape() + ": call factorise()";
    }

    private Decomposition in(Function<Work, Decomposition> method) {
        return Gradients.off(() -> {
            try (NDManager scope = tensor.getManager().newSubManager()) {
                return method.apply(new Work(Doubles.of(tensor, scope)));
            }
        });
    }

    private final class Work extends Unfoldings {

        Work(NDArray x) {
            super(x);
        }

        Factors hosvd() {
            NDManager owner = x.getManager().newSubManager();
            List<NDArray> factors = new ArrayList<>();
            for (int mode = 1; mode <= ranks.length; mode++) {
                factors.add(ranks[mode - 1] == 0 ? null : kept(leading(unfolded(mode), mode), owner));
            }
            return new Factors(owner, factors, Double.POSITIVE_INFINITY);
        }

        /** The leading left singular vectors of an unfolding. */
        private NDArray leading(NDArray unfolding, int mode) {
            return Doubles.leading(unfolding.matMul(unfolding.transpose()), ranks[mode - 1]);
        }

        private static NDArray kept(NDArray factor, NDManager owner) {
            factor.attach(owner);
            return factor;
        }

        /** The tensor times the transposed factors of all modes but one, the mode that shrinks most first. */
        NDArray project(List<NDArray> factors, int but) {
            List<Integer> modes = IntStream.rangeClosed(1, ranks.length)
                    .filter(mode -> mode != but && ranks[mode - 1] > 0)
                    .boxed()
                    .sorted(Comparator.comparingDouble(
                            mode -> (double) ranks[mode - 1] / x.getShape().get(mode - 1)))
                    .toList();
            NDArray rest = x;
            for (int mode : modes) {
                NDArray projection = factors.get(mode - 1).transpose();
                rest = rest == x ? first(projection, mode) : TensorAlgebra.product(rest, projection, mode);
            }
            return rest;
        }

        /** A mode product of the whole tensor, by its unfolding, which is made only once. */
        private NDArray first(NDArray projection, int mode) {
            long[] shape = x.getShape().getShape().clone();
            shape[mode - 1] = ranks[mode - 1];
            return TensorAlgebra.fold(projection.matMul(unfolded(mode)), mode, new Shape(shape));
        }

        Decomposition result(Factors found, Convergence convergence) {
            NDArray core = project(found.factors, 0);
            List<NDArray> factors = Doubles.each(found.factors, factor -> Doubles.give(factor, tensor));
            return new Decomposition(tensor, Doubles.give(core.expandDims(0), tensor), factors, convergence);
        }

        /** One factor a mode; orthonormal, so that the norm of the core is that of the approximation. */
        private final class Factors extends OwnedState {

            private final List<NDArray> factors;

            Factors(NDManager owner, List<NDArray> factors, double error) {
                super(owner, error);
                this.factors = factors;
            }

            @Override
            public Factors sweep() {
                NDManager next = x.getManager().newSubManager();
                List<NDArray> updated = new ArrayList<>(factors);
                double core = 0;
                for (int mode = 1; mode <= ranks.length; mode++) {
                    if (ranks[mode - 1] > 0) {
                        core = update(updated, mode, next);
                    }
                }
                return new Factors(next, updated, Math.sqrt(Math.max(0, 1 - core * core / (norm * norm))));
            }

            /** The best factor of a mode for the others; returns the norm of the core. */
            private double update(List<NDArray> updated, int mode, NDManager next) {
                try (NDManager scope = x.getManager().newSubManager()) {
                    scope.tempAttachAll(
                            updated.stream().filter(Objects::nonNull).toArray(NDArray[]::new));
                    NDArray unfolding = TensorAlgebra.unfold(project(updated, mode), mode);
                    NDArray factor = leading(unfolding, mode);
                    updated.set(mode - 1, kept(factor, next));
                    return TensorAlgebra.norm(factor.transpose().matMul(unfolding));
                }
            }
        }
    }
}
