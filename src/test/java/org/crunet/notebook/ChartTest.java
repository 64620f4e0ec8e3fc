package org.crunet.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.crunet.data.ImageSet;
import org.crunet.evaluation.Calibration;
import org.crunet.evaluation.Evaluation;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.training.Epoch;
import org.crunet.training.History;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

class ChartTest {
    private final Table table = Table.create(
            IntColumn.create("epoch", 1, 2, 3),
            DoubleColumn.create("loss", 2.5, Double.NaN, 1 / 3.0),
            DoubleColumn.create("top-1", 0.1, 0.2, 0.3),
            StringColumn.create("class", "a", "b", "c"));

    static JsonNode json(Chart chart) {
        return new ObjectMapper().valueToTree(chart.figure());
    }

    @Test
    void linesAreTracesOverOneColumn() {
        JsonNode figure = json(Chart.lines(table, "epoch", "loss", "top-1").title("A run"));
        assertEquals(2, figure.get("data").size());
        assertEquals("[1,2,3]", figure.at("/data/1/x").toString());
        assertEquals("[2.5,null,0.33333333]", figure.at("/data/0/y").toString());
        assertEquals("top-1", figure.at("/data/1/name").asText());
        assertEquals("A run", figure.at("/layout/title/text").asText());
        assertEquals("epoch", figure.at("/layout/xaxis/title/text").asText());
    }

    @Test
    void linesDifferInMoreThanColour() {
        JsonNode data = json(Chart.lines(table, "epoch", "loss", "top-1")).get("data");
        assertNotEquals(data.at("/0/line/dash"), data.at("/1/line/dash"));
        assertNotEquals(data.at("/0/marker/symbol"), data.at("/1/marker/symbol"));
    }

    @Test
    void barsStandOverNames() {
        JsonNode trace = json(Chart.bars(table, "class", "top-1")).at("/data/0");
        assertEquals("bar", trace.get("type").asText());
        assertEquals("[\"a\",\"b\",\"c\"]", trace.get("x").toString());
    }

    @Test
    void heatHasItsFirstRowOnTop() {
        JsonNode figure = json(Chart.heatmap(new double[][] {{1, 2}, {3, Double.POSITIVE_INFINITY}}));
        assertEquals("[[1.0,2.0],[3.0,null]]", figure.at("/data/0/z").toString());
        assertEquals("reversed", figure.at("/layout/yaxis/autorange").asText());
    }

    @Test
    void coloursOfAHeatPartAtZeroIfThereAreNegativeNumbers() {
        JsonNode weights = json(Chart.heatmap(new double[][] {{1, -2}})).at("/data/0");
        assertEquals(0, weights.get("zmid").asInt(-1));
        assertEquals("#f5f5f5", weights.at("/colorscale/2/1").asText());
        JsonNode counts = json(Chart.heatmap(new double[][] {{1, 2}})).at("/data/0");
        assertEquals("Viridis", counts.get("colorscale").asText());
        assertFalse(counts.has("zmid"));
    }

    @Test
    void fractionsOfAHeatHaveAboutFourDigits() {
        double[][] values = {{1 / 3.0, 2000 / 3.0, 123456, 1e-5 / 3, -0.0}, {1000.25, Double.NaN, 0.25, 1e20, 0}};
        assertEquals("[[0.3333,666.7,123456.0,3.333E-6,0.0],", rows(values).substring(0, 38));
        double[][] close = {{1000.123, 1000.128}};
        assertEquals("[[1000.123,1000.128]]", rows(close), "the range counts, not the size");
        assertEquals("[[0.6667,0.6667]]", rows(new double[][] {{2 / 3.0, 2 / 3.0}}));
    }

    @Test
    void aHundredRowsOfAHundredFractionsAre80Kilobytes() {
        var random = new Random(1);
        double[][] weights = Stream.generate(() -> random.doubles(100, -1, 1).toArray())
                .limit(100)
                .toArray(double[][]::new);
        assertEquals(80_000, rows(weights).length(), 5_000);
    }

    private static String rows(double[][] values) {
        return json(Chart.heatmap(values)).at("/data/0/z").toString();
    }

    @Test
    void anArrayWithTwoAxesIsAHeat() {
        try (NDManager manager = NDManager.newBaseManager()) {
            var matrix = manager.create(new float[] {1, 2.5f, 3, 4, 5, 6}, new Shape(2, 3));
            assertEquals(
                    "[[1.0,2.5,3.0],[4.0,5.0,6.0]]",
                    json(Chart.heatmap(matrix)).at("/data/0/z").toString());
            var line = manager.ones(new Shape(3));
            var error = assertThrows(IllegalArgumentException.class, () -> Chart.heatmap(line));
            assertEquals("shape (3) is no matrix: take array.get(\"0, 0\") or reshape it", error.getMessage());
        }
    }

