package org.crunet.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.pooling.Pool;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.block.Chain;
import org.crunet.block.Conv;
import org.crunet.block.Flow;
import org.crunet.block.FlowBlock;
import org.crunet.block.Kernel;
import org.crunet.block.Place;
import org.crunet.block.Sharing;
import org.crunet.block.Unit;
import org.crunet.exchange.Onnx;
import org.crunet.exchange.OnnxNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Any way to share is treated as the paper's networks are. */
class SchemesTest {

    @TempDir
    private Path folder;

    static Stream<Architecture> all() {
        return Schemes.all().stream();
    }

    @Test
    void countsAreThoseOfTheFormulas() {
        Map<String, Long> found = new TreeMap<>();
        Schemes.all().forEach(scheme -> found.put(scheme.name(), scheme.parameters()));
        long plain = Schemes.shaResNet().withoutSharing().parameters();
        long conv8 = 9 * 8 * 8;
        long conv16 = 9 * 16 * 16;
        assertEquals(plain - conv8 - conv16, found.get("ShaResNet"));
        assertEquals(plain - conv8 - conv16, found.get("free colouring"));
        assertEquals(plain - 2 * (conv8 + conv16) + 2 * 4 * 2, found.get("soft sharing"));
        assertEquals(plain - 3 * (conv8 + conv16) + conv16, found.get("slices of one kernel"));
        long[] cp = {5 * (1 + 3 + 8 + 8 + 3 + 3), 5 * (1 + 3 + 16 + 16 + 3 + 3)};
        assertEquals(plain - 3 * (conv8 + conv16) + cp[0] + cp[1], found.get("CP"));
        long cores = 2 * 4 * 5 * 3 * 2 + 1 * 6 * 3 * 2 * 3;
        long own = 2 * 2 + 2 * 1;
        long kernel = 3 * 3 + 3 * 2 + 3 * 2 + 3 * 3;
        long channels = 4 + 5 + 6 + 3;
        assertEquals(
                plain - 4 * (conv8 + conv16) + 2 * (cores + own + kernel) + (8 + 16) * channels, found.get("Tucker"));
        long next = 49 * 8 + 2 * 8;
        assertEquals(27 * 8 + 2 * 8 + 3 * next + 2 * 8 * 32 + 8 * 8 + 8, found.get("shared ConvNeXt"));
    }

    /** Of a unit of the second stage, from its factors number by number. */
    @Test
    void jointlyFactorisedKernelsAreSumsOverTheRanks() {
        try (Network network = Schemes.cp().build(1)) {
            float[] lambda = network.weight("conv3.shared.conv2_lambda").toFloatArray();
            float[] own = network.weight("conv3.unit2.conv2.own").toFloatArray();
            float[][] f = factors(network, "conv3.shared.conv2");
            assertKernel(
                    network,
                    "conv3.unit2.conv2.weight",
                    (o, i, h, w) -> IntStream.range(0, 5)
                            .mapToDouble(r -> lambda[r]
                                    * own[r]
                                    * f[0][o * 5 + r]
                                    * f[1][r * 16 + i]
                                    * f[2][r * 3 + h]
                                    * f[3][r * 3 + w])
                            .sum());
        }
        try (Network network = Schemes.tucker().build(1)) {
            float[] core = network.weight("conv3.shared.conv1_core").toFloatArray();
            float[] own = network.weight("conv3.unit3.conv1.own").toFloatArray();
            float[][] f = factors(network, "conv3.shared.conv1");
            assertEquals(2 * 4 * 5 * 3 * 2, core.length);
            assertKernel(
                    network,
                    "conv3.unit3.conv1.weight",
                    (o, i, h, w) -> IntStream.range(0, core.length)
                            .mapToDouble(at -> core[at]
                                    * own[at / 120]
                                    * f[0][o * 4 + at / 30 % 4]
                                    * f[1][at / 6 % 5 * 16 + i]
                                    * f[2][at / 2 % 3 * 3 + h]
                                    * f[3][at % 2 * 3 + w])
                            .sum());
        }
    }

