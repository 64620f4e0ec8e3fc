package org.crunet.notebook;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What the parts of several charts do not have in common, in plotly.js's two ways to say it. */
final class Variation {
    private Variation() {}

    /**
     * For each map, what is not the same in all. What a map lacks and another has is an empty text or list, for which
     * plotly.js takes its default; a null would be lost, because kernels leave it out.
     */
    static List<Map<String, Object>> of(List<Map<String, Object>> maps) {
        List<Map<String, Object>> variations = Stream.<Map<String, Object>>generate(TreeMap::new)
                .limit(maps.size())
                .toList();
        var keys = new TreeSet<String>();
        maps.forEach(map -> keys.addAll(map.keySet()));
        for (String key : keys) {
            List<?> values = of(maps, key);
            for (int i = 0; i < values.size(); i++) {
                variations.get(i).put(key, values.get(i));
            }
        }
        return variations;
    }

    /** One value for each map; none if they are the same. */
    private static List<?> of(List<Map<String, Object>> maps, String key) {
        List<Object> values = maps.stream().map(map -> map.get(key)).toList();
        if (values.stream().distinct().count() == 1) {
            return List.of();
        }
        boolean nested = values.stream().allMatch(value -> value == null || value instanceof Map);
        if (nested) {
            return of(values.stream().map(Variation::map).toList());
        }
        Object none = values.stream().anyMatch(List.class::isInstance) ? List.of() : "";
        return values.stream().map(value -> value == null ? none : value).toList();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object value) {
        return (Map<String, Object>) Objects.requireNonNullElse(value, Map.of());
    }

    /** A map of maps as one map, its keys in the form {@code xaxis.title.text}. */
    static Map<String, Object> paths(Map<String, Object> nested) {
        Map<String, Object> paths = new LinkedHashMap<>();
        nested.forEach((key, value) -> {
            if (value instanceof Map) {
                paths(map(value)).forEach((rest, leaf) -> paths.put(key + "." + rest, leaf));
            } else {
                paths.put(key, value);
            }
        });
        return paths;
    }
}
