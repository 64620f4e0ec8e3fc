package org.crunet.notebook;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.crunet.training.Epoch;
import org.crunet.training.History;
import org.crunet.training.Step;

/**
 * The chart of a training: its loss beside its accuracy, each by step for training and by epoch for validation, and beside
 * them the recipe's metrics by epoch.
 */
final class Panels {
    private static final List<Measure> MEASURES = List.of(
            new Measure("loss", false, Step::loss, Epoch::trainLoss, Epoch::validationLoss),
            new Measure("top-1", true, Step::top1, Epoch::trainTop1, Epoch::validationTop1));

    private Panels() {}

    /** What is measured of a step and of an epoch. */
    private record Measure(
            String name,
            boolean fraction,
            Function<Step, Double> step,
            Function<Epoch, Double> training,
            Function<Epoch, Double> validation) {

        /** The upper end of the axis of some values. */
        double top(Stream<Double> values) {
            double largest = values.filter(Double::isFinite).reduce(0.0, Math::max);
            return fraction || largest == 0 ? 1 : 1.05 * largest;
        }
    }

    /** Draws all the epochs that a training is meant to have, and so much of them as is done. */
    static Plot of(String title, int epochs, Curve steps, History history) {
        var legend = Map.of("orientation", "h", "x", 1, "xanchor", "right", "y", 1.02, "yanchor", "bottom");
        Chart chart = Chart.empty().title(title).layout(Map.of("height", 320, "legend", legend));
        List<Epoch> done = history.epochs();
        List<Epoch> before = done.stream().filter(steps::beginsAfter).toList();
        List<Double> places = steps.values(step -> step.epoch() - 1 + (double) step.step() / step.steps());
        List<String> metrics = done.isEmpty()
                ? List.of()
                : List.copyOf(history.last().metrics().keySet());
        int panels = MEASURES.size() + metrics.size();
        for (int i = 0; i < MEASURES.size(); i++) {
            Measure measure = MEASURES.get(i);
            List<Double> training = joined(values(before, measure.training()), steps.values(measure.step()));
            List<Double> validation = values(done, measure.validation());
            double top = measure.top(Stream.concat(training.stream(), validation.stream()));
            chart = chart.layout(Theme.panel(i, panels, axis("epoch", epochs), axis(measure.name(), top)))
                    .with(trace("training", 0, i, joined(values(before, Panels::end), places), training))
                    .with(trace("validation", 1, i, values(done, Panels::end), validation));
        }
        for (String metric : metrics) {
            int i = MEASURES.size() + metrics.indexOf(metric);
            List<Double> values = values(done, epoch -> epoch.metrics().get(metric));
            chart = chart.layout(Theme.panel(i, panels, axis("epoch", epochs), Theme.title(metric)))
                    .with(trace("validation", 1, i, values(done, Panels::end), values));
        }
        return (Plot) chart;
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

    private static Map<String, Object> axis(String name, double end) {
        return Json.merge(Theme.title(name), Map.of("range", List.of(0, end)));
    }

    private static Map<String, Object> trace(String name, int style, int panel, List<Double> x, List<Double> y) {
        var points = Map.of("type", "scatter", "name", name, "x", x, "y", y, "cliponaxis", false);
        var mode = Map.of("mode", style == 0 ? "lines" : "lines+markers");
        var look = Map.of("line", Theme.line(style), "marker", Theme.marker(style));
        return Theme.inPanel(panel, name, Json.merge(points, mode, look));
    }
}