    /** Units 1 and 3 have one decomposition, unit 2 another: eight rows of eight numbers. */
    @Test
    void factorsOfNumberedOwnersBeginOrthonormalToo() {
        Architecture two =
                Relatives.tucker(Schemes.shaResNet().withoutSharing(), "conv2", Sharing.of(0, 1, 0), 1, 4, 4, 2, 2);
        try (Network network = two.build(1)) {
            for (String owner : List.of("1", "2")) {
                NDArray factor = network.weight("conv3.shared.conv2_in" + owner);
                assertEquals(new Shape(4, 16), factor.getShape());
                float[] products = factor.matMul(factor.transpose()).toFloatArray();
                for (int at = 0; at < 16; at++) {
                    assertEquals(at % 5 == 0 ? 1 : 0, products[at], 1e-5);
                }
            }
        }
    }

    @Test
    void factorsThatCannotBeAreRefused() {
        Architecture network = Schemes.cp();
        assertMessage(() -> Relatives.tucker(network, "conv1", Sharing.ALL, 1, 2), "five ranks are needed, not [1, 2]");
        assertMessage(
                () -> Relatives.cp(network, "conv2", Sharing.ALL, 0), "conv2_out needs one number or more, not (8, 0)");
        assertMessage(
                () -> Relatives.lowRank(network, 1, "conv2"),
                "no unit of CP shares conv2: first withSharing(\"conv2\",");
        Kernel vector = Kernel.stored("a", new Shape(2, 1, 3));
        assertEquals(
                new Shape(2, 4, 3),
                vector.times(Kernel.stored("b", new Shape(1, 4, 3))).shape());
        for (Shape other : List.of(new Shape(2, 3), new Shape(2, 1, 2))) {
            assertMessage(() -> vector.times(Kernel.stored("b", other)), "(2, 1, 3) and " + other);
        }
    }

    @Test
    void kernelsThatCannotBeAreRefused() {
        Kernel kernel = Kernel.stored("k", new Shape(8, 8, 3, 3));
        for (long[] part : new long[][] {{-1, 4}, {0, 4}, {4, 0}, {9, 4}, {4, 9}}) {
            assertMessage(
                    () -> kernel.slice(part[0], part[1]),
                    "a slice of (8, 8, 3, 3) has one and at most so many filters and channels: " + part[0] + ", "
                            + part[1]);
        }
        assertMessage(() -> Kernel.stored("v", new Shape(8)).slice(4, 4), "not of (8)");
        assertMessage(Kernel::concat, "a stack needs one kernel or more");
    }

    private static float[][] factors(Network network, String prefix) {
        return Stream.of("_out", "_in", "_height", "_width")
                .map(mode -> network.weight(prefix + mode).toFloatArray())
                .toArray(float[][]::new);
    }

    private interface Formula {
        double at(int o, int i, int h, int w);
    }

