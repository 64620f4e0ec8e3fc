package org.crunet.tensor;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A kernel as a sum of R block terms with its spatial modes left alone, {@code W = sum_r G_r x1 A4_r x2 A3_r}, as the paper
 * writes every residual function: read as layers, 1x1, 3x3 with R groups, 1x1. Found by alternating least squares.
 *
 * <p>{@code BlockTerms.of(kernel, 32, new Rank(4, 4)).factorise()}.
 */
public final class BlockTerms {

    private final Collective problem;

    private BlockTerms(Collective problem) {
        this.problem = problem;
    }

    /**
     * Makes the problem for a kernel.
     *
     * @param kernel {@code (out, in, height, width)}
     * @param terms number of terms R: the cardinality
     * @param rank size of every core
     * @return what is to be factorised
     * @throws IllegalArgumentException if the kernel is zero or not finite, or terms or rank are larger than any kernel of
     *     this shape needs; the message has the value
     */
    public static BlockTerms of(NDArray kernel, int terms, Rank rank) {
        Objects.requireNonNull(kernel, "kernel is null");
        return new BlockTerms(Collective.of(List.of(kernel), terms, rank));
    }

    /**
     * Reads the weight of a plain convolution as one term without any reduction: its core is the kernel, its factors are
     * the identity.
     *
     * @param weight {@code (out, in, height, width)}
     * @return the decomposition
     * @throws IllegalArgumentException if it is no kernel
     */
    public static Decomposition read(NDArray weight) {
        Checks.kernel(weight, "weight");
        return Decomposition.read(weight.getShape(), weight.expandDims(0), Arrays.asList(null, null, null, null));
    }

    /**
     * Reads the three weights of a bottleneck as block terms; nothing is computed.
     *
     * @param reduce weight of the first 1x1, {@code (R d3*, in, 1, 1)}
     * @param core weight of the 3x3 with R groups, {@code (R d4*, d3*, height, width)}
     * @param expand weight of the last 1x1, {@code (out, R d4*, 1, 1)}
     * @return the decomposition of the kernel {@code (out, in, height, width)} that the three are without what stands
     *     between them
     * @throws IllegalArgumentException if the shapes do not follow on each other or the types differ; the message has them
     */
    public static Decomposition read(NDArray reduce, NDArray core, NDArray expand) {
        Shape first = reduce.getShape();
        Shape middle = core.getShape();
        Shape last = expand.getShape();
        List<NDArray> weights = List.of(reduce, core, expand);
        weights.forEach(weight -> Checks.kernel(weight, "weights"));
        require(
                Math.min(first.size(), Math.min(middle.size(), last.size())) > 0
                        && first.slice(2).size() == 1
                        && last.slice(2).size() == 1
                        && first.get(0) % middle.get(1) == 0
                        && last.get(1) == middle.get(0)
                        && middle.get(0) % (first.get(0) / middle.get(1)) == 0,
                () -> "weights: (R a, in, 1, 1), (R b, a, height, width) and (out, R b, 1, 1) are needed, not "
                        + weights.stream().map(NDArray::getShape).toList());
        List<DataType> types = weights.stream().map(NDArray::getDataType).toList();
        require(Set.copyOf(types).size() == 1, () -> "weights: all three must have one type, not " + types);
        long terms = first.get(0) / middle.get(1);
        NDArray cores = core.reshape(terms, middle.get(0) / terms, middle.get(1), middle.get(2), middle.get(3));
        NDArray in = reduce.reshape(first.get(0), first.get(1)).transpose();
        NDArray out = expand.reshape(last.get(0), last.get(1));
        Shape kernel = new Shape(last.get(0), first.get(1), middle.get(2), middle.get(3));
        return Decomposition.read(kernel, cores, Arrays.asList(out, in, null, null));
    }

    /**
     * Factorises by alternating least squares, with {@link AlsSettings#DEFAULT}; for large kernels with fewer starts and
     * sweeps, about half a minute on two cores.
     *
     * @return the terms
     */
    public Decomposition factorise() {
        return factorise(problem.affordable());
    }

    /**
     * Factorises by alternating least squares from random directions in the leading subspaces of the kernel; one term,
     * which has a start of its own, is found as {@link Tucker#channels}. The relative error cannot rise.
     *
     * @param settings how long, and from how many starts
     * @return the terms
     */
    public Decomposition factorise(AlsSettings settings) {
        return Decomposition.NEWEST.of(() -> problem.only(settings));
    }

    @Override
    public String toString() {
        return problem.toString();
    }
}
