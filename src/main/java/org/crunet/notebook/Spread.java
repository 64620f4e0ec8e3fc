package org.crunet.notebook;

import java.util.List;
import java.util.Map;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Measurements by group, with mean and standard deviation. */
final class Spread {

    private static final double GAP = 0.08;

    private Spread() {}

    static Chart of(Table table, String x, String y, String by) {
        return panel(Chart.empty().axes(x, y), table, x, y, by, 0);
    }

    /** One measure against several, side by side. */
    static Chart beside(Table table, List<String> xs, String y, String by) {
        Chart chart = panels(Chart.empty(), xs, y);
        for (int i = 0; i < xs.size(); i++) {
            chart = panel(chart, table, xs.get(i), y, by, i);
        }
        return chart;
    }

    /** Axes for panels side by side that have the vertical one in common. */
    static Chart panels(Chart chart, List<String> xs, String y) {
        double width = (1 - GAP * (xs.size() - 1)) / xs.size();
        for (int i = 0; i < xs.size(); i++) {
            double left = i * (width + GAP);
            chart = chart.layout(axes(xs.get(i), y, left, left + width, i));
        }
        return chart;
    }

    private static Map<String, Object> axes(String x, String y, double left, double right, int panel) {
        var horizontal = Map.of(
                "title",
                Map.of("text", x),
                "domain",
                List.of(left, right),
                "anchor",
                Panels.number("y", panel),
                "rangemode",
                "tozero");
        var vertical = Json.merge(
                panel == 0 ? Map.of("title", Map.of("text", y)) : Map.of("matches", "y"),
                Map.of("anchor", Panels.number("x", panel)));
        return Map.of(Panels.number("xaxis", panel), horizontal, Panels.number("yaxis", panel), vertical);
    }

    private static Chart panel(Chart chart, Table table, String x, String y, String by, int panel) {
        StringColumn groups = column(table, by, StringColumn.class, "text");
        column(table, x, NumericColumn.class, "numbers");
        column(table, y, NumericColumn.class, "numbers");
        List<String> names = groups.asList().stream().distinct().toList();
        Map<String, Object> place = panel == 0
                ? Map.of()
                : Map.of("xaxis", Panels.number("x", panel), "yaxis", Panels.number("y", panel), "showlegend", false);
        for (int i = 0; i < names.size(); i++) {
            Table rows = table.where(groups.isEqualTo(names.get(i)));
            chart = chart.with(Json.merge(points(rows, x, y, names.get(i), i), place))
                    .with(Json.merge(mean(rows, x, y, names.get(i), i), place));
        }
        return chart;
    }

    private static <T> T column(Table table, String name, Class<T> type, String what) {
        if (!table.containsColumn(name) || !type.isInstance(table.column(name))) {
            throw new IllegalArgumentException(
                    "no column '" + name + "' of " + what + ": there are " + table.columnNames());
        }
        return type.cast(table.column(name));
    }

    private static Map<String, Object> points(Table rows, String x, String y, String group, int i) {
        return Json.merge(
                Map.of("type", "scatter", "mode", "markers", "legendgroup", group, "showlegend", false, "name", group),
                Map.of(
                        "x",
                        Chart.values(rows, x),
                        "y",
                        Chart.values(rows, y),
                        "opacity",
                        0.45,
                        "marker",
                        Map.of("color", Theme.colour(i), "size", 5)));
    }

    private static Map<String, Object> mean(Table rows, String x, String y, String group, int i) {
        double deviation = rows.rowCount() > 1 ? rows.numberColumn(y).standardDeviation() : 0;
        Map<String, Object> bar =
                Map.of("type", "data", "array", List.of(deviation), "color", Theme.colour(i), "thickness", 1.5);
        return Json.merge(
                Map.of("type", "scatter", "mode", "markers", "legendgroup", group, "name", group, "error_y", bar),
                Map.of(
                        "x",
                        List.of(rows.numberColumn(x).mean()),
                        "y",
                        List.of(rows.numberColumn(y).mean()),
                        "marker",
                        Json.merge(Theme.marker(i), Map.of("size", 10))));
    }
}
