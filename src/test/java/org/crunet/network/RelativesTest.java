package org.crunet.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.crunet.block.Sharing;
import org.crunet.block.Shortcut;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Counts are those of an independent implementation in PyTorch, layer by layer, and agree with what was printed. */
class RelativesTest {

    private static final Map<String, Architecture> ROWS = Relatives.all().stream()
            .map(Relatives.Row::network)
            .collect(Collectors.toMap(Architecture::name, row -> row, (a, b) -> a, TreeMap::new));

    @ParameterizedTest
    @CsvSource({
        "ResNet-20 (A), 269722, 40551040",
        "ResNet-32 (A), 464154, 68862592",
        "ResNet-44 (A), 658586, 97174144",
        "ResNet-56 (A), 853018, 125485696",
        "ResNet-110 (A), 1727962, 252887680",
        "ResNet-20 (B), 272474, 40813184",
        "ResNet-32 (B), 466906, 69124736",
        "ResNet-44 (B), 661338, 97436288",
        "ResNet-56 (B), 855770, 125747840",
        "ResNet-110 (B), 1730714, 253149824",
        "ResNet-164, 1704154, 247646720",
        "PreResNet-20, 272282, 40813184",
        "PreResNet-56, 855578, 125747840",
        "PreResNet-110, 1730522, 253149824",
        "PreResNet-164, 1703258, 244500992",
        "WRN-16-4, 2748890, 392612352",
        "WRN-40-1, 563930, 83280512",
        "WRN-40-4, 8949210, 1298582016",
        "WRN-28-10, 36479194, 5243328768",
        "ResNeXt-29 32x4d, 4775754, 774055936",
        "ResNeXt-29 8x64d, 34426698, 5387266048",
        "ShaResNet-164, 929114, 244500992",
        "Sha WRN-28-1, 272730, 54968960",
        "Sha WRN-40-4, 5852634, 1298582016",
        "Sha WRN-28-10, 26860084, 5243386368",
        "ShaResNet-34, 13613864, 3663761408",
        "ShaResNet-50, 20469800, 4089184256",
        "ShaResNet-101, 29434920, 7801405440",
        "ShaResNet-152, 36821032, 11513626624",
        "ResNet50-Shared, 20506664, 4089184256",
        "ResNet50-Shared++, 18262056, 4089184256",
        "ResNet101-Shared, 29471784, 7801405440",
        "ResNet-32-S8U1, 150666, 47628928",
        "ResNet-32-S16U1, 197258, 79086208",
        "ResNet-32-S16U1*, 245642, 79086208",
        "ResNet-56-S16U1*, 319226, 145932928",
        "ResNet-34-S48U1*, 11786968, 3249508352",
        "CRU-Net-46, 272466, 39969408",
        "CRU-Net-46 and rank 4, 273917, 38574720",
        "SWRN-28-1-4, 272802, 54968960",
        "SWRN-28-10-4, 26802466, 5243328768",
        "SWRN-28-14-2, 33537790, 10261816064"
    })
    void countsAreExact(String name, long parameters, long multiplyAdds) {
        Cost cost = ROWS.get(name).cost();
        assertEquals(parameters, cost.parameters());
        assertEquals(multiplyAdds, cost.multiplyAdds());
    }

    /** Parameters and multiply-adds of a CRU network of width D, whose factors have a matrix of a rank added, as a formula. */
    private static long[] cru(int width, int rank, int... units) {
        long parameters = 27 * 16;
        long multiplyAdds = 27 * 16 * 32 * 32;
        long in = 16;
        for (int stage = 0; stage < 3; stage++) {
            long n = units[stage];
            long c = 16L << stage;
            long d = (long) width << stage;
            long pixels = 32 * 32 >> 2 * stage;
            parameters += c * d + 9 * d + n * (2 * c + 4 * d + d * d + d * c + rank * (d + c + d + 9));
            multiplyAdds += n * pixels * (c * d + 9 * d + d * d + d * c);
            if (stage > 0) {
                parameters += 4 * in + in * c;
                multiplyAdds += in * c * (4 * pixels + pixels) + 3 * pixels * c * d;
            }
            in = c;
        }
        return new long[] {parameters + 2 * 64 + 65 * 10, multiplyAdds + 64 * 10};
    }

