package org.crunet.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import org.crunet.tensor.TensorAlgebra;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;

/** Linear regression between activations, in double precision. */
final class LeastSquares {

    /** Added to the diagonal of the normal equations, as a part of its mean: features may depend on each other. */
    private static final double RIDGE = 1e-6;

    private LeastSquares() {}

    /** The values of each channel of {@code (N, C, H, W)}: {@code (C, N H W)}, in double precision. */
    static NDArray rows(NDArray x) {
        return x.transpose(1, 0, 2, 3).reshape(x.getShape().get(1), -1).toType(DataType.FLOAT64, false);
    }

    private static NDArray centred(NDArray rows) {
        return rows.sub(rows.mean(new int[] {1}, true));
    }

    /** The {@code X (p, q)} for which {@code X features} comes closest to the target, {@code (q, n)} and {@code (p, n)}. */
    static NDArray solve(NDArray target, NDArray features) {
        NDArray gram = features.matMul(features.transpose());
        return target.matMul(features.transpose()).matMul(lifted(gram, RIDGE).inverse());
    }

    /** A matrix {@code (n, n)} with a part of the mean of its diagonal added to its diagonal. */
    static NDArray lifted(NDArray matrix, double part) {
        int size = (int) matrix.getShape().get(0);
        NDArray identity = matrix.getManager().eye(size).toType(DataType.FLOAT64, false);
        double mean = matrix.mul(identity).sum().getDouble() / size;
        return matrix.add(identity.mul(part * mean));
    }

    /** The covariance {@code (C, C)} of the channels of {@code (N, C, H, W)}, over all images and pixels. */
    static NDArray covariance(NDArray x) {
        NDArray rows = centred(rows(x));
        return rows.matMul(rows.transpose()).div(rows.getShape().get(1));
    }

    /** Cholesky's lower triangular {@code L} with {@code L L'} a positive definite matrix. */
    static NDArray cholesky(NDArray matrix) {
        int n = (int) matrix.getShape().get(0);
        CholeskyDecomposition_F64<DMatrixRMaj> cholesky = DecompositionFactory_DDRM.chol(n, true);
        if (!cholesky.decompose(DMatrixRMaj.wrap(n, n, matrix.toDoubleArray()))) {
            throw new IllegalStateException(
                    "the covariance of what enters the stage is not positive definite: calibrate on more images");
        }
        try (NDArray lent = matrix.getManager().create(cholesky.getT(null).getData(), matrix.getShape())) {
            return lent.duplicate();
        }
    }

    /** The 1x1 {@code (p, q, 1, 1)} that makes of activations {@code (N, q, H, W)} others {@code (N, p, H, W)}, but for means. */
    static NDArray pointwise(NDArray target, NDArray features) {
        NDArray weight = solve(centred(rows(target)), centred(rows(features)));
        return weight.toType(target.getDataType(), false)
                .reshape(target.getShape().get(1), features.getShape().get(1), 1, 1);
    }

    /** How far activations are off, each channel's mean taken away. */
    static double relativeError(NDArray target, NDArray approximation) {
        return TensorAlgebra.relativeError(centred(rows(target)), centred(rows(approximation)));
    }
}
