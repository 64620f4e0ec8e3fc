package org.crunet.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BinaryOperator;
import java.util.stream.IntStream;
import org.crunet.torch.Gradients;

/**
 * The canonical polyadic decomposition {@code X = sum_r a_r o b_r o c_r}: a sum of R rank-one tensors, and the block term
 * decomposition whose cores are single numbers. Found by alternating least squares.
 *
 * <p>{@code Cp.of(image, 20).factorise()}.
 */
public final class Cp {

    private final NDArray tensor;
    private final int rank;
    private final List<NDArray> start;

    /** From given factors, one matrix {@code (In, R)} a mode, or where there are none from random ones. */
    Cp(NDArray tensor, int rank, List<NDArray> start) {
        this.tensor = tensor;
        this.rank = rank;
        this.start = start;
    }

    /**
     * Makes the problem for a tensor, from random starts.
     *
     * @param tensor {@code (I1, ..., IN)}
     * @param rank number of terms R
     * @return what is to be factorised
     * @throws IllegalArgumentException if the tensor is zero or not finite, or the rank is not positive or larger than any
     *     tensor of this shape needs; the message has the value
     */
    public static Cp of(NDArray tensor, int rank) {
        Checks.tensor(tensor, "tensor");
        Checks.rank(tensor.getShape(), rank);
        return new Cp(tensor, rank, List.of());
    }

    /**
     * Factorises by alternating least squares, with {@link AlsSettings#DEFAULT}; for large tensors with fewer starts and
     * sweeps, about half a minute on two cores.
     *
     * @return the terms
     */
    public Decomposition factorise() {
        return factorise(AlsSettings.affordable(tensor.size(), rank));
    }

    /**
     * Factorises by alternating least squares: each factor in turn becomes the best one for the others, so the relative
     * error cannot rise. There may be no best CP of a rank: then columns grow and cancel each other, and the search
     * says that it stalled or is still gaining.
     *
     * @param settings how long, and from how many starts
     * @return the terms
     */
    public Decomposition factorise(AlsSettings settings) {
        return Decomposition.NEWEST.of(() -> search(settings));
    }

    private Decomposition search(AlsSettings settings) {
        return Gradients.off(() -> {
            try (NDManager scope = tensor.getManager().newSubManager()) {
                Work work = new Work(Doubles.of(tensor, scope));
                Random random = new Random(settings.seed());
                AlsSettings starts = start.isEmpty() ? settings : settings.withStarts(1);
                return work.result(Search.run("CP of " + tensor.getShape(), starts, number -> work.start(random)));
            }
        });
    }

    @Override
    public String toString() {
        return rank + " terms of " + tensor.getShape() + ": call factorise()";
    }

    private final class Work extends Unfoldings {

        private final int modes;

        Work(NDArray x) {
            super(x);
            modes = x.getShape().dimension();
        }

        Factors start(Random random) {
            NDManager owner = x.getManager().newSubManager();
            List<NDArray> factors = new ArrayList<>();
            for (int i = 0; i < modes; i++) {
                factors.add(
                        start.isEmpty()
                                ? Doubles.gaussian(owner, random, x.getShape().get(i), rank)
                                : Doubles.of(start.get(i), owner));
            }
            return new Factors(owner, factors, Double.POSITIVE_INFINITY);
        }

        /** The largest mode but one. */
        private int largest(int but) {
            Comparator<Integer> bySize =
                    Comparator.comparingLong(mode -> x.getShape().get(mode - 1));
            return IntStream.rangeClosed(1, modes)
                    .filter(mode -> mode != but)
                    .boxed()
                    .reduce(BinaryOperator.maxBy(bySize))
                    .orElseThrow();
        }

