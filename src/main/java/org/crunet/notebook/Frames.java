package org.crunet.notebook;

import static org.crunet.base.Errors.require;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.crunet.network.Architecture;

/** Charts of which one is seen at a time, each a frame of plotly.js that a slider or a button shows. */
final class Frames extends Chart {
    private static final int PRINTED = 12;

    /** Room between the title and the chart. */
    private static final int FOR_A_SLIDER = 90;

    private static final int FOR_BUTTONS = 40;

    private static final Map<String, Object> HIDDEN = Map.of("visible", false);

    /** All of a film. */
    private static final int MILLISECONDS = 8000;

    private final String name;
    private final List<String> labels;
    private final List<Plot> charts;

    private Frames(String name, List<String> labels, List<Plot> charts) {
        this.name = name;
        this.labels = labels;
        this.charts = charts;
    }

    /** With a slider for what has a name, otherwise with buttons. */
    static <T> Frames of(String name, List<T> values, Function<? super T, Chart> make) {
        require(!values.isEmpty(), ("no values of " + name).replaceFirst(" of $", "") + ": give at least one");
        List<String> labels = values.stream().map(Frames::label).toList();
        List<Plot> charts = IntStream.range(0, labels.size())
                .mapToObj(i -> plain(make.apply(values.get(i)), (name + " " + labels.get(i)).strip()))
                .toList();
        List<Integer> traces =
                charts.stream().map(chart -> chart.traces().size()).toList();
        require(
                name.isEmpty() || traces.stream().distinct().count() == 1,
                "the charts of " + name + " have " + traces + " traces: give all the same number, or use Chart.choice");
        return new Frames(name, labels, charts);
    }

    private static Plot plain(Chart chart, String what) {
        String fault = chart == null ? " is null" : " has a slider or buttons of its own";
        require(chart instanceof Plot, "the chart of " + what + fault + ": give a plain one");
        return (Plot) chart;
    }

    /** One line; a sum of decimal fractions without the digits that only a computer sees. */
    private static String label(Object value) {
        Object shown = value instanceof Architecture architecture ? architecture.name() : Json.clean(value);
        return String.valueOf(shown).lines().findFirst().orElse("");
    }

    @Override
    public Chart with(Map<String, ?> trace) {
        return map(chart -> chart.with(trace));
    }

    @Override
    public Chart layout(Map<String, ?> changes) {
        return map(chart -> chart.layout(changes));
    }

    private Frames map(UnaryOperator<Plot> change) {
        return new Frames(name, labels, charts.stream().map(change).toList());
    }

    @Override
    Map<String, Object> figure() {
        return Json.cleanMap(name.isEmpty() ? choice() : slider());
    }

    /** The traces of all, of which a button shows those of one and makes its layout anew. */
    private Map<String, Object> choice() {
        List<Map<String, Object>> data = new ArrayList<>();
        Map<String, Object> none = new TreeMap<>();
        for (Plot chart : charts) {
            boolean first = none.isEmpty();
            chart.traces().forEach(trace -> data.add(first ? trace : Json.merge(trace, HIDDEN)));
            alone(chart)
                    .forEach((key, value) ->
                            none.put(key, value instanceof Map ? Map.of() : value instanceof List ? List.of() : ""));
        }
        List<Map<String, Object>> buttons = IntStream.range(0, charts.size())
                .mapToObj(i -> {
                    Map<String, Object> layout = new TreeMap<>(none);
                    layout.putAll(alone(charts.get(i)));
                    return control(labels.get(i), "update", Map.of("visible", visible(i)), layout);
                })
                .toList();
        var menu = Map.of("updatemenus", List.of(menu(0, "left", buttons)));
        return Map.of("data", data, "layout", Json.merge(Theme.layout(), alone(charts.get(0)), menu));
    }

    private List<Object> visible(int chosen) {
        return IntStream.range(0, charts.size())
                .boxed()
                .flatMap(i -> charts.get(i).traces().stream()
                        .map(trace -> i == chosen ? trace.getOrDefault("visible", true) : false))
                .toList();
    }

    /** The layout of a chart, whose axes are not those that plotly.js would choose for pictures that are not seen. */
    private static Map<String, Object> alone(Plot chart) {
        Map<String, Object> layout = layout(chart, FOR_BUTTONS);
        var x = Map.of("autorange", !Json.map(layout.get("xaxis")).containsKey("range"));
        var y = Map.of("autorange", !Json.map(layout.get("yaxis")).containsKey("range"), "scaleanchor", false);
        return Json.merge(Map.of("xaxis", x, "yaxis", y), layout);
    }

