package org.crunet.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.nn.core.Linear;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.crunet.conversion.Converted;
import org.crunet.network.Architecture;
import org.crunet.network.Cost;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.Table;

class NetworkViewsTest {
    private final Architecture small = Networks.smallCru(32).withClasses(8);

    @Test
    void anArchitectureIsATableOfStagesWithSharingMarked() {
        String text = Views.of(small).text();
        String[] lines = text.split("\n");
        assertTrue(
                lines[2].startsWith("conv2")
                        && lines[2].contains(small.stages().get(0).toString()),
                text);
        assertTrue(lines[3].startsWith("conv3") && lines[3].endsWith("by 3 units"), text);
        assertTrue(lines[5].startsWith("head") && lines[5].contains("(1, 8)"), text);
        assertTrue(lines[6].endsWith(String.format(Locale.ROOT, "%,d parameters", small.parameters())), text);
    }

    @Test
    void aConversionIsATableOfUnitsWithTheirErrors() {
        try (Network network = small.build()) {
            Converted.Unit unit = new Converted.Unit("unit1", "96 x 192 x 3 x 3", 0.75, 0.5, 0.25, 57216, 57120);
            Converted.Unit shared = new Converted.Unit("shared", "", Double.NaN, Double.NaN, Double.NaN, 0, 24120);
            String text = Views.of(new Converted(network, "conv4", List.of(unit, shared)))
                    .text();
            assertTrue(text.contains("kernel error") && text.contains("parameters after"), text);
            assertTrue(text.contains("96 x 192 x 3 x 3") && text.contains("0.75"), text);
            assertFalse(text.contains("NaN"), text);
            assertTrue(text.contains("81,240 parameters instead of 57,216"), text);
        }
    }

    @Test
    void aNetworkIsATableOfLayersWithTheirSum() {
        try (Network network = small.build()) {
            String text = Views.of(network).text();
            assertTrue(text.contains("stem.conv"), text);
            assertTrue(text.contains("by 3 units"), text);
            assertTrue(text.contains(String.format(Locale.ROOT, "%,d parameters", network.parameters())), text);
        }
    }

    @Test
    void aBlockWithoutWeightsSaysSo() {
        String text = Views.of(Linear.builder().setUnits(3).build()).text();
        assertTrue(text.endsWith("1 layer, not initialised"), text);
        assertEquals(3, text.lines().count());
    }

    @Test
    void aBlockWithoutWeightsHasBlanksForWhatItDoesNotKnow() {
        String text = Views.of(small.block()).text();
        assertTrue(text.contains("batch norm"), text);
        assertTrue(text.endsWith(", not initialised"), text);
        assertFalse(text.lines().anyMatch(line -> line.matches(".*batch norm.* 0( .*|$)")), text);
    }

    @Test
    void aLayerThatHasNoParametersKeepsItsZero() {
        try (Network network = small.build()) {
            String text = Views.of(network).text();
            assertTrue(text.lines().anyMatch(line -> line.matches(".* 0( .*|$)")), text);
        }
    }

    @Test
    void aClosedNetworkSaysSo() {
        Network network = small.build();
        assertFalse(Views.of(network).text().contains("closed"));
        assertFalse(Views.of(network.block()).text().contains("closed"));
        network.close();
        assertTrue(
                Views.of(network).text().endsWith("parameters, closed"),
                Views.of(network).text());
        assertTrue(Views.of(network.block()).text().endsWith("parameters, closed"));
    }

    @Test
    void costIsATableOfStagesWithItsTotal() {
        Cost cost = Networks.CRU_NET_56.cost();
        Table table = Tables.of(cost);
        assertEquals(
                List.of("stage", "output", "parameters", "buffers", "multiply adds", "activations, MiB", "size, MiB"),
                table.columnNames());
        assertEquals("total", table.stringColumn("stage").get(6));
        assertEquals(25_609_384L, table.longColumn("parameters").get(6));
        assertEquals(98.0, table.doubleColumn("size, MiB").get(6), 0.05);
        assertTrue(Views.of(cost).text().endsWith(cost.name()));
    }

