package org.crunet.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.DoubleBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.crunet.torch.Lapack;

/** Arrays in double precision: what decompositions are computed in, whatever the type of the tensor. */
final class Doubles {

    private static final double CUT = 1e-14;

    private Doubles() {}

    /** A copy in double precision that the given manager owns. */
    static NDArray of(NDArray x, NDManager owner) {
        NDArray copy = copy(x, DataType.FLOAT64);
        copy.attach(owner);
        return copy;
    }

    /** DJL's own copy to the type that an array has already is the array itself, its gradient flag included. */
    private static NDArray copy(NDArray x, DataType type) {
        return x.getDataType() == type ? x.duplicate() : x.toType(type, false);
    }

    /** The same memory once more: what is computed from it, the given manager owns too. */
    static NDArray view(NDArray x, NDManager owner) {
        NDArray view = x.reshape(x.getShape());
        view.attach(owner);
        return view;
    }

    /** The sum of some arrays, at least one. */
    static NDArray sum(int count, IntFunction<NDArray> array) {
        return IntStream.range(0, count).mapToObj(array).reduce(NDArray::add).orElseThrow();
    }

    /** The same of every factor; null, the identity, stays. */
    static List<NDArray> each(List<NDArray> factors, UnaryOperator<NDArray> change) {
        List<NDArray> changed = new ArrayList<>();
        factors.forEach(factor -> changed.add(factor == null ? null : change.apply(factor)));
        return changed;
    }

    /** The array in the type of the tensor it belongs to, owned by the tensor's manager; its memory is its own. */
    static NDArray give(NDArray result, NDArray tensor) {
        NDArray typed = copy(result, tensor.getDataType());
        typed.attach(tensor.getManager());
        return typed;
    }

    /** DJL lends out Java's memory, which the garbage collector may take back: this array has a copy. */
    static NDArray create(NDManager owner, double[] values, Shape shape) {
        try (NDArray lent = owner.create(DoubleBuffer.wrap(values), shape, DataType.FLOAT64)) {
            return lent.duplicate();
        }
    }

    static NDArray gaussian(NDManager owner, Random random, long rows, long columns) {
        double[] values = new double[Math.toIntExact(rows * columns)];
        Arrays.setAll(values, i -> random.nextGaussian());
        return create(owner, values, new Shape(rows, columns));
    }

    /** The {@code count} leading eigenvectors of a symmetric matrix {@code (n, n)}, as columns {@code (n, count)}. */
    static NDArray leading(NDArray symmetric, int count) {
        int n = (int) symmetric.getShape().get(0);
        double[][] vectors = Lapack.best().eigen(symmetric.toDoubleArray(), n).vectors();
        double[] columns = new double[n * count];
        for (int j = 0; j < count; j++) {
            for (int i = 0; i < n; i++) {
                columns[i * count + j] = vectors[n - 1 - j][i];
            }
        }
        return create(symmetric.getManager(), columns, new Shape(n, count));
    }

    /**
     * Least squares by its normal equations: the {@code X} of {@code X gram = rows}, of the smallest norm where the gram
     * matrix is singular.
     */
    static NDArray solve(NDArray gram, NDArray rows) {
        int n = (int) gram.getShape().get(0);
        double[] matrix = gram.toDoubleArray();
        double[] right = rows.toDoubleArray();
        double[] scale = new double[n];
        for (int i = 0; i < n; i++) {
            double diagonal = matrix[i * n + i];
            scale[i] = diagonal > 0 ? 1 / Math.sqrt(diagonal) : 1;
        }
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                matrix[i * n + j] *= scale[i] * scale[j];
            }
        }
        scale(right, scale);
        double[] solved = Lapack.best().solve(matrix, n, right).orElseGet(() -> smallest(matrix, n, right));
        scale(solved, scale);
        return create(rows.getManager(), solved, rows.getShape());
    }

    private static void scale(double[] rows, double[] by) {
        for (int i = 0; i < rows.length; i++) {
            rows[i] *= by[i % by.length];
        }
    }

    /** By the pseudo-inverse: what the matrix does not determine is zero. */
    private static double[] smallest(double[] matrix, int n, double[] rows) {
        Lapack.Eigen eigen = Lapack.best().eigen(matrix, n);
        double[] solved = new double[rows.length];
        for (int k = 0; k < n; k++) {
            if (eigen.values()[k] > CUT * n * eigen.values()[n - 1]) {
                double[] vector = eigen.vectors()[k];
                for (int row = 0; row < rows.length; row += n) {
                    double dot = 0;
                    for (int i = 0; i < n; i++) {
                        dot += rows[row + i] * vector[i];
                    }
                    for (int i = 0; i < n; i++) {
                        solved[row + i] += dot / eigen.values()[k] * vector[i];
                    }
                }
            }
        }
        return solved;
    }

    /** The sum of all terms: cores {@code (R, r1, ..., rN)}, factors {@code (In, R rn)}, null for the identity. */
    static NDArray rebuild(NDArray cores, List<NDArray> factors) {
        long terms = cores.getShape().get(0);
        NDArray sum = cores;
        for (int mode = factors.size(); mode > 1; mode--) {
            NDArray factor = factors.get(mode - 1);
            sum = factor == null ? sum : eachTerm(sum, blocks(factor, terms), mode);
        }
        NDArray first = factors.get(0);
        if (first == null) {
            return sum.sum(new int[] {0});
        }
        long[] shape = Arrays.copyOfRange(sum.getShape().getShape(), 1, factors.size() + 1);
        shape[0] = first.getShape().get(0);
        return first.matMul(sum.reshape(first.getShape().get(1), -1)).reshape(new Shape(shape));
    }

    /** Factors side by side {@code (I, R r)} one behind the other: {@code (R, I, r)}. */
    static NDArray blocks(NDArray factor, long terms) {
        return factor.reshape(factor.getShape().get(0), terms, -1).transpose(1, 0, 2);
    }

    /** The mode product of every term's own core {@code (R, ..., rn, ...)} with its own factor {@code (R, In, rn)}. */
    static NDArray eachTerm(NDArray cores, NDArray blocks, int mode) {
        long[] shape = cores.getShape().getShape().clone();
        NDArray stacked =
                cores.reshape(shape[0], cores.getShape().slice(1, mode).size(), shape[mode], -1);
        shape[mode] = blocks.getShape().get(1);
        return blocks.expandDims(1).matMul(stacked).reshape(new Shape(shape));
    }
}