        /**
         * {@code X(n)} times the Khatri-Rao product of all factors but the n-th, without ever making that product: a large
         * mode is contracted first, by one matrix product, and the others column by column. A sweep needs two such
         * products: what an updated factor was contracted to serves all modes behind it.
         */
        private NDArray timesKhatriRao(int mode, List<NDArray> factors, Map<Integer, NDArray> contracted) {
            int first = contracted.keySet().stream()
                    .filter(done -> done != mode)
                    .findFirst()
                    .orElseGet(() -> largest(mode));
            NDArray rest = contracted.computeIfAbsent(first, m -> contractFirst(m, factors.get(m - 1)));
            int axis = rest.getShape().dimension() - 1;
            for (int other = 1; other <= modes; other++) {
                if (other != first && other != mode) {
                    rest = contract(rest, factors.get(other - 1), axis);
                }
                axis -= other != first ? 1 : 0;
            }
            return rest.transpose();
        }

        /** The sum over one axis of {@code (R, ...)}, each column's part times that column. */
        private NDArray contract(NDArray rest, NDArray factor, int axis) {
            Shape shape = rest.getShape();
            long size = shape.get(axis);
            long left = shape.slice(1, axis).size();
            long right = shape.slice(axis + 1).size();
            NDArray columns = factor.transpose();
            NDArray sum = right == 1
                    ? rest.reshape(rank, left, size).matMul(columns.reshape(rank, size, 1))
                    : columns.reshape(rank, 1, 1, size).matMul(rest.reshape(rank, left, size, right));
            return sum.reshape(shape.slice(0, axis).addAll(shape.slice(axis + 1)));
        }

        /** {@code (R, IN, ..., I1)} without one mode, in the order of an unfolding. */
        private NDArray contractFirst(int mode, NDArray factor) {
            List<Long> shape = new ArrayList<>(List.of((long) rank));
            for (int other = modes; other >= 1; other--) {
                if (other != mode) {
                    shape.add(x.getShape().get(other - 1));
                }
            }
            return factor.transpose().matMul(unfolded(mode)).reshape(new Shape(shape));
        }

        Decomposition result(Search.Found<Factors> found) {
            try (Factors state = found.state()) {
                long[] shape = new long[modes + 1];
                Arrays.fill(shape, 1);
                shape[0] = rank;
                NDArray ones = tensor.getManager().ones(new Shape(shape), tensor.getDataType());
                List<NDArray> factors = Doubles.each(balanced(state.factors), factor -> Doubles.give(factor, tensor));
                return new Decomposition(tensor, ones, factors, found.convergence());
            }
        }

        /** The columns of one term with the same norm in every mode: only their product is determined. */
        private List<NDArray> balanced(List<NDArray> factors) {
            List<NDArray> norms = Doubles.each(
                    factors,
                    factor -> factor.square().sum(new int[] {0}, true).sqrt().maximum(1e-300));
            NDArray mean = norms.stream().reduce(NDArray::mul).orElseThrow().pow(1.0 / modes);
            return IntStream.range(0, modes)
                    .mapToObj(i -> factors.get(i).mul(mean.div(norms.get(i))))
                    .toList();
        }

        /** One matrix a mode. */
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
                try (NDManager scope = x.getManager().newSubManager()) {
                    scope.tempAttachAll(factors.toArray(NDArray[]::new));
                    Map<Integer, NDArray> contracted = new HashMap<>();
                    NDArray right = null;
                    for (int mode = 1; mode <= modes; mode++) {
                        right = timesKhatriRao(mode, updated, contracted);
                        updated.set(mode - 1, Doubles.solve(gram(updated, mode), right));
                        contracted.remove(mode);
                    }
                    double error = error(updated, right);
                    updated.forEach(factor -> factor.attach(next));
                    return new Factors(next, updated, error);
                }
            }

            /** The product, element by element, of the gram matrices of all factors but one. */
            private static NDArray gram(List<NDArray> factors, int but) {
                return IntStream.range(0, factors.size())
                        .filter(i -> i != but - 1)
                        .mapToObj(i -> factors.get(i).transpose().matMul(factors.get(i)))
                        .reduce(NDArray::mul)
                        .orElseThrow();
            }

            private double error(List<NDArray> updated, NDArray right) {
                double approximation = gram(updated, 0).sum().getDouble();
                double common = TensorAlgebra.inner(right, updated.get(modes - 1));
                return Math.sqrt(Math.max(0, norm * norm - 2 * common + approximation)) / norm;
            }
        }
    }
}
