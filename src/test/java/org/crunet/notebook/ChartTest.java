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
import org.crunet.comparison.Setting;
import org.crunet.comparison.Summary;
import org.crunet.data.ImageSet;
import org.crunet.evaluation.Calibration;
import org.crunet.evaluation.Evaluation;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.training.Epoch;
import org.crunet.training.History;
import org.crunet.training.Recipe;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.BooleanColumn;
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
    void namesAreCategoriesWhateverTheyLookLike() {
        Table named = Table.create(
                StringColumn.create("class", "1", "10", "2026-01-02"),
                BooleanColumn.create("right", true, false, true),
                DoubleColumn.create("top-1", 0.1, 0.2, 0.3));
        for (Chart chart : List.of(
                Chart.bars(named, "class", "top-1"),
                Chart.lines(named, "right", "top-1"),
                Chart.slider("n", List.of(1, 2), n -> Chart.bars(named, "class", "top-1")))) {
            assertEquals("category", json(chart).at("/layout/xaxis/type").asText());
            assertTrue(json(chart).at("/layout/yaxis/type").isMissingNode(), "numbers");
        }
        assertEquals(
                "[\"1\",\"10\",\"2026-01-02\"]",
                json(Chart.bars(named, "class", "top-1")).at("/data/0/x").toString());
        JsonNode upright = json(Chart.scatter(named, "top-1", "class"));
        assertEquals("category", upright.at("/layout/yaxis/type").asText());
        assertTrue(upright.at("/layout/xaxis/type").isMissingNode());
        assertEquals(
                "strict", upright.at("/layout/template/layout/autotypenumbers").asText(), "text is no number");
    }

    @Test
    void namesAreTextAndNotHtml() {
        record Score(int epoch, double top1, String name) {}
        String link = "<a href='http://x'>R&D</a>";
        Chart chart = Chart.lines(List.of(new Score(1, 0.5, link)), "epoch", "top-1", "name");
        assertEquals(
                "&lt;a href='http://x'>R&amp;D&lt;/a>",
                json(chart).at("/data/0/name").asText());
        assertEquals("Chart: " + link, chart.toString());
        JsonNode choice = json(Chart.choice(List.of(link), any -> chart));
        assertEquals(
                "&lt;a href='http://x'>R&amp;D&lt;/a>",
                choice.at("/layout/updatemenus/0/buttons/0/label").asText());
    }

    @Test
    void seedsThatABrowserCannotTellApartAreNames() {
        record Run(long seed, double top1) {}
        long seed = (1L << 53) + 1;
        JsonNode bars = json(Chart.bars(List.of(new Run(seed, 0.5), new Run(seed + 1, 0.6)), "seed", "top-1"));
        assertEquals(
                "[\"9007199254740993\",\"9007199254740994\"]",
                bars.at("/data/0/x").toString());
        assertEquals("category", bars.at("/layout/xaxis/type").asText());
        JsonNode small = json(Chart.bars(List.of(new Run(1, 0.5), new Run(2, 0.6)), "seed", "top-1"));
        assertEquals("[1,2]", small.at("/data/0/x").toString());
    }

    @Test
    void valuesOfASweepAreTextToo() {
        Summary summary = new Summary("cru", 1, 1, 1, 0.5, 0.4, 0.6, 1, Map.of());
        List<Setting> all = Stream.of("<a href=x>R&D</a>", "10")
                .map(value -> Map.<String, Object>of("optimizer", value, "epochs", 7))
                .map(values -> new Setting(Networks.smallCru(16), Recipe.QUICK, values, summary))
                .toList();
        JsonNode chart = json(Heat.sweep(all, List.of("optimizer", "epochs")));
        assertEquals("&lt;a href=x>R&amp;D&lt;/a>", chart.at("/data/0/x/0").asText());
        assertEquals("category", chart.at("/layout/xaxis/type").asText());
    }

    @Test
    void longNamesAreCutAndWholeUnderTheMouse() {
        record Score(String name, int epoch, double top1) {}
        List<Score> scores = IntStream.range(0, 50)
                .mapToObj(i -> new Score("a".repeat(100) + i, 1, 0.5))
                .toList();
        JsonNode bars = json(Chart.bars(scores, "name", "top-1"));
        assertEquals(scores.get(49).name(), bars.at("/data/0/x/49").asText());
        JsonNode ticks = bars.at("/layout/xaxis/ticktext");
        assertEquals(17, ticks.size(), "no more than can be read");
        assertEquals(
                "a".repeat(20) + "\u2026" + "a".repeat(7) + "48", ticks.get(16).asText());
        assertEquals(scores.get(48).name(), bars.at("/layout/xaxis/tickvals/16").asText());
        JsonNode line = json(Chart.lines(scores, "epoch", "top-1", "name")).at("/data/0");
        assertEquals(
                "a".repeat(20) + "\u2026" + "a".repeat(8) + "0",
                line.get("name").asText());
        assertEquals(scores.get(0).name(), line.get("hovertext").asText());
    }

    @Test
    void numbersThatDifferStayDifferent() {
        double[] seconds = {1.7e9 + 0.25, 1.7e9 + 1, 1.7e9 + 2.5};
        double[] losses = {1000.00001, 1000.00002, 1000.00003};
        Table close = Table.create(DoubleColumn.create("seconds", seconds), DoubleColumn.create("loss", losses));
        JsonNode trace = json(Chart.lines(close, "seconds", "loss")).at("/data/0");
        assertEquals(
                "[1.70000000025E9,1.700000001E9,1.7000000025E9]", trace.get("x").toString());
        assertEquals("[1000.00001,1000.00002,1000.00003]", trace.get("y").toString());
        double[][] rows = {{1e9 + 0.5, 1e9 + 0.5}, {1e9 + 1.5, 1e9 + 1.5}};
        assertEquals("[[1.0000000005E9,1.0000000005E9],[1.0000000015E9,1.0000000015E9]]", rows(rows));
        JsonNode slider = json(Chart.slider("n", List.of(0, 1), n -> Chart.heatmap(new double[][] {rows[n]})));
        assertEquals(1e9 + 1.5, slider.at("/data/0/zmax").asDouble());
        assertEquals(
                "[0.1,0.3000001]",
                Json.clean(new float[] {0.1f, 0.3000001f}).toString().replace(" ", ""));
    }

    @Test
    void fractionsInATitleHaveFourDigits() {
        String title = "1653 numbers, error 0.052275774525196064, 12345.678 of 2.5, 3.3333333E-5";
        assertEquals(
                "1653 numbers, error 0.05228, 12346 of 2.5, 3.333E-5",
                json(Chart.lines(table, "epoch").title(title))
                        .at("/layout/title/text")
                        .asText());
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
        assertEquals(
                "[[0.666666666666667,0.666666666666667]]",
                rows(new double[][] {{2 / 3.0, 2 / 3.0}}),
                "in a slider they may differ from those of another chart");
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
        assertEquals(Theme.INK, figure.at("/layout/shapes/0/line/color").asText(), "seen on dark paper too");
        assertEquals("1 image", figure.at("/data/0/hovertext/0").asText());
        assertEquals("100 images", figure.at("/data/0/hovertext/1").asText());
    }

    @Test
    void confusionKeepsTheTitleOfItsAxisOffTheClasses() {
        var pixels = new byte[][] {new byte[3 * 32 * 32], new byte[3 * 32 * 32]};
        var images = new ImageSet("<b>squares", List.of("10", "<a href='x'>2"), 32, 32, pixels, new int[] {0, 1});
        try (Network network = Networks.smallCru(32).withClasses(2).build()) {
            JsonNode figure = json(Chart.confusion(Evaluation.of(network, images)));
            assertEquals("actual", figure.at("/layout/yaxis/title/text").asText());
            for (String axis : List.of("x", "y")) {
                assertEquals(
                        "[\"10\",\"&lt;a href='x'>2\"]",
                        figure.at("/data/0/" + axis).toString());
                assertEquals(
                        "category", figure.at("/layout/" + axis + "axis/type").asText());
            }
            assertTrue(figure.at("/layout/title/text").asText().contains(" of &lt;b>squares"));
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
