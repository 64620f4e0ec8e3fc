package org.crunet.notebook;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * A training's panels side by side as a picture that can change every second. It is SVG, because JupyterLab's renderer
 * for plotly.js draws an output once and ignores its updates; the plotly.js chart takes this picture's place at the end.
 */
final class Sketch {
    private static final int LEFT = 50;
    private static final int PITCH = 370;
    private static final int TOP = 50;
    private static final int WIDTH = 300;
    private static final int HEIGHT = 210;
    private static final int TICKS = 5;

    private final int epochs;

    private Sketch(int epochs) {
        this.epochs = epochs;
    }

    static Output show(String title, int epochs, List<Panel> panels) {
        var sketch = new Sketch(epochs);
        String body = IntStream.range(0, panels.size())
                .mapToObj(i -> sketch.panel(panels.get(i), LEFT + i * PITCH))
                .collect(Collectors.joining("\n"));
        return Output.svg(Numbers.format("""
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 730 320" width="730" height="320" \
                font-family="sans-serif" font-size="12" fill="%s">
                %s
                %s
                </svg>""", Theme.INK, text(LEFT, 20, "start", title), body), title);
    }

    private String panel(Panel panel, int left) {
        double step = step(panel.top());
        double top = Math.ceil(panel.top() / step - 1e-9) * step;
        DoubleUnaryOperator x = value -> left + value / epochs * WIDTH;
        DoubleUnaryOperator y = value -> TOP + HEIGHT - value / top * HEIGHT;
        String curves = IntStream.range(0, panel.lines().size())
                .mapToObj(i -> curve(panel.lines().get(i), i, x, y))
                .collect(Collectors.joining("\n"));
        String key = IntStream.range(0, panel.lines().size())
                .mapToObj(i -> key(panel.lines().get(i).name(), i, left + 100 + i * 100))
                .collect(Collectors.joining("\n"));
        return String.join("\n", rows(top, step, left, y), columns(x), label(panel, left), curves, key);
    }

    private static String rows(double top, double step, int left, DoubleUnaryOperator y) {
        return DoubleStream.iterate(0, v -> v <= top + step / 2, v -> v + step)
                .mapToObj(v -> grid(left, y.applyAsDouble(v), left + WIDTH, y.applyAsDouble(v))
                        + text(left - 6, y.applyAsDouble(v) + 4, "end", number(v)))
                .collect(Collectors.joining("\n"));
    }

    private String columns(DoubleUnaryOperator x) {
        double step = Math.max(1, step(epochs));
        return DoubleStream.iterate(0, v -> v <= epochs, v -> v + step)
                .mapToObj(v -> grid(x.applyAsDouble(v), TOP, x.applyAsDouble(v), TOP + HEIGHT)
                        + text(x.applyAsDouble(v), TOP + HEIGHT + 18, "middle", number(v)))
                .collect(Collectors.joining("\n"));
    }

    private static String label(Panel panel, int left) {
        return text(left, TOP - 10, "start", panel.measure())
                + text(left + WIDTH / 2.0, TOP + HEIGHT + 38, "middle", "epoch");
    }

    private static String curve(Panel.Line line, int i, DoubleUnaryOperator x, DoubleUnaryOperator y) {
        List<String> places = line.points()
                .map(point -> Numbers.format("%.1f,%.1f", x.applyAsDouble(point[0]), y.applyAsDouble(point[1])))
                .toList();
        String marks = places.stream()
                .filter(place -> line.marked())
                .map(place -> Numbers.format(
                        "<circle cx=\"%s\" cy=\"%s\" r=\"4\" fill=\"%s\"/>",
                        place.split(",")[0], place.split(",")[1], Theme.colour(i)))
                .collect(Collectors.joining());
        return Numbers.format("<polyline points=\"%s\" %s/>", String.join(" ", places), stroke(i)) + marks;
    }

    private static String key(String name, int i, int left) {
        String line =
                Numbers.format("<polyline points=\"%d,%d %d,%d\" %s/>", left, TOP - 14, left + 24, TOP - 14, stroke(i));
        return line + text(left + 30, TOP - 10, "start", name);
    }

    private static String stroke(int i) {
        String dash = i == 0 ? "" : " stroke-dasharray=\"7 5\"";
        return Numbers.format("fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s", Theme.colour(i), dash);
    }

    private static String grid(double x1, double y1, double x2, double y2) {
        return Numbers.format(
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-opacity=\"0.3\"/>",
                x1, y1, x2, y2, Theme.INK);
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
        return BigDecimal.valueOf(value)
                .round(new MathContext(6))
                .stripTrailingZeros()
                .toPlainString();
    }
}