    private Map<String, Object> slider() {
        List<Plot> all = Scales.common(charts);
        List<Map<String, Object>> frames = IntStream.range(0, all.size())
                .mapToObj(i -> frame(i, all.get(i)))
                .toList();
        Object first = frames.get(0).get("layout");
        Map<String, Object> layout = Json.merge(Theme.layout(), Json.map(first), controls());
        return Map.of("data", all.get(0).traces(), "layout", layout, "frames", frames);
    }

    /** Whole traces, and a layout that hides the annotations of other frames, because a frame takes nothing away. */
    private Map<String, Object> frame(int i, Plot chart) {
        Map<String, Object> layout = layout(chart, FOR_A_SLIDER);
        for (String kind : List.of("annotations", "shapes", "images")) {
            List<Object> marks = new ArrayList<>();
            marks(layout, kind).forEach(mark -> marks.add(Json.merge(Map.of("visible", true), Json.map(mark))));
            IntStream sizes =
                    charts.stream().mapToInt(one -> marks(one.layout(), kind).size());
            marks.addAll(Collections.nCopies(sizes.max().orElse(0) - marks.size(), HIDDEN));
            layout.put(kind, marks);
        }
        return Map.of("name", i + "", "data", chart.traces(), "layout", layout);
    }

    private static List<?> marks(Map<String, Object> layout, String kind) {
        return layout.get(kind) instanceof List<?> marks ? marks : List.of();
    }

    /** The layout of a chart, but for the look of all, with room between the title and the chart. */
    private static Map<String, Object> layout(Plot chart, int room) {
        Map<String, Object> layout = chart.layout();
        var title = Map.of("text", "", "yref", "container", "y", 1, "yanchor", "top", "pad", Map.of("t", 18));
        var roomy = Map.of("title", title, "margin", Map.of("t", Theme.MARGIN + room));
        var height = Map.of("height", Theme.height(layout) + room);
        layout.keySet().removeAll(Set.of("template", "autosize"));
        return Json.merge(roomy, layout, height);
    }

    private Map<String, Object> controls() {
        List<Map<String, Object>> stops = IntStream.range(0, labels.size())
                .mapToObj(i -> control(labels.get(i), "animate", List.of(i + ""), at(0, true)))
                .toList();
        var current = Map.of("prefix", Labels.plain(name) + ": ", "xanchor", "left", "font", Map.of("size", 14));
        var look = Map.of("bgcolor", Theme.GRID, "bordercolor", Theme.GRID, "activebgcolor", Theme.INK);
        var slider = Map.of("active", 0, "len", 0.9, "currentvalue", current, "steps", stops);
        int pace = Math.max(100, Math.min(800, MILLISECONDS / charts.size()));
        var play = control("\u25b6", "animate", null, at(pace, true));
        var pause = control("\u275a\u275a", "animate", Arrays.asList((Object) null), at(0, false));
        return Map.of(
                "sliders", List.of(Json.merge(placed(0.1, "left"), look, slider)),
                "updatemenus", List.of(menu(0.1, "right", List.of(play, pause))));
    }

    private static Map<String, Object> placed(double x, String side) {
        return Map.of("x", x, "xanchor", side, "y", 1, "yanchor", "bottom", "pad", Map.of("b", 10, "r", 10));
    }

    private Map<String, Object> menu(double x, String side, List<Map<String, Object>> buttons) {
        var more = Map.of("buttons", buttons, "showactive", name.isEmpty());
        return Json.merge(Theme.buttons(), placed(x, side), more);
    }

    private static Map<String, Object> control(String label, String method, Object what, Object how) {
        return Map.of("label", Labels.cut(label), "method", method, "args", Arrays.asList(what, how));
    }

    /** Redrawn, because plotly.js moves nothing but scatter by itself. */
    private static Map<String, Object> at(int pace, boolean redraw) {
        var frame = Map.of("duration", pace, "redraw", redraw);
        var transition = Map.of("duration", 0);
        return Map.of("mode", "immediate", "fromcurrent", true, "frame", frame, "transition", transition);
    }

    @Override
    public String toString() {
        String all = String.join(", ", new Cut(labels.size(), PRINTED).map(labels::get, "..."));
        return charts.get(0) + (name.isEmpty() ? "; choice of " : "; slider " + name + ": ") + all;
    }
}
