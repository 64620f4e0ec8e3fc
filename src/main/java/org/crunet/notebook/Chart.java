package org.crunet.notebook;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.evaluation.Evaluation;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/**
 * A chart that plotly.js draws, interactive in a notebook; as the last expression of a cell it draws itself.
 *
 * <p>{@code Chart.lines(run.history(), "epoch", "train loss", "validation loss").title("A small network")}. Values that
 * are missing leave a gap. A chart never changes: each method returns a new one. Whatever plotly.js can do beyond the
 * methods here is reached with {@link #with} and {@link #layout}.
 */
public final class Chart {
    private final List<Map<String, Object>> traces;
    private final Map<String, Object> layout;

    private Chart(List<Map<String, Object>> traces, Map<String, Object> layout) {
        this.traces = List.copyOf(traces);
        this.layout = layout;
    }

    /** A chart without traces. */
    static Chart empty() {
        return new Chart(List.of(), Theme.layout());
    }

    /**
     * Lines through points.
     *
     * @param source a Tablesaw table, a run, its history or a list of records
     * @param x name of the column along the horizontal axis
     * @param y names of the columns to draw, one line each; none for all other columns of numbers
     * @return the chart
     * @throws IllegalArgumentException if there is no such column; the message lists those there are
     */
    public static Chart lines(Object source, String x, String... y) {
        return columns(
                source,
                x,
                y,
                i -> Map.of(
                        "type", "scatter", "mode", "lines+markers", "line", Theme.line(i), "marker", Theme.marker(i)));
    }

    /**
     * Points.
     *
     * @param source a Tablesaw table, a run, its history or a list of records
     * @param x name of the column along the horizontal axis
     * @param y names of the columns to draw; none for all other columns of numbers
     * @return the chart
     * @throws IllegalArgumentException if there is no such column; the message lists those there are
     */
    public static Chart scatter(Object source, String x, String... y) {
        return columns(source, x, y, i -> Map.of("type", "scatter", "mode", "markers", "marker", Theme.marker(i)));
    }

    /**
     * Bars, side by side when there are several columns.
     *
     * @param source a Tablesaw table, a run, its history or a list of records
     * @param x name of the column along the horizontal axis
     * @param y names of the columns to draw; none for all other columns of numbers
     * @return the chart
     * @throws IllegalArgumentException if there is no such column; the message lists those there are
     */
    public static Chart bars(Object source, String x, String... y) {
        return columns(source, x, y, i -> Map.of("type", "bar", "marker", Map.of("color", Theme.colour(i))));
    }

    /**
     * A matrix as colours, its first row on top.
     *
     * @param values rows of equal length
     * @return the chart
     * @throws IllegalArgumentException if the rows differ in length
     */
    public static Chart heat(double[][] values) {
        for (int row = 1; row < values.length; row++) {
            if (values[row].length != values[0].length) {
                throw new IllegalArgumentException("row " + row + " has length " + values[row].length
                        + " and row 0 has length " + values[0].length + ": give rows of equal length");
            }
        }
        return heat(values, Map.of());
    }

    /**
     * How often each class is taken for each; the diagonal is right.
     *
     * @param evaluation what a network said about a set of images
     * @return the chart
     */
    public static Chart confusion(Evaluation evaluation) {
        double[][] counts = Stream.of(evaluation.confusion())
                .map(row -> IntStream.of(row).asDoubleStream().toArray())
                .toArray(double[][]::new);
        return heat(counts, Map.of("x", evaluation.classes(), "y", evaluation.classes(), "texttemplate", "%{z}"))
                .title(evaluation.toString())
                .axes("predicted", "actual")
                .layout(Map.of("height", 460));
    }

    private static Chart heat(double[][] values, Map<String, Object> more) {
        var trace = Map.of("type", "heatmap", "z", values, "colorscale", "Viridis");
        var downwards = Map.of("yaxis", Map.of("autorange", "reversed"));
        return empty().with(Json.merge(trace, more)).layout(downwards);
    }

    private static Chart columns(Object source, String x, String[] y, IntFunction<Map<String, Object>> style) {
        Table table = Tables.from(source);
        List<Object> places = values(table, x);
        List<String> names = y.length > 0 ? List.of(y) : numbersBeside(table, x);
        Chart chart = empty().axes(x, names.size() == 1 ? names.get(0) : "");
        for (int i = 0; i < names.size(); i++) {
            var points = Map.of("name", names.get(i), "x", places, "y", values(table, names.get(i)));
            chart = chart.with(Json.merge(style.apply(i), points));
        }
        return chart;
    }

    private static List<String> numbersBeside(Table table, String x) {
        List<String> names = table.numericColumns().stream()
                .map(Column::name)
                .filter(name -> !name.equals(x))
                .toList();
        if (names.isEmpty()) {
            throw new IllegalArgumentException(
                    "nothing to draw over " + x + ": no other column of " + table.columnNames() + " has numbers");
        }
        return names;
    }

    private static List<Object> values(Table table, String name) {
        if (!table.containsColumn(name)) {
            throw new IllegalArgumentException("no column '" + name + "': there are " + table.columnNames());
        }
        Column<?> column = table.column(name);
        return IntStream.range(0, column.size())
                .mapToObj(i -> column.isMissing(i) ? null : column.get(i))
                .collect(Collectors.toCollection(ArrayList::new));
    }

    /**
     * The same chart under a title.
     *
     * @param text the title
     * @return a new chart
     */
    public Chart title(String text) {
        return layout(Map.of("title", Theme.heading(text)));
    }

    /**
     * The same chart with names at its axes.
     *
     * @param x name of the horizontal axis
     * @param y name of the vertical axis
     * @return a new chart
     */
    public Chart axes(String x, String y) {
        return layout(Map.of("xaxis", Map.of("title", titled(x)), "yaxis", Map.of("title", titled(y))));
    }

    /**
     * The same chart with one more trace.
     *
     * @param trace a trace as plotly.js describes it, such as {@code Map.of("type", "scatter", "x", x, "y", y)}
     * @return a new chart
     */
    public Chart with(Map<String, ?> trace) {
        var more = new ArrayList<>(traces);
        more.add(Json.cleanMap(trace));
        return new Chart(more, layout);
    }

    /**
     * The same chart with its layout changed.
     *
     * @param changes parts of a layout as plotly.js describes it, such as {@code Map.of("height", 500)}; the rest stays
     * @return a new chart
     */
    public Chart layout(Map<String, ?> changes) {
        return new Chart(traces, Json.merge(layout, changes));
    }

    private static Map<String, Object> titled(String text) {
        return Map.of("text", text);
    }

    /** What plotly.js draws. */
    Map<String, Object> figure() {
        return Json.cleanMap(Map.of("data", traces, "layout", layout));
    }

    Output output() {
        return Output.plotly(figure(), toString());
    }

    /**
     * Says what is drawn.
     *
     * @return one line
     */
    @Override
    public String toString() {
        String names = traces.stream()
                .map(trace -> trace.getOrDefault("name", trace.getOrDefault("type", "scatter"))
                        .toString())
                .filter(name -> !name.isEmpty())
                .distinct()
                .collect(Collectors.joining(", "));
        return "Chart" + heading() + ": " + names;
    }

    private String heading() {
        return layout.get("title") instanceof Map<?, ?> title ? " '" + title.get("text") + "'" : "";
    }
}
