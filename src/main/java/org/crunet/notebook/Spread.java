package org.crunet.notebook;

import java.util.List;
import java.util.Map;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Measurements by group, with mean and standard deviation. */
final class Spread {

    private Spread() {}

    static Chart of(Table table, String x, String y, String by) {
        StringColumn groups = column(table, by, StringColumn.class, "text");
        column(table, x, NumericColumn.class, "numbers");
        column(table, y, NumericColumn.class, "numbers");
        Chart chart = Chart.empty().axes(x, y);
        List<String> names = groups.asList().stream().distinct().toList();
        for (int i = 0; i < names.size(); i++) {
            Table rows = table.where(groups.isEqualTo(names.get(i)));
            chart = chart.with(points(rows, x, y, names.get(i), i)).with(mean(rows, x, y, names.get(i), i));
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
