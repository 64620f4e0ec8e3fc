package org.crunet.notebook;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Arrays in a few lines: type, shape, device and values; a large one is summed up instead of copied. */
final class Tensors {
    private static final int PRINTED = 100;
    private static final int FIRST = 6;
    private static final Set<DataType> UNCOUNTABLE = Set.of(DataType.STRING, DataType.COMPLEX64, DataType.UNKNOWN);

    private Tensors() {}

    static Output show(NDArray array) {
        return Output.text(line(array) + (array.isReleased() ? "" : body(array)));
    }

    static Output show(NDList list) {
        Stream<String> lines = IntStream.range(0, list.size()).mapToObj(i -> i + ": " + line(list.get(i)));
        return Output.text(Numbers.format("NDList of %d%n", list.size()) + lines.collect(Collectors.joining("\n")));
    }

    /** The rows of an array with two axes. */
    static double[][] matrix(NDArray array) {
        Shape shape = array.getShape();
        require(
                shape.dimension() == 2,
                "an array of shape " + shape + " is no matrix: take array.get(\"0, 0\"), for example, or reshape it");
        double[] values = numbers(array);
        int width = (int) shape.get(1);
        return IntStream.range(0, (int) shape.get(0))
                .mapToObj(row -> Arrays.copyOfRange(values, row * width, (row + 1) * width))
                .toArray(double[][]::new);
    }

    private static double[] numbers(NDArray array) {
        return Stream.of(array.toArray()).mapToDouble(Number::doubleValue).toArray();
    }

    private static String line(NDArray array) {
        return array.isReleased() ? "NDArray, closed" : heading(array);
    }

    private static String heading(NDArray array) {
        String name = array.getName() == null ? "" : array.getName() + " ";
        String type = array.getDataType().name().toLowerCase(Locale.ROOT);
        return Numbers.format("NDArray %s%s %s on %s", name, type, array.getShape(), device(array));
    }

    /** Asking PyTorch for the device of an array of strings, which it does not hold, ends the process. */
    private static String device(NDArray array) {
        boolean held = array.getDataType() != DataType.STRING;
        return held ? array.getDevice().toString().replace("()", "") : "cpu";
    }

    private static String body(NDArray array) {
        if (UNCOUNTABLE.contains(array.getDataType()) || array.isEmpty()) {
            return "";
        }
        return "\n" + (array.size() <= PRINTED ? values(array) : summary(array));
    }

    private static String values(NDArray array) {
        List<String> texts = texts(array);
        int width = texts.stream().mapToInt(String::length).max().orElse(0);
        String pattern = "%" + width + "s";
        List<String> padded =
                texts.stream().map(text -> Numbers.format(pattern, text)).toList();
        return nested(array.getShape().getShape(), 0, padded);
    }

    private static List<String> texts(NDArray array) {
        double[] values = numbers(array);
        int decimals = Numbers.decimals(DoubleStream.of(values));
        return DoubleStream.of(values).mapToObj(v -> Numbers.text(v, decimals)).toList();
    }

    /** Brackets around each axis, rows below each other. */
    private static String nested(long[] shape, int axis, List<String> texts) {
        if (axis == shape.length) {
            return texts.get(0);
        }
        int step = texts.size() / (int) shape[axis];
        String between = axis == shape.length - 1 ? ", " : ",\n" + " ".repeat(axis + 1);
        return IntStream.range(0, (int) shape[axis])
                .mapToObj(i -> nested(shape, axis + 1, texts.subList(i * step, (i + 1) * step)))
                .collect(Collectors.joining(between, "[", "]"));
    }

    private static String summary(NDArray array) {
        boolean whole = !array.getDataType().isFloating();
        String mean = whole ? Numbers.text(value(array.sum()) / array.size()) : number(array.mean());
        return "min " + number(array.min()) + ", mean " + mean + ", max " + number(array.max()) + "\nfirst values "
                + String.join(", ", first(array)) + ", ...";
    }

    private static String number(NDArray scalar) {
        return Numbers.text(value(scalar));
    }

    private static double value(NDArray scalar) {
        try (scalar) {
            return scalar.toArray()[0].doubleValue();
        }
    }

    /** The first values of the last axis, without copying the rest. */
    private static List<String> first(NDArray array) {
        String zeros = "0, ".repeat(array.getShape().dimension() - 1);
        try (NDArray view = array.get(new NDIndex(zeros + ":" + FIRST))) {
            return texts(view);
        }
    }
}
