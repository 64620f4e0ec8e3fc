package org.crunet.tensor;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** What can be factorised, and how large its factors may be. */
final class Checks {

    /** Squares of norms between these, and products of such squares with a few others, are numbers. */
    private static final double SMALL = 1e-140;

    private static final double LARGE = 1e140;

    private static final Set<DataType> TYPES = EnumSet.of(DataType.FLOAT32, DataType.FLOAT64);

    private Checks() {}

    static void kernel(NDArray kernel, String argument) {
        Objects.requireNonNull(kernel, argument + " is null");
        Shape shape = kernel.getShape();
        require(
                shape.dimension() == 4,
                argument + ": a kernel (out, in, height, width) is needed, not an array " + shape);
    }

    static void stride(int stride) {
        require(stride >= 1, "stride must be at least 1: " + stride);
    }

    /** Numbers, not all of them zero, in at least two modes. */
    static void tensor(NDArray x, String argument) {
        Objects.requireNonNull(x, argument + " is null");
        Shape shape = x.getShape();
        require(
                TYPES.contains(x.getDataType()),
                argument + ": toType(DataType.FLOAT32, true) is needed, not the type " + x.getDataType());
        require(
                shape.dimension() >= 2 && shape.size() > 0,
                argument + ": a tensor of two or more modes is needed, not an array " + shape);
        double norm = TensorAlgebra.norm(x);
        require(Double.isFinite(norm), () -> argument + ": " + firstFault(x));
        require(norm > 0, argument + ": the tensor " + shape + " is all zeros, or its squares are");
        require(
                norm > SMALL && norm < LARGE,
                argument + ": its norm must be from " + SMALL + " to " + LARGE + ", not " + norm + ": scale it");
    }

    private static String firstFault(NDArray x) {
        double[] values;
        try (NDArray copy = x.toType(DataType.FLOAT64, true)) {
            values = copy.toDoubleArray();
        }
        int[] faults = IntStream.range(0, values.length)
                .filter(i -> !Double.isFinite(values[i]))
                .toArray();
        if (faults.length == 0) {
            return "its numbers are too large to be squared and added up";
        }
        Shape shape = x.getShape();
        long[] place = IntStream.range(0, shape.dimension())
                .mapToLong(i -> faults[0] / shape.slice(i + 1).size() % shape.get(i))
                .toArray();
        return faults.length + " of its " + values.length + " numbers are NaN or infinite, the first is "
                + values[faults[0]] + " at " + Arrays.toString(place);
    }

    static void ranks(Shape shape, int... ranks) {
        require(
                ranks.length == shape.dimension(),
                () -> "ranks: the tensor has " + shape.dimension() + " modes and needs as many ranks, not "
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
                () -> "ranks: that of mode " + (i + 1) + " must be from 1 to " + most + " for the tensor " + shape
                        + " and the ranks " + Arrays.toString(ranks) + ", not " + ranks[i]);
    }

    /** Beyond this, the fibres of one mode would do, without any error. */
    static void rank(Shape shape, int rank) {
        long enough = shape.size() / LongStream.of(shape.getShape()).max().orElse(1);
        require(
                rank >= 1 && rank <= enough,
                "rank: it must be from 1 to " + enough + ", enough for any tensor " + shape + ", not " + rank);
    }

    private static long others(int[] ranks, int but) {
        return IntStream.range(0, ranks.length)
                .filter(i -> i != but)
                .mapToLong(i -> ranks[i])
                .reduce(1, (a, b) -> a * b);
    }

    /** A core no larger than the kernel, and no larger in one channel mode than the rest of it can fill. */
    static void rank(Rank rank, Shape kernel) {
        long pixels = kernel.get(2) * kernel.get(3);
        require(rank.in() <= kernel.get(1), "rank: in=" + rank.in() + " exceeds the input channels of " + kernel);
        require(rank.out() <= kernel.get(0), "rank: out=" + rank.out() + " exceeds the output channels of " + kernel);
        require(
                rank.in() <= rank.out() * pixels && rank.out() <= rank.in() * pixels,
                "rank: a core of " + rank + " over " + pixels + " pixels: its sides may be at most " + pixels
                        + " to 1");
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
                "terms: " + terms + " terms of core " + rank + ": " + enough + " are enough for any kernel " + kernel);
    }

    /** The quotient, rounded up. */
    private static long up(long number, long by) {
        return (number + by - 1) / by;
    }
}
