package org.crunet.notebook;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** Axes and colours that stand still while a slider moves: each has room for the numbers of all charts. */
final class Scales {
    private static final double ROOM = 0.05;
    private static final Set<String> CHOSEN =
            Set.of("range", "autorange", "rangemode", "zmin", "zmax", "zauto", "coloraxis");

    private Scales() {}

    /** The same charts with one range for each axis and for the colours of matrices, except where a chart has its own. */
    static List<Plot> common(List<Plot> charts) {
        List<Map<String, Object>> traces =
                charts.stream().flatMap(chart -> chart.traces().stream()).toList();
        Map<String, Object> axes = new TreeMap<>();
        for (String letter : List.of("x", "y")) {
            traces.stream()
                    .collect(Collectors.groupingBy(trace -> axis(trace, letter)))
                    .forEach((axis, on) -> {
                        Set<?> types =
                                charts.stream().map(chart -> type(chart, axis)).collect(Collectors.toSet());
                        boolean numbers = Set.of("-", "linear", "log").containsAll(types);
                        if (numbers && on.stream().allMatch(trace -> plain(trace, letter))) {
                            axes.put(axis, Map.of("range", range(on, letter, types.contains("log"))));
                        }
                    });
        }
        Map<String, Object> colours =
                colours(traces.stream().filter(Scales::matrix).toList());
        return charts.stream()
                .map(chart -> chart.map(trace -> matrix(trace) ? Json.merge(trace, colours) : trace)
                        .layout(axes))
                .toList();
    }

    /** The axis of a trace in its layout, such as {@code xaxis2}. */
    private static String axis(Map<String, Object> trace, String letter) {
        return trace.getOrDefault(letter + "axis", letter).toString().replace(letter, letter + "axis");
    }

    /** The type of an axis; none if its range is chosen or depends on bars that stand on one another. */
    private static Object type(Plot chart, String axis) {
        Map<String, Object> settings = Json.map(chart.layout().get(axis));
        boolean free = free(settings) && !chart.layout().containsKey("barmode");
        return free ? settings.getOrDefault("type", "-") : "none";
    }

    private static boolean free(Map<String, Object> settings) {
        return CHOSEN.stream().noneMatch(settings::containsKey);
    }

    /** Whether a trace has nothing but points and the ends of bars on an axis; the rest is left to plotly.js. */
    private static boolean plain(Map<String, Object> trace, String letter) {
        return (trace.getOrDefault("type", "scatter").equals("scatter") || bars(trace, letter))
                && !trace.containsKey("error_" + letter)
                && trace.get(letter) instanceof List<?> values
                && values.stream().allMatch(value -> value == null || value instanceof Number)
                && numbers(values).findAny().isPresent();
    }

    private static boolean bars(Map<String, Object> trace, String letter) {
        return "bar".equals(trace.get("type")) && letter.equals("h".equals(trace.get("orientation")) ? "x" : "y");
    }

    /** From the least to the greatest with a little room, but none below zero where bars begin. */
    private static List<Double> range(List<Map<String, Object>> traces, String letter, boolean log) {
        boolean zero = !log && traces.stream().anyMatch(trace -> bars(trace, letter));
        DoubleStream places = traces.stream().flatMapToDouble(trace -> numbers(trace.get(letter)));
        var ends = DoubleStream.concat(zero ? DoubleStream.of(0) : DoubleStream.empty(), places)
                .filter(place -> !log || place > 0)
                .map(place -> log ? Math.log10(place) : place)
                .summaryStatistics();
        double room = ends.getMax() > ends.getMin() ? ROOM * (ends.getMax() - ends.getMin()) : 1;
        return List.of(
                zero && ends.getMin() == 0 ? 0 : ends.getMin() - room,
                zero && ends.getMax() == 0 ? 0 : ends.getMax() + room);
    }

    private static boolean matrix(Map<String, Object> trace) {
        return Set.of("heatmap", "contour").contains(trace.getOrDefault("type", ""));
    }

    /** Around zero if some numbers are negative. */
    private static Map<String, Object> colours(List<Map<String, Object>> matrices) {
        var ends = matrices.stream()
                .flatMapToDouble(trace -> numbers(trace.get("z")))
                .summaryStatistics();
        if (ends.getCount() == 0 || !matrices.stream().allMatch(Scales::free)) {
            return Map.of();
        }
        double most = Math.max(ends.getMax(), -ends.getMin());
        return ends.getMin() < 0
                ? Map.of("zmin", -most, "zmax", most, "colorscale", Theme.DIVERGING)
                : Map.of("zmin", ends.getMin(), "zmax", ends.getMax());
    }

    /** The numbers in a list, and in the lists in it. */
    static DoubleStream numbers(Object value) {
        if (value instanceof List<?> list) {
            return list.stream().flatMapToDouble(Scales::numbers);
        }
        return Stream.ofNullable(value)
                .filter(Number.class::isInstance)
                .mapToDouble(number -> ((Number) number).doubleValue());
    }
}
