package org.crunet.notebook;

import static org.crunet.base.Errors.require;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.network.Architecture;

/** Charts of which one is seen at a time, each a frame of plotly.js that a slider or a button shows. */
final class Frames extends Chart {
    private static final int PRINTED = 12;

    /** Between the title and the chart. */
    private static final int ROOM_FOR_A_SLIDER = 90;

    private static final int ROOM_FOR_BUTTONS = 40;

    /** All of a film in milliseconds, and the bounds of one frame. */
    private static final int LENGTH = 8000;

    private static final int FASTEST = 100;
    private static final int SLOWEST = 800;

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
        List<Plot> charts = new ArrayList<>();
        for (int i = 0; i < labels.size(); i++) {
            Chart chart = make.apply(values.get(i));
            String fault = chart == null ? " is null" : " has a slider or buttons of its own";
            require(
                    chart instanceof Plot,
                    "the chart of " + (name + " " + labels.get(i)).strip() + fault + ": give a plain one");
            charts.add((Plot) chart);
        }
        return new Frames(name, labels, charts);
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
        List<Plot> shown = name.isEmpty() ? charts : Scales.common(charts);
        List<?> frames = alike(IntStream.range(0, shown.size())
                .mapToObj(i -> frame(i, shown.get(i)))
                .toList());
        Map<String, Object> first = Json.map(frames.get(0));
        Map<String, Object> controls =
                name.isEmpty() ? Map.of("updatemenus", List.of(menu(0, "left", stops()))) : slider();
        return Json.cleanMap(Map.of(
                "data", first.get("data"),
                "layout", Json.merge(Json.merge(Theme.layout(), Json.map(first.get("layout"))), controls),
                "frames", frames));
    }

    /** Axes begin anew, because plotly.js would keep the type and the range that it found for another frame. */
    private Map<String, Object> frame(int i, Plot chart) {
        Map<String, Object> layout = chart.layout();
        int room = name.isEmpty() ? ROOM_FOR_BUTTONS : ROOM_FOR_A_SLIDER;
        layout.put("height", Theme.height(layout) + room);
        layout.keySet().removeAll(Set.of("template", "autosize"));
        Set<String> axes = new TreeSet<>(layout.keySet());
        axes.removeIf(key -> !key.matches("[xy]axis\\d*"));
        axes.addAll(List.of("xaxis", "yaxis"));
        for (String axis : axes) {
            Map<String, Object> own = Json.map(layout.get(axis));
            layout.put(axis, Json.merge(Map.of("type", "-", "autorange", !own.containsKey("range")), own));
        }
        var title = Map.of("text", "", "yref", "container", "y", 1, "yanchor", "top", "pad", Map.of("t", 18));
        var roomy = Map.of("title", title, "margin", Map.of("t", Theme.MARGIN + room));
        return Map.of("name", Integer.toString(i), "data", chart.traces(), "layout", Json.merge(roomy, layout));
    }

    /**
     * The same values, each with all the parts that one of them has, because a frame takes nothing away: a trace or an
     * annotation that is not visible, and otherwise an empty text or list, for which plotly.js takes its default. A null
     * would be lost, because kernels leave it out.
     */
    private static List<?> alike(List<?> values) {
        if (all(values, Map.class)) {
            return alikeMaps(values.stream().map(Json::map).toList());
        }
        boolean lists = all(values, List.class);
        List<?> parts = values.stream()
                .flatMap(value -> value instanceof List<?> list ? list.stream() : Stream.empty())
                .toList();
        if (lists && all(parts, Map.class)) {
            int most = values.stream().mapToInt(value -> size(value)).max().orElse(0);
            List<Map<String, Object>> numbered =
                    values.stream().map(value -> numbered(value, most)).toList();
            return alikeMaps(numbered).stream()
                    .map(map -> List.copyOf(map.values()))
                    .toList();
        }
        Object none = lists ? List.of() : "";
        return values.stream().map(value -> value == null ? none : value).toList();
    }

    private static int size(Object list) {
        return list instanceof List<?> parts ? parts.size() : 0;
    }

    /** The maps of a list under their numbers, and then some that are not visible. */
    private static Map<String, Object> numbered(Object list, int most) {
        return IntStream.range(0, most)
                .boxed()
                .collect(Collectors.toMap(
                        i -> Numbers.format("%09d", i),
                        i -> i < size(list) ? ((List<?>) list).get(i) : Map.of("visible", false)));
    }

    private static List<Map<String, Object>> alikeMaps(List<Map<String, Object>> maps) {
        List<Map<String, Object>> alike =
                maps.stream().<Map<String, Object>>map(TreeMap::new).toList();
        Set<String> keys = maps.stream().flatMap(map -> map.keySet().stream()).collect(Collectors.toSet());
        keys.remove("range");
        for (String key : keys) {
            List<?> parts = alike(maps.stream().map(map -> map.get(key)).toList());
            IntStream.range(0, maps.size()).forEach(i -> alike.get(i).put(key, parts.get(i)));
        }
        return alike;
    }

    private static boolean all(List<?> values, Class<?> type) {
        return values.stream().allMatch(value -> value == null || type.isInstance(value));
    }

    private Map<String, Object> slider() {
        var current = Map.of("prefix", name + ": ", "xanchor", "left", "font", Map.of("size", 14));
        var look = Map.of("bgcolor", Theme.GRID, "bordercolor", Theme.GRID, "activebgcolor", Theme.INK);
        var slider = Map.of("active", 0, "len", 0.9, "currentvalue", current, "steps", stops());
        int pace = Math.max(FASTEST, Math.min(SLOWEST, LENGTH / charts.size()));
        var play = control("\u25b6", null, pace, true);
        var pause = control("\u275a\u275a", Arrays.asList((Object) null), 0, false);
        return Map.of(
                "sliders", List.of(Json.merge(Json.merge(placed(0.1, "left"), look), slider)),
                "updatemenus", List.of(menu(0.1, "right", List.of(play, pause))));
    }

    private static Map<String, Object> placed(double x, String side) {
        return Map.of("x", x, "xanchor", side, "y", 1, "yanchor", "bottom", "pad", Map.of("b", 10, "r", 10));
    }

    private Map<String, Object> menu(double x, String side, List<Map<String, Object>> buttons) {
        var more = Map.of("buttons", buttons, "showactive", name.isEmpty());
        return Json.merge(Json.merge(Theme.buttons(), placed(x, side)), more);
    }

    private List<Map<String, Object>> stops() {
        return IntStream.range(0, labels.size())
                .mapToObj(i -> control(labels.get(i), List.of(Integer.toString(i)), 0, true))
                .toList();
    }

    /**
     * Redraws, because plotly.js moves nothing but scatter by itself.
     *
     * @param frames names of frames; null for all of them from the current one on, and a null among them for none
     */
    private static Map<String, Object> control(String label, List<?> frames, int pace, boolean redraw) {
        var how = Map.of(
                "mode",
                "immediate",
                "fromcurrent",
                true,
                "frame",
                Map.of("duration", pace, "redraw", redraw),
                "transition",
                Map.of("duration", 0));
        return Map.of("label", label, "method", "animate", "args", Arrays.asList(frames, how));
    }

    @Override
    public String toString() {
        String all = String.join(", ", new Cut(labels.size(), PRINTED).map(labels::get, "..."));
        return charts.get(0) + (name.isEmpty() ? "; choice of " : "; slider " + name + ": ") + all;
    }
}
