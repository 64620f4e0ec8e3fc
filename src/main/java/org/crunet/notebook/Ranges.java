package org.crunet.notebook;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** Axes that stand still while a slider moves: for each axis of numbers a range in which all the charts have room. */
final class Ranges {
    private static final Set<String> TYPES = Set.of("scatter", "scattergl", "bar");
    private static final Set<String> BEYOND_THE_POINTS = Set.of("error_x", "error_y", "stackgroup", "base");
    private static final Set<String> CHOSEN = Set.of("range", "autorange", "rangemode");

    private Ranges() {}

    /** The part of a layout with the ranges; plotly.js's own for an axis that is set, is alike or has other things on it. */
    static Map<String, Object> of(List<Plot> charts) {
        Map<String, Object> ranges = new TreeMap<>();
        Stream.of("x", "y")
                .flatMap(letter -> axes(charts, letter))
                .filter(axis -> axis.moves(charts) && axis.free(charts) && axis.numeric(charts))
                .forEach(axis -> ranges.put(axis.name(), Map.of("range", axis.range(charts))));
        return ranges;
    }

    private static Stream<Axis> axes(List<Plot> charts, String letter) {
        return charts.stream()
                .flatMap(chart -> chart.traces().stream())
                .map(trace -> new Axis(letter, Axis.number(trace, letter)))
                .distinct();
    }

    private static boolean bar(Map<String, Object> trace) {
        return "bar".equals(trace.get("type"));
    }

    private static List<?> list(Object value) {
        return value instanceof List<?> list ? list : List.of();
    }

    private static DoubleStream numbers(Collection<?> values) {
        return values.stream().filter(Number.class::isInstance).mapToDouble(value -> ((Number) value).doubleValue());
    }

    /**
     * One axis, horizontal or vertical.
     *
     * @param letter x or y
     * @param number what plotly.js adds to the letter: nothing, 2, 3
     */
    private record Axis(String letter, String number) {
        private static final double ROOM = 0.05;

        static String number(Map<String, Object> trace, String letter) {
            return trace.getOrDefault(letter + "axis", letter).toString().substring(1);
        }

        String name() {
            return letter + "axis" + number;
        }

        private List<Map<String, Object>> traces(Plot chart) {
            return chart.traces().stream()
                    .filter(trace -> number(trace, letter).equals(number))
                    .toList();
        }

        private Map<?, ?> settings(Plot chart) {
            return chart.layout().get(name()) instanceof Map<?, ?> settings ? settings : Map.of();
        }

        private boolean logarithmic(List<Plot> charts) {
            return "log".equals(settings(charts.get(0)).get("type"));
        }

        /** Where the numbers are the same in all charts there is nothing to do. */
        boolean moves(List<Plot> charts) {
            return charts.stream()
                            .map(this::traces)
                            .map(traces -> traces.stream()
                                    .map(trace -> list(trace.get(letter)))
                                    .toList())
                            .distinct()
                            .count()
                    > 1;
        }

        boolean free(List<Plot> charts) {
            return charts.stream()
                    .map(this::settings)
                    .allMatch(settings -> CHOSEN.stream().noneMatch(settings::containsKey)
                            && Set.of("-", "linear", "log")
                                    .contains(settings.containsKey("type") ? settings.get("type") : "-"));
        }

        boolean numeric(List<Plot> charts) {
            return charts.stream().flatMap(chart -> traces(chart).stream()).allMatch(this::numeric)
                    && charts.stream().flatMapToDouble(this::places).findAny().isPresent();
        }

        private boolean numeric(Map<String, Object> trace) {
            return TYPES.contains(trace.getOrDefault("type", "scatter"))
                    && BEYOND_THE_POINTS.stream().noneMatch(trace::containsKey)
                    && trace.get(letter) instanceof List<?> values
                    && values.stream().allMatch(value -> value == null || value instanceof Number);
        }

        /** The numbers on this axis between which everything is drawn. */
        private DoubleStream places(Plot chart) {
            DoubleStream points = traces(chart).stream().flatMapToDouble(trace -> places(trace));
            return DoubleStream.concat(points, stacked(chart).values().stream().mapToDouble(Double::doubleValue));
        }

        private DoubleStream places(Map<String, Object> trace) {
            DoubleStream points = numbers(list(trace.get(letter)));
            if (bar(trace) && !along(trace)) {
                double half = gap(trace) / 2;
                return points.flatMap(point -> DoubleStream.of(point - half, point + half));
            }
            return fromZero(trace) ? DoubleStream.concat(DoubleStream.of(0), points) : points;
        }

        /** Whether the bars are drawn along this axis; they stand beside each other along the other one. */
        private boolean along(Map<String, Object> trace) {
            return letter.equals("h".equals(trace.get("orientation")) ? "x" : "y");
        }

        private boolean fromZero(Map<String, Object> trace) {
            return bar(trace) && along(trace) || ("tozero" + letter).equals(trace.get("fill"));
        }

        private double gap(Map<String, Object> trace) {
            double[] sorted =
                    numbers(list(trace.get(letter))).sorted().distinct().toArray();
            double gap = sorted.length > 1 ? Double.POSITIVE_INFINITY : 1;
            for (int i = 1; i < sorted.length; i++) {
                gap = Math.min(gap, sorted[i] - sorted[i - 1]);
            }
            return gap;
        }

        /** Where bars that stand on one another end, upwards and downwards. */
        private Map<String, Double> stacked(Plot chart) {
            Map<String, Double> ends = new TreeMap<>();
            if (!Set.of("stack", "relative").contains(chart.layout().getOrDefault("barmode", "group"))) {
                return ends;
            }
            traces(chart).stream().filter(trace -> bar(trace) && along(trace)).forEach(trace -> stack(trace, ends));
            return ends;
        }

        private void stack(Map<String, Object> trace, Map<String, Double> ends) {
            List<?> places = list(trace.get(letter.equals("x") ? "y" : "x"));
            List<?> values = list(trace.get(letter));
            for (int i = 0; i < Math.min(places.size(), values.size()); i++) {
                double value = values.get(i) instanceof Number number ? number.doubleValue() : 0;
                ends.merge((value < 0 ? "below " : "above ") + places.get(i), value, Double::sum);
            }
        }

        /** From the least to the greatest with a little room, but none below zero where bars begin. */
        List<Double> range(List<Plot> charts) {
            boolean logarithmic = logarithmic(charts);
            var ends = charts.stream()
                    .flatMapToDouble(this::places)
                    .filter(place -> !logarithmic || place > 0)
                    .map(place -> logarithmic ? Math.log10(place) : place)
                    .summaryStatistics();
            double span = ends.getMax() - ends.getMin();
            double room = span > 0 ? ROOM * span : 1;
            boolean fromZero = !logarithmic
                    && charts.stream().flatMap(chart -> traces(chart).stream()).anyMatch(this::fromZero);
            double low = fromZero && ends.getMin() == 0 ? 0 : ends.getMin() - room;
            double high = fromZero && ends.getMax() == 0 ? 0 : ends.getMax() + room;
            return List.of(low, high);
        }
    }
}
