package org.crunet.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.crunet.network.Networks;
import org.junit.jupiter.api.Test;

/** Sliders and buttons. */
class ChartSeriesTest {
    /** A point of a line or a bar. */
    private record Point(double x, double y) {}

    /** A bar with a name. */
    private record Bar(String name, double value) {}

    private static Chart line(int slope) {
        var points = List.of(new Point(0, 0), new Point(1, slope), new Point(2, 2 * slope));
        return Chart.lines(points, "x").title("Slope " + slope);
    }

    private static JsonNode slider(Function<Integer, Chart> chart) {
        return ChartTest.json(Chart.slider("slope", List.of(1, 3), chart));
    }

    private static JsonNode range(JsonNode figure, String axis) {
        return figure.at("/layout/" + axis + "/range");
    }

    private static Chart trace(Object... keysAndValues) {
        Map<String, Object> trace = new java.util.HashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            trace.put(keysAndValues[i].toString(), keysAndValues[i + 1]);
        }
        return Chart.empty().with(trace);
    }

    @Test
    void aSliderShowsTheFirstAndHasAFrameForEach() {
        JsonNode figure = slider(ChartSeriesTest::line);
        assertEquals("[0.0,1.0,2.0]", figure.at("/data/0/y").toString());
        assertEquals("Slope 1", figure.at("/layout/title/text").asText());
        assertEquals(2, figure.get("frames").size());
        for (int slope : new int[] {1, 3}) {
            JsonNode frame = figure.at("/frames/" + slope / 2);
            assertEquals(String.valueOf(slope / 2), frame.get("name").asText());
            assertEquals(ChartTest.json(line(slope)).at("/data/0"), frame.at("/data/0"), "the whole trace");
            assertEquals("Slope " + slope, frame.at("/layout/title/text").asText());
            assertFalse(frame.get("layout").has("template"), "the look is there once");
        }
    }

    @Test
    void aSliderNamesItsValuesAndRedraws() {
        JsonNode slider = slider(ChartSeriesTest::line).at("/layout/sliders/0");
        assertEquals("slope: ", slider.at("/currentvalue/prefix").asText());
        JsonNode step = slider.at("/steps/1");
        assertEquals("3", step.get("label").asText());
        assertEquals("animate", step.get("method").asText());
        assertEquals("[\"1\"]", step.at("/args/0").toString());
        assertTrue(step.at("/args/1/frame/redraw").asBoolean());
        assertEquals(0, step.at("/args/1/transition/duration").asInt(-1));
    }

    @Test
    void aSliderPlaysAndPauses() {
        JsonNode buttons = slider(ChartSeriesTest::line).at("/layout/updatemenus/0/buttons");
        assertTrue(buttons.at("/0/args/0").isNull(), "all frames");
        assertEquals(800, buttons.at("/0/args/1/frame/duration").asInt());
        assertEquals("[null]", buttons.at("/1/args/0").toString());
        List<Integer> many = IntStream.range(0, 60).boxed().toList();
        JsonNode film = ChartTest.json(Chart.slider("n", many, ChartSeriesTest::line));
        assertEquals(
                133,
                film.at("/layout/updatemenus/0/buttons/0/args/1/frame/duration").asInt());
    }

    @Test
    void sumsOfDecimalFractionsReadWell() {
        Chart chart = Chart.slider("rate", List.of(0.1 + 0.2, 1e-4), rate -> line(1));
        assertEquals("Chart 'Slope 1': y; slider rate: 0.3, 1.0E-4", chart.toString());
    }

    @Test
    void aLongListOfValuesIsCut() {
        List<Integer> many = IntStream.range(0, 100).boxed().toList();
        String text = Chart.slider("n", many, ChartSeriesTest::line).toString();
        assertTrue(text.endsWith("slider n: 0, 1, 2, 3, 4, 5, ..., 94, 95, 96, 97, 98, 99"), text);
    }

    @Test
    void axesStandStill() {
        JsonNode figure = slider(ChartSeriesTest::line);
        assertEquals("[-0.3,6.3]", range(figure, "yaxis").toString());
        assertEquals("[-0.1,2.1]", range(figure, "xaxis").toString());
        for (int i = 0; i < 2; i++) {
            assertEquals(
                    range(figure, "yaxis"),
                    figure.at("/frames/" + i + "/layout/yaxis/range"),
                    "the same in all frames");
        }
    }

    @Test
    void axesThatAreSetStayAsTheyAre() {
        JsonNode figure = slider(slope -> line(slope).layout(Map.of("yaxis", Map.of("range", List.of(0, slope)))));
        assertEquals("[0,1]", range(figure, "yaxis").toString());
        assertEquals("[0,3]", figure.at("/frames/1/layout/yaxis/range").toString());
    }

    @Test
    void logarithmicAxesHaveRangesInPowersOfTen() {
        JsonNode figure = slider(slope -> trace("x", List.of(0, 1), "y", List.of(0, Math.pow(10, slope)))
                .layout(Map.of("yaxis", Map.of("type", "log"))));
        assertEquals("[0.9,3.1]", range(figure, "yaxis").toString());
    }

    @Test
    void barsStandOnZero() {
        JsonNode figure = slider(slope -> trace("type", "bar", "x", List.of(slope, slope + 1), "y", List.of(5, 10)));
        assertEquals("[0.0,10.5]", range(figure, "yaxis").toString());
        assertTrue(range(figure, "xaxis").isMissingNode(), "where they stand is left to plotly.js");
        JsonNode higher = slider(slope -> Chart.bars(List.of(new Bar("a", slope), new Bar("b", 10)), "name"));
        assertEquals("[0.0,10.5]", range(higher, "yaxis").toString());
        assertTrue(range(higher, "xaxis").isMissingNode(), "names are not numbers");
    }

    @Test
    void horizontalBarsHaveTheirZeroAtTheLeft() {
        JsonNode figure = slider(
                slope -> trace("type", "bar", "orientation", "h", "x", List.of(slope, 10), "y", List.of("a", "b")));
        assertEquals("[0.0,10.5]", range(figure, "xaxis").toString());
    }

    @Test
    void barsOnBarsAreLeftToPlotly() {
        JsonNode figure = slider(slope -> Chart.empty()
                .layout(Map.of("barmode", "stack"))
                .with(Map.of("type", "bar", "x", List.of("a", "b"), "y", List.of(slope, 10))));
        assertTrue(range(figure, "yaxis").isMissingNode());
    }

    @Test
    void eachAxisHasItsOwnRange() {
        JsonNode figure =
                slider(slope -> line(slope).with(Map.of("x", List.of(0), "y", List.of(-slope), "yaxis", "y2")));
        assertEquals("[-0.3,6.3]", range(figure, "yaxis").toString());
        assertEquals("[-3.1,-0.9]", range(figure, "yaxis2").toString());
    }

    @Test
    void missingValuesAreLeftOutAndDatesLeftToPlotly() {
        JsonNode gap = slider(slope -> trace("x", List.of(0, 1), "y", Arrays.asList(null, slope)));
        assertEquals("[0.9,3.1]", range(gap, "yaxis").toString());
        JsonNode dates = slider(slope -> trace("x", List.of("2026-01-0" + slope), "y", List.of(1)));
        assertTrue(range(dates, "xaxis").isMissingNode());
        JsonNode boxes = slider(slope -> trace("type", "box", "y", List.of(slope)));
        assertTrue(range(boxes, "yaxis").isMissingNode());
    }

    @Test
    void coloursMeanTheSameInAllFrames() {
        JsonNode figure = slider(slope -> Chart.heatmap(new double[][] {{0, slope}}));
        assertEquals(0, figure.at("/data/0/zmin").asDouble(-1));
        assertEquals(3, figure.at("/data/0/zmax").asDouble());
        assertEquals(3, figure.at("/frames/0/data/0/zmax").asDouble());
        assertEquals("[[0.0,3.0]]", figure.at("/frames/1/data/0/z").toString());
        JsonNode weights = slider(slope -> Chart.heatmap(new double[][] {{0, 2 - slope}}));
        assertEquals(-1, weights.at("/data/0/zmin").asDouble());
        assertEquals(1, weights.at("/data/0/zmax").asDouble());
        assertEquals("#f5f5f5", weights.at("/data/0/colorscale/2/1").asText(), "zero, though none is negative here");
    }

    @Test
    void theSliderStandsBetweenTheTitleAndTheChart() {
        JsonNode plain = ChartTest.json(line(1));
        JsonNode layout = slider(ChartSeriesTest::line).get("layout");
        assertEquals("bottom", layout.at("/sliders/0/yanchor").asText());
        assertEquals(1, layout.at("/sliders/0/y").asInt());
        assertEquals("container", layout.at("/title/yref").asText());
        assertEquals(
                plain.at("/layout/height").asInt() + 90,
                layout.at("/height").asInt(),
                "the chart itself stays as high as it was");
        assertEquals(140, layout.at("/margin/t").asInt());
    }

    @Test
    void whatIsSetOnASliderHoldsForAllItsCharts() {
        Chart chart = Chart.slider("slope", List.of(1, 3), ChartSeriesTest::line)
                .title("Both")
                .axes("time", "way")
                .with(Map.of("x", List.of(0), "y", List.of(9)));
        JsonNode figure = ChartTest.json(chart);
        assertEquals("Both", figure.at("/layout/title/text").asText());
        assertEquals("Both", figure.at("/frames/1/layout/title/text").asText());
        assertEquals("time", figure.at("/layout/xaxis/title/text").asText());
        assertEquals(2, figure.at("/frames/1/data").size());
        assertEquals("[-0.45,9.45]", range(figure, "yaxis").toString());
    }

    @Test
    void aTitleThatOnlyOneHasIsTakenAwayAgain() {
        JsonNode figure = slider(slope -> slope == 1 ? line(1) : Chart.lines(List.of(new Point(0, 0)), "x"));
        assertEquals("", figure.at("/frames/1/layout/title/text").asText("none"));
    }

    @Test
    void anAnnotationThatOnlyOneHasIsHiddenAgain() {
        JsonNode figure = slider(slope ->
                line(slope).layout(slope == 1 ? Map.of() : Map.of("annotations", List.of(Map.of("text", "here")))));
        assertEquals(
                "[{\"visible\":false}]",
                figure.at("/frames/0/layout/annotations").toString());
        assertEquals(
                "[{\"text\":\"here\",\"visible\":true}]",
                figure.at("/frames/1/layout/annotations").toString());
    }

    @Test
    void chartsOfASliderHaveTheSameNumberOfTraces() {
        Function<Integer, Chart> growing = n -> n == 5 ? line(n).with(Map.of("y", List.of(1))) : line(n);
        var error = assertThrows(IllegalArgumentException.class, () -> Chart.slider("rank", List.of(1, 2, 5), growing));
        assertEquals(
                "the charts of rank have [1, 1, 2] traces: give all the same number, or use Chart.choice",
                error.getMessage());
        assertEquals(
                4,
                ChartTest.json(Chart.choice(List.of(1, 2, 5), growing))
                        .get("data")
                        .size());
    }

    @Test
    void aChartIsNeededForEachValue() {
        var none = assertThrows(
                IllegalArgumentException.class, () -> Chart.slider("rank", List.<Integer>of(), ChartSeriesTest::line));
        assertEquals("no values of rank: give at least one", none.getMessage());
        var empty = assertThrows(
                IllegalArgumentException.class, () -> Chart.choice(List.<Integer>of(), ChartSeriesTest::line));
        assertEquals("no values: give at least one", empty.getMessage());
        var missing =
                assertThrows(IllegalArgumentException.class, () -> Chart.slider("rank", List.of(1), rank -> null));
        assertEquals("the chart of rank 1 is null: give a plain one", missing.getMessage());
        Function<Integer, Chart> nested = n -> Chart.choice(List.of(n), ChartSeriesTest::line);
        var inside = assertThrows(IllegalArgumentException.class, () -> Chart.slider("rank", List.of(1), nested));
        assertEquals("the chart of rank 1 has a slider or buttons of its own: give a plain one", inside.getMessage());
    }

    @Test
    void aChoiceShowsTheTracesOfOne() {
        Chart chart = Chart.choice(List.of("line", "bars"), ChartSeriesTest::lineOrBars);
        JsonNode figure = ChartTest.json(chart);
        assertFalse(figure.has("frames"));
        assertTrue(figure.at("/data/0/visible").isMissingNode());
        assertFalse(figure.at("/data/1/visible").asBoolean(true)
                || figure.at("/data/2/visible").asBoolean(true));
        JsonNode second = figure.at("/layout/updatemenus/0/buttons/1");
        assertEquals("bars", second.get("label").asText());
        assertEquals("update", second.get("method").asText());
        assertEquals("[false,true,\"legendonly\"]", second.at("/args/0/visible").toString());
        assertEquals("Chart 'Slope 1': y; choice of line, bars", chart.toString());
    }

    private static Chart lineOrBars(String what) {
        return what.equals("line")
                ? line(1)
                : Chart.bars(List.of(new Bar("a", 1)), "name")
                        .title("Bars")
                        .with(Map.of("y", List.of(1), "visible", "legendonly"));
    }

    @Test
    void aChoiceChangesTitlesAndAxes() {
        JsonNode figure = ChartTest.json(Chart.choice(List.of("line", "bars"), ChartSeriesTest::lineOrBars));
        JsonNode layout = figure.at("/layout/updatemenus/0/buttons/1/args/1");
        assertEquals("Bars", layout.at("/title/text").asText());
        assertEquals("name", layout.at("/xaxis/title/text").asText());
        assertEquals("category", layout.at("/xaxis/type").asText(), "names after numbers");
        assertTrue(
                figure.at("/layout/updatemenus/0/buttons/0/args/1/xaxis/type").isMissingNode(), "a whole new axis");
        assertTrue(layout.at("/yaxis/autorange").asBoolean(), "another range");
        assertFalse(layout.has("template"), "the same in both");
    }

    @Test
    void aChoiceKeepsTheAxesThatAChartSets() {
        JsonNode buttons = ChartTest.json(Chart.choice(List.of("heat", "line"), ChartSeriesTest::heatOrLine))
                .at("/layout/updatemenus/0/buttons");
        assertEquals("reversed", buttons.at("/0/args/1/yaxis/autorange").asText());
        assertTrue(buttons.at("/0/args/1/yaxis/range").isMissingNode());
        assertFalse(buttons.at("/1/args/1/yaxis/autorange").asBoolean(true));
        assertEquals("[0,9]", buttons.at("/1/args/1/yaxis/range").toString());
        assertEquals("log", buttons.at("/1/args/1/xaxis/type").asText());
        assertFalse(buttons.at("/1/args/1/yaxis/scaleanchor").asBoolean(true), "only pictures have proportions");
    }

    @Test
    void whatOnlyOneOfAChoiceHasIsTakenAwayAgain() {
        JsonNode buttons = ChartTest.json(Chart.choice(
                        List.of(1, 2),
                        n -> n == 1 ? line(1) : line(2).layout(Map.of("annotations", List.of(Map.of("text", "here"))))))
                .at("/layout/updatemenus/0/buttons");
        assertEquals("[]", buttons.at("/0/args/1/annotations").toString());
        assertEquals(1, buttons.at("/1/args/1/annotations").size());
    }

    private static Chart heatOrLine(String what) {
        var axes = Map.of("yaxis", Map.of("range", List.of(0, 9)), "xaxis", Map.of("type", "log"));
        return what.equals("heat") ? Chart.heatmap(new double[][] {{1}}) : line(1).layout(axes);
    }

    @Test
    void theTitleOfAChoiceStandsAboveItsButtons() {
        JsonNode plain = ChartTest.json(line(1));
        JsonNode layout = ChartTest.json(Chart.choice(List.of(1, 2), ChartSeriesTest::line))
                .get("layout");
        assertEquals("container", layout.at("/title/yref").asText());
        assertEquals(
                plain.at("/layout/height").asInt() + 40, layout.at("/height").asInt());
        assertEquals(90, layout.at("/margin/t").asInt());
    }

    @Test
    void whatIsSetOnAChoiceHoldsForAllItsCharts() {
        Chart choice = Chart.choice(List.of(1, 2), ChartSeriesTest::line).title("Both");
        JsonNode figure = ChartTest.json(choice.with(Map.of("y", List.of(1))));
        assertEquals(
                "Both",
                figure.at("/layout/updatemenus/0/buttons/1/args/1/title/text").asText());
        assertEquals(4, figure.get("data").size());
    }

    @Test
    void aNetworkIsChosenByItsName() {
        var networks = List.of(Networks.RESNET_50, Networks.CRU_NET_56);
        JsonNode figure = ChartTest.json(Chart.choice(networks, network -> line(1)));
        assertEquals(
                Networks.CRU_NET_56.name(),
                figure.at("/layout/updatemenus/0/buttons/1/label").asText());
    }

    @Test
    void framesReachTheKernel() {
        try (var kernel = new RecordingKernel()) {
            Notebook.start();
            var shown = kernel.getRenderer().render(Chart.slider("slope", List.of(1, 3), ChartSeriesTest::line));
            var figure = (Map<?, ?>) RecordingKernel.data(shown, Output.PLOTLY);
            assertEquals(java.util.Set.of("data", "layout", "frames"), figure.keySet());
            assertEquals("Chart 'Slope 1': y; slider slope: 1, 3", RecordingKernel.data(shown, Output.TEXT));
        }
    }

    @Test
    void aKernelThatLeavesNullsOutLosesNothing() {
        JsonNode figure = slider(slope -> slope == 1 ? line(1).axes("a", "b") : line(3));
        assertFalse(figure.toString().contains(":null"), figure.toString());
    }
}
