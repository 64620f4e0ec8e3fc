package org.crunet.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.DoubleBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/** Tensors as Java arrays and their algebra as nested loops: slow, obvious, and nothing of the library in it. */
public final class Loops {

    private final int[] shape;
    private final double[] values;

    private Loops(int... shape) {
        this.shape = shape;
        values = new double[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    }

    static Loops of(NDArray array) {
        int[] shape = Arrays.stream(array.getShape().getShape())
                .mapToInt(Math::toIntExact)
                .toArray();
        Loops loops = new Loops(shape);
        System.arraycopy(array.toType(DataType.FLOAT64, true).toDoubleArray(), 0, loops.values, 0, loops.values.length);
        return loops;
    }

    /** The tensor whose every element is a function of its place, which counts from 0. */
    public static Loops each(ToDoubleFunction<int[]> element, int... shape) {
        Loops loops = new Loops(shape);
        for (int i = 0; i < loops.values.length; i++) {
            loops.values[i] = element.applyAsDouble(loops.place(i));
        }
        return loops;
    }

    public static Loops random(Random random, int... shape) {
        return each(place -> random.nextGaussian(), shape);
    }

    private int[] place(int index) {
        int[] place = new int[shape.length];
        int rest = index;
        for (int i = shape.length - 1; i >= 0; i--) {
            place[i] = rest % shape[i];
            rest /= shape[i];
        }
        return place;
    }

    public double at(int... place) {
        int index = 0;
        for (int i = 0; i < shape.length; i++) {
            index = index * shape[i] + place[i];
        }
        return values[index];
    }

    public int size(int mode) {
        return shape[mode - 1];
    }

    /** Kolda and Bader, section 2.4: element (i1, ..., iN) is in row in and column 1 + sum over k != n of (ik - 1) Jk. */
    Loops unfold(int mode) {
        Loops matrix = new Loops(size(mode), values.length / size(mode));
        for (int i = 0; i < values.length; i++) {
            int[] place = place(i);
            int column = 0;
            int step = 1;
            for (int k = 0; k < shape.length; k++) {
                if (k != mode - 1) {
                    column += place[k] * step;
                    step *= shape[k];
                }
            }
            matrix.values[place[mode - 1] * matrix.shape[1] + column] = values[i];
        }
        return matrix;
    }

    /** {@code y[..., j, ...] = sum_i x[..., i, ...] a[j, i]}. */
    Loops product(Loops matrix, int mode) {
        int[] larger = shape.clone();
        larger[mode - 1] = matrix.shape[0];
        return each(
                place -> {
                    int[] inner = place.clone();
                    double sum = 0;
                    for (int i = 0; i < size(mode); i++) {
                        inner[mode - 1] = i;
                        sum += at(inner) * matrix.at(place[mode - 1], i);
                    }
                    return sum;
                },
                larger);
    }

    Loops kronecker(Loops b) {
        return each(
                place -> at(place[0] / b.shape[0], place[1] / b.shape[1])
                        * b.at(place[0] % b.shape[0], place[1] % b.shape[1]),
                shape[0] * b.shape[0],
                shape[1] * b.shape[1]);
    }

    Loops khatriRao(Loops b) {
        return each(
                place -> at(place[0] / b.shape[0], place[1]) * b.at(place[0] % b.shape[0], place[1]),
                shape[0] * b.shape[0],
                shape[1]);
    }

    double inner(Loops other) {
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += values[i] * other.values[i];
        }
        return sum;
    }

    double norm() {
        return Math.sqrt(inner(this));
    }

    double relativeError(Loops approximation) {
        return plus(approximation, -1).norm() / norm();
    }

    Loops plus(Loops other, double times) {
        assertArrayEquals(shape, other.shape);
        Loops sum = new Loops(shape);
        for (int i = 0; i < values.length; i++) {
            sum.values[i] = values[i] + times * other.values[i];
        }
        return sum;
    }

    /** The columns from one to before another. */
    Loops columns(int from, int to) {
        return each(place -> at(place[0], from + place[1]), shape[0], to - from);
    }

    /** One entry of the first mode. */
    Loops get(int first) {
        Loops part = new Loops(Arrays.copyOfRange(shape, 1, shape.length));
        System.arraycopy(values, first * part.values.length, part.values, 0, part.values.length);
        return part;
    }

    /** {@code G x1 A1 x2 A2 ...}; null is the identity. */
    Loops tucker(List<Loops> factors) {
        Loops x = this;
        for (int mode = 1; mode <= factors.size(); mode++) {
            x = factors.get(mode - 1) == null ? x : x.product(factors.get(mode - 1), mode);
        }
        return x;
    }

    /** The layer without groups, its stride and padding the same down and across. */
    Loops convolve(Loops kernel, int stride, int padding) {
        int high = (shape[2] + 2 * padding - kernel.shape[2]) / stride + 1;
        int wide = (shape[3] + 2 * padding - kernel.shape[3]) / stride + 1;
        return each(
                place -> {
                    double sum = 0;
                    for (int c = 0; c < shape[1]; c++) {
                        for (int i = 0; i < kernel.shape[2]; i++) {
                            for (int j = 0; j < kernel.shape[3]; j++) {
                                int row = place[2] * stride + i - padding;
                                int column = place[3] * stride + j - padding;
                                boolean inside = row >= 0 && row < shape[2] && column >= 0 && column < shape[3];
                                sum += inside ? at(place[0], c, row, column) * kernel.at(place[1], c, i, j) : 0;
                            }
                        }
                    }
                    return sum;
                },
                shape[0],
                kernel.shape[0],
                high,
                wide);
    }

    double largest() {
        return Arrays.stream(values).map(Math::abs).max().orElseThrow();
    }

    NDArray array(NDManager manager) {
        return array(manager, DataType.FLOAT64);
    }

    /** DJL lends out Java's memory; the array has its own. */
    NDArray array(NDManager manager, DataType type) {
        long[] sizes = Arrays.stream(shape).asLongStream().toArray();
        try (NDArray lent = manager.create(DoubleBuffer.wrap(values), new Shape(sizes), DataType.FLOAT64)) {
            return type == DataType.FLOAT64 ? lent.duplicate() : lent.toType(type, false);
        }
    }

    /** The same numbers to a part of the largest, and the same shape. */
    void assertAlmost(NDArray actual, double part) {
        Loops given = of(actual);
        assertArrayEquals(shape, given.shape);
        assertEquals(0, plus(given, -1).largest(), part * Math.max(largest(), 1e-300));
    }
}
