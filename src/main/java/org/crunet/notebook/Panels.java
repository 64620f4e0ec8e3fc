package org.crunet.notebook;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.crunet.training.Epoch;
import org.crunet.training.History;
import org.crunet.training.Step;

/**
 * What is drawn of a training: its loss beside its accuracy, each by step for training and by epoch for validation.
 *
 * @param title what is trained on what
 * @param epochs number of epochs it is meant to have
 * @param all the panels, left to right
 */
record Panels(String title, int epochs, List<Panel> all) {
    private static final double WIDTH = 0.46;

    static Panels of(String title, int epochs, Curve steps, History history) {
        List<Epoch> before =
                history.epochs().stream().filter(steps::beginsAfter).toList();
        Panel loss = new Panel(
                "loss",
                0,
                List.of(
                        training(before, Epoch::trainLoss, steps, Step::loss),
                        validation(history.epochs(), Epoch::validationLoss)));
        Panel top1 = new Panel(
                "top-1",
                1,
                List.of(
                        training(before, Epoch::trainTop1, steps, Step::top1),
                        validation(history.epochs(), Epoch::validationTop1)));
        return new Panels(title, epochs, List.of(loss, top1));
    }

    /** Of what a training that was resumed has behind it, a point at the end of each epoch. */
    private static Panel.Line training(
            List<Epoch> before, Function<Epoch, Double> mean, Curve steps, Function<Step, Double> value) {
        List<Double> x = steps.values(step -> step.epoch() - 1 + (double) step.step() / step.steps());
        return new Panel.Line(
                "training",
                false,
                joined(values(before, Panels::end), x),
                joined(values(before, mean), steps.values(value)));
    }

    private static Panel.Line validation(List<Epoch> epochs, Function<Epoch, Double> value) {
        return new Panel.Line("validation", true, values(epochs, Panels::end), values(epochs, value));
    }

    private static double end(Epoch epoch) {
        return epoch.epoch();
    }

    private static List<Double> joined(List<Double> first, List<Double> then) {
        return Stream.concat(first.stream(), then.stream()).toList();
    }

    private static List<Double> values(List<Epoch> epochs, Function<Epoch, Double> value) {
        return epochs.stream().map(value).toList();
    }

    /** The moving picture. */
    Output sketch() {
        return Sketch.show(title, epochs, all);
    }

    /** The chart that stays. */
    Chart chart() {
        Chart chart = Chart.empty().layout(layout());
        for (int i = 0; i < all.size(); i++) {
            chart = chart.layout(axes(all.get(i), i));
            for (int line = 0; line < all.get(i).lines().size(); line++) {
                chart = chart.with(trace(all.get(i).lines().get(line), line, i));
            }
        }
        return chart;
    }

    private Map<String, Object> layout() {
        var heading = Theme.heading(title);
        var legend = Map.of("orientation", "h", "x", 1, "xanchor", "right", "y", 1.02, "yanchor", "bottom");
        return Map.of("title", heading, "height", 320, "legend", legend);
    }

    private Map<String, Object> axes(Panel panel, int i) {
        double left = i * (1 - WIDTH);
        double top = panel.limit() > 0 ? panel.limit() : 1.05 * panel.top();
        var x = axis("epoch", epochs, number("y", i));
        var y = axis(panel.measure(), top, number("x", i));
        var side = Map.of("domain", List.of(left, left + WIDTH));
        return Map.of(number("xaxis", i), Json.merge(x, side), number("yaxis", i), y);
    }

    private static Map<String, Object> axis(String name, double end, String anchor) {
        return Map.of("title", Map.of("text", name), "range", List.of(0, end), "anchor", anchor);
    }

    /** The panels share one legend: a click hides a curve in all of them. */
    private static Map<String, Object> trace(Panel.Line line, int style, int panel) {
        var points = Map.of("type", "scatter", "name", line.name(), "x", line.x(), "y", line.y());
        var place = Map.of("xaxis", number("x", panel), "yaxis", number("y", panel), "cliponaxis", false);
        var legend = Map.of("legendgroup", line.name(), "showlegend", panel == 0);
        var mode = Map.of("mode", line.marked() ? "lines+markers" : "lines");
        var look = Map.of("line", Theme.line(style), "marker", Theme.marker(style));
        return Stream.of(points, place, legend, mode, look).reduce(Map.of(), Json::merge, Json::merge);
    }

    /** How plotly.js numbers axes: x, x2, x3. */
    static String number(String axis, int i) {
        return i == 0 ? axis : axis + (i + 1);
    }
}