    @Test
    void networksAreATableWithARowEach() {
        Table table = Tables.of(List.of(Networks.RESNET_50, Networks.CRU_NET_56_TINY));
        assertEquals(2, table.rowCount());
        assertEquals(25_553_192L, table.longColumn("parameters").get(0));
        assertTrue(Views.of(Networks.all()).text().contains("CRU-Net-56 tiny 32x4d @x14 (widths inferred)"));
    }

    @Test
    void stagesOfSeveralNetworksStandSideBySide() {
        Table table = Tables.byStage("parameters", Networks.RESNET_50, small);
        assertEquals(List.of("stage", "ResNet-50", "small CRU-Net"), table.columnNames());
        assertEquals(
                Networks.RESNET_50.parameters(), table.doubleColumn("ResNet-50").sum());
        assertTrue(table.doubleColumn("small CRU-Net").isMissing(4), "it has no conv5");
        var twice = assertThrows(IllegalArgumentException.class, () -> Tables.byStage("parameters", small, small));
        assertTrue(twice.getMessage().contains("withName"), twice.getMessage());
        var error = assertThrows(IllegalArgumentException.class, () -> Tables.byStage("weight", small));
        assertTrue(error.getMessage().contains("'multiply adds', '"), error.getMessage());
    }

    /** The printed sizes are near the counted ones, but for the multiply-adds of the CRU networks. */
    @Test
    void table1AsPrintedJoinsWithWhatIsCounted() {
        Table joined = PaperResults.table1()
                .joinOn("network")
                .with(Tables.of(Networks.all()))
                .join();
        assertEquals(5, joined.rowCount());
        for (Row row : joined) {
            assertEquals(row.getLong("printed parameters"), row.getLong("parameters"), 0.15e6);
            boolean differs = Math.abs(row.getLong("printed multiply adds") - row.getLong("multiply adds")) > 0.06e9;
            assertEquals(row.getString("network").startsWith("CRU"), differs, row.getString("network"));
        }
    }

    /** Every figure has its source, and the printed sizes are those of the networks it is said of. */
    @Test
    void publishedResultsStandBesideWhatIsCounted() {
        Table all = PaperResults.results();
        for (Row row : all) {
            assertEquals(accuracy(row.getString("printed"), "top-1"), row.getDouble("top-1"), 1e-9, row::toString);
            assertEquals(accuracy(row.getString("printed"), "top-5"), row.getDouble("top-5"), 1e-9, row::toString);
        }
        assertEquals(14, all.rowCount());
        for (Row row : all) {
            assertFalse(row.getString("source").isBlank(), row.toString());
            assertTrue(row.getString("printed").matches(".*\\d.*"), row.toString());
        }
        int compared = 0;
        for (String data : List.of("ImageNet-1k", "Places365-Standard")) {
            for (Row row : PaperResults.counted(data)) {
                boolean both = !row.isMissing("printed MB") && !row.isMissing("counted MiB");
                if (both) {
                    assertEquals(row.getDouble("printed MB"), row.getDouble("counted MiB"), 1.01, row.toString());
                    compared++;
                }
            }
            assertEquals(
                    "Chart 'Published accuracies on " + data + "'",
                    PaperResults.chart(data).toString().split(":")[0]);
        }
        assertEquals(9, compared);
        String text = PaperResults.chart("Places365-Standard").toString();
        assertTrue(text.endsWith("ResNet-152, arXiv 1703.02180, ResNet-152, Zhou et al. 2017"), text);
        String message = assertThrows(IllegalArgumentException.class, () -> PaperResults.counted("CIFAR-10"))
                .getMessage();
        assertEquals("there are no results on CIFAR-10, only on [ImageNet-1k, Places365-Standard]", message);
    }

    /** What is printed, as a fraction that is right; no number where it is not printed. */
    private static double accuracy(String printed, String which) {
        Matcher number = Pattern.compile(which + " (error )?([0-9.]+) %").matcher(printed);
        if (!number.find()) {
            return Double.NaN;
        }
        double fraction = Double.parseDouble(number.group(2)) / 100;
        return number.group(1) == null ? fraction : 1 - fraction;
    }
}
