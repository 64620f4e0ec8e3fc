package org.crunet.notebook;

import java.lang.reflect.Array;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.notebook.Grid.Strip;

/** Java's own arrays of numbers: a list of numbers as a line, a list of rows as a table. */
final class Matrices {
    private static final int VALUES = 20;

    private Matrices() {}

    /** The values of an {@code int[]} or another array of numbers, in one line. */
    static Output line(Object array) {
        var cut = new Cut(Array.getLength(array), VALUES);
        int decimals = Numbers.decimals(cut.kept().mapToDouble(i -> Array.getDouble(array, i)));
        String values = String.join(", ", cut.map(i -> value(array, i, decimals), Grid.GAP));
        return Output.text(type(array) + (values.isEmpty() ? "" : ": " + values));
    }

    /** The separator of thousands would look like the one between the values. */
    private static String value(Object array, int i, int decimals) {
        Object value = Array.get(array, i);
        boolean whole = value instanceof Integer || value instanceof Long;
        return whole
                ? value.toString()
                : Numbers.text(Array.getDouble(array, i), decimals).replace(",", "");
    }

    /** The rows of an {@code int[][]} or the like, with Java's numbers of its rows and columns. */
    static Output table(Object[] matrix) {
        IntStream widths = Stream.of(matrix).filter(Objects::nonNull).mapToInt(Array::getLength);
        int width = widths.max().orElse(0);
        var rows = new Cut(matrix.length, Grid.ROWS);
        var columns = new Cut(width, Grid.COLUMNS);
        int decimals = Numbers.decimals(rows.kept().boxed().flatMapToDouble(i -> values(matrix[i], columns)));
        var gap = new Strip(Grid.GAP, false, rows.map(i -> Grid.GAP, Grid.GAP));
        List<Strip> strips = columns.map(j -> column(matrix, j, rows, decimals), gap);
        strips.add(0, new Strip("", true, rows.map(Integer::toString, Grid.GAP)));
        boolean whole = rows.whole() && columns.whole();
        String size = type(matrix) + "[" + width + "]";
        return new Grid(strips, whole ? size : size + ", its middle is left out").output();
    }

    private static DoubleStream values(Object row, Cut columns) {
        return columns.kept().filter(j -> has(row, j)).mapToDouble(j -> Array.getDouble(row, j));
    }

    private static Strip column(Object[] matrix, int j, Cut rows, int decimals) {
        IntFunction<String> text = i -> Numbers.text(Array.getDouble(matrix[i], j), decimals);
        return new Strip(j + "", true, rows.map(i -> has(matrix[i], j) ? text.apply(i) : "", Grid.GAP));
    }

    private static boolean has(Object row, int j) {
        return row != null && j < Array.getLength(row);
    }

    /** The type of the values and how many there are, as in {@code int[3]}. */
    private static String type(Object array) {
        String values = array.getClass().getSimpleName().replace("[]", "");
        return values + "[" + Array.getLength(array) + "]";
    }
}
