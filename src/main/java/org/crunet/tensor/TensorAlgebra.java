package org.crunet.tensor;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Multilinear algebra in the notation of Kolda and Bader, "Tensor Decompositions and Applications" (SIAM Review 51, 2009):
 * modes count from 1, and an unfolding runs through the other modes with the first one fastest.
 *
 * <p>With these, a Tucker tensor {@code X = G x1 A x2 B x3 C} unfolds to {@code X(1) = A G(1) (C kron B)'}, and a CP tensor
 * to {@code X(1) = A (C khatri-rao B)'}.
 */
public final class TensorAlgebra {

    private TensorAlgebra() {}

    /**
     * Computes the mode-n unfolding {@code X(n)}: its columns are the mode-n fibres.
     *
     * @param x {@code (I1, ..., IN)}
     * @param mode n, from 1 to N
     * @return {@code (In, product of the other I)}
     * @throws IllegalArgumentException if there is no such mode
     */
    public static NDArray unfold(NDArray x, int mode) {
        requireMode(x.getShape(), mode);
        return x.transpose(fibresFirst(x.getShape().dimension(), mode))
                .reshape(x.getShape().get(mode - 1), -1);
    }

    /**
     * Returns the tensor with a given unfolding: the inverse of {@link #unfold}.
     *
     * @param matrix {@code (In, product of the other I)}
     * @param mode n, from 1 to N
     * @param shape {@code (I1, ..., IN)}
     * @return {@code (I1, ..., IN)}
     * @throws IllegalArgumentException if there is no such mode, or the matrix is no unfolding of that shape
     */
    public static NDArray fold(NDArray matrix, int mode, Shape shape) {
        requireMode(shape, mode);
        int[] axes = fibresFirst(shape.dimension(), mode);
        Shape unfolded = new Shape(shape.get(mode - 1), shape.size() / Math.max(1, shape.get(mode - 1)));
        require(
                matrix.getShape().equals(unfolded),
                "matrix: the mode-" + mode + " unfolding of a tensor " + shape + " has the shape " + unfolded + ", not "
                        + matrix.getShape());
        Shape transposed = new Shape(IntStream.of(axes).mapToLong(shape::get).toArray());
        int[] back = new int[axes.length];
        for (int i = 0; i < axes.length; i++) {
            back[axes[i]] = i;
        }
        return matrix.reshape(transposed).transpose(back);
    }

    /**
     * Computes the mode-n product {@code X xn A}: every mode-n fibre is multiplied by the matrix, {@code Y(n) = A X(n)}.
     *
     * @param x {@code (I1, ..., In, ..., IN)}
     * @param matrix {@code (J, In)}
     * @param mode n, from 1 to N
     * @return {@code (I1, ..., J, ..., IN)}
     * @throws IllegalArgumentException if there is no such mode or the matrix does not fit; the message has both shapes
     */
    public static NDArray product(NDArray x, NDArray matrix, int mode) {
        requireMode(x.getShape(), mode);
        requireMatrix(matrix, "matrix");
        require(
                matrix.getShape().get(1) == x.getShape().get(mode - 1),
                "matrix: a mode-" + mode + " product with a tensor " + x.getShape() + " needs "
                        + x.getShape().get(mode - 1) + " columns, not a matrix " + matrix.getShape());
        require(
                matrix.getDataType() == x.getDataType(),
                "matrix: it must be of the tensor's type " + x.getDataType() + ", not " + matrix.getDataType());
        long[] sizes = x.getShape().getShape().clone();
        long before = LongStream.of(sizes).limit(mode - 1L).reduce(1, (a, b) -> a * b);
        NDArray stacked = x.reshape(before, sizes[mode - 1], -1);
        sizes[mode - 1] = matrix.getShape().get(0);
        return matrix.matMul(stacked).reshape(new Shape(sizes));
    }

    /**
     * Computes the Kronecker product: every element of the first matrix times the whole second one.
     *
     * @param a {@code (I, J)}
     * @param b {@code (K, L)}
     * @return {@code (I K, J L)}
     * @throws IllegalArgumentException if one is not a matrix
     */
    public static NDArray kronecker(NDArray a, NDArray b) {
        requireMatrix(a, "a");
        requireMatrix(b, "b");
        Shape p = a.getShape();
        Shape q = b.getShape();
        return a.reshape(p.get(0), 1, p.get(1), 1)
                .mul(b.reshape(1, q.get(0), 1, q.get(1)))
                .reshape(p.get(0) * q.get(0), p.get(1) * q.get(1));
    }

    /**
     * Computes the Khatri-Rao product: the Kronecker product column by column.
     *
     * @param a {@code (I, R)}
     * @param b {@code (J, R)}
     * @return {@code (I J, R)}
     * @throws IllegalArgumentException if one is not a matrix, or they differ in their columns
     */
    public static NDArray khatriRao(NDArray a, NDArray b) {
        requireMatrix(a, "a");
        requireMatrix(b, "b");
        long columns = a.getShape().get(1);
        require(
                columns == b.getShape().get(1),
                "b: a Khatri-Rao product needs as many columns in both matrices, not " + a.getShape() + " and "
                        + b.getShape());
        return a.reshape(-1, 1, columns).mul(b.reshape(1, -1, columns)).reshape(-1, columns);
    }

    /**
     * Computes the inner product: the sum of the products of all elements, added up in double precision.
     *
     * @param x any shape
     * @param y the same shape
     * @return the sum
     * @throws IllegalArgumentException if the shapes differ
     */
    public static double inner(NDArray x, NDArray y) {
        require(
                x.getShape().equals(y.getShape()),
                "y: both tensors must have one shape, not " + x.getShape() + " and " + y.getShape());
        try (NDManager scope = x.getManager().newSubManager()) {
            return sum(doubles(x, scope).mul(doubles(y, scope)));
        }
    }

    /**
     * Computes the norm: the square root of the sum of the squares of all elements, added up in double precision.
     *
     * @param x any shape
     * @return the norm
     */
    public static double norm(NDArray x) {
        return Math.sqrt(inner(x, x));
    }

    /**
     * Computes how far an approximation is off: {@code ||X - Y|| / ||X||}.
     *
     * @param x any shape, not all zeros
     * @param approximation the same shape
     * @return 0 for none at all, 1 for as far off as zeros would be
     * @throws IllegalArgumentException if the shapes differ
     */
    public static double relativeError(NDArray x, NDArray approximation) {
        require(
                x.getShape().equals(approximation.getShape()),
                "approximation: both tensors must have one shape, not " + x.getShape() + " and "
                        + approximation.getShape());
        try (NDManager scope = x.getManager().newSubManager()) {
            return norm(doubles(x, scope).sub(doubles(approximation, scope))) / norm(x);
        }
    }

    private static NDArray doubles(NDArray x, NDManager owner) {
        return Doubles.view(x, owner).toType(DataType.FLOAT64, false);
    }

    private static double sum(NDArray x) {
        return x.sum().getDouble();
    }

    /** The order of the axes that an unfolding is the reshaping of: the mode, then the others from last to first. */
    private static int[] fibresFirst(int order, int mode) {
        return IntStream.concat(
                        IntStream.of(mode - 1),
                        IntStream.range(0, order).map(i -> order - 1 - i).filter(axis -> axis != mode - 1))
                .toArray();
    }

    private static void requireMode(Shape shape, int mode) {
        require(
                mode >= 1 && mode <= shape.dimension(),
                "mode: a tensor " + shape + " has modes 1 to " + shape.dimension() + ", not " + mode
                        + " (modes count from 1, as in Kolda and Bader)");
    }

    private static void requireMatrix(NDArray x, String argument) {
        require(x.getShape().dimension() == 2, argument + ": a matrix is needed, not an array " + x.getShape());
    }
}
