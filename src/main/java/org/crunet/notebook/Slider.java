package org.crunet.notebook;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Charts of one kind that a slider goes through: the first, and of each what differs from the others as a frame. */
final class Slider extends Chart {
    private final Steps steps;

    Slider(Steps steps) {
        this.steps = steps;
    }

    @Override
    public Chart with(Map<String, ?> trace) {
        return new Slider(steps.map(chart -> chart.with(trace)));
    }

    @Override
    public Chart layout(Map<String, ?> changes) {
        return new Slider(steps.map(chart -> chart.layout(changes)));
    }

    @Override
    Map<String, Object> figure() {
        List<Plot> charts = ColourRange.common(steps.charts());
        Plot first = charts.get(0);
        Map<String, Object> layout = Json.merge(first.layout(), Ranges.of(charts));
        var controls = new Film(steps).below(layout, labels(first));
        return Json.cleanMap(
                Map.of("data", first.traces(), "layout", Json.merge(layout, controls), "frames", frames(charts)));
    }

    /** The texts along the horizontal axis, if there are texts. */
    private static List<String> labels(Plot chart) {
        return chart.traces().stream()
                .map(trace -> trace.get("x"))
                .flatMap(x -> x instanceof Collection<?> places ? places.stream() : Stream.of())
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .distinct()
                .toList();
    }

    private static List<Map<String, Object>> frames(List<Plot> charts) {
        List<List<Map<String, Object>>> traces = IntStream.range(
                        0, charts.get(0).traces().size())
                .mapToObj(i -> Variation.of(
                        charts.stream().map(chart -> chart.traces().get(i)).toList()))
                .toList();
        List<Map<String, Object>> layouts =
                Variation.of(Marks.evened(charts.stream().map(Plot::layout).toList()));
        return IntStream.range(0, charts.size())
                .mapToObj(i -> frame(i, traces.stream().map(of -> of.get(i)).toList(), layouts.get(i)))
                .toList();
    }

    /** The size stays, so that the slider stays under the mouse. */
    private static Map<String, Object> frame(int i, List<Map<String, Object>> traces, Map<String, Object> layout) {
        layout.keySet().removeAll(List.of("height", "width"));
        return Map.of("name", Film.name(i), "data", traces, "layout", layout);
    }

    @Override
    public String toString() {
        return steps.first() + "; slider " + steps.name() + ": " + steps.text();
    }
}
