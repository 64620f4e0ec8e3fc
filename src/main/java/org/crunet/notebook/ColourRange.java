package org.crunet.notebook;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Colours that mean the same number wherever a slider stands. */
final class ColourRange {
    private static final Set<String> TYPES = Set.of("heatmap", "contour");
    private static final Set<String> CHOSEN = Set.of("zmin", "zmax", "zauto", "coloraxis");

    private ColourRange() {}

    /** The same charts, with one range of colours for those of their traces that are matrices and do not set their own. */
    static List<Plot> common(List<Plot> charts) {
        List<Map<String, Object>> ranges = IntStream.range(
                        0, charts.get(0).traces().size())
                .mapToObj(i -> range(
                        charts.stream().map(chart -> chart.traces().get(i)).toList()))
                .toList();
        return charts.stream().map(chart -> with(chart, ranges)).toList();
    }

    private static Plot with(Plot chart, List<Map<String, Object>> ranges) {
        Plot changed = new Plot(List.of(), chart.layout());
        for (int i = 0; i < ranges.size(); i++) {
            changed = changed.with(Json.merge(chart.traces().get(i), ranges.get(i)));
        }
        return changed;
    }

    /** What all of the traces are given; around zero if some have negative numbers. */
    private static Map<String, Object> range(List<Map<String, Object>> traces) {
        var numbers = traces.stream()
                .flatMapToDouble(trace -> numbers(trace.get("z")))
                .summaryStatistics();
        if (numbers.getCount() == 0 || !traces.stream().allMatch(ColourRange::free)) {
            return Map.of();
        }
        double most = Math.max(Math.abs(numbers.getMin()), Math.abs(numbers.getMax()));
        return traces.stream()
                .filter(trace -> Integer.valueOf(0).equals(trace.get("zmid")))
                .findFirst()
                .map(trace -> Map.of("zmin", -most, "zmax", most, "colorscale", trace.get("colorscale")))
                .orElse(Map.of("zmin", numbers.getMin(), "zmax", numbers.getMax()));
    }

    private static boolean free(Map<String, Object> trace) {
        return TYPES.contains(trace.getOrDefault("type", "scatter"))
                && CHOSEN.stream().noneMatch(trace::containsKey);
    }

    private static DoubleStream numbers(Object value) {
        if (value instanceof List<?> list) {
            return list.stream().flatMapToDouble(ColourRange::numbers);
        }
        return value instanceof Number number ? DoubleStream.of(number.doubleValue()) : DoubleStream.empty();
    }
}
