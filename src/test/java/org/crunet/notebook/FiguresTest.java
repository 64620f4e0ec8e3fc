package org.crunet.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.LocalDate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tech.tablesaw.api.DateColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.plotly.api.AreaPlot;
import tech.tablesaw.plotly.api.BoxPlot;
import tech.tablesaw.plotly.api.BubblePlot;
import tech.tablesaw.plotly.api.Heatmap;
import tech.tablesaw.plotly.api.Histogram;
import tech.tablesaw.plotly.api.Histogram2D;
import tech.tablesaw.plotly.api.HorizontalBarPlot;
import tech.tablesaw.plotly.api.LinePlot;
import tech.tablesaw.plotly.api.OHLCPlot;
import tech.tablesaw.plotly.api.PiePlot;
import tech.tablesaw.plotly.api.QQPlot;
import tech.tablesaw.plotly.api.Scatter3DPlot;
import tech.tablesaw.plotly.api.ScatterPlot;
import tech.tablesaw.plotly.api.TimeSeriesPlot;
import tech.tablesaw.plotly.api.VerticalBarPlot;
import tech.tablesaw.plotly.api.ViolinPlot;
import tech.tablesaw.plotly.components.Axis;
import tech.tablesaw.plotly.components.Figure;
import tech.tablesaw.plotly.components.Font;
import tech.tablesaw.plotly.components.Layout;
import tech.tablesaw.plotly.traces.ContourTrace;
import tech.tablesaw.plotly.traces.ScatterTrace;

class FiguresTest {
    private static final String TITLE = "It's a \"title\" \\ & <b>\nof two lines";
    private static final Table TABLE = Table.create(
            "a table's",
            StringColumn.create("cls", "a", "b's \"x\" <i>", "a", "c"),
            DoubleColumn.create("x", 1, 2, 3, Double.NaN),
            DoubleColumn.create("y", 2.5, -1e-7, 7, 4),
            DoubleColumn.create("z", 5, 6, 7, 8),
            IntColumn.create("i", 1, 2, 3, 4),
            DateColumn.create("d", LocalDate.of(2020, 1, 1), LocalDate.of(2020, 1, 2), LocalDate.of(2020, 1, 3), null));

    static Stream<Arguments> kinds() {
        return Stream.of(
                Arguments.of("scatter", ScatterPlot.create(TITLE, TABLE, "x", "y", "cls")),
                Arguments.of("scatter", LinePlot.create(TITLE, TABLE, "x", "y")),
                Arguments.of("scatter", AreaPlot.create(TITLE, TABLE, "x", "y")),
                Arguments.of("scatter", BubblePlot.create(TITLE, TABLE, "x", "y", "z")),
                Arguments.of("scatter", TimeSeriesPlot.create(TITLE, TABLE, "d", "y")),
                Arguments.of("scatter", QQPlot.create(TITLE, TABLE, "y", "z")),
                Arguments.of("bar", VerticalBarPlot.create(TITLE, TABLE, "cls", Layout.BarMode.STACK, "y", "z")),
                Arguments.of("bar", HorizontalBarPlot.create(TITLE, TABLE, "cls", "y")),
                Arguments.of("histogram", Histogram.create(TITLE, TABLE, "y")),
                Arguments.of("histogram2d", Histogram2D.create(TITLE, TABLE, "x", "y")),
                Arguments.of("box", BoxPlot.create(TITLE, TABLE, "cls", "y")),
                Arguments.of("violin", ViolinPlot.create(TITLE, TABLE, "cls", "y", true, true)),
                Arguments.of("heatmap", Heatmap.create(TITLE, TABLE, "cls", "i")),
                Arguments.of("pie", PiePlot.create(TITLE, TABLE, "cls", "y")),
                Arguments.of("scatter3d", Scatter3DPlot.create(TITLE, TABLE, "x", "y", "z")),
                Arguments.of("ohlc", OHLCPlot.create(TITLE, TABLE, "d", "x", "y", "z", "x")));
    }

    @ParameterizedTest(name = "{0} {index}")
    @MethodSource("kinds")
    void everyKindBecomesJsonThatFollowsTheTheme(String type, Figure figure) {
        JsonNode json = ChartTest.json(Figures.chart(figure));
        assertEquals(figure.getTraces().length, json.get("data").size());
        assertEquals(type, json.at("/data/0/type").asText());
        assertEquals(TITLE, json.at("/layout/title/text").asText());
        assertFalse(json.get("layout").has("width"), "the notebook knows its width");
        assertFalse(json.get("layout").has("plot_bgcolor"), "the template is transparent");
        assertFalse(json.toString().contains("&quot;") || json.toString().contains("&#39;"), json.toString());
        assertFalse(json.toString().contains("NaN"), json.toString());
    }

    @Test
    void textsWithQuotesComeThrough() {
        JsonNode scatter = ChartTest.json(Figures.chart(ScatterPlot.create(TITLE, TABLE, "x", "y", "cls")));
        assertEquals("b's \"x\" <i>", scatter.at("/data/1/name").asText());
        JsonNode bars = ChartTest.json(Figures.chart(VerticalBarPlot.create(TITLE, TABLE, "cls", "y")));
        assertEquals("b's \"x\" <i>", bars.at("/data/0/x/1").asText());
    }

    @Test
    void numbersWrittenAsTextAreNumbersAndMissingOnesNull() {
        JsonNode line = ChartTest.json(Figures.chart(LinePlot.create(TITLE, TABLE, "x", "y")));
        assertEquals("[1.0,2.0,3.0,null]", line.at("/data/0/x").toString());
        assertEquals("[2.5,-1.0E-7,7.0,4.0]", line.at("/data/0/y").toString());
    }

    @Test
    void axisTitlesAreObjectsWithTheirFont() {
        var axis = Axis.builder()
                .title("time")
                .titleFont(Font.builder().size(20).build())
                .build();
        var layout = Layout.builder("t").xAxis(axis).width(333).height(222).build();
        var trace =
                ScatterTrace.builder(new double[] {1, 2}, new double[] {3, 4}).build();
        JsonNode json = ChartTest.json(Figures.chart(new Figure(layout, trace)));
        assertEquals("time", json.at("/layout/xaxis/title/text").asText());
        assertEquals(20, json.at("/layout/xaxis/title/font/size").asInt());
        assertEquals(333, json.at("/layout/width").asInt(), "a width somebody chose stays");
    }

    @Test
    void aFigureWithoutALayoutIsDrawn() {
        var contour = ContourTrace.builder(
                        new Object[] {1, 2}, new Object[] {"a", "b"}, new double[][] {{1, 2}, {3, 4}})
                .build();
        JsonNode json = ChartTest.json(Figures.chart(new Figure(contour)));
        assertEquals("[[1.0,2.0],[3.0,4.0]]", json.at("/data/0/z").toString());
        assertTrue(json.get("layout").has("template"));
    }
}
