package org.crunet.notebook;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.StringReader;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.crunet.block.CollectiveForm;
import org.crunet.block.CollectiveGroup;
import org.crunet.block.Normalisation;
import org.crunet.block.SharedFactors;
import org.crunet.block.Sharing;
import org.crunet.network.Architecture;
import org.crunet.network.Networks;
import org.crunet.network.Stage;
import org.crunet.tensor.Als;
import org.crunet.tensor.Collective;
import org.crunet.tensor.Decomposition;
import org.crunet.tensor.Rank;
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
    void whatIsNotSharedIsDrawnInEveryUnit() {
        SharedFactors shared = new SharedFactors(96, 60, 60, Sharing.CORE);
        CollectiveForm form = CollectiveForm.STANDARD;
        Output output = Diagram.of(new CollectiveGroup(2, 96, 96, shared, 1, form, false, Normalisation.AUTHORS))
                .output();
        String svg = (String) output.data().get(Output.SVG);
        assertEquals(1, count(svg, "fill=\"#ffe0b3\""));
        assertEquals(4, count(svg, "fill=\"#cfe3f7\""));
        assertTrue(output.text().contains("1x1, 60 -> 3x3, 60, 60 groups (shared)"), output.text());
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

    @Test
    void aNetworkHasBarsForWhatIsShared() {
        Architecture cru = Networks.CRU_NET_116;
        assertBars(cru, 4, "shared factors");
        assertBars(cru.withSharing(Sharing.REDUCE), 4, "shared 1x1");
        assertBars(cru.withSharing(Sharing.CORE), 4, "shared 3x3");
        assertBars(cru.withoutSharing(), 0);
        assertBars(cru.withoutSharing().withStage("conv3", stage -> stage.withSharing(Sharing.CORE)), 0);
        Architecture shortLast =
                cru.withStage("conv4", stage -> stage.withUnits(5).groupsOf(4));
        assertBars(shortLast, 2, "shared factors", "shared");
    }

    @Test
    void aFirstUnitWithA3x3OfItsOwnIsNotBesideABarForThe3x3() {
        int second = 64 + 20;
        Architecture both = Networks.CRU_NET_56_SEPARATE;
        Architecture core = both.withSharing(Sharing.CORE);
        String bar = "y=\"%d\" width=\"20\" height=\"%d\"";
        assertTrue(svg(both).contains(bar.formatted(64, 6 * 20 - 4)));
        assertTrue(svg(core).contains(bar.formatted(second, 5 * 20 - 4)));
        assertBars(core.withStage("conv4", stage -> stage.groupsOf(2)), 2);
        Stage withoutStride =
                Stage.collective(2, 4, 8).withSharing(Sharing.CORE).withSeparateStart(true);
        assertBars(core.withStages(withoutStride), 1);
    }

    private static void assertBars(Architecture network, int bars, String... labels) {
        String svg = svg(network);
        assertEquals(bars, count(svg, "fill=\"#ffe0b3\""), network.toString());
        List<String> found = Pattern.compile(">(shared[^<]*)<")
                .matcher(svg)
                .results()
                .map(result -> result.group(1))
                .distinct()
                .toList();
        assertEquals(List.of(labels), found);
    }

    private static String svg(Architecture network) {
        return (String) Diagram.of(network).output().data().get(Output.SVG);
    }

    @Test
    void drawsTheTermsOfAKernel() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Decomposition terms = Decompositions.read(manager, 8);
            Output output = Diagram.of(terms).captioned();
            String svg = (String) output.data().get(Output.SVG);
            assertWellFormed(svg);
            assertTrue(
                    svg.contains(">64 x 48 x 3 x 3<") && svg.contains(">64 x 4<") && svg.contains(">4 x 4 x 3 x 3<"));
            assertTrue(svg.contains("(R = 8 terms)"), svg);
            String html = (String) output.data().get(Output.HTML);
            assertTrue(html.contains("8 terms of core 4 x 4 x 3 x 3"), html);
        }
    }

    @Test
    void oneTermIsNotNumbered() {
        try (NDManager manager = NDManager.newBaseManager()) {
            String svg = (String)
                    Diagram.of(Decompositions.read(manager, 1)).output().data().get(Output.SVG);
            assertTrue(!svg.contains("R = ") && svg.contains(">A4<"), svg);
        }
    }

    @Test
    void whatKernelsShareIsOrange() {
        try (NDManager manager = NDManager.newBaseManager()) {
            List<NDArray> kernels = IntStream.range(0, 4)
                    .mapToObj(i -> manager.randomNormal(new Shape(12, 10, 3, 3)))
                    .toList();
            var found = Collective.of(kernels, 3, new Rank(1, 1)).factorise(Als.DEFAULT.withSweeps(2));
            String svg = (String) Diagram.of(found).output().data().get(Output.SVG);
            assertWellFormed(svg);
            assertEquals(3 * 3, count(svg, "fill=\"#ffe0b3\""), "core, its depth and input factor of three units");
            assertTrue(svg.contains("and 1 more"), svg);
        }
    }

    private static void assertWellFormed(String svg) {
        assertDoesNotThrow(() -> DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(svg))));
    }

    private static int count(String text, String part) {
        return text.split(part, -1).length - 1;
    }
}
