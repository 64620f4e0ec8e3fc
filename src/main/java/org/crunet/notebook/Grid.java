package org.crunet.notebook;

import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/**
 * A table as it is shown: cells of text, cut to a size that fits a page.
 *
 * @param columns the columns, left to right, all equally long
 * @param note what was cut, or what the table adds up to; may be empty
 */
record Grid(List<Strip> columns, String note) {
    static final int ROWS = 20;
    static final int COLUMNS = 16;
    private static final int CELL = 1000;
    private static final int UNBROKEN = 24;
    static final String GAP = "\u2026";

    static Grid of(Table table) {
        return of(table, ROWS, "");
    }

    /** Shows up to a number of rows, and a remark below. */
    static Grid of(Table table, int limit, String remark) {
        var rows = new Cut(table.rowCount(), limit);
        var columns = new Cut(table.columnCount(), COLUMNS);
        var gap = new Strip(GAP, false, rows.map(i -> GAP, GAP));
        List<Strip> strips = columns.map(i -> strip(table.column(i), rows), gap);
        String note = Stream.of(remark, rows.note("rows"), columns.note("columns"))
                .filter(text -> !text.isEmpty())
                .collect(Collectors.joining("; "));
        return new Grid(strips, strips.isEmpty() ? "an empty table" : note);
    }

    private static Strip strip(Column<?> column, Cut rows) {
        boolean numeric = column instanceof NumericColumn;
        IntFunction<String> text = numeric ? number((NumericColumn<?>) column, rows) : column::getString;
        List<String> cells = rows.map(i -> column.isMissing(i) ? "" : shortened(text.apply(i)), GAP);
        return new Strip(column.name(), numeric, cells);
    }

    /** In the format that somebody gave the column, such as a percentage. */
    private static IntFunction<String> number(NumericColumn<?> column, Cut rows) {
        int decimals = Numbers.decimals(rows.kept().mapToDouble(column::getDouble));
        return i -> {
            Column<?> unformatted = column.type().create("").appendObj(column.get(i));
            String text = column.getString(i);
            return text.equals(unformatted.getString(0)) ? Numbers.text(column.getDouble(i), decimals) : text;
        };
    }

    private static String shortened(String text) {
        return text.length() <= CELL ? text : text.substring(0, CELL - 1) + GAP;
    }

    Output output() {
        return Output.html(html(), text());
    }

    private int rows() {
        return columns.isEmpty() ? 0 : columns.get(0).cells().size();
    }

    String html() {
        String head = line(strip -> strip.html("th", strip.name()), "");
        String body = IntStream.range(0, rows())
                .mapToObj(i ->
                        "<tr>" + line(strip -> strip.html("td", strip.cells().get(i)), "") + "</tr>\n")
                .collect(Collectors.joining());
        String table = "<div style=\"overflow-x: auto\"><table>\n<thead><tr>" + head + "</tr></thead>\n<tbody>\n" + body
                + "</tbody>\n</table></div>";
        return (columns.isEmpty() ? "" : table) + Html.note(note);
    }

    String text() {
        String head = line(strip -> strip.padded(strip.name()), "  ");
        Stream<String> body = IntStream.range(0, rows())
                .mapToObj(i -> line(strip -> strip.padded(strip.cells().get(i)), "  "));
        return Stream.of(Stream.of(head), body, Stream.of(note))
                .flatMap(lines -> lines)
                .filter(line -> !line.isEmpty())
                .map(String::stripTrailing)
                .collect(Collectors.joining("\n"));
    }

    private String line(Function<Strip, String> cell, String between) {
        return columns.stream().map(cell).collect(Collectors.joining(between));
    }

    /**
     * One column.
     *
     * @param name heading
     * @param numeric whether it is aligned to the right
     * @param cells texts, top to bottom
     */
    record Strip(String name, boolean numeric, List<String> cells) {

        /** Short values stay on one line, and so does a heading that would break at its hyphen. */
        String html(String tag, String text) {
            boolean unbroken = tag.equals("th") ? text.contains("-") : text.length() <= UNBROKEN;
            String style = "text-align: " + (numeric ? "right" : "left") + (unbroken ? "; white-space: nowrap" : "");
            return Numbers.format("<%s style=\"%s\">%s</%s>", tag, style, Html.escape(text), tag);
        }

        String padded(String text) {
            int width = cells.stream().mapToInt(String::length).reduce(name.length(), Math::max);
            String space = " ".repeat(width - text.length());
            return numeric ? space + text : text + space;
        }
    }
}