    @Test
    void aPictureIsATraceWithItsPixels() throws IOException {
        var image = new BufferedImage(8, 4, BufferedImage.TYPE_INT_RGB);
        image.setRGB(1, 2, 0xff1020);
        JsonNode figure = json(Chart.image(image));
        JsonNode trace = figure.at("/data/0");
        assertEquals("image", trace.get("type").asText());
        assertEquals(0xffff1020, pixels(trace).getRGB(1, 2));
        assertEquals(1, trace.get("dx").asDouble());
        assertFalse(trace.get("zsmooth").asBoolean(true), "pixels that can be seen");
        assertEquals("x", figure.at("/layout/yaxis/scaleanchor").asText());
        assertFalse(figure.at("/layout/xaxis/visible").asBoolean(true));
        assertEquals("Chart: image", Chart.image(image).toString());
    }

    @Test
    void aLargePictureIsReducedAndKeepsItsAxes() throws IOException {
        JsonNode trace = json(Chart.image(new BufferedImage(1280, 640, BufferedImage.TYPE_INT_RGB)))
                .at("/data/0");
        assertEquals(320, pixels(trace).getWidth());
        assertEquals(160, pixels(trace).getHeight());
        assertEquals("4.0 4.0 1.5", trace.get("dx") + " " + trace.get("dy") + " " + trace.get("x0"));
        assertEquals("fast", trace.get("zsmooth").asText());
    }

    private static BufferedImage pixels(JsonNode trace) throws IOException {
        String source = trace.get("source").asText();
        String start = "data:image/png;base64,";
        assertTrue(source.startsWith(start), source);
        byte[] png = Base64.getDecoder().decode(source.substring(start.length()));
        return ImageIO.read(new ByteArrayInputStream(png));
    }

    @Test
    void anUnknownColumnListsThoseThereAre() {
        var error = assertThrows(IllegalArgumentException.class, () -> Chart.scatter(table, "epoch", "nope"));
        assertEquals("no column 'nope': there are 'epoch', 'loss', 'top-1', 'class'", error.getMessage());
        Table words = table.selectColumns("epoch", "class");
        var none = assertThrows(IllegalArgumentException.class, () -> Chart.lines(words, "epoch"));
        assertEquals("nothing to draw over epoch: no other numbers in 'epoch', 'class'", none.getMessage());
        var empty = assertThrows(IllegalArgumentException.class, () -> Chart.bars(List.of(), "epoch"));
        assertEquals("nothing to draw over epoch: the list is empty", empty.getMessage());
    }

    @Test
    void withoutNamesAllOtherNumbersAreDrawn() {
        assertEquals(json(Chart.lines(table, "epoch", "loss", "top-1")), json(Chart.lines(table, "epoch")));
    }

    @Test
    void aChartNeverChanges() {
        Chart chart = Chart.lines(table, "epoch", "loss");
        JsonNode before = json(chart);
        chart.title("other").axes("a", "b").with(Map.of("type", "bar")).layout(Map.of("height", 1));
        assertEquals(before, json(chart));
    }

    @Test
    void aChangedLayoutKeepsTheRest() {
        JsonNode layout = json(Chart.lines(table, "epoch", "loss").layout(Map.of("xaxis", Map.of("type", "log"))))
                .get("layout");
        assertEquals("log", layout.at("/xaxis/type").asText());
        assertEquals("epoch", layout.at("/xaxis/title/text").asText());
    }

    @Test
    void theSameChartIsTheSameText() {
        String text = json(Chart.lines(table, "epoch", "loss")).toString();
        assertTrue(
                text.startsWith(
                        "{\"data\":[{\"line\":{\"color\":\"#0f7fc2\",\"dash\":\"solid\",\"width\":2},\"marker\""),
                text);
    }

    @Test
    void textSaysWhatIsDrawn() {
        assertEquals(
                "Chart 'A run': loss, top-1",
                Chart.lines(table, "epoch", "loss", "top-1").title("A run").toString());
    }

    @Test
    void thirtySeriesHaveMarksOfTheirOwn() {
        assertEquals(
                30, IntStream.range(0, 30).mapToObj(Theme::marker).distinct().count());
    }

