package org.crunet.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.nn.core.Linear;
import java.util.Locale;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.junit.jupiter.api.Test;

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
}
