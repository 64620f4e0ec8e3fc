package org.crunet.notebook;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One measure over the epochs of a training: half of the chart that moves while it trains.
 *
 * @param measure what is measured, such as {@code loss}
 * @param limit largest value it can have; 0 when it has no limit
 * @param lines the curves, in the order of the theme's colours
 */
record Panel(String measure, double limit, List<Line> lines) {

    /** The upper end of the vertical axis: the limit, or the largest value. */
    double top() {
        double largest = lines.stream()
                .flatMap(line -> line.y().stream())
                .filter(Double::isFinite)
                .reduce(0.0, Math::max);
        return limit > 0 ? limit : largest > 0 ? largest : 1;
    }

    /**
     * One curve.
     *
     * @param name what it shows, such as {@code validation}
     * @param marked whether each point is marked
     * @param x epochs
     * @param y values
     */
    record Line(String name, boolean marked, List<Double> x, List<Double> y) {

        /** The places of the points that can be drawn, as pairs. */
        Stream<double[]> points() {
            return IntStream.range(0, x.size())
                    .filter(i -> Double.isFinite(y.get(i)))
                    .mapToObj(i -> new double[] {x.get(i), y.get(i)});
        }
    }
}
