package org.crunet.notebook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tech.tablesaw.plotly.components.Figure;
import tech.tablesaw.plotly.components.Layout;
import tech.tablesaw.plotly.traces.Trace;

/** Tablesaw's figures as charts: Tablesaw writes JavaScript for an old plotly.js, a notebook wants JSON for a new one. */
final class Figures {
    private static final JsonMapper JAVASCRIPT = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES, JsonReadFeature.ALLOW_SINGLE_QUOTES)
            .enable(JsonReadFeature.ALLOW_TRAILING_COMMA, JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(JsonReadFeature.ALLOW_LEADING_DECIMAL_POINT_FOR_NUMBERS)
            .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
            .build();

    /** Width and height that Tablesaw sets when nobody has: a notebook knows its own width. */
    private static final Set<String> PRESETS = Set.of("800x600", "900x700", "700x450", "1000x800");

    private static final Pattern NUMBER = Pattern.compile("-?[0-9]+(\\.[0-9]+)?([eE]-?[0-9]+)?|NaN|null");
    private static final Pattern TEXT = Pattern.compile("'[^']*+'|\"(?:[^\"\\\\]|\\\\.)*+\"");

    private Figures() {}

    static Chart chart(Figure figure) {
        Layout layout = figure.getLayout();
        Chart chart = Chart.empty().layout(layout == null ? Map.of() : layout(layout.asJavascript()));
        Trace[] traces = figure.getTraces();
        for (int i = 0; i < traces.length; i++) {
            Map<String, Object> trace = object(traces[i].asJavascript(i));
            trace.replaceAll((key, value) -> Set.of("x", "y", "z").contains(key) ? numbers(value) : value);
            chart = chart.with(trace);
        }
        return chart;
    }

    private static Map<String, Object> layout(String javascript) {
        Map<String, Object> layout = object(javascript);
        if (PRESETS.contains(layout.get("width") + "x" + layout.get("height"))) {
            layout.keySet().removeAll(Set.of("width", "height"));
        }
        if (layout.containsKey("scene")) {
            layout.putIfAbsent("height", 560);
        }
        return layout;
    }

    /** What is in {@code var name = {...};}. Tablesaw escapes backslashes in double quotes, the data, but not in single quotes. */
    private static Map<String, Object> object(String javascript) {
        String object = TEXT.matcher(javascript.substring(javascript.indexOf('{')))
                .replaceAll(text -> Matcher.quoteReplacement(
                        text.group().startsWith("'") ? text.group().replace("\\", "\\\\") : text.group()));
        try {
            return modern(JAVASCRIPT.readValue(object, new TypeReference<TreeMap<String, Object>>() {}));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("cannot read Tablesaw's figure: use Chart instead", e);
        }
    }

    /** Titles as objects instead of text, and characters instead of HTML's names for them. */
    private static Map<String, Object> modern(Map<String, Object> old) {
        Map<String, Object> fresh = new TreeMap<>(old);
        fresh.replaceAll((key, value) -> value instanceof Map<?, ?> ? modern(Json.map(value)) : value);
        fresh.replaceAll((key, value) -> value instanceof String text ? Html.unescape(text) : value);
        Object font = fresh.remove("titlefont");
        if (fresh.get("title") instanceof String title) {
            fresh.put("title", font == null ? Map.of("text", title) : Map.of("text", title, "font", font));
        }
        return fresh;
    }

    /** Numbers that Tablesaw wrote as text, as numbers; anything else as it is. */
    private static Object numbers(Object value) {
        List<?> all = value instanceof List<?> list ? list : List.of("none");
        boolean numeric = all.stream()
                .allMatch(one ->
                        one instanceof String text && NUMBER.matcher(text).matches());
        Function<Object, Object> number = one -> Double.valueOf(one.toString().replace("null", "NaN"));
        return numeric ? all.stream().map(number).toList() : value;
    }
}