    @ParameterizedTest
    @CsvSource({"CRU-Net-46, 40, 0", "CRU-Net-46 and rank 4, 39, 4"})
    void aCruNetworkIsAsLargeAndAsDearAsThePlainOne(String name, int width, int rank) {
        Cost cost = ROWS.get(name).cost();
        Cost plain = ROWS.get("PreResNet-20").cost();
        assertArrayEquals(cru(width, rank, 2, 3, 6), new long[] {cost.parameters(), cost.multiplyAdds()});
        assertEquals(272_000, cost.parameters(), 0.008 * 272_000);
        assertEquals(1, cost.multiplyAdds() / (double) plain.multiplyAdds(), 0.06);
        assertEquals(Relatives.preResNet(20).stem(), ROWS.get(name).stem());
    }

    /** Each further unit of a stage then has a 1x1 and a channelwise 3x3 more. */
    @Test
    void theUnsharedTwinIsOneCallAway() {
        Architecture twin = ROWS.get("CRU-Net-46").withoutSharing().forParameters(272_000);
        assertEquals("CRU-Net-46 without sharing", twin.name());
        assertEquals(272_000, twin.parameters(), 0.008 * 272_000);
        assertEquals(46, twin.depth());
        long shared = ROWS.get("CRU-Net-46").parameters();
        long again = (16 + 9) * 40 + 2 * (32 + 9) * 80 + 5 * (64 + 9) * 160;
        assertEquals(shared + again, ROWS.get("CRU-Net-46").withoutSharing().parameters());
    }

    /** Rank times the numbers of both factors, for each of 11 units. */
    @Test
    void anOwnPartOfLowRankBeginsAtZero() {
        Architecture relaxed = ROWS.get("CRU-Net-46 and rank 4");
        long numbers = 2 * (16 + 9) * 39 + 3 * (32 + 9) * 78 + 6 * (64 + 9) * 156;
        assertEquals(4 * numbers, relaxed.cost().mixing());
        try (Network network = relaxed.build(1)) {
            assertArrayEquals(
                    network.weight("conv3.shared.core").toFloatArray(),
                    network.kernel("conv3.unit2.core.weight").toFloatArray());
        }
    }

    /** Templates times numbers of a kernel, for each of the 18 that are mixed. */
    @Test
    void mixingIsCountedBesideTheMultiplyAdds() {
        long widths = 160 * 160 + 320 * 320 + 640 * 640;
        assertEquals(6 * 4 * 9 * widths, ROWS.get("SWRN-28-10-4").cost().mixing());
        assertEquals(0, ROWS.get("WRN-28-10").cost().mixing());
    }

    @Test
    void theDepthIsTheOneInTheName() {
        assertEquals(20, Relatives.resNet(20, Shortcut.PROJECTION).depth());
        assertEquals(164, Relatives.preResNet164().depth());
    }

    @Test
    void aBudgetIsMetByTheWidths() {
        Architecture fitted = Networks.smallCru(32).forParameters(272_000);
        assertEquals(272_000, fitted.parameters(), 0.008 * 272_000);
        List<Integer> widths = fitted.stages().stream().map(Stage::width).toList();
        assertTrue(widths.get(2) > 120, widths.toString());
        assertEquals(0, widths.get(0) % 8, "the cardinality divides it");
    }

    @Test
    void aDepthThatCannotBeIsRefusedWithTheNearest() {
        refused(() -> Relatives.wideResNet(30, 1), "a Wide ResNet", "6 n + 4 layers, such as 28 or 34, not 30");
        refused(() -> Relatives.resNet(21, Shortcut.PROJECTION), "a ResNet", "such as 20 or 26, not 21");
        refused(() -> Relatives.preResNet(21), "a pre-activation ResNet", "6 n + 2 layers, such as 20 or 26, not 21");
        refused(() -> Relatives.preResNet(2), "such as 8 or 14, not 2");
        refused(() -> Relatives.softSharing(30, 1, 2), "such as 28 or 34, not 30");
    }

    @Test
    void filterBasesOfAnotherNetworkAreRefused() {
        Architecture resNet = Relatives.resNet(20, Shortcut.PROJECTION);
        for (Architecture other : List.of(
                Relatives.preResNet(20),
                Networks.original(Networks.RESNET_50),
                resNet.withSharing("conv2", Sharing.ALL),
                Relatives.filterBases(resNet, 4, 1, true))) {
            refused(() -> Relatives.filterBases(other, 4, 1, false), "plain basic units", "not " + other.name());
        }
    }

    private static void refused(Executable call, String... parts) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        List.of(parts).forEach(part -> assertTrue(message.contains(part), message));
    }
}
