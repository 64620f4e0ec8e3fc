package org.crunet.notebook;

import java.util.List;
import java.util.Map;
import tech.tablesaw.api.Table;

/** Measurements by group, with mean and standard deviation. */
final class Spread {

    private Spread() {}

    /** One measure against several, side by side. */
    static Chart beside(Table table, List<String> xs, String y, String by) {
        Chart chart = panels(xs, y);
        for (int i = 0; i < xs.size(); i++) {
            chart = panel(chart, table, xs.get(i), y, by, i);
        }
        return chart;
    }

    /** Axes for panels side by side that have the vertical one in common. */
    static Chart panels(List<String> xs, String y) {
        Chart panels = Chart.empty();
        for (int i = 0; i < xs.size(); i++) {
            var horizontal = Json.merge(Theme.title(xs.get(i)), Map.of("rangemode", "tozero"));
            var vertical = i == 0 ? Theme.title(y) : Map.<String, Object>of("matches", "y");
            panels = panels.layout(Theme.panel(i, xs.size(), horizontal, vertical));
        }
        return panels;
    }

    private static Chart panel(Chart chart, Table table, String x, String y, String by, int panel) {
        Chart all = chart;
        int i = 0;
        for (Table rows : Chart.groups(table, by)) {
            var group = Map.of("type", "scatter", "mode", "markers");
            var named = Json.merge(group, Labels.trace(rows.name()));
            all = all.with(Theme.inPanel(panel, rows.name(), Json.merge(named, points(rows, x, y, i))))
                    .with(Theme.inPanel(panel, rows.name(), Json.merge(named, mean(rows, x, y, i))));
            i++;
        }
        return all;
    }

    private static Map<String, Object> points(Table rows, String x, String y, int colour) {
        var look = Map.of("opacity", 0.45, "marker", Map.of("color", Theme.colour(colour), "size", 5));
        return Json.merge(look, Map.of("x", Chart.values(rows, x), "y", Chart.values(rows, y), "showlegend", false));
    }

    private static Map<String, Object> mean(Table rows, String x, String y, int colour) {
        double deviation = rows.rowCount() > 1 ? rows.numberColumn(y).standardDeviation() : 0;
        var bar = Map.of("type", "data", "array", List.of(deviation), "color", Theme.colour(colour), "thickness", 1.5);
        return Map.of(
                "x", List.of(rows.numberColumn(x).mean()),
                "y", List.of(rows.numberColumn(y).mean()),
                "error_y", bar,
                "marker", Json.merge(Theme.marker(colour), Map.of("size", 10)));
    }
}
