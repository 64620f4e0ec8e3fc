package org.crunet.notebook;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The slider below a chart and its buttons, which show the chart's frames.
 *
 * @param steps what there is to show
 */
record Film(Steps steps) {
    private static final double LEFT = 0.1;
    private static final int HEIGHT = 90;
    private static final int TO_THE_BUTTONS = 22;
    private static final int LETTER = 6;

    /** Width of texts that stand beside one another, and how many find room when they are slanted. */
    private static final int ROW = 600;

    private static final int SLANTED = 12;
    private static final Map<String, Object> TITLE = Map.of("title", Map.of("standoff", 8));

    /** All of a film in milliseconds, and the bounds of one frame. */
    private static final int LENGTH = 8000;

    private static final int FASTEST = 100;
    private static final int SLOWEST = 800;

    static String name(int i) {
        return Integer.toString(i);
    }

    /** The changes to a layout that make room for the slider below the texts of the horizontal axis, and fill it. */
    Map<String, Object> below(Map<String, Object> layout, List<String> labels) {
        var axis = layout.get("xaxis") instanceof Map<?, ?> map ? map : Map.of();
        int angle = angle(axis, labels);
        int texts = height(axis, labels, angle);
        return Map.of(
                "xaxis",
                angle == 0 ? TITLE : Json.merge(TITLE, Map.of("tickangle", angle)),
                "height",
                Theme.height(layout) + HEIGHT + texts - Theme.MARGIN,
                "sliders",
                List.of(Json.merge(slider(), placed("left", texts, "b", 0))),
                "updatemenus",
                List.of(Json.merge(buttons(), placed("right", texts + TO_THE_BUTTONS, "r", 10))));
    }

    /** How texts along the axis are turned: as wanted, or as plotly.js would, but the same in a window of any width. */
    private static int angle(Map<?, ?> axis, List<String> labels) {
        if (axis.get("tickangle") instanceof Number wanted) {
            return wanted.intValue();
        }
        boolean tooLong = longest(labels) * labels.size() > ROW;
        return !tooLong ? 0 : labels.size() <= SLANTED ? 30 : 90;
    }

    private static int longest(List<String> labels) {
        return LETTER * labels.stream().mapToInt(String::length).max().orElse(0);
    }

    /** Height of the numbers, or texts, along an axis and of its title. */
    private static int height(Map<?, ?> axis, List<String> labels, int angle) {
        if (Boolean.FALSE.equals(axis.get("visible"))) {
            return 10;
        }
        boolean titled = axis.get("title") instanceof Map<?, ?> title
                && title.get("text") instanceof String text
                && !text.isEmpty();
        double turned = longest(labels) * Math.abs(Math.sin(Math.toRadians(angle)));
        return 30 + (titled ? 24 : 0) + (int) turned;
    }

    private static Map<String, Object> placed(String anchor, int above, String side, int beside) {
        return Map.of("x", LEFT, "xanchor", anchor, "y", 0, "yanchor", "top", "pad", Map.of("t", above, side, beside));
    }

    private Map<String, Object> slider() {
        var current = Map.of("prefix", steps.name() + ": ", "xanchor", "left", "font", Map.of("size", 14));
        var stops = IntStream.range(0, steps.size()).mapToObj(this::stop).toList();
        var look = Map.of(
                "bgcolor", Theme.GRID, "bordercolor", Theme.GRID, "activebgcolor", Theme.INK, "tickcolor", Theme.INK);
        return Json.merge(look, Map.of("active", 0, "len", 1 - LEFT, "currentvalue", current, "steps", stops));
    }

    private Map<String, Object> stop(int i) {
        return button(steps.labels().get(i), List.of(name(i)), at(0, true));
    }

    private Map<String, Object> buttons() {
        int pace = Math.max(FASTEST, Math.min(SLOWEST, LENGTH / steps.size()));
        var play = button("\u25b6", null, Json.merge(at(pace, true), Map.of("fromcurrent", true)));
        var pause = button("\u275a\u275a", Arrays.asList((Object) null), at(0, false));
        return Json.merge(Theme.buttons(), Map.of("showactive", false, "buttons", List.of(play, pause)));
    }

    /** @param frames names of frames; null for all of them, and a null among them for none */
    private static Map<String, Object> button(String label, List<?> frames, Map<String, Object> how) {
        return Map.of("label", label, "method", "animate", "args", Arrays.asList(frames, how));
    }

    /** Redrawn, because plotly.js moves nothing but scatter by itself. */
    private static Map<String, Object> at(int pace, boolean redraw) {
        return Map.of(
                "mode",
                "immediate",
                "frame",
                Map.of("duration", pace, "redraw", redraw),
                "transition",
                Map.of("duration", 0));
    }
}
