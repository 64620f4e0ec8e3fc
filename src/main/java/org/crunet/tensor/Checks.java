package org.crunet.tensor;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** What can be factorised, and how large its factors may be. */
final class Checks {

    /** Squares of norms between these, and products of such squares with a few others, are numbers. */
    private static final double SMALL = 1e-140;

    private static final double LARGE = 1e140;

    private Checks() {}

    static void kernel(NDArray kernel, String argument) {
        require(
                kernel.getShape().dimension() == 4,
                argument + ": a kernel (out, in, height, width) is needed, not an array " + kernel.getShape());
    }

    static void stride(int stride) {
        require(stride >= 1, "stride must be at least 1: " + stride);
    }

    /** Numbers, not all of them zero, in at least two modes. */
    static void tensor(NDArray x, String argument) {
        Shape shape = x.getShape();
        require(
                x.getDataType() == DataType.FLOAT32 || x.getDataType() == DataType.FLOAT64,
                argument + ": numbers of type FLOAT32 or FLOAT64 are needed, not " + x.getDataType()
                        + ": convert with toType(DataType.FLOAT32, true)");
        require(
                shape.dimension() >= 2 && shape.size() > 0,
                argument + ": a tensor of two or more modes is needed, not an array " + shape);
        double norm = TensorAlgebra.norm(x);
        require(Double.isFinite(norm), () -> argument + ": " + firstFault(x));
        require(norm > 0, argument + ": the tensor " + shape + " is all zeros, or its squares are");
        require(
                norm > SMALL && norm < LARGE,
                argument + ": its norm must be from " + SMALL + " to " + LARGE + ", not " + norm
                        + ": multiply the tensor by a number");
    }

    private static String firstFault(NDArray x) {
        double[] values;
        try (NDArray copy = x.toType(DataType.FLOAT64, true)) {
            values = copy.toDoubleArray();
        }
        int[] faults = IntStream.range(0, values.length)
                .filter(i -> !Double.isFinite(values[i]))
                .toArray();
        return faults.length == 0
                ? "its numbers are too large to be squared and added up"
                : faults.length + " of its " + values.length + " numbers are NaN or infinite, the first is "
                        + values[faults[0]] + " at " + place(faults[0], x.getShape());
    }

    private static String place(long index, Shape shape) {
        long[] place = new long[shape.dimension()];
        long rest = index;
        for (int i = place.length - 1; i >= 0; i--) {
            place[i] = rest % shape.get(i);
            rest /= shape.get(i);
        }
        return Arrays.toString(place);
    }

    static void ranks(Shape shape, int... ranks) {
        require(
                ranks.length == shape.dimension(),
                "ranks: the tensor " + shape + " has " + shape.dimension() + " modes and needs as many ranks, not "
                        + Arrays.toString(ranks));
        for (int i = 0; i < ranks.length; i++) {
            rank(shape, ranks, i, shape.get(i));
        }
        for (int i = 0; i < ranks.length; i++) {
            rank(shape, ranks, i, others(ranks, i));
        }
    }

    private static void rank(Shape shape, int[] ranks, int i, long most) {
        require(
                ranks[i] >= 1 && ranks[i] <= most,
                "ranks: that of mode " + (i + 1) + " must be from 1 to " + most + " for the tensor " + shape
                        + " and the ranks " + Arrays.toString(ranks) + ", not " + ranks[i]);
    }

    /** Beyond this, the fibres of one mode would do, without any error. */
    static void rank(Shape shape, int rank) {
        long enough = shape.size() / LongStream.of(shape.getShape()).max().orElse(1);
        require(
                rank >= 1 && rank <= enough,
                "rank: it must be from 1 to " + enough + ", which represents any tensor " + shape
                        + " without error, not " + rank);
    }

    private static long others(int[] ranks, int but) {
        return IntStream.range(0, ranks.length)
                .filter(i -> i != but)
                .mapToLong(i -> ranks[i])
                .reduce(1, (a, b) -> a * b);
    }

    /** A core no larger than the kernel, and no larger in one channel mode than the rest of it can fill. */
    static void rank(Rank rank, Shape kernel, String argument) {
        long pixels = kernel.get(2) * kernel.get(3);
        require(
                rank.in() <= kernel.get(1),
                argument + ": in=" + rank.in() + " is more than the " + kernel.get(1) + " input channels of the kernel "
                        + kernel);
        require(
                rank.out() <= kernel.get(0),
                argument + ": out=" + rank.out() + " is more than the " + kernel.get(0)
                        + " output channels of the kernel " + kernel);
        require(
                rank.in() <= rank.out() * pixels && rank.out() <= rank.in() * pixels,
                argument + ": a core of " + rank + " over " + pixels
                        + " pixels cannot fill its larger side, which may be at most " + pixels + " times the other");
    }

    /**
     * Beyond this, any kernel is a sum of that many terms without error: blocks of inputs and outputs; or for a block of
     * outputs its fibres along the inputs, one for every output and pixel; or the same with inputs and outputs exchanged.
     */
    static void terms(int terms, Rank rank, Shape kernel) {
        require(terms >= 1, "terms: at least one is needed, not " + terms);
        long pixels = kernel.get(2) * kernel.get(3);
        long outs = up(kernel.get(0), rank.out());
        long ins = up(kernel.get(1), rank.in());
        long enough = Math.min(
                outs * ins,
                Math.min(outs * up(rank.out() * pixels, rank.in()), ins * up(rank.in() * pixels, rank.out())));
        require(
                terms <= enough,
                "terms: " + terms + " terms of core " + rank + " are more than the " + enough
                        + " that represent any kernel " + kernel + " without error");
    }

    /** The quotient, rounded up. */
    private static long up(long number, long by) {
        return (number + by - 1) / by;
    }
}
