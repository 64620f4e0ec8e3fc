package org.crunet.notebook;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** A few charts of which a row of buttons shows one: the traces of all, of which those of one are visible. */
final class Choice extends Chart {
    private static final int HEIGHT = 40;

    private final Steps steps;

    Choice(Steps steps) {
        this.steps = steps;
    }

    @Override
    public Chart with(Map<String, ?> trace) {
        return new Choice(steps.map(chart -> chart.with(trace)));
    }

    @Override
    public Chart layout(Map<String, ?> changes) {
        return new Choice(steps.map(chart -> chart.layout(changes)));
    }

    @Override
    Map<String, Object> figure() {
        List<Map<String, Object>> layouts =
                steps.charts().stream().map(Choice::withRoom).toList();
        var menu = Map.of("updatemenus", List.of(menu(layouts)));
        return Json.cleanMap(Map.of(
                "data", traces(), "layout", Json.merge(Json.merge(layouts.get(0), axes(layouts, 0)), menu)));
    }

    private List<Map<String, Object>> traces() {
        List<Object> visible = visible(0);
        List<Map<String, Object>> all = new ArrayList<>();
        steps.charts()
                .forEach(chart -> chart.traces()
                        .forEach(trace -> all.add(Json.merge(trace, Map.of("visible", visible.get(all.size()))))));
        return all;
    }

    /** For each trace of all the charts whether it is seen when one of them is chosen. */
    private List<Object> visible(int chosen) {
        List<Object> visible = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            boolean seen = i == chosen;
            steps.charts()
                    .get(i)
                    .traces()
                    .forEach(trace -> visible.add(seen ? trace.getOrDefault("visible", true) : false));
        }
        return visible;
    }

    /** Room for the buttons between the title, which moves up, and the chart. */
    private static Map<String, Object> withRoom(Plot chart) {
        Map<String, Object> layout = chart.layout();
        var title = Map.of("yref", "container", "y", 1, "yanchor", "top", "pad", Map.of("t", 18));
        return Json.merge(
                layout,
                Map.of(
                        "height",
                        Theme.height(layout) + HEIGHT,
                        "margin",
                        Map.of("t", Theme.MARGIN + HEIGHT),
                        "title",
                        title));
    }

    private Map<String, Object> menu(List<Map<String, Object>> layouts) {
        List<Map<String, Object>> variations = Variation.of(layouts);
        var buttons = IntStream.range(0, steps.size())
                .mapToObj(i -> button(i, Variation.paths(Json.merge(variations.get(i), axes(layouts, i)))))
                .toList();
        var place = Map.of(
                "x", 0, "xanchor", "left", "y", 1, "yanchor", "bottom", "pad", Map.of("b", 10), "buttons", buttons);
        return Json.merge(Theme.buttons(), place);
    }

    private Map<String, Object> button(int i, Map<String, Object> layout) {
        var visible = Map.of("visible", visible(i));
        return Map.of("label", steps.labels().get(i), "method", "update", "args", List.of(visible, layout));
    }

    /**
     * Axes begin anew with each chart: plotly.js would keep the type and the range that it found for the one before, and
     * the proportions of pictures that are not seen.
     */
    private static Map<String, Object> axes(List<Map<String, Object>> layouts, int chosen) {
        var names = new TreeSet<String>(List.of("xaxis", "yaxis"));
        layouts.forEach(
                layout -> layout.keySet().stream().filter(Choice::isAxis).forEach(names::add));
        Map<String, Object> axes = new TreeMap<>();
        names.forEach(name -> axes.put(name, axis(name, layouts.get(chosen).get(name))));
        return axes;
    }

    private static Map<String, Object> axis(String name, Object settings) {
        Map<String, Object> axis = new TreeMap<>(Map.of("type", "-", "autorange", true));
        if (name.startsWith("y")) {
            axis.put("scaleanchor", false);
        }
        if (settings instanceof Map<?, ?> map) {
            axis.put("autorange", !map.containsKey("range"));
            axis.replaceAll((key, value) -> map.containsKey(key) ? map.get(key) : value);
        }
        return axis;
    }

    private static boolean isAxis(String name) {
        return name.matches("[xy]axis\\d*");
    }

    @Override
    public String toString() {
        return steps.first() + "; choice of " + steps.text();
    }
}
