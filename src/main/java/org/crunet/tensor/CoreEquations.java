package org.crunet.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * The normal equations of all cores at once, for given factors: in the unknowns {@code (r, m, l)} the matrix is
 * {@code sum_u (A4_u' A4_u) [r m, r' m'] (A3_u' A3_u) [r l, r' l']}, the same for every pixel.
 */
final class CoreEquations {

    /** Most unknowns that are solved for directly; more of them, by conjugate gradients, without making the matrix. */
    private static final int DIRECT = 2048;

    private static final int STEPS = 30;
    private static final double ENOUGH = 1e-24;
    private static final double SHIFT = 1e-12;

    private final int terms;
    private final Rank rank;
    private final long unknowns;
    private final List<NDArray> outs = new ArrayList<>();
    private final List<NDArray> ins = new ArrayList<>();
    private NDArray matrix;

    CoreEquations(int terms, Rank rank) {
        this.terms = terms;
        this.rank = rank;
        unknowns = (long) terms * rank.out() * rank.in();
    }

    /** One more kernel with these cores, its factors {@code (out, R m)} and {@code (in, R l)}. */
    void add(NDArray out, NDArray in) {
        outs.add(out.transpose().matMul(out));
        ins.add(in.transpose().matMul(in));
    }

    /** The cores {@code (R, m, l, S)} for right-hand sides of that shape, from what they were before. */
    NDArray solve(NDArray right, NDArray before) {
        if (unknowns > DIRECT) {
            return byConjugateGradients(right, before);
        }
        NDArray rows = right.reshape(unknowns, -1).transpose();
        return Doubles.solve(matrix(), rows).transpose().reshape(right.getShape());
    }

    private NDArray matrix() {
        if (matrix == null) {
            Shape out = new Shape(terms, rank.out(), 1, terms, rank.out(), 1);
            Shape in = new Shape(terms, 1, rank.in(), terms, 1, rank.in());
            Shape square = new Shape(unknowns, unknowns);
            matrix = Doubles.sum(
                    outs.size(),
                    i -> outs.get(i).reshape(out).mul(ins.get(i).reshape(in)).reshape(square));
        }
        return matrix;
    }

    /** The left-hand sides for given cores. */
    NDArray apply(NDArray cores) {
        if (unknowns <= DIRECT) {
            return matrix().matMul(cores.reshape(unknowns, -1)).reshape(cores.getShape());
        }
        return Doubles.sum(outs.size(), i -> apply(cores, outs.get(i), ins.get(i)));
    }

    private NDArray apply(NDArray cores, NDArray out, NDArray in) {
        Shape shape = cores.getShape();
        long m = rank.out();
        long l = rank.in();
        long pixels = shape.get(3);
        NDArray right = cores.transpose(0, 1, 3, 2)
                .reshape(terms, m * pixels, l)
                .matMul(in.reshape(terms, l, terms * l))
                .reshape(terms, m, pixels, terms, l)
                .transpose(3, 0, 1, 2, 4)
                .reshape(terms, terms * m, pixels * l);
        return out.reshape(terms, m, terms * m)
                .matMul(right)
                .reshape(terms, m, pixels, l)
                .transpose(0, 1, 3, 2);
    }

    /** Preconditioned by every term's own part of the matrix, which with one term is all of it. */
    private NDArray byConjugateGradients(NDArray right, NDArray before) {
        NDArray outInverse = inverses(outs, rank.out());
        NDArray inInverse = inverses(ins, rank.in()).mul(ins.size());
        NDArray cores = before;
        NDArray residual = right.sub(apply(before));
        NDArray direction = null;
        double enough = ENOUGH * TensorAlgebra.inner(right, right);
        double last = 0;
        for (int i = 0; i < STEPS && TensorAlgebra.inner(residual, residual) > enough; i++) {
            NDArray better = termByTerm(residual, outInverse, inInverse);
            double now = TensorAlgebra.inner(residual, better);
            direction = direction == null ? better : better.add(direction.mul(now / last));
            NDArray image = apply(direction);
            double step = now / TensorAlgebra.inner(direction, image);
            cores = cores.add(direction.mul(step));
            residual = residual.sub(image.mul(step));
            last = now;
        }
        return cores == before ? before.duplicate() : cores;
    }

    /** The inverses of the diagonal blocks {@code (R, p, p)} of the sum of matrices {@code (R p, R p)}. */
    private NDArray inverses(List<NDArray> grams, long p) {
        NDArray sum = grams.stream().reduce(NDArray::add).orElseThrow();
        NDManager manager = sum.getManager();
        NDArray own = manager.eye(terms).toType(sum.getDataType(), false).reshape(terms, 1, terms, 1);
        NDArray blocks = sum.reshape(terms, p, terms, p).mul(own).sum(new int[] {2});
        double shift = SHIFT * sum.abs().max().getDouble();
        return blocks.add(manager.eye((int) p).toType(sum.getDataType(), false).mul(shift))
                .inverse();
    }

    private NDArray termByTerm(NDArray cores, NDArray out, NDArray in) {
        long pixels = cores.getShape().get(3);
        NDArray half = out.matMul(cores.reshape(terms, rank.out(), -1)).reshape(cores.getShape());
        return half.transpose(0, 1, 3, 2)
                .reshape(terms, rank.out() * pixels, rank.in())
                .matMul(in)
                .reshape(terms, rank.out(), pixels, rank.in())
                .transpose(0, 1, 3, 2);
    }
}
