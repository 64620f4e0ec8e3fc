package org.crunet.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Alternating least squares for kernels as sums of block terms, {@code W_u = sum_r G_r x1 A4_r x2 A3_r}: all kernels at
 * once, each factor common to them or one for each.
 *
 * <p>Below, R is the number of terms, p the size of the core at the side being solved for, q that at the other side, S the
 * number of pixels. Factors are {@code (n, R p)}, cores {@code (R, out, in, S)}.
 */
final class BlockAls {

    /** How much further a sweep tries to go than least squares went, from one that succeeded or failed to the next. */
    private static final double LONGER = 1.5;

    private static final double SHORTER = 0.5;
    private static final double SHORTEST = 0.5;

    private final int terms;
    private final Rank rank;
    private final Set<Factor> shared;
    private final long pixels;
    private final NDManager manager;
    private final List<NDArray> byIn = new ArrayList<>();
    private final List<NDArray> byOut = new ArrayList<>();
    private double squares;

    /** The kernels in double precision, {@code (out, in, height, width)}. */
    BlockAls(List<NDArray> kernels, int terms, Rank rank, Set<Factor> shared) {
        this.terms = terms;
        this.rank = rank;
        this.shared = shared;
        Shape shape = kernels.get(0).getShape();
        pixels = shape.get(2) * shape.get(3);
        manager = kernels.get(0).getManager();
        for (NDArray kernel : kernels) {
            squares += TensorAlgebra.inner(kernel, kernel);
            byOut.add(kernel.reshape(kernel.getShape().get(0), -1));
            byIn.add(kernel.transpose(1, 0, 2, 3).reshape(shape.get(1), -1));
        }
    }

    /** One array for all kernels, or the kernel's own. */
    static NDArray of(List<NDArray> arrays, int kernel) {
        return arrays.get(arrays.size() == 1 ? 0 : kernel);
    }

    /** A part of every kernel, added up if the factor is common to them. */
    private List<NDArray> parts(Factor factor, IntFunction<NDArray> part) {
        List<NDArray> parts = IntStream.range(0, byOut.size()).mapToObj(part).toList();
        return shared.contains(factor) && parts.size() > 1
                ? List.of(parts.stream().reduce(NDArray::add).orElseThrow())
                : parts;
    }

    /** Random directions in the leading subspaces of both sides; with one term, the subspaces themselves. */
    Factors start(Random random) {
        try (NDManager scope = manager.newSubManager()) {
            scope.tempAttachAll(byIn.toArray(NDArray[]::new));
            scope.tempAttachAll(byOut.toArray(NDArray[]::new));
            List<NDArray> in = directions(Factor.IN, byIn, terms * rank.in(), random);
            List<NDArray> out = directions(Factor.OUT, byOut, terms * rank.out(), random);
            NDArray zeros = scope.zeros(new Shape(terms, rank.out(), rank.in(), pixels), DataType.FLOAT64);
            List<NDArray> cores = parts(Factor.CORE, kernel -> zeros);
            return solve(out, cores, in, reduced(in, byIn));
        }
    }

    private List<NDArray> directions(Factor side, List<NDArray> unfoldings, int count, Random random) {
        List<NDArray> grams = parts(side, kernel -> {
            NDArray unfolding = unfoldings.get(kernel);
            return unfolding.matMul(unfolding.transpose());
        });
        return grams.stream().map(gram -> directions(gram, count, random)).toList();
    }

    private NDArray directions(NDArray gram, int count, Random random) {
        int size = (int) Math.min(count, gram.getShape().get(0));
        NDArray subspace = Doubles.leading(gram, size);
        return terms == 1 && size == count
                ? subspace
                : subspace.matMul(Doubles.gaussian(gram.getManager(), random, size, count));
    }

    /** Every kernel, one side of it reduced by that side's factors: {@code (R, n of the other side, q S)}. */
    private List<NDArray> reduced(List<NDArray> factors, List<NDArray> unfoldings) {
        return IntStream.range(0, unfoldings.size())
                .mapToObj(kernel -> {
                    NDArray factor = of(factors, kernel);
                    long size = factor.getShape().get(1) / terms;
                    return factor.transpose()
                            .matMul(unfoldings.get(kernel))
                            .reshape(terms, size, -1, pixels)
                            .transpose(0, 2, 1, 3)
                            .reshape(terms, -1, size * pixels);
                })
                .toList();
    }

    /**
     * The best factors of one side: least squares of the reduced kernels by the cores.
     *
     * @param reduced {@code (R, n, q S)}
     * @param oriented the cores as {@code (R, q S, p)}
     * @param other factors of the other side
     */
    private List<NDArray> update(Factor side, List<NDArray> reduced, List<NDArray> oriented, List<NDArray> other) {
        List<NDArray> rights = parts(side, kernel -> {
            NDArray right = reduced.get(kernel).matMul(of(oriented, kernel));
            return right.transpose(1, 0, 2).reshape(right.getShape().get(1), -1);
        });
        List<NDArray> grams = parts(side, kernel -> gram(of(oriented, kernel), of(other, kernel)));
        return IntStream.range(0, rights.size())
                .mapToObj(i -> Doubles.solve(grams.get(i), rights.get(i)))
                .toList();
    }

