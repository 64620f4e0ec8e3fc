package org.crunet.notebook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tech.tablesaw.plotly.components.Figure;
import tech.tablesaw.plotly.traces.Trace;

/** Tablesaw's figures as charts: Tablesaw writes JavaScript for an old plotly.js, a notebook wants JSON for a new one. */
final class Figures {
    /** Reads JavaScript literals: keys without quotes, single quotes, trailing commas, NaN. */
    private static final ObjectMapper JAVASCRIPT = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES)
            .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
            .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(JsonReadFeature.ALLOW_LEADING_DECIMAL_POINT_FOR_NUMBERS)
            .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
            .build();

    /** Width and height that Tablesaw sets when nobody has: a notebook knows its own width. */
    private static final Set<String> PRESETS = Set.of("800x600", "900x700", "700x450", "1000x800");

    private static final Set<String> MISSING = Set.of("null", "NaN");
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]+(\\.[0-9]+)?([eE]-?[0-9]+)?");

    private static final Pattern TEXT = Pattern.compile("'[^']*+'|\"(?:[^\"\\\\]|\\\\.)*+\"");

    private Figures() {}

    static Chart chart(Figure figure) {
        Chart chart = Chart.empty();
        if (figure.getLayout() != null) {
            chart = chart.layout(layout(literal(figure.getLayout().asJavascript())));
        }
        Trace[] traces = figure.getTraces();
        for (int i = 0; i < traces.length; i++) {
            chart = chart.with(trace(literal(traces[i].asJavascript(i))));
        }
        return chart;
    }

    /** The object literal in {@code var name = {...};}. */
    private static Map<String, Object> literal(String javascript) {
        try {
            String object = javascript.substring(javascript.indexOf('{'));
            return JAVASCRIPT.readValue(
                    backslashesDoubled(object), new TypeReference<LinkedHashMap<String, Object>>() {});
        } catch (JsonProcessingException e) {
            String reason = e.getOriginalMessage();
            throw new IllegalArgumentException("cannot read Tablesaw's figure, use Chart instead: " + reason, e);
        }
    }

    /** Tablesaw escapes texts in double quotes, the data, but not the backslashes in single quotes, the titles. */
    private static String backslashesDoubled(String object) {
        return TEXT.matcher(object)
                .replaceAll(text -> Matcher.quoteReplacement(
                        text.group().startsWith("'") ? text.group().replace("\\", "\\\\") : text.group()));
    }

    private static Map<String, Object> layout(Map<String, Object> layout) {
        if (PRESETS.contains(layout.get("width") + "x" + layout.get("height"))) {
            layout.remove("width");
            layout.remove("height");
        }
        if (layout.containsKey("scene")) {
            layout.putIfAbsent("height", 560);
        }
        return modern(layout);
    }

    private static Map<String, Object> trace(Map<String, Object> trace) {
        trace.replaceAll((key, value) -> Set.of("x", "y", "z").contains(key) ? numbers(value) : value);
        return modern(trace);
    }

    /** Titles as objects instead of text, and characters instead of HTML's names for them. */
    private static Map<String, Object> modern(Map<String, Object> old) {
        Map<String, Object> fresh = new LinkedHashMap<>();
        old.forEach((key, value) -> fresh.put(key, modern(key, value)));
        if (fresh.remove("titlefont") instanceof Map<?, ?> font && fresh.get("title") instanceof Map<?, ?> title) {
            fresh.put("title", Map.of("text", title.get("text"), "font", font));
        }
        return fresh;
    }

    private static Object modern(String key, Object value) {
        if (value instanceof Map<?, ?> map) {
            return modern(Json.cleanMap(map));
        }
        if (value instanceof String text) {
            return key.equals("title") ? Map.of("text", characters(text)) : characters(text);
        }
        return value;
    }

    private static String characters(String html) {
        return html.replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&");
    }

    /** Numbers that Tablesaw wrote as text, as numbers; anything else as it is. */
    private static Object numbers(Object value) {
        if (!(value instanceof List<?> list) || !list.stream().allMatch(Figures::numeric)) {
            return value;
        }
        return list.stream().map(Figures::number).collect(Collectors.toCollection(ArrayList::new));
    }

    private static boolean numeric(Object element) {
        return element instanceof String text
                && (MISSING.contains(text) || NUMBER.matcher(text).matches());
    }

    private static Double number(Object element) {
        return MISSING.contains(element.toString()) ? null : Double.valueOf(element.toString());
    }
}
