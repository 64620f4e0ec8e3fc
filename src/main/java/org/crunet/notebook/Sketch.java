package org.crunet.notebook;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The chart of a training as a picture that can change every second. It is SVG, because JupyterLab's renderer for plotly.js
 * draws an output once and ignores its updates; the plotly.js chart takes this picture's place at the end.
 */
final class Sketch {
    private static final int LEFT = 50;
    private static final int PITCH = 370;
    private static final int TOP = 50;
    private static final int WIDTH = 300;
    private static final int HEIGHT = 210;
    private static final int TICKS = 5;

    private Sketch() {}

    static Output of(Plot chart) {
        String title = text(chart.layout().get("title"));
        String body = panel(chart, "x", "xaxis", "yaxis", LEFT) + panel(chart, "x2", "xaxis2", "yaxis2", LEFT + PITCH);
        String svg = Numbers.format("""
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 730 320" width="730" height="320" \
                font-family="sans-serif" font-size="12" fill="%s">
                %s
                %s
                </svg>""", Theme.INK, text(LEFT, 20, "start", title), body);
        return Output.drawing(svg, title, "");
    }

    private static String text(Object title) {
        return Json.map(title).get("text").toString();
    }

    private static String panel(Plot chart, String place, String across, String up, int left) {
        Map<String, Object> horizontal = Json.map(chart.layout().get(across));
        Map<String, Object> vertical = Json.map(chart.layout().get(up));
        double epochs = end(horizontal);
        double step = step(end(vertical));
        double top = Math.ceil(end(vertical) / step - 1e-9) * step;
        DoubleUnaryOperator x = value -> left + value / epochs * WIDTH;
        DoubleUnaryOperator y = value -> TOP + HEIGHT - value / top * HEIGHT;
        List<Map<String, Object>> traces = chart.traces().stream()
                .filter(trace -> trace.get("xaxis").equals(place))
                .toList();
        String curves = IntStream.range(0, traces.size())
                .mapToObj(i -> curve(traces.get(i), i, x, y) + key(traces.get(i), i, left + 100 + i * 100))
                .collect(Collectors.joining());
        String names = text(left, TOP - 10, "start", text(vertical.get("title")))
                + text(left + WIDTH / 2.0, TOP + HEIGHT + 38, "middle", text(horizontal.get("title")));
        return rows(top, step, left, y) + columns(epochs, x) + names + curves;
    }

    private static double end(Map<String, Object> axis) {
        return ((Number) ((List<?>) axis.get("range")).get(1)).doubleValue();
    }

    private static String rows(double top, double step, int left, DoubleUnaryOperator y) {
        return DoubleStream.iterate(0, v -> v <= top + step / 2, v -> v + step)
                .mapToObj(v -> grid(left, y.applyAsDouble(v), left + WIDTH, y.applyAsDouble(v))
                        + text(left - 6, y.applyAsDouble(v) + 4, "end", number(v)))
                .collect(Collectors.joining("\n"));
    }

    private static String columns(double epochs, DoubleUnaryOperator x) {
        double step = Math.max(1, step(epochs));
        return DoubleStream.iterate(0, v -> v <= epochs, v -> v + step)
                .mapToObj(v -> grid(x.applyAsDouble(v), TOP, x.applyAsDouble(v), TOP + HEIGHT)
                        + text(x.applyAsDouble(v), TOP + HEIGHT + 18, "middle", number(v)))
                .collect(Collectors.joining("\n"));
    }

    private static String curve(Map<String, Object> trace, int i, DoubleUnaryOperator x, DoubleUnaryOperator y) {
        List<?> xs = (List<?>) trace.get("x");
        List<?> ys = (List<?>) trace.get("y");
        var line = new StringJoiner(" ");
        var marks = new StringBuilder();
        for (int n = 0; n < xs.size(); n++) {
            if (ys.get(n) instanceof Double value) {
                double across = x.applyAsDouble((Double) xs.get(n));
                double down = y.applyAsDouble(value);
                line.add(Numbers.format("%.1f,%.1f", across, down));
                marks.append(Numbers.format(
                        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>", across, down, Theme.colour(i)));
            }
        }
        boolean marked = trace.get("mode").equals("lines+markers");
        return Numbers.format("<polyline points=\"%s\" %s/>%n", line, stroke(i)) + (marked ? marks : "");
    }

    private static String key(Map<String, Object> trace, int i, int left) {
        String line =
                Numbers.format("<polyline points=\"%d,%d %d,%d\" %s/>", left, TOP - 14, left + 24, TOP - 14, stroke(i));
        return line + text(left + 30, TOP - 10, "start", trace.get("name").toString());
    }

    private static String stroke(int i) {
        String dash = i == 0 ? "" : " stroke-dasharray=\"7 5\"";
        return Numbers.format("fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s", Theme.colour(i), dash);
    }

    private static String grid(double x1, double y1, double x2, double y2) {
        String ends = Numbers.format("x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"", x1, y1, x2, y2);
        return "<line " + ends + " stroke=\"" + Theme.INK + "\" stroke-opacity=\"0.3\"/>";
    }

    private static String text(double x, double y, String anchor, String text) {
        return Numbers.format(
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", x, y, anchor, Html.escape(text));
    }

    /** A round distance, 1, 2 or 5 times a power of ten, for about five lines up to the top. */
    static double step(double top) {
        double power = Math.pow(10, Math.floor(Math.log10(top / TICKS)));
        return DoubleStream.of(1, 2, 5, 10)
                .map(factor -> factor * power)
                .filter(step -> step >= top / TICKS * 0.999)
                .findFirst()
                .orElse(10 * power);
    }

    private static String number(double value) {
        BigDecimal rounded = BigDecimal.valueOf(value).round(new MathContext(6));
        return rounded.stripTrailingZeros().toPlainString();
    }
}