    /** {@code B'B (R p, R p)} for {@code B}, the cores {@code (R, q S, p)} times the other side's factors. */
    private NDArray gram(NDArray cores, NDArray other) {
        long p = cores.getShape().get(2);
        long q = cores.getShape().get(1) / pixels;
        NDArray between =
                other.transpose().matMul(other).reshape(terms * q, terms, q).transpose(1, 0, 2);
        NDArray right = between.matMul(cores.reshape(terms, q, pixels * p))
                .reshape(terms, terms, q * pixels, p)
                .transpose(1, 2, 0, 3)
                .reshape(terms, q * pixels, terms * p);
        return cores.transpose(0, 2, 1).matMul(right).reshape(terms * p, terms * p);
    }

    /** The factors with the best cores for them. */
    private Factors solve(List<NDArray> out, List<NDArray> before, List<NDArray> in, List<NDArray> reducedIn) {
        List<NDArray> rights = parts(
                Factor.CORE,
                kernel -> Doubles.blocks(of(out, kernel), terms)
                        .transpose(0, 2, 1)
                        .matMul(reducedIn.get(kernel))
                        .reshape(terms, rank.out(), rank.in(), pixels));
        List<NDArray> cores = new ArrayList<>();
        double error = squares;
        for (int i = 0; i < rights.size(); i++) {
            CoreEquations system = new CoreEquations(terms, rank);
            for (int kernel = 0; kernel < byOut.size(); kernel++) {
                if (rights.size() == 1 || kernel == i) {
                    system.add(of(out, kernel), of(in, kernel));
                }
            }
            NDArray core = system.solve(rights.get(i), before.get(i));
            error += TensorAlgebra.inner(
                    core, system.apply(core).sub(rights.get(i).mul(2)));
            cores.add(core);
        }
        NDManager owner = manager.newSubManager();
        return new Factors(owner, out, cores, in, Math.sqrt(Math.max(0, error / squares)));
    }

    /** The factors and cores of all kernels: one array each that is common to them, or one for every kernel. */
    final class Factors extends OwnedState {

        final List<NDArray> out;
        final List<NDArray> cores;
        final List<NDArray> in;
        private double reach = 1;

        private Factors(NDManager owner, List<NDArray> out, List<NDArray> cores, List<NDArray> in, double error) {
            super(owner, error);
            this.out = out;
            this.cores = cores;
            this.in = in;
            List.of(out, cores, in).forEach(arrays -> arrays.forEach(array -> array.attach(owner)));
        }

        /** Columns of norm one in the factors; what they lose, the cores gain. Only their products are determined. */
        Factors normalised() {
            NDArray outNorms = norms(out);
            NDArray inNorms = norms(in);
            NDArray both = outNorms.reshape(terms, rank.out(), 1, 1).mul(inNorms.reshape(terms, 1, rank.in(), 1));
            return new Factors(
                    owner(),
                    out.stream().map(factor -> factor.div(outNorms)).toList(),
                    cores.stream().map(core -> core.mul(both)).toList(),
                    in.stream().map(factor -> factor.div(inNorms)).toList(),
                    error());
        }

        private static NDArray norms(List<NDArray> factors) {
            NDArray squares =
                    Doubles.sum(factors.size(), i -> factors.get(i).square().sum(new int[] {0}));
            return squares.sqrt().maximum(Double.MIN_NORMAL);
        }

        /** One round of least squares, or, where that is better, further in the direction it went. */
        @Override
        public Factors sweep() {
            Factors next = leastSquares();
            Factors further = further(next);
            boolean better = further.error() < next.error();
            (better ? next : further).close();
            Factors kept = better ? further : next;
            kept.reach = better ? reach * LONGER : Math.max(SHORTEST, reach * SHORTER);
            return kept;
        }

        /** The input factors, then the output factors, then the cores. */
        private Factors leastSquares() {
            try (NDManager scope = manager.newSubManager()) {
                attach(scope);
                List<NDArray> newIn = update(Factor.IN, reduced(out, byOut), oriented(0, 1, 3, 2), out);
                List<NDArray> reducedIn = reduced(newIn, byIn);
                List<NDArray> newOut = update(Factor.OUT, reducedIn, oriented(0, 2, 3, 1), newIn);
                return solve(newOut, cores, newIn, reducedIn);
            }
        }

        private Factors further(Factors next) {
            try (NDManager scope = manager.newSubManager()) {
                attach(scope);
                next.attach(scope);
                List<NDArray> farIn = beyond(in, next.in);
                return solve(beyond(out, next.out), next.cores, farIn, reduced(farIn, byIn));
            }
        }

        private List<NDArray> beyond(List<NDArray> from, List<NDArray> to) {
            return IntStream.range(0, to.size())
                    .mapToObj(i -> to.get(i).sub(from.get(i)).mul(reach).add(to.get(i)))
                    .toList();
        }

        /** What is computed from these factors belongs to the scope. */
        private void attach(NDManager scope) {
            List.of(out, cores, in).forEach(list -> scope.tempAttachAll(list.toArray(NDArray[]::new)));
        }

        /** The cores {@code (R, out, in, S)} as {@code (R, q S, p)}. */
        private List<NDArray> oriented(int... axes) {
            return cores.stream()
                    .map(core -> core.transpose(axes))
                    .map(core -> core.reshape(terms, -1, core.getShape().get(3)))
                    .toList();
        }
    }
}
