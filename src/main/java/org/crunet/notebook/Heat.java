package org.crunet.notebook;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** Matrices as colours. */
final class Heat {
    private static final int DIGITS = 4;

    private Heat() {}

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
     * themselves if they are smaller: no colour changes, and a notebook is half as large.
     */
    private static List<List<Double>> rounded(double[][] values) {
        var all = all(values).summaryStatistics();
        int decimals = decimals(all.getMax() - all.getMin());
        Function<double[], List<Double>> line = row ->
                DoubleStream.of(row).mapToObj(value -> rounded(value, decimals)).toList();
        return Stream.of(values).map(line).toList();
    }

    private static Double rounded(double value, int decimals) {
        if (!Double.isFinite(value) || value == Math.rint(value)) {
            return value;
        }
        int own = Math.max(decimals, decimals(Math.abs(value)));
        return new BigDecimal(value).setScale(own, RoundingMode.HALF_EVEN).doubleValue();
    }

    private static int decimals(double size) {
        return size > 0 && Double.isFinite(size) ? DIGITS - 1 - (int) Math.floor(Math.log10(size)) : 0;
    }
}
