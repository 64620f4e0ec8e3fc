package org.crunet.torch;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.ptr.IntByReference;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;
import org.ejml.interfaces.linsol.LinearSolverDense;

/**
 * Eigenvalues and linear equations, which DJL's arrays lack. libtorch carries the LAPACK it was built with; where its
 * symbols are not found (Windows, other builds) EJML does the same work in Java, slower.
 */
public abstract class Lapack {

    /**
     * The decomposition of a symmetric matrix.
     *
     * @param values ascending
     * @param vectors one row an eigenvector, in the order of the values
     */
    public record Eigen(double[] values, double[][] vectors) {}

    private static final Lapack BEST = nativeOne().orElseGet(Java::new);

    /** Returns the fastest there is. */
    public static Lapack best() {
        return BEST;
    }

    /** Computes the eigenvectors of a symmetric matrix {@code (n, n)}, its rows one after the other. */
    public abstract Eigen eigen(double[] symmetric, int n);

    /**
     * Solves {@code X A = B} for a symmetric positive definite {@code A (n, n)} and {@code B (rows, n)}, both by rows;
     * empty if the matrix is not positive definite in this arithmetic.
     */
    public abstract Optional<double[]> solve(double[] positiveDefinite, int n, double[] rows);

    static Optional<Lapack> nativeOne() {
        try {
            NativeLibrary torch = Libtorch.open();
            return Optional.of(new Native(
                    torch.getFunction("dsyevd_"),
                    torch.getFunction("dpotrf_"),
                    torch.getFunction("dpotrs_"),
                    torch.getFunction("MKL_Set_Num_Threads_Local")));
        } catch (UnsatisfiedLinkError notFound) {
            return Optional.empty();
        }
    }

    /** Fortran's matrices are by columns, which for symmetric ones is the same, and makes rows of right-hand sides. */
    private static final class Native extends Lapack {

        private final Function dsyevd;
        private final Function dpotrf;
        private final Function dpotrs;
        private final Function threads;

        Native(Function dsyevd, Function dpotrf, Function dpotrs, Function threads) {
            this.dsyevd = dsyevd;
            this.dpotrf = dpotrf;
            this.dpotrs = dpotrs;
            this.threads = threads;
        }

        /** On one thread: where other programs run, two took four times as long, each waiting for the other at every step. */
        @Override
        public Eigen eigen(double[] symmetric, int n) {
            double[] values = new double[n];
            double[] vectors = symmetric.clone();
            int work = 1 + 6 * n + 2 * n * n;
            int integers = 3 + 5 * n;
            IntByReference info = new IntByReference();
            int before = threads.invokeInt(new Object[] {1});
            try (Memory doubles = new Memory(8L * work);
                    Memory ints = new Memory(4L * integers)) {
                dsyevd.invokeVoid(new Object[] {
                    "V", "U", ref(n), vectors, ref(n), values, doubles, ref(work), ints, ref(integers), info
                });
            } finally {
                threads.invokeInt(new Object[] {before});
            }
            if (info.getValue() != 0) {
                throw new IllegalStateException("no eigenvalues found: dsyevd returned " + info.getValue());
            }
            return new Eigen(values, rows(vectors, n));
        }

        private static double[][] rows(double[] vectors, int n) {
            double[][] rows = new double[n][n];
            for (int i = 0; i < n; i++) {
                System.arraycopy(vectors, i * n, rows[i], 0, n);
            }
            return rows;
        }

        @Override
        public Optional<double[]> solve(double[] positiveDefinite, int n, double[] rows) {
            double[] cholesky = positiveDefinite.clone();
            double[] solved = rows.clone();
            IntByReference info = new IntByReference();
            dpotrf.invokeVoid(new Object[] {"U", ref(n), cholesky, ref(n), info});
            if (info.getValue() != 0) {
                return Optional.empty();
            }
            dpotrs.invokeVoid(new Object[] {"U", ref(n), ref(rows.length / n), cholesky, ref(n), solved, ref(n), info});
            return Optional.of(solved);
        }

        private static IntByReference ref(int value) {
            return new IntByReference(value);
        }
    }

    /** EJML. */
    static final class Java extends Lapack {

        @Override
        public Eigen eigen(double[] symmetric, int n) {
            EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(n, true, true);
            if (!eigen.decompose(DMatrixRMaj.wrap(n, n, symmetric.clone()))) {
                throw new IllegalStateException("no eigenvalues found for a matrix of " + n + " x " + n);
            }
            Integer[] order = new Integer[n];
            Arrays.setAll(order, i -> i);
            Arrays.sort(
                    order,
                    Comparator.comparingDouble(i -> eigen.getEigenvalue(i).getReal()));
            double[] values = new double[n];
            double[][] vectors = new double[n][];
            for (int i = 0; i < n; i++) {
                values[i] = eigen.getEigenvalue(order[i]).getReal();
                vectors[i] = eigen.getEigenVector(order[i]).getData().clone();
            }
            return new Eigen(values, vectors);
        }

        @Override
        public Optional<double[]> solve(double[] positiveDefinite, int n, double[] rows) {
            LinearSolverDense<DMatrixRMaj> solver = LinearSolverFactory_DDRM.symmPosDef(n);
            if (!solver.setA(DMatrixRMaj.wrap(n, n, positiveDefinite.clone()))) {
                return Optional.empty();
            }
            int count = rows.length / n;
            DMatrixRMaj columns = new DMatrixRMaj(n, count);
            for (int i = 0; i < rows.length; i++) {
                columns.set(i % n, i / n, rows[i]);
            }
            DMatrixRMaj solved = new DMatrixRMaj(n, count);
            solver.solve(columns, solved);
            double[] byRows = new double[rows.length];
            for (int i = 0; i < rows.length; i++) {
                byRows[i] = solved.get(i % n, i / n);
            }
            return Optional.of(byRows);
        }
    }
}
