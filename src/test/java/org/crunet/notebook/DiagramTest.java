package org.crunet.notebook;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.crunet.block.CollectiveForm;
import org.crunet.block.CollectiveUnit;
import org.crunet.block.Normalisation;
import org.crunet.block.Sharing;
import org.crunet.block.Shortcut;
import org.crunet.block.UnitGroup;
import org.crunet.network.Architecture;
import org.crunet.network.Networks;
import org.crunet.network.Relatives;
import org.crunet.network.Stage;
import org.crunet.tensor.AlsSettings;
import org.crunet.tensor.Collective;
import org.crunet.tensor.Decomposition;
import org.crunet.tensor.Rank;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class DiagramTest {

    @Test
    void drawsEachSharedFactorOnceAndEachOwnOneInEveryUnit() {
        Output output = Diagram.of(UnitGroup.collective(3, 96, 60)).output();
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
        Output output = Diagram.of(standard(Map.of("reduce", Sharing.ALL, "core", Sharing.ALL)))
                .output();
        assertEquals(2, count((String) output.data().get(Output.SVG), "fill=\"#cfe3f7\""));
        assertTrue(output.text().contains("(shared) -> BN, ReLU -> 1x1, 96 -> + x"), output.text());
    }

    @Test
    void whatIsNotSharedIsDrawnInEveryUnit() {
        Output output = Diagram.of(standard(Map.of("core", Sharing.ALL))).output();
        String svg = (String) output.data().get(Output.SVG);
        assertEquals(1, count(svg, "fill=\"#ffe0b3\""));
        assertEquals(4, count(svg, "fill=\"#cfe3f7\""));
        assertTrue(output.text().contains("1x1, 60 -> 3x3, 60, 60 groups (shared)"), output.text());
    }

    @Test
    void aFirstUnitHasTheBoxOfItsOwn3x3AndIsNotInTheBar() {
        Map<String, Sharing> sharing = Map.of("reduce", Sharing.ALL, "core", Sharing.STRIDE_1);
        Output output = Diagram.of(separate(3, 60, sharing)).output();
        String svg = (String) output.data().get(Output.SVG);
        assertEquals(2, count(svg, "fill=\"#ffe0b3\""));
        assertEquals(1 + 2 * 3, count(svg, "fill=\"#cfe3f7\""));
        assertEquals(2, count(svg, ">3x3, 60, 60 groups<"), "units 2 and 3");
        assertTrue(svg.contains("<rect x=\"202\" y=\"140\" width=\"450\""), "from unit 2 to the right: " + svg);
        assertTrue(output.text().contains("1x1, 60 (shared) -> 3x3, 60, 60 groups (shared by 2)"), output.text());
    }

    @Test
    void aUnitAloneSharesNothing() {
        Output one = Diagram.of(UnitGroup.collective(1, 96, 60)).output();
        assertEquals(0, count((String) one.data().get(Output.SVG), "fill=\"#ffe0b3\""));
        assertTrue(one.text().contains("3x3, 60, 60 groups -> ") && one.text().endsWith("; 1 unit"), one.text());
        Output two =
                Diagram.of(separate(2, 60, Map.of("core", Sharing.STRIDE_1))).output();
        assertEquals(0, count((String) two.data().get(Output.SVG), "fill=\"#ffe0b3\""));
        assertTrue(two.text().endsWith("; 2 units"), two.text());
    }

    private static UnitGroup separate(int units, int width, Map<String, Sharing> sharing) {
        return group(units, 48, 2, width, CollectiveForm.IMPROVED, sharing);
    }

    private static UnitGroup standard(Map<String, Sharing> sharing) {
        return group(2, 96, 1, 60, CollectiveForm.STANDARD, sharing);
    }

    private static UnitGroup group(
            int units, int in, int stride, int width, CollectiveForm form, Map<String, Sharing> sharing) {
        return new UnitGroup(
                0,
                units,
                in,
                96,
                stride,
                sharing,
                Map.of(),
                null,
                place -> new CollectiveUnit(place, 96, width, width, form, Normalisation.AUTHORS));
    }

    /** At 13 pixels a character is less than 8 wide on average, also in a wide font such as DejaVu Sans. */
    @Test
    void labelsAreInsideTheirBoxes() {
        String svg = (String) Diagram.of(separate(2, 1152, Map.of("reduce", Sharing.ALL)))
                .output()
                .data()
                .get(Output.SVG);
        int inside = 0;
        for (MatchResult box : found(svg, "<rect x=\"(\\d+)\" y=\"(\\d+)\" width=\"100\" height=\"(\\d+)\"")) {
            for (MatchResult text : found(svg, "<text x=\"(\\d+)\" y=\"(\\d+)\"[^>]*>([^<]+)<")) {
                int below = number(text, 2) - number(box, 2);
                if (number(text, 1) == number(box, 1) + 50 && below > 0 && below < number(box, 3)) {
                    assertTrue(text.group(3).length() * 8 < 100, text.group(3));
                    inside++;
                }
            }
        }
        assertEquals(2 * (3 + 2 + 2), inside, "BN, ReLU, two own 1x1, and the own 3x3 in two lines");
    }

    private static List<MatchResult> found(String svg, String pattern) {
        return Pattern.compile(pattern).matcher(svg).results().toList();
    }

    private static int number(MatchResult result, int group) {
        return Integer.parseInt(result.group(group));
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
        assertBars(cru.withSharing("core", Sharing.OWN), 4, "shared 1x1");
        assertBars(cru.withSharing("reduce", Sharing.OWN), 4, "shared 3x3");
        assertBars(cru.withoutSharing(), 0);
        assertBars(cru.withoutSharing().withStage("conv3", stage -> stage.withSharing("reduce", Sharing.OWN)), 0);
        Architecture shortLast =
                cru.withStage("conv4", stage -> stage.withUnits(5).withGroupsOf(4));
        assertBars(shortLast, 2, "shared factors", "shared");
    }

    @Test
    void aFirstUnitWithA3x3OfItsOwnIsNotBesideABarForThe3x3() {
        int second = 64 + 20;
        Architecture both = Networks.CRU_NET_56_SEPARATE;
        Architecture core = both.withSharing("reduce", Sharing.OWN);
        String bar = "y=\"%d\" width=\"20\" height=\"%d\"";
        assertTrue(svg(both).contains(bar.formatted(64, 6 * 20 - 4)));
        assertTrue(svg(core).contains(bar.formatted(second, 5 * 20 - 4)));
        assertBars(core.withStage("conv4", stage -> stage.withGroupsOf(2)), 2);
        Stage withoutStride =
                Stage.collective(2, 4, 8).withSharing("reduce", Sharing.OWN).withSeparateStart(true);
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
            var found = Collective.of(kernels, 3, new Rank(1, 1)).factorise(AlsSettings.DEFAULT.withSweeps(2));
            String svg = (String) Diagram.of(found).output().data().get(Output.SVG);
            assertWellFormed(svg);
            assertEquals(3 * 3, count(svg, "fill=\"#ffe0b3\""), "core, its depth and input factor of three units");
            assertTrue(svg.contains("and 1 more"), svg);
        }
    }

    @Test
    void severalOwnersAreNumbered() {
        Architecture network = Relatives.resNet(20, Shortcut.PROJECTION)
                .withStage("conv2", stage -> stage.withUnits(4))
                .withSharing("conv2", Sharing.ALL)
                .withStage("conv2", stage -> stage.withSharing("conv2", Sharing.of(0, 1, 0, 1)));
        String svg = (String) Diagram.of(network, "conv2").output().data().get(Output.SVG);
        assertEquals(4, count(svg, "fill=\"#ffe0b3\""));
        assertEquals(List.of("1", "2", "1", "2"), numbers(svg));
        String one = (String) Diagram.of(network, "conv3").output().data().get(Output.SVG);
        assertEquals(List.of(), numbers(one), "one owner");
    }

    private static List<String> numbers(String svg) {
        return Pattern.compile(">(\\d)</text>")
                .matcher(svg)
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    @Test
    void kernelsComputedFromWhatIsSharedAreDrawnSo() {
        Output output = Diagram.of(Relatives.softSharing(22, 1, 2), "conv2").output();
        String svg = (String) output.data().get(Output.SVG);
        assertWellFormed(svg);
        assertEquals(count(svg, "fill=\"#ffe0b3\""), count(svg, ">from shared<"));
        assertTrue(count(svg, ">from shared<") > 1, svg);
        assertTrue(output.text().contains("(from shared)") && output.text().endsWith("share"), output.text());
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
