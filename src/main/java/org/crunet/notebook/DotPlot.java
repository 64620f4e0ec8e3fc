package org.crunet.notebook;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.crunet.comparison.Comparison;
import org.crunet.comparison.Difference;
import org.crunet.comparison.Member;
import org.crunet.comparison.Summary;

/** What networks came to, a row each, with the interval of the mean; beside it what they cost. */
final class DotPlot {

    private static final int ROW = 32;
    private static final int AROUND = 150;
    /** The part of the width that the dots have. */
    private static final double DOTS = 0.53;

    private DotPlot() {}

    static Chart of(Comparison comparison) {
        List<Summary> rows = comparison.summaries().stream()
                .filter(row -> row.runs() > 0)
                .sorted(Comparator.comparingDouble(Summary::top1))
                .toList(); // from the bottom
        Summary best = rows.get(rows.size() - 1);
        String adds = comparison.atLeast().isEmpty() ? "multiply-adds" : "multiply-adds, at least";
        Map<String, Function<Summary, String>> columns = new LinkedHashMap<>();
        columns.put("parameters", row -> number(row.parameters()));
        columns.put(adds, row -> number(row.multiplyAdds()));
        if (rows.size() > 1) {
            columns.put("against the best", row -> against(comparison, best, row));
        }
        Chart chart = Chart.empty().with(means(rows)).with(seeds(comparison));
        for (String name : columns.keySet()) {
            chart = chart.with(column(name, rows, columns.get(name)));
        }
        return chart.layout(layout(rows, columns.size()));
    }

    private static Map<String, Object> layout(List<Summary> rows, int columns) {
        List<String> names = rows.stream().map(Summary::network).toList();
        var dots = Json.merge(Theme.title("top-1"), Map.of("domain", List.of(0, DOTS)));
        var head = Map.of("type", "category", "side", "top", "domain", List.of(DOTS, 1), "fixedrange", true);
        var sorted = Map.of("categoryorder", "array", "categoryarray", plain(rows));
        var bare = Map.of("showgrid", false, "zeroline", false);
        return Map.of(
                "height", AROUND + ROW * rows.size(),
                "xaxis", dots,
                "xaxis2", Json.merge(head, bare, Map.of("anchor", "y2", "range", List.of(-0.5, columns - 0.5))),
                "yaxis", Json.merge(Labels.axis(names), sorted),
                "yaxis2", Json.merge(bare, Map.of("matches", "y", "anchor", "x2", "showticklabels", false)),
                "legend", Map.of("orientation", "h", "y", 1, "yanchor", "bottom"));
    }

    private static List<String> plain(List<Summary> rows) {
        return rows.stream().map(Summary::network).map(Labels::plain).toList();
    }

    private static Map<String, Object> seeds(Comparison comparison) {
        List<Member> runs =
                comparison.members().stream().filter(Member::finished).toList();
        return Json.merge(
                points(
                        "a seed",
                        runs.stream().map(Member::top1).toList(),
                        runs.stream().map(Member::network).toList()),
                Map.of("marker", Map.of("color", Theme.colour(0), "size", 6)),
                Map.of(
                        "hovertext",
                        runs.stream().map(run -> "seed " + run.seed()).toList()));
    }

    private static Map<String, Object> means(List<Summary> rows) {
        List<Double> up = rows.stream().map(row -> row.high() - row.top1()).toList();
        List<Double> down = rows.stream().map(row -> row.top1() - row.low()).toList();
        var bar =
                Map.of("type", "data", "symmetric", false, "array", up, "arrayminus", down, "thickness", 2, "width", 5);
        return Json.merge(
                points(
                        "mean and its 95 % interval",
                        rows.stream().map(Summary::top1).toList(),
                        rows.stream().map(Summary::network).toList()),
                Map.of("marker", Map.of("color", Theme.colour(1), "size", 9, "symbol", "diamond")),
                Map.of("error_x", Json.merge(bar, Map.of("color", Theme.colour(1)))));
    }

    private static Map<String, Object> points(String name, List<Double> x, List<String> networks) {
        List<String> y = networks.stream().map(Labels::plain).toList();
        return Map.of("type", "scatter", "mode", "markers", "name", name, "x", x, "y", y);
    }

    private static Map<String, Object> column(String name, List<Summary> rows, Function<Summary, String> text) {
        List<String> x = rows.stream().map(row -> name).toList();
        List<String> texts = rows.stream().map(text).toList();
        var words = Map.of("type", "scatter", "mode", "text", "name", "", "x", x, "y", plain(rows), "text", texts);
        return Json.merge(words, Map.of("xaxis", "x2", "yaxis", "y2", "showlegend", false, "hoverinfo", "skip"));
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** By how many points it is behind, and whether that is decided. */
    private static String against(Comparison comparison, Summary best, Summary row) {
        return comparison.only(best.network(), row.network()).differences().stream()
                .map(DotPlot::words)
                .findFirst()
                .orElse(row == best ? "" : "no seed in common");
    }

    private static String words(Difference one) {
        boolean decided = !one.outcome().equals("not decided");
        return String.format(Locale.ROOT, "%+.1f, %s", -100 * one.mean(), decided ? "decided" : "not decided");
    }
}
