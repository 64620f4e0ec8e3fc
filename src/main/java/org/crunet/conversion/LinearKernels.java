package org.crunet.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.List;
import org.crunet.tensor.BlockTerms;
import org.crunet.tensor.TensorAlgebra;

/** Bottlenecks as one kernel each, batch norm and ReLU in the middle replaced by a linear function. */
final class LinearKernels {

    /** Added to the diagonal of a covariance, as a part of its mean: directions in which the input hardly varies. */
    private static final double FLOOR = 1e-3;

    private final Layerwise weights;

    LinearKernels(Layerwise weights) {
        this.weights = weights;
    }

    /** {@code (D, C, 3, 3)}, over the projected channels where the unit projects its input. */
    NDArray of(String unit) {
        NDArray reduce = weights.get(unit + ".reduce.weight");
        NDArray core = weights.get(unit + ".core.weight");
        long width = core.getShape().get(0);
        NDArray identity = core.getManager().eye((int) width).reshape(width, width, 1, 1);
        NDArray scaled = reduce.mul(slope(unit + ".norm2").reshape(-1, 1, 1, 1));
        NDArray kernel = BlockTerms.read(scaled, core, identity).rebuild();
        return weights.has(unit + ".shortcut.weight")
                ? TensorAlgebra.product(kernel, inverse(weights.get(unit + ".shortcut.weight")), 2)
                : kernel;
    }

    /** What the kernel of a unit takes: {@code (N, in, H, W)} to {@code (N, C, H, W)}. */
    private NDArray entering(String unit, NDArray x) {
        NDArray y = weights.normRelu(unit + ".norm1", x);
        return weights.has(unit + ".shortcut.weight") ? weights.conv(unit + ".shortcut", y, 1) : y;
    }

    /**
     * The root {@code L (C, C)}, {@code L L' = S}, of the mean covariance of what the kernels take: the squares of
     * {@code K x2 L'} add up to the variance of what the kernel makes of it, pixels taken as independent.
     *
     * @param inputs what enters unit1, unit2 and so on, {@code (N, in, H, W)}
     */
    NDArray root(List<NDArray> inputs) {
        NDArray sum = null;
        for (int i = 0; i < inputs.size(); i++) {
            NDArray covariance = covariance("unit" + (i + 1), inputs.get(i));
            sum = sum == null ? covariance : sum.add(covariance);
        }
        return LeastSquares.cholesky(LeastSquares.lifted(sum.div(inputs.size()), FLOOR));
    }

    /** Of what the kernel of a unit takes; all that is made on the way is freed. */
    private NDArray covariance(String unit, NDArray x) {
        NDManager owner = x.getManager();
        try (NDManager own = owner.newSubManager()) {
            own.tempAttachAll(x);
            return owner.ret(LeastSquares.covariance(entering(unit, x)));
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
    private NDArray slope(String norm) {
        float[] gamma = weights.get(norm + ".weight").toFloatArray();
        float[] beta = weights.get(norm + ".bias").toFloatArray();
        float[] open = new float[gamma.length];
        for (int i = 0; i < open.length; i++) {
            open[i] = (float) normal(beta[i] / Math.max(Math.abs(gamma[i]), Float.MIN_NORMAL));
        }
        NDArray scale = weights.scale(norm);
        return scale.mul(scale.getManager().create(open));
    }

    /** The transposed pseudo-inverse {@code (C, B)} of a projection {@code (C, B, 1, 1)}. */
    private static NDArray inverse(NDArray projection) {
        NDArray matrix = projection.reshape(projection.getShape().get(0), -1).toType(DataType.FLOAT64, false);
        NDArray identity =
                matrix.getManager().eye((int) matrix.getShape().get(1)).toType(DataType.FLOAT64, false);
        return LeastSquares.solve(identity, matrix).transpose().toType(projection.getDataType(), false);
    }

    /** The distribution function of the normal distribution, to 1e-7 (Abramowitz and Stegun 26.2.17). */
    static double normal(double x) {
        double t = 1 / (1 + 0.2316419 * Math.abs(x));
        double series =
                t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
        double tail = series * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
        return x > 0 ? 1 - tail : tail;
    }
}
