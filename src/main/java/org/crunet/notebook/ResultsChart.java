package org.crunet.notebook;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.Table;

/** Published accuracies against what networks cost, printed beside counted. */
final class ResultsChart {

    private static final List<String> COUNTED = List.of("counted MiB", "counted multiply adds");
    private static final List<String> PRINTED = List.of("printed MB", "printed multiply adds");
    private static final List<String> AXES =
            List.of("size, MiB (filled: counted, open: printed)", "multiply-adds (filled: counted, open: printed)");

    private ResultsChart() {}

    /** The table is that of {@code PaperResults.counted}. */
    static Chart of(Table results) {
        Chart chart = panels().layout(Map.of("height", 440, "legend", Map.of("orientation", "h", "y", -0.25)));
        List<String> networks = results.stringColumn("network").asList();
        int colour = 0;
        for (Row row : results) {
            if (!row.isMissing("top-1") && cost(row, 0).size() > 0) {
                String name = name(row, Collections.frequency(networks, row.getString("network")) > 1);
                chart = chart.with(points(row, name, 0, colour)).with(points(row, name, 1, colour));
                colour++;
            }
        }
        return chart;
    }

    /** Axes for panels side by side that have the vertical one in common. */
    private static Chart panels() {
        Chart panels = Chart.empty();
        for (int i = 0; i < AXES.size(); i++) {
            var horizontal = Json.merge(Theme.title(AXES.get(i)), Map.of("rangemode", "tozero"));
            var vertical = i == 0 ? Theme.title("top-1, published") : Map.<String, Object>of("matches", "y");
            panels = panels.layout(Theme.panel(i, AXES.size(), horizontal, vertical));
        }
        return panels;
    }

    /** Of two results of one network, each says whose it is, in few words. */
    private static String name(Row row, boolean again) {
        String source = row.getString("source").replaceAll("( \\(|, ).*", "");
        return row.getString("network") + (again ? ", " + source : "");
    }

    /** Counted and printed, where there are both. */
    private static List<Double> cost(Row row, int panel) {
        return Stream.of(COUNTED.get(panel), PRINTED.get(panel))
                .filter(column -> !row.isMissing(column))
                .map(row::getNumber)
                .toList();
    }

    /** Whose accuracy it is, and whose cost, for each value of {@link #cost}. */
    private static List<String> hover(Row row, int panel) {
        String accuracy = row.getString("printed") + " (" + row.getString("source") + "); ";
        String printed = accuracy + (panel == 0 ? "size as printed" : "multiply-adds as Table 1 prints them");
        List<String> counted = row.isMissing(COUNTED.get(panel)) ? List.of() : List.of(accuracy + "cost counted here");
        return Stream.concat(counted.stream(), Stream.of(printed)).toList();
    }

    private static Map<String, Object> points(Row row, String name, int panel, int colour) {
        List<Double> x = cost(row, panel);
        String symbol = Theme.marker(colour).get("symbol").toString();
        List<String> symbols = List.of(row.isMissing(COUNTED.get(panel)) ? symbol + "-open" : symbol, symbol + "-open");
        List<Double> y = x.stream().map(any -> row.getDouble("top-1")).toList();
        var points = Map.of("type", "scatter", "mode", "lines+markers", "name", name, "x", x, "y", y);
        var line = Map.of("color", Theme.colour(colour), "width", 1);
        var marker = Map.of("color", Theme.colour(colour), "size", 9, "symbol", symbols);
        var look = Map.of("hovertext", hover(row, panel), "line", line, "marker", marker);
        return Theme.inPanel(panel, Integer.toString(colour), Json.merge(points, look));
    }
}
