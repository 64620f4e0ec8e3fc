package org.crunet.notebook;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import javax.xml.parsers.DocumentBuilderFactory;
import org.crunet.block.CollectiveForm;
import org.crunet.block.CollectiveGroup;
import org.crunet.block.Normalisation;
import org.crunet.block.SharedFactors;
import org.crunet.network.Networks;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class DiagramTest {

    @Test
    void drawsEachSharedFactorOnceAndEachOwnOneInEveryUnit() {
        Output output = Diagram.of(new CollectiveGroup(3, 96, 60)).output();
        String svg = (String) output.data().get(Output.SVG);
        assertDoesNotThrow(() -> DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(svg))));
        assertEquals(2, count(svg, "fill=\"#ffe0b3\""));
        assertEquals(6, count(svg, "fill=\"#cfe3f7\""));
        assertEquals(3, count(svg, ">1x1, 96<"));
        assertTrue(svg.contains(">3x3, 60, 60 groups<"));
        assertTrue(output.text().contains("3 units share"), output.text());
    }

    @Test
    void theStandardFormHasOneOwnFactor() {
        SharedFactors shared = new SharedFactors(96, 60, 60);
        CollectiveForm form = CollectiveForm.STANDARD;
        Output output = Diagram.of(new CollectiveGroup(2, 96, 96, shared, 1, form, false, Normalisation.AUTHORS))
                .output();
        assertEquals(2, count((String) output.data().get(Output.SVG), "fill=\"#cfe3f7\""));
        assertTrue(output.text().contains("(shared) -> BN, ReLU -> 1x1, 96 -> + x"), output.text());
    }

    @Test
    void aNetworkIsDrawnWithABoxAUnitAndABarAGroup() {
        Output output = Diagram.of(Networks.CRU_NET_116).output();
        String svg = (String) output.data().get(Output.SVG);
        assertDoesNotThrow(() -> DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(svg))));
        assertEquals(2 + 3 + 6 + 18 + 3, count(svg, "fill=\"#cfe3f7\""));
        assertEquals(1 + 3, count(svg, "fill=\"#ffe0b3\""));
        assertTrue(svg.contains("14x14, 1024 channels"), svg);
    }

    private static int count(String text, String part) {
        return text.split(part, -1).length - 1;
    }
}
