package org.crunet.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.text.NumberFormat;
import java.util.List;
import java.util.Locale;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.training.History;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.numbers.NumberColumnFormatter;

/** On a machine whose language has a decimal comma, numbers are written as everywhere else. */
class LocaleTest {
    private final Locale before = Locale.getDefault();

    @BeforeEach
    void speakGerman() {
        Locale.setDefault(Locale.GERMANY);
        assertEquals("0,5", "%.1f".formatted(0.5), "the machine has a decimal comma");
    }

    @AfterEach
    void speakAsBefore() {
        Locale.setDefault(before);
    }

    private static List<String> cells(DoubleColumn column) {
        return Grid.of(Table.create(column)).columns().get(0).cells();
    }

    @Test
    void tablesRoundTheirNumbers() {
        assertEquals(List.of("1.968", "0.512"), cells(DoubleColumn.create("loss", 1.968190848827362, 0.51234)));
        Table counts = Table.create(IntColumn.create("n", new int[] {1234567}));
        assertEquals("n\n1,234,567", Grid.of(counts).text().replaceAll("(?m)^ +", ""));
        var longTable = Grid.of(Table.create(IntColumn.create("n", new int[1200])));
        assertEquals("rows 1-10 and 1,191-1,200 of 1,200 shown", longTable.note());
    }

    @Test
    void aFormatThatTheOwnerGaveStays() {
        var share = DoubleColumn.create("share", 0.5, 0.25);
        share.setPrintFormatter(NumberColumnFormatter.percent(1));
        assertEquals("50,0\u00a0%", cells(share).get(0), "as Tablesaw writes it");
    }

    @Test
    void aLanguageThatTheOwnerChoseStays() {
        var price = DoubleColumn.create("price", 1234.5);
        price.setPrintFormatter(NumberFormat.getCurrencyInstance(Locale.FRANCE), "");
        assertTrue(
                cells(price).get(0).endsWith("234,50\u00a0\u20ac"), cells(price).get(0));
    }

    @Test
    void theBarIsHtmlThatABrowserCanRead() {
        String html = (String) LiveTraining.progress(0.5, "half").data().get(Output.HTML);
        assertTrue(html.contains("<progress value=\"0.500\" max=\"1\">"), html);
    }

    @Test
    void aTrainingsPictureAndTextHaveNoComma() {
        var panels = Panels.of("small", 3, new Curve(), new History(List.of()));
        String svg = Sketch.of(panels).data().get(Output.SVG).toString();
        assertFalse(svg.contains("y=\"50,0\""));
        assertTrue(svg.contains("\"50.0\""));
        try (var kernel = new RecordingKernel()) {
            long[] time = {0};
            try (var progress = new LiveProgress("reading", 12345, () -> time[0], false)) {
                time[0] = 1_000_000_000L;
                progress.done(115);
                time[0] = 4_000_000_000L;
                progress.done(4115);
            }
            String text =
                    RecordingKernel.data(kernel.shown().get(0), Output.TEXT).toString();
            assertTrue(text.endsWith("reading: 4,115 of 12,345, 6 s left"), text);
        }
    }

    @Test
    void aNetworksSumHasCommasBetweenThousands() {
        try (Network network = Networks.smallCru(32).withClasses(8).build()) {
            String sum = String.format(Locale.ROOT, ", %,d parameters", network.parameters());
            assertTrue(Views.of(network).text().endsWith(sum), Views.of(network).text());
            assertTrue(Views.of(Networks.smallCru(32).withClasses(8)).text().endsWith(sum));
        }
    }

    @Test
    void memoryHasAPoint() {
        String memory = About.parts().get(7).version();
        assertTrue(memory.matches("\\d+\\.\\d GB, of which \\d+\\.\\d GB for Java's heap"), memory);
    }
}