    @Test
    void coloursCanBeSeenOnWhiteAndOnDark() {
        for (String colour : Theme.COLOURS) {
            assertTrue(contrast(colour, "#ffffff") >= 3, colour + " on white " + contrast(colour, "#ffffff"));
            assertTrue(contrast(colour, "#111111") >= 3, colour + " on dark " + contrast(colour, "#111111"));
        }
        assertTrue(Math.min(contrast(Theme.INK, "#ffffff"), contrast(Theme.INK, "#111111")) > 4.2, "the ink");
    }

    /** Contrast ratio of two colours as the Web Content Accessibility Guidelines define it. */
    private static double contrast(String one, String other) {
        double a = luminance(one) + 0.05;
        double b = luminance(other) + 0.05;
        return Math.max(a, b) / Math.min(a, b);
    }

    private static double luminance(String colour) {
        double[] weights = {0.2126, 0.7152, 0.0722};
        return IntStream.range(0, 3)
                .mapToDouble(i -> {
                    double c = Integer.parseInt(colour.substring(1 + 2 * i, 3 + 2 * i), 16) / 255.0;
                    return weights[i] * (c <= 0.03928 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4));
                })
                .sum();
    }

    @Test
    void heatRefusesRaggedRows() {
        var error = assertThrows(
                IllegalArgumentException.class, () -> Chart.heatmap(new double[][] {{1, 2}, {3, 4}, {5, 6, 7}}));
        assertEquals("the rows have lengths [2, 3]: give rows of equal length", error.getMessage());
    }

    @Test
    void aPointOfACalibrationIsAsLargeAsItHasImages() {
        var few = new Calibration.Bin(0.2, 0.3, 1, 0.25, 0);
        var many = new Calibration.Bin(0.9, 1, 100, 0.95, 0.9);
        JsonNode figure = json(Chart.calibration(new Calibration("two", List.of(few, many))));
        JsonNode sizes = figure.at("/data/0/marker/size");
        assertEquals(10, sizes.get(1).asDouble() / sizes.get(0).asDouble(), 1e-9);
        assertEquals("1 image", figure.at("/data/0/hovertext/0").asText());
        assertEquals("100 images", figure.at("/data/0/hovertext/1").asText());
    }

    @Test
    void confusionKeepsTheTitleOfItsAxisOffTheClasses() {
        var pixels = new byte[][] {new byte[3 * 32 * 32], new byte[3 * 32 * 32]};
        var images = new ImageSet("squares", List.of("dark", "light"), 32, 32, pixels, new int[] {0, 1});
        try (Network network = Networks.smallCru(32).withClasses(2).build()) {
            JsonNode figure = json(Chart.confusion(Evaluation.of(network, images)));
            assertEquals("actual", figure.at("/layout/yaxis/title/text").asText());
            assertEquals("[\"dark\",\"light\"]", figure.at("/data/0/y").toString());
            var axis = figure.at("/layout/template/layout/yaxis");
            assertTrue(
                    axis.at("/automargin").asBoolean()
                            && axis.at("/title/standoff").asInt() > 0,
                    axis.toString());
        }
    }

    @Test
    void textNamesATraceOnce() {
        Chart panels = Panels.of("small", 3, new Curve(), new History(List.of()));
        assertEquals("Chart 'small': training, validation", panels.toString());
    }

    @Test
    void aMetricHasAPanel() {
        History history = new History(List.of(
                new Epoch(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, Map.of("worst class", 0.25)),
                new Epoch(2, 1, 1, 1, 1, 1, 1, 1, 1, 1, Map.of("worst class", 0.5))));
        JsonNode figure = json(Panels.of("small", 3, new Curve(), history));
        assertEquals("[0.25,0.5]", figure.at("/data/4/y").toString());
        assertEquals("y3", figure.at("/data/4/yaxis").asText());
        assertEquals("worst class", figure.at("/layout/yaxis3/title/text").asText());
        assertEquals(1, figure.at("/layout/xaxis3/domain/1").asDouble(), 1e-9);
    }

    @Test
    void aColumnOfTextAtTheEndGroupsTheLines() {
        record Fit(String method, int parameters, double error) {}
        var fits = List.of(new Fit("one", 1, 0.5), new Fit("other", 1, 0.6), new Fit("one", 2, 0.25));
        var data = (List<?>)
                Chart.lines(fits, "parameters", "error", "method").figure().get("data");
        assertEquals(2, data.size());
        assertEquals("one", ((Map<?, ?>) data.get(0)).get("name"));
        assertEquals(List.of(0.5, 0.25), ((Map<?, ?>) data.get(0)).get("y"));
        assertEquals(List.of(0.6), ((Map<?, ?>) data.get(1)).get("y"));
    }
}
