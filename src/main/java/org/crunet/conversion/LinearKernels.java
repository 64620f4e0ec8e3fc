package org.crunet.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;
import ai.djl.training.ParameterStore;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.math3.special.Erf;
import org.crunet.block.BatchNorm;
import org.crunet.block.ResidualUnit;
import org.crunet.tensor.BlockTerms;
import org.crunet.tensor.TensorAlgebra;

/** Bottlenecks as one kernel each, batch norm and ReLU in the middle replaced by a linear function. */
final class LinearKernels {

    /** Added to the diagonal of a covariance, as a part of its mean: directions in which the input hardly varies. */
    private static final double FLOOR = 1e-3;

    private final NDManager scope;

    /** What is computed belongs to the scope. */
    LinearKernels(NDManager scope) {
        this.scope = scope;
    }

    /** {@code (D, C, 3, 3)}, over the projected channels where the unit projects its input. */
    NDArray of(ResidualUnit unit) {
        NDArray reduce = unit.main().get(0).copy(scope);
        NDArray core = unit.main().get(1).copy(scope);
        long width = core.getShape().get(0);
        NDArray identity = scope.eye((int) width).reshape(width, width, 1, 1);
        NDArray scaled = reduce.mul(slope(unit.norms().get(1)).reshape(-1, 1, 1, 1));
        NDArray kernel = BlockTerms.read(scaled, core, identity).rebuild();
        return unit.shortcut() == null ? kernel : TensorAlgebra.product(kernel, inverse(projection(unit)), 2);
    }

    /** The matrix {@code (C, B)} of a shortcut, in double precision. */
    private NDArray projection(ResidualUnit unit) {
        NDArray weight = unit.shortcut().copy(scope);
        return weight.reshape(weight.getShape().get(0), -1).toType(DataType.FLOAT64, false);
    }

    /**
     * The root {@code L (C, C)}, {@code L L' = S}, of the mean covariance of what the kernels take: the squares of
     * {@code K x2 L'} add up to the variance of what the kernel makes of it, pixels taken as independent.
     *
     * @param inputs what enters each unit, {@code (N, in, H, W)}; more are left alone
     */
    NDArray root(List<ResidualUnit> units, List<NDArray> inputs) {
        NDArray sum = IntStream.range(0, units.size())
                .mapToObj(i -> covariance(units.get(i), inputs.get(i)))
                .reduce(NDArray::add)
                .orElseThrow();
        return LeastSquares.cholesky(LeastSquares.lifted(sum.div(units.size()), FLOOR));
    }

    /** Of what the kernel of a unit takes, {@code (C, C)}; all that is made on the way is freed. */
    private NDArray covariance(ResidualUnit unit, NDArray x) {
        NDManager owner = x.getManager();
        try (NDManager own = owner.newSubManager()) {
            own.tempAttachAll(x);
            ParameterStore store = new ParameterStore(own, false);
            NDArray entering =
                    Activation.relu(TrainedStage.forward(store, unit.norms().get(0), x));
            NDArray covariance = LeastSquares.covariance(entering);
            if (unit.shortcut() != null) {
                NDArray projection = projection(unit);
                covariance = projection.matMul(covariance).matMul(projection.transpose());
            }
            return owner.ret(covariance);
        }
    }

    /** {@code K x2 L'}. */
    static NDArray weighted(NDArray kernel, NDArray root) {
        return TensorAlgebra.product(kernel, root.transpose().toType(kernel.getDataType(), false), 2);
    }

    /** The first 1x1 {@code (D, C, 1, 1)} of kernels that were weighted, for those that were not. */
    static NDArray unweighted(NDArray reduce, NDArray root) {
        NDArray inverse = root.inverse().toType(reduce.getDataType(), false);
        return reduce.reshape(reduce.getShape().get(0), -1).matMul(inverse).reshape(reduce.getShape());
    }

    /** What batch norm and ReLU multiply a channel by, as a linear function: {@code gamma Phi(beta / |gamma|) / sigma}. */
    private NDArray slope(BatchNorm norm) {
        float[] gamma = norm.gamma().getArray().toFloatArray();
        float[] beta = norm.beta().getArray().toFloatArray();
        float[] open = new float[gamma.length];
        for (int i = 0; i < open.length; i++) {
            open[i] = (float) normal(beta[i] / Math.max(Math.abs(gamma[i]), Float.MIN_NORMAL));
        }
        try (NDArray scale = norm.scale()) {
            return scope.create(open).mul(scale);
        }
    }

    /** The transposed pseudo-inverse {@code (C, B)} of a projection {@code (C, B)}, as numbers of the kernels' type. */
    private static NDArray inverse(NDArray projection) {
        NDArray identity =
                projection.getManager().eye((int) projection.getShape().get(1)).toType(DataType.FLOAT64, false);
        return LeastSquares.solve(identity, projection).transpose().toType(DataType.FLOAT32, false);
    }

    /** The distribution function of the normal distribution. */
    static double normal(double x) {
        return Erf.erfc(-x / Math.sqrt(2)) / 2;
    }
}
