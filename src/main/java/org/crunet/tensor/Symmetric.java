package org.crunet.tensor;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.decomposition.chol.CholeskyDecompositionBlock_DDRM;
import org.ejml.dense.row.decomposition.chol.CholeskyDecompositionCommon_DDRM;
import org.ejml.dense.row.decomposition.chol.CholeskyDecompositionInner_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.dense.row.linsol.chol.LinearSolverChol_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/** Eigenvalues and linear equations of symmetric matrices {@code (n, n)}, which DJL's arrays lack. */
final class Symmetric {

    /** What is less, times n and the largest number there is, is rounding. */
    static final double CUT = 1e-14;

    /** From here on, working by blocks is faster: twice as fast for 784, measured. EJML begins at 1000. */
    private static final int LARGE = 500;

    private static final int BLOCK = 60;

    /**
     * What a symmetric matrix decomposes into.
     *
     * @param values ascending
     * @param vectors one row an eigenvector, in the order of the values
     */
    record Eigen(double[] values, double[][] vectors) {}

    private Symmetric() {}

    /** The eigenvectors of a matrix, its rows one after the other. */
    static Eigen eigen(double[] matrix, int n) {
        EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(n, true, true);
        if (!eigen.decompose(DMatrixRMaj.wrap(n, n, matrix.clone()))) {
            throw new IllegalStateException("no eigenvalues found for a matrix of " + n + " x " + n);
        }
        double[] values = IntStream.range(0, n)
                .mapToDouble(i -> eigen.getEigenvalue(i).getReal())
                .toArray();
        List<Integer> order = IntStream.range(0, n)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> values[i]))
                .toList();
        return new Eigen(
                order.stream().mapToDouble(i -> values[i]).toArray(),
                order.stream().map(i -> eigen.getEigenVector(i).getData()).toArray(double[][]::new));
    }

    /**
     * Solves {@code X A = B} for a positive definite A and {@code B (rows, n)}, both by rows; empty if A is not, or so little
     * that rounding decides.
     */
    static Optional<double[]> solve(double[] matrix, int n, double[] rows) {
        CholeskyDecompositionCommon_DDRM cholesky =
                n < LARGE ? new CholeskyDecompositionInner_DDRM(true) : new CholeskyDecompositionBlock_DDRM(BLOCK);
        LinearSolverChol_DDRM solver = new LinearSolverChol_DDRM(cholesky);
        if (!solver.setA(DMatrixRMaj.wrap(n, n, matrix.clone()))
                || IntStream.range(0, n)
                        .anyMatch(i -> Math.pow(cholesky.getT().get(i, i), 2) <= CUT * n * matrix[i * n + i])) {
            return Optional.empty();
        }
        DMatrixRMaj right = CommonOps_DDRM.transpose(DMatrixRMaj.wrap(rows.length / n, n, rows), null);
        DMatrixRMaj solved = new DMatrixRMaj(n, right.getNumCols());
        solver.solve(right, solved);
        return Optional.of(CommonOps_DDRM.transpose(solved, null).getData());
    }
}
