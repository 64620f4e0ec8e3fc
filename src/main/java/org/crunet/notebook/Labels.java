package org.crunet.notebook;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Names as plotly.js draws them: not as numbers, dates or HTML, and no longer than there is room for. */
final class Labels {
    private static final int LETTERS = 30;
    private static final int ENDING = 9;
    /** Up to how many long names stand at an axis. */
    private static final int TICKS = 24;

    private Labels() {}

    /** Text that plotly.js takes for no link and no entity. */
    static String plain(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    /** The beginning and the end of a long name, plain. */
    static String cut(String name) {
        int begin = LETTERS - ENDING - 1;
        boolean fits = name.length() <= LETTERS;
        return plain(fits ? name : name.substring(0, begin) + Grid.GAP + name.substring(name.length() - ENDING));
    }

    /** The name of a trace; a long one is whole under the mouse. */
    static Map<String, Object> trace(String name) {
        Map<String, Object> named = Map.of("name", cut(name));
        return name.length() <= LETTERS ? named : Json.merge(named, Map.of("hovertext", plain(name)));
    }

    /** An axis of names; the mouse tells those that are long, and those that are left out among many long ones. */
    static Map<String, Object> axis(List<String> names) {
        Map<String, Object> axis = Map.of("type", "category");
        if (names.stream().allMatch(name -> name.length() <= LETTERS)) {
            return axis;
        }
        int step = (names.size() + TICKS - 1) / TICKS;
        List<String> shown = IntStream.iterate(0, i -> i < names.size(), i -> i + step)
                .mapToObj(names::get)
                .toList();
        List<String> places = shown.stream().map(Labels::plain).toList();
        List<String> texts = shown.stream().map(Labels::cut).toList();
        return Json.merge(axis, Map.of("tickmode", "array", "tickvals", places, "ticktext", texts));
    }
}
