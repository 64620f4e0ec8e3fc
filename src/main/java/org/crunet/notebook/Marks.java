package org.crunet.notebook;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Annotations, shapes and pictures in the layouts of frames: a frame of plotly.js takes none away, it can only hide. */
final class Marks {
    private static final List<String> LISTS = List.of("annotations", "shapes", "images");
    private static final Map<String, Object> HIDDEN = Map.of("visible", false);
    private static final Map<String, Object> SEEN = Map.of("visible", true);

    private Marks() {}

    /** The same layouts, all with as many marks of a kind as the one with most. */
    static List<Map<String, Object>> evened(List<Map<String, Object>> layouts) {
        List<Map<String, Object>> evened = layouts;
        for (String kind : LISTS) {
            int most = layouts.stream()
                    .mapToInt(layout -> marks(layout, kind).size())
                    .max()
                    .orElse(0);
            boolean same =
                    layouts.stream().allMatch(layout -> marks(layout, kind).size() == most);
            if (!same) {
                evened = evened.stream()
                        .map(layout -> evened(layout, kind, most))
                        .toList();
            }
        }
        return evened;
    }

    private static List<?> marks(Map<String, Object> layout, String kind) {
        return layout.get(kind) instanceof List<?> marks ? marks : List.of();
    }

    private static Map<String, Object> evened(Map<String, Object> layout, String kind, int most) {
        List<Object> marks = new ArrayList<>();
        marks(layout, kind).forEach(mark -> marks.add(Json.merge(SEEN, Json.cleanMap((Map<?, ?>) mark))));
        Stream.generate(() -> HIDDEN).limit(most - marks.size()).forEach(marks::add);
        return Json.merge(layout, Map.of(kind, marks));
    }
}
