package org.crunet.notebook;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** One chart that stands still: its traces and its layout, as plotly.js describes them. */
final class Plot extends Chart {
    private final List<Map<String, Object>> traces;
    private final Map<String, Object> layout;

    Plot(List<Map<String, Object>> traces, Map<String, Object> layout) {
        this.traces = List.copyOf(traces);
        this.layout = layout;
    }

    @Override
    public Plot with(Map<String, ?> trace) {
        var more = new ArrayList<>(traces);
        more.add(Json.cleanMap(trace));
        return new Plot(more, layout);
    }

    @Override
    public Plot layout(Map<String, ?> changes) {
        return new Plot(traces, Json.merge(layout, changes));
    }

    Plot map(UnaryOperator<Map<String, Object>> change) {
        return new Plot(traces.stream().map(change).toList(), layout);
    }

    List<Map<String, Object>> traces() {
        return traces;
    }

    /** The layout as it goes into a figure. */
    Map<String, Object> layout() {
        return Json.cleanMap(layout);
    }

    @Override
    Map<String, Object> figure() {
        return Json.cleanMap(Map.of("data", traces, "layout", layout));
    }

    @Override
    public String toString() {
        String names = traces.stream()
                .map(trace -> trace.getOrDefault("name", trace.getOrDefault("type", "scatter"))
                        .toString())
                .filter(name -> !name.isEmpty())
                .distinct()
                .collect(Collectors.joining(", "));
        String title = layout.containsKey("title")
                ? " '" + Json.map(layout.get("title")).get("text") + "'"
                : "";
        return Html.unescape("Chart" + title + ": " + names);
    }
}
