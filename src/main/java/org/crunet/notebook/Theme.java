package org.crunet.notebook;

import java.util.List;
import java.util.Map;

/** How charts look on white and on dark paper alike. */
final class Theme {
    /** Told apart also with colour blindness, and with a contrast of at least 3 to white and to {@code #111111}. */
    static final List<String> COLOURS =
            List.of("#0f7fc2", "#d55e00", "#009272", "#b0659a", "#9a7800", "#7c7c7c", "#a14fd0", "#c0506a");

    static final String INK = "#7a7a7a";
    static final String GRID = "rgba(128, 128, 128, 0.3)";
    static final int HEIGHT = 380;
    static final int MARGIN = 50;
    private static final double GAP = 0.08;
    private static final String CLEAR = "rgba(0, 0, 0, 0)";

    /** Below zero, zero and above, told apart also with colour blindness. */
    static final List<List<Object>> DIVERGING = List.of(
            List.of(0, "#073b5c"),
            List.of(0.25, "#0f7fc2"),
            List.of(0.5, "#f5f5f5"),
            List.of(0.75, "#d55e00"),
            List.of(1, "#6b2c00"));

    private static final List<String> DASHES = List.of("solid", "dash", "dot", "dashdot", "longdash");
    private static final List<String> MARKERS =
            List.of("circle", "diamond", "square", "cross", "triangle-up", "x", "star", "hexagon");

    /** For when all are used up. */
    private static final List<String> VARIANTS = List.of("", "-open", "-dot", "-open-dot");

    private Theme() {}

    static String colour(int i) {
        return COLOURS.get(i % COLOURS.size());
    }

    static Map<String, Object> line(int i) {
        return Map.of("color", colour(i), "width", 2, "dash", DASHES.get(i % DASHES.size()));
    }

    static Map<String, Object> marker(int i) {
        String variant = VARIANTS.get(i / MARKERS.size() % VARIANTS.size());
        return Map.of("color", colour(i), "size", 6, "symbol", MARKERS.get(i % MARKERS.size()) + variant);
    }

    /** A title at the left, clear of plotly.js's buttons at the right. */
    static Map<String, Object> heading(String text) {
        return Map.of("text", text, "font", Map.of("size", 14), "x", 0, "xref", "paper");
    }

    /** What every chart starts with; the colours are in a template, which holds for all axes a chart may have. */
    static Map<String, Object> layout() {
        return Map.of("autosize", true, "height", HEIGHT, "template", Map.of("layout", template()));
    }

    /** How high a chart is. */
    static int height(Map<String, Object> layout) {
        return layout.get("height") instanceof Number number ? number.intValue() : HEIGHT;
    }

    /** A picture at the left, below its title, in its own proportions and without axes. */
    static Map<String, Object> picture() {
        var x = Map.of("visible", false, "constrain", "domain", "constraintoward", "left");
        var y = Json.merge(x, Map.of("constraintoward", "top", "scaleanchor", "x", "autorange", "reversed"));
        return Map.of("xaxis", x, "yaxis", y, "margin", Map.of("l", 20, "b", 20));
    }

    /** The axes of one of some panels side by side. */
    static Map<String, Object> panel(int i, int panels, Map<String, ?> x, Map<String, ?> y) {
        double width = (1 - GAP * (panels - 1)) / panels;
        double left = i * (width + GAP);
        var place = Map.of("domain", List.of(left, left + width), "anchor", number("y", i));
        return Map.of(
                number("xaxis", i), Json.merge(x, place),
                number("yaxis", i), Json.merge(y, Map.of("anchor", number("x", i))));
    }

    /** A trace in a panel; all panels have one legend, in which a click hides a curve in all of them. */
    static Map<String, Object> inPanel(int i, String group, Map<String, Object> trace) {
        var legend = Map.of("legendgroup", group, "showlegend", i == 0);
        return Json.merge(legend, Map.of("xaxis", number("x", i), "yaxis", number("y", i)), trace);
    }

    /** How plotly.js numbers axes: x, x2, x3. */
    private static String number(String axis, int i) {
        return i == 0 ? axis : axis + (i + 1);
    }

    static Map<String, Object> title(String text) {
        return Map.of("title", Map.of("text", text));
    }

    /** A row of buttons; the one that is active plotly.js makes white. */
    static Map<String, Object> buttons() {
        var colours = Map.of("bgcolor", "rgba(128, 128, 128, 0.12)", "bordercolor", GRID);
        return Json.merge(Map.of("type", "buttons", "direction", "right"), colours);
    }

    /** Text is no number; titles of axes stand off, because plotly.js would write them over labels that are long. */
    private static Map<String, Object> template() {
        return Map.of(
                "autotypenumbers", "strict",
                "paper_bgcolor", CLEAR,
                "plot_bgcolor", CLEAR,
                "font", Map.of("color", INK),
                "colorway", COLOURS,
                "margin", Map.of("l", 60, "r", 20, "t", MARGIN, "b", MARGIN),
                "legend", Map.of("bgcolor", CLEAR),
                "xaxis", axis(),
                "yaxis", axis());
    }

    private static Map<String, Object> axis() {
        var title = Map.of("standoff", 12);
        return Map.of("gridcolor", GRID, "zerolinecolor", GRID, "linecolor", INK, "automargin", true, "title", title);
    }
}