    private static void assertKernel(Network network, String name, Formula formula) {
        NDArray kernel = network.kernel(name);
        float[] numbers = kernel.toFloatArray();
        Shape shape = kernel.getShape();
        assertEquals(new Shape(16, 16, 3, 3), shape);
        for (int at = 0; at < numbers.length; at++) {
            double expected = formula.at(at / 144, at / 9 % 16, at / 3 % 3, at % 3);
            assertEquals(expected, numbers[at], 1e-5, name + " at " + at);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void savedAndLoadedAndSentAndExportedItComputesTheSame(Architecture scheme) throws Exception {
        Path weights = folder.resolve("weights.safetensors");
        Path onnx = folder.resolve("network.onnx");
        try (Network network = scheme.build(3)) {
            NDArray x = Golden.fill(network.manager(), "input", scheme.input(2));
            float[] logits = network.forward(x).toFloatArray();
            network.save(weights);
            try (Network loaded = scheme.load(weights)) {
                assertArrayEquals(
                        logits,
                        loaded.forward(Golden.fill(loaded.manager(), "input", scheme.input(2)))
                                .toFloatArray());
            }
            try (Network.Folded folded = network.folded()) {
                assertArrayEquals(logits, folded.forward(x).toFloatArray(), 1e-4f);
            }
            assertEquals(scheme, sent(scheme));
            try (Network sent = sent(Traced.of(network)).unpack()) {
                NDArray there = Golden.fill(sent.manager(), "input", scheme.input(2));
                assertArrayEquals(logits, sent.forward(there).toFloatArray(), "what is sent, to the last bit");
            }
            Onnx.save(network, onnx);
            try (OnnxNetwork exported = Onnx.open(onnx)) {
                assertArrayEquals(logits, exported.forward(x).toFloatArray(), 1e-4f);
            }
        }
    }

    @Test
    void aNetworkOfOnesOwnIsTreatedLikeOneOfThePaper() {
        Architecture own = Schemes.whole();
        long norms = 2 * 8;
        assertEquals(27 * 8 + norms + 9 * 8 * 8 + 3 * norms + norms + 8 * 8 + 8, own.parameters());
        assertEquals((27 * 8 + 3 * 9 * 8 * 8) * 16 * 16 + 8 * 8, own.cost().multiplyAdds());
        assertEquals(1 + 3 + 1, own.depth());
        assertEquals(List.of("one 3x3 for all"), own.ownCode());
        assertEquals(own, Schemes.whole(), "what has one name is one");
        assertMessage(() -> own.withSharing("core", Sharing.ALL), "no unit has a role core");
        assertMessage(() -> own.forParameters(10_000), "do not change the size of one 3x3 for all");
        assertMessage(() -> own.stage("conv2"), "there is no stage conv2 in one 3x3 for all");
        assertMessage(() -> own.withStages(Stage.basic(1, 8)), "a stem and stages, or neither");
        Architecture more = own.withClasses(5).withInputChannels(1).withImageSize(9);
        try (Network network = more.build(7);
                Network again = more.build(7);
                Network other = more.build(8)) {
            assertEquals(network.fingerprint(), again.fingerprint());
            assertNotEquals(network.fingerprint(), other.fingerprint());
            NDArray x = Golden.fill(network.manager(), "input", more.input(2));
            assertEquals(new Shape(2, 5), network.forward(x).getShape());
            NDArray averages = Pool.globalAvgPool2d(network.features(x));
            NDArray logits =
                    averages.matMul(network.classifier().transpose()).add(network.weight("head.classifier.bias"));
            assertArrayEquals(network.forward(x).toFloatArray(), logits.toFloatArray(), 1e-5f);
        }
    }

    @Test
    void aHeadOfOnesOwnStandsBehindTheStages() {
        Head twice = Head.named("two pools", (in, classes, norm) -> new Lost(true, true));
        Architecture small = Schemes.shaResNet();
        assertNotEquals(small.key(), small.withHead(twice).key());
        assertEquals(small.key(), small.withHead(Head.linear()).key());
        assertMessage(
                () -> small.withHead((in, classes, norm) -> new Lost(true, true))
                        .key(),
                "give it a name");
        try (Network lost = Network.of(new Lost(true, true), new Shape(1, 4, 5, 5))) {
            NDArray x = Golden.fill(lost.manager(), "input", lost.input());
            assertMessage(() -> lost.features(x), "averages nowhere");
            assertMessage(lost::classifier, "does not end in flow.averagePool and a linear layer");
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> T sent(T here) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(here);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (T) in.readObject();
        }
    }

    /** A convolution that nobody adds, and one that nothing runs. */
    private static final class Lost extends FlowBlock {

        private final Conv conv = new Conv(4, 4, 3, 1, 1);
        private final boolean run;

        Lost(boolean added, boolean run) {
            super(4);
            this.run = run;
            if (added) {
                addChildBlock("conv", conv);
            }
        }

        @Override
        public <T> T apply(Flow<T> flow, T x) {
            return run ? flow.conv(conv, x) : flow.relu(x);
        }

        @Override
        public String toString() {
            return "lost";
        }
    }

    @Test
    void whatBelongsToNobodyOrIsNeverRunIsRefusedByName() {
        Shape input = new Shape(1, 4, 5, 5);
        Network.of(new Lost(true, true), input).close();
        assertMessage(
                () -> Network.of(new Lost(false, true), input),
                "(lost) runs (conv 3x3, 4 -> 4), which no block owns: addChildBlock");
        assertMessage(
                () -> Network.of(new Lost(true, false), input), "conv (conv 3x3, 4 -> 4) has weights but is never run");
    }

    /** Two convolutions in a row, whatever they are called; between them a kept value goes through a dropout and past it. */
    private static final class Two extends Unit {
        private final Conv first;
        private final Conv second;
        private final float halved;

        Two(Place place, String one, String other, boolean halved) {
            super(place, "two", "");
            first = conv(one, place.in(), place.in(), 3, 1, 1);
            second = conv(other, place.in(), place.in(), 3, 1, 1);
            this.halved = halved ? 0.5f : 1;
        }

        @Override
        public <T> T apply(Flow<T> flow, T x) {
            T kept = flow.keep(flow.conv(first, x));
            T y = flow.conv(second, flow.add(flow.dropout(kept, 0.3f), kept));
            if (halved < 1 && y instanceof NDArray array) {
                @SuppressWarnings("unchecked")
                T half = (T) array.mul(halved);
                return flow.add(half, x);
            }
            return flow.add(y, x);
        }
    }

    private static Architecture two(String one, String other, boolean halved) {
        Stage stage = Stage.of("two", 3, 8, (place, here, norm) -> new Two(place, one, other, halved));
        return Schemes.shaResNet().withStages(stage).withStem(Stem.small(8, 1)).withName("two");
    }

    @Test
    void twoOfOneNameAreRefused() {
        try (Network network = two("conv", "conv1", false).build()) {
            NDArray x = Golden.fill(network.manager(), "input", network.input());
            network.forward(x);
            network.forward(x, true);
            network.toSerializable();
        }
        assertMessage(two("conv", "conv", false)::build, "has two roles called conv");
        Architecture digits = two("conv", "conv1", false).withSharing("conv", Sharing.of(0, 1, 0));
        assertMessage(() -> digits.withSharing("conv1", Sharing.ALL), "conv and conv1 would both be called conv1");
        assertMessage(
                () -> Network.of(
                        new Chain().then("a", new Conv(4, 4, 3, 1, 1)).then("a", new Conv(4, 4, 3, 1, 1)),
                        new Shape(1, 4, 5, 5)),
                "has two children called a");
        SequentialBlock alike = new SequentialBlock();
        for (int i = 0; i < 2; i++) {
            alike.add(Conv2d.builder()
                    .setFilters(4)
                    .setKernelShape(new Shape(1, 1))
                    .build());
        }
        try (Network network = Network.of(alike, new Shape(1, 4, 5, 5))) {
            assertEquals(
                    2 * (4 * 4 + 4),
                    network.parameters(),
                    Weights.of(alike).keySet().toString());
        }
    }

    @Test
    void whatGoesRoundItsStepsIsNotSent() {
        try (Network network = two("first", "second", true).build()) {
            assertMessage(network::toSerializable, "would compute other numbers than two");
        }
    }

    @Test
    void aStoredTensorIsMadeForOneNetworkAndUsed() {
        Kernel captured = Kernel.stored("big", new Shape(16, 16, 3, 3));
        Architecture twice = Schemes.shaResNet()
                .withKernels("conv1", "captured", (place, shape) -> captured.slice(shape.get(0), shape.get(1)));
        assertMessage(twice::parameters, "big was made for another network: make it inside the maker");
        assertMessage(
                () -> Schemes.shaResNet()
                        .withKernels("conv1", "too small", (place, shape) -> Kernel.stored("w", new Shape(3, 3))),
                "too small computes (3, 3) as conv1 of unit1, not the kernel that is needed there, (8, 16, 3, 3)");
        Architecture vain = Schemes.shaResNet().withKernels("conv1", "in vain", (place, shape) -> {
            place.stored("never", new Shape(7));
            return null;
        });
        assertMessage(
                vain.withSharing("never", Sharing.ALL)::build, "never is stored but no kernel is computed from it");
        assertMessage(
                () -> new Conv(
                        4,
                        4,
                        1,
                        1,
                        1,
                        Kernel.product(Kernel.stored("k", new Shape(4, 2)), Kernel.stored("k", new Shape(2, 4)))
                                .reshape(new Shape(4, 4, 1, 1))),
                "need different names: [k, k]");
    }

    @Test
    void mapsThatCannotBeAreRefused() {
        Architecture sha = Schemes.shaResNet();
        assertMessage(() -> sha.withSharing("core", Sharing.ALL), "no unit has a role core: there are [conv1, conv2");
        assertMessage(() -> sha.withSharing("conv2", Sharing.ALL_BUT_FIRST), "already in all of ShaResNet");
        assertMessage(() -> sha.withSharing("conv2", Sharing.of(0, 1)), "owners of 3");
        assertMessage(
                () -> sha.withSharing("conv1", Sharing.ALL),
                "unit1 and unit2 cannot share conv1: (8, 16, 3, 3) and (8, 8, 3, 3)");
        assertMessage(
                () -> sha.withSharing("conv2", Sharing.across("both")),
                "cannot share both: (8, 8, 3, 3) and (16, 16, 3, 3)");
    }

    @Test
    void mapsByWhichEachUnitRunsWhatItRanBeforeAreRefused() {
        Architecture plain = Schemes.shaResNet().withoutSharing();
        for (Sharing none : List.of(Sharing.groupsOf(1), Sharing.of(0, 1, 2), Sharing.of(1, 0, 2), Sharing.OWN)) {
            assertMessage(() -> plain.withSharing("conv2", none), "conv2 is " + none + " already in all of ShaResNet");
        }
        Architecture colouring = Schemes.colouring();
        assertMessage(() -> colouring.withSharing("conv2", Sharing.of(2, 0, 2)), "owned by [2, 0, 2] already");
        assertEquals(
                colouring.parameters(),
                colouring.withSharing("conv2", Sharing.of(0, 0, 1)).parameters());
        Architecture single = plain.withStages(Stage.basic(1, 8), Stage.basic(1, 16));
        assertMessage(() -> single.withSharing("conv2", Sharing.ALL), "conv2 is shared already");
        Architecture alike = plain.withStages(Stage.basic(1, 8), Stage.basic(1, 8));
        assertEquals(
                alike.parameters() - 9 * 8 * 8,
                alike.withSharing("conv2", Sharing.across("both")).parameters());
        assertEquals(
                Relatives.cp(plain, "conv2", Sharing.ALL, 4).parameters()
                        + 2 * 4 * (1 + 8 + 8 + 6)
                        + 2 * 4 * (1 + 16 + 16 + 6),
                Relatives.cp(plain, "conv2", Sharing.groupsOf(1), 4).parameters(),
                "factors of each unit's own");
    }

    @Test
    void oneKernelOfSeveralStagesIsStoredOnce() {
        Architecture slices = Schemes.slices();
        try (Network network = slices.build(1)) {
            List<String> names = List.copyOf(Weights.of(network.block()).keySet());
            assertEquals("shared.large", names.get(0));
            assertEquals(
                    0,
                    names.stream().filter(name -> name.contains("conv2.weight")).count());
            Shape kernel = network.kernel("conv2.unit2.conv2.weight").getShape();
            assertEquals(new Shape(8, 8, 3, 3), kernel);
        }
    }

    private static void assertMessage(org.junit.jupiter.api.function.Executable call, String part) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
