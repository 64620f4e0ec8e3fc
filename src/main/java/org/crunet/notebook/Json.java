package org.crunet.notebook;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Maps and lists that become JSON: no NaN, no infinity, and only the collections every JSON writer accepts. */
final class Json {
    private Json() {}

    /** A copy with the same content in plain collections; what JSON cannot say becomes null. */
    static Object clean(Object value) {
        if (value instanceof Map<?, ?> map) {
            return cleanMap(map);
        }
        if (value instanceof Iterable<?> list) {
            List<Object> copy = new ArrayList<>();
            list.forEach(element -> copy.add(clean(element)));
            return copy;
        }
        if (value != null && value.getClass().isArray()) {
            return IntStream.range(0, Array.getLength(value))
                    .mapToObj(i -> clean(Array.get(value, i)))
                    .toList();
        }
        if (value instanceof Double || value instanceof Float) {
            return number(((Number) value).doubleValue());
        }
        return value == null || value instanceof Number || value instanceof Boolean ? value : value.toString();
    }

    /** Sorted, so that the same chart is the same text every time it is saved. */
    static Map<String, Object> cleanMap(Map<?, ?> map) {
        Map<String, Object> copy = new TreeMap<>();
        map.forEach((key, element) -> copy.put(key.toString(), clean(element)));
        return copy;
    }

    /** Eight digits are more than a screen can show, and keep a notebook small. */
    private static Double number(double value) {
        return Double.isFinite(value)
                ? new BigDecimal(value).round(new MathContext(8)).doubleValue()
                : null;
    }

    /** What is a map, or nothing, as a map. */
    @SuppressWarnings("unchecked")
    static Map<String, Object> map(Object value) {
        return value == null ? Map.of() : (Map<String, Object>) value;
    }

    /** Maps laid over one another, map by map: what a later one says wins. */
    @SafeVarargs
    static Map<String, Object> merge(Map<String, ?>... maps) {
        Map<String, Object> merged = new LinkedHashMap<>();
        for (Map<String, ?> over : maps) {
            over.forEach((key, value) -> merged.put(key, mergeValues(merged.get(key), value)));
        }
        return merged;
    }

    private static Object mergeValues(Object under, Object over) {
        return under instanceof Map && over instanceof Map ? merge(map(under), map(over)) : over;
    }
}
