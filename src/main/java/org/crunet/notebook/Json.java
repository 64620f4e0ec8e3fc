package org.crunet.notebook;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Maps and lists that become JSON: no NaN, no infinity, and only the collections every JSON writer accepts. */
final class Json {
    private static final int DIGITS = 8;
    private static final int ALONE = 15;

    private Json() {}

    /** A copy with the same content in plain collections; what JSON cannot say becomes null. */
    static Object clean(Object value) {
        return clean(value, 0);
    }

    /** Of the numbers in a list within a list, the range of all counts. */
    private static Object clean(Object value, double range) {
        if (value instanceof Map<?, ?> map) {
            return cleanMap(map);
        }
        if (value instanceof Iterable<?> list) {
            double whole = range > 0 ? range : range(list);
            List<Object> copy = new ArrayList<>();
            list.forEach(element -> copy.add(clean(element, whole)));
            return copy;
        }
        if (value != null && value.getClass().isArray()) {
            List<Object> list = new ArrayList<>();
            IntStream.range(0, Array.getLength(value)).forEach(i -> list.add(Array.get(value, i)));
            return clean(list, range);
        }
        if (value instanceof Double || value instanceof Float) {
            return number(Double.parseDouble(value.toString()), range);
        }
        return value == null || value instanceof Number || value instanceof Boolean ? value : value.toString();
    }

    private static double range(Iterable<?> list) {
        List<Object> all = new ArrayList<>();
        list.forEach(all::add);
        var ends = Scales.numbers(all).filter(Double::isFinite).summaryStatistics();
        return ends.getCount() == 0 ? 0 : ends.getMax() - ends.getMin();
    }

    /** Sorted, so that the same chart is the same text every time it is saved. */
    static Map<String, Object> cleanMap(Map<?, ?> map) {
        Map<String, Object> copy = new TreeMap<>();
        map.forEach((key, element) -> copy.put(key.toString(), clean(element)));
        return copy;
    }

    /**
     * Whole numbers as they are, and eight digits of a fraction, or of the range that it is in if that is finer: more than a screen
     * can show, and a notebook is smaller. What stands alone has all its digits but those that only a computer sees.
     */
    private static Double number(double value, double range) {
        if (!Double.isFinite(value)) {
            return null;
        }
        if (value == Math.rint(value)) {
            return value + 0.0; // no -0
        }
        BigDecimal exact = new BigDecimal(value);
        if (range == 0) {
            return exact.round(new MathContext(ALONE)).doubleValue();
        }
        int decimals = DIGITS - 1 - (int) Math.floor(Math.log10(Math.min(range, Math.abs(value))));
        return exact.setScale(decimals, RoundingMode.HALF_UP).doubleValue();
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
