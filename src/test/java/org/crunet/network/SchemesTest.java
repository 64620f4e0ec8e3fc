package org.crunet.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.pooling.Pool;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.crunet.block.Conv;
import org.crunet.block.Flow;
import org.crunet.block.FlowBlock;
import org.crunet.block.Sharing;
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
        long next = 49 * 8 + 2 * 8;
        assertEquals(27 * 8 + 2 * 8 + 3 * next + 2 * 8 * 32 + 8 * 8 + 8, found.get("shared ConvNeXt"));
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

    private static Traced sent(Traced traced) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(traced);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (Traced) in.readObject();
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
