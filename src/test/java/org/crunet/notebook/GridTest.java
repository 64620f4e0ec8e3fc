package org.crunet.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.numbers.NumberColumnFormatter;

class GridTest {

    private static Table rows(int n) {
        return Table.create(IntColumn.create("row", IntStream.rangeClosed(1, n).toArray()));
    }

    @Test
    void aTableOfAPageIsWhole() {
        Grid grid = Grid.of(rows(20));
        assertEquals(20, grid.columns().get(0).cells().size());
        assertEquals("", grid.note());
    }

    @Test
    void aLongTableIsCutAndSaysSo() {
        Grid grid = Grid.of(rows(1200));
        assertEquals(21, grid.columns().get(0).cells().size());
        assertEquals("10", grid.columns().get(0).cells().get(9));
        assertEquals("1,191", grid.columns().get(0).cells().get(11));
        assertEquals("rows 1-10 and 1,191-1,200 of 1,200 shown", grid.note());
        assertTrue(grid.html().contains(grid.note()));
        assertTrue(grid.text().endsWith(grid.note()));
    }

    @Test
    void aWideTableIsCutAndSaysSo() {
        Table wide = Table.create();
        IntStream.range(0, 40).forEach(i -> wide.addColumns(IntColumn.create("c" + i, 1, 2)));
        Grid grid = Grid.of(wide);
        assertEquals(17, grid.columns().size());
        assertEquals("columns 1-8 and 33-40 of 40 shown", grid.note());
    }

    @Test
    void anEmptyTableSaysSo() {
        assertEquals("an empty table", Grid.of(Table.create()).text());
    }

    @Test
    void textIsEscapedAndNothingIsColoured() {
        String html = Grid.of(Table.create(StringColumn.create("<script>", "a & \"b\"")))
                .html();
        assertTrue(html.contains("&lt;script&gt;"));
        assertTrue(html.contains("a &amp; &quot;b&quot;"));
        assertFalse(html.contains("color"));
    }

    @Test
    void numbersStandRightAndMissingOnesAreBlank() {
        Table table =
                Table.create(StringColumn.create("name", "a", "b"), DoubleColumn.create("value", 1234.5, Double.NaN));
        assertEquals("name    value\na     1,234.5\nb", Grid.of(table).text());
        assertTrue(Grid.of(table).html().contains("text-align: right; white-space: nowrap\">1,234.5</td>"));
    }

    @Test
    void aWideTableWrapsItsLongTextsAndScrolls() {
        String html = Grid.of(Table.create(
                        StringColumn.create("short", "authors' release notes"),
                        StringColumn.create("long", "top-1 error 20.64 %, top-5 error 5.36 %")))
                .html();
        assertTrue(html.startsWith("<div style=\"overflow-x: auto\"><table>"), html);
        assertTrue(html.contains("nowrap\">authors") && html.contains("left\">top-1 error"), html);
    }

    @Test
    void aFormatThatTheColumnHasIsKept() {
        var share = DoubleColumn.create("share", 0.5, 0.25);
        share.setPrintFormatter(NumberColumnFormatter.percent(1));
        assertEquals(
                "50.0%", Grid.of(Table.create(share)).columns().get(0).cells().get(0));
    }

    @Test
    void aColumnSharesItsDecimals() {
        var loss = DoubleColumn.create("loss", 1.968190848827362, 0.51234, 1e-7);
        assertEquals(
                java.util.List.of("1.968", "0.512", "1.00e-07"),
                Grid.of(Table.create(loss)).columns().get(0).cells());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "3|3",
                "-2|-2",
                "1234567|1,234,567",
                "0.5|0.5000",
                "0.05|0.05000",
                "12.345|12.35",
                "12345.67|12,345.7",
                "1e-9|1.00e-09",
                "1.5e15|1.50e+15",
                "NaN|NaN",
                "-Infinity|-\u221e",
                "0|0"
            })
    void aNumberAloneHasAboutFourDigits(double value, String text) {
        assertEquals(text, Numbers.text(value));
    }
}
