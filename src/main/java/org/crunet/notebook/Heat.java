package org.crunet.notebook;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.comparison.Setting;

/** Matrices as colours. */
final class Heat {
    private static final int DIGITS = 4;
    private static final int ALL = Integer.MAX_VALUE;
    /** How many filters are drawn at most. */
    private static final int MOST = 2048;

    private Heat() {}

    /** Mean top-1 of one network, the first value to the right and the second upwards. */
    static Chart sweep(List<Setting> all, List<String> names) {
        List<List<String>> values = names.stream()
                .map(name -> all.stream()
                        .map(one -> String.valueOf(one.values().get(name)))
                        .distinct()
                        .toList())
                .toList();
        double[][] top1 = new double[values.get(1).size()][values.get(0).size()];
        for (Setting one : all) {
            List<Integer> at = IntStream.range(0, 2)
                    .mapToObj(i ->
                            values.get(i).indexOf(String.valueOf(one.values().get(names.get(i)))))
                    .toList();
            top1[at.get(1)][at.get(0)] = one.summary().top1();
        }
        Map<String, Object> cells = Map.of(
                "x", plain(values.get(0)), "y", plain(values.get(1)), "texttemplate", "%{z:.3f}", "hoverongaps", false);
        var category = Map.of("type", "category");
        return ((Plot) Chart.heatmap(top1))
                .map(trace -> Json.merge(trace, cells))
                .title(Labels.plain(all.get(0).network().name() + ", top-1 on what is held back"))
                .axes(Labels.plain(names.get(0)), Labels.plain(names.get(1)))
                .layout(Map.of("xaxis", category, "yaxis", category));
    }

    private static List<String> plain(List<String> texts) {
        return texts.stream().map(Labels::plain).toList();
    }

    /** Colours that part at zero if there are negative numbers. */
    static Map<String, Object> trace(double[][] values) {
        var trace = Map.of("type", "heatmap", "z", rounded(values), "colorscale", "Viridis");
        boolean negative = all(values).anyMatch(value -> value < 0);
        return negative ? Json.merge(trace, Map.of("colorscale", Theme.DIVERGING, "zmid", 0)) : trace;
    }

    private static DoubleStream all(double[][] values) {
        return Stream.of(values).flatMapToDouble(Arrays::stream).filter(Double::isFinite);
    }

    /**
     * Whole numbers as they are, and fractions with as many decimals as tell four digits of the whole range apart, or of
     * themselves if they are smaller: no colour changes, and a notebook is half as large. What is all alike may differ from
     * another chart.
     */
    private static List<List<Double>> rounded(double[][] values) {
        var all = all(values).summaryStatistics();
        int decimals = all.getMax() > all.getMin() ? decimals(all.getMax() - all.getMin()) : ALL;
        Function<double[], List<Double>> line = row ->
                DoubleStream.of(row).mapToObj(value -> rounded(value, decimals)).toList();
        return Stream.of(values).map(line).toList();
    }

    private static Double rounded(double value, int decimals) {
        if (!Double.isFinite(value) || value == Math.rint(value) || decimals == ALL) {
            return value;
        }
        int own = Math.max(decimals, decimals(Math.abs(value)));
        return new BigDecimal(value).setScale(own, RoundingMode.HALF_EVEN).doubleValue();
    }

    private static int decimals(double size) {
        return size > 0 && Double.isFinite(size) ? DIGITS - 1 - (int) Math.floor(Math.log10(size)) : 0;
    }

    /** The kernels of a convolution as small squares side by side. */
    static Chart filters(NDArray weight) {
        Shape shape = weight.getShape();
        boolean drawable = shape.dimension() == 4 && shape.get(0) * shape.get(1) <= MOST;
        require(drawable, shape + " are no filters: give (out, in / groups, height, width), at most " + MOST);
        int number = (int) (shape.get(0) * shape.get(1));
        int columns = shape.get(1) > 1 ? (int) shape.get(1) : (int) Math.ceil(Math.sqrt(2.0 * number));
        double[][] tiles = tiles(weight.toFloatArray(), number, columns, (int) shape.get(2), (int) shape.get(3));
        var axis = Map.of("visible", false);
        var square = Map.of("visible", false, "scaleanchor", "x", "autorange", "reversed");
        return Chart.heatmap(tiles).layout(Map.of("xaxis", axis, "yaxis", square));
    }

    /** The filters row by row, a line of nothing between them. */
    private static double[][] tiles(float[] values, int number, int columns, int height, int width) {
        int rows = (number + columns - 1) / columns;
        double[][] tiles = new double[rows * (height + 1) - 1][columns * (width + 1) - 1];
        Stream.of(tiles).forEach(row -> Arrays.fill(row, Double.NaN));
        for (int i = 0; i < values.length; i++) {
            int filter = i / (height * width);
            int y = filter / columns * (height + 1) + i / width % height;
            tiles[y][filter % columns * (width + 1) + i % width] = values[i];
        }
        return tiles;
    }
}
