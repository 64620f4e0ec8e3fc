package org.crunet.exchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.crunet.block.Chain;
import org.crunet.block.Conv;
import org.crunet.block.Flow;
import org.crunet.block.FlowBlock;
import org.crunet.data.Batches;
import org.crunet.data.ImageSet;
import org.crunet.evaluation.Evaluation;
import org.crunet.files.FaultyDisk;
import org.crunet.network.Classifier;
import org.crunet.network.Golden;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.network.Weights;
import org.crunet.scenes.Scenes;
import org.crunet.torch.Floats;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OnnxTest {

    @TempDir
    Path folder;

    /** Weights and statistics all over the place, by their names. */
    static Network filled(Network network) {
        Weights.of(network.block()).forEach((name, parameter) -> {
            Shape shape = parameter.getArray().getShape();
            try (NDArray values = Golden.fill(network.manager(), name, shape)) {
                Floats.copy(values, parameter.getArray());
            }
        });
        return network;
    }

    /** How far the two are apart, as part of the largest output. */
    static double apart(NDArray wanted, NDArray found) {
        assertEquals(wanted.getShape(), found.getShape());
        float largest = wanted.abs().max().getFloat();
        return wanted.sub(found).abs().max().getFloat() / largest;
    }

    static Stream<String> families() {
        return Golden.cases().stream().map(c -> c.get("name").asText());
    }

    @Test
    void aNetworkIsSavedWholeOrNotAtAllWhateverTheDiskDoes() throws IOException {
        Path file = Files.createDirectory(folder.resolve("inside")).resolve("x.onnx");
        try (Network network = Networks.smallCru(8).build()) {
            FaultyDisk.assertWholeOrNotAtAll(file, () -> Onnx.save(network, file), FaultyDisk.Fault.values());
            Onnx.open(file).close();
        }
    }

    /** Every kind of unit, by itself and in a network, in both orders of batch norm. */
    @ParameterizedTest
    @MethodSource("families")
    void bothEnginesAgree(String name) {
        JsonNode c = Golden.cases().stream()
                .filter(any -> any.get("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
        Path file = folder.resolve("x.onnx");
        try (Network network = filled(Network.of(Golden.block(c), Golden.input(c)))) {
            Onnx.save(network, file);
            try (OnnxNetwork fast = Onnx.open(file);
                    NDArray images = Golden.fill(network.manager(), "input", Golden.input(c))) {
                assertTrue(apart(network.forward(images), fast.forward(images)) < 1e-5);
                assertEquals(Golden.input(c).slice(1), fast.input().slice(1));
                NDArray one = images.get("1:2");
                assertTrue(apart(network.forward(one), fast.forward(one)) < 1e-5, "one image");
            }
        }
    }

    /** What one may write who misses a step. */
    private static final class Halved extends FlowBlock {

        Halved() {
            super(0);
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T> T apply(Flow<T> flow, T x) {
            return x instanceof NDArray array ? (T) array.mul(0.5f) : x;
        }
    }

    @Test
    void whatAFileWouldNotHaveIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("x.onnx"), "as it was");
        Chain chain = new Chain().then("conv", new Conv(3, 2, 3, 1, 1)).then("halved", new Halved());
        try (Network network = Network.of(chain, new Shape(1, 3, 8, 8))) {
            message(
                    IllegalArgumentException.class,
                    () -> Onnx.save(network, file),
                    "ONNX Runtime would compute other numbers than chain of 2 blocks, ");
        }
        assertEquals("as it was", Files.readString(file));
    }

    @Test
    @Tag("slow")
    void atFullSize() throws IOException {
        Path file = folder.resolve("cru-net-56.onnx");
        try (Network network = Networks.CRU_NET_56.build()) {
            Onnx.save(network, file);
            assertTrue(Files.size(file) <= 99 << 20, Files.size(file) + " bytes");
            try (OnnxNetwork fast = Onnx.open(file);
                    NDArray image = Golden.fill(network.manager(), "input", network.input())) {
                double apart = apart(network.forward(image), fast.forward(image));
                assertTrue(apart < 1e-4, "apart by " + apart);
            }
        }
    }

    @Test
    void sharedFactorsAreInItOnceAndSoIsWhatAReaderNeeds() throws IOException {
        Path file = folder.resolve("x.onnx");
        List<String> names = List.of("bay", "forest", "village");
        try (Network network = Networks.smallCru(16).withClasses(3).build()) {
            Onnx.save(network, file, names);
            ModelProto model = ModelProto.parseFrom(Files.readAllBytes(file));
            List<NodeProto> nodes = model.getGraph().getNodeList();
            long uses = nodes.stream()
                    .filter(node -> node.getInputList().contains("conv3.shared.core.weight"))
                    .count();
            assertEquals(3, uses, "one for each unit");
            Set<String> weights = Weights.of(network.block()).keySet();
            assertEquals(
                    List.copyOf(weights),
                    model.getGraph().getInitializerList().stream()
                            .map(tensor -> tensor.getName())
                            .toList());
            Set<String> outputs = nodes.stream().map(node -> node.getOutput(0)).collect(Collectors.toSet());
            assertEquals(nodes.size(), outputs.size(), "each has a name of its own");
            assertTrue(nodes.stream().anyMatch(node -> node.getName().equals("conv4.unit2.expand")));
            assertEquals("images", model.getGraph().getInput(0).getName());
            String input = "red, green, blue from 0 to 255, minus (124, 117, 104), times 0.0167";
            assertEquals(input, model.getGraph().getInput(0).getDocString());
            assertEquals(input, model.getMetadataProps(1).getValue());
            try (OnnxNetwork fast = Onnx.open(file)) {
                assertEquals(names, fast.classes());
                assertEquals("small CRU-Net", fast.name());
                assertTrue(fast.toString().startsWith("small CRU-Net in ONNX Runtime 1."), fast.toString());
            }
            String two = assertThrows(
                            IllegalArgumentException.class, () -> Onnx.save(network, file, List.of("bay", "forest")))
                    .getMessage();
            assertTrue(two.contains("names for 2 classes, but small CRU-Net has 3"), two);
        }
    }

    /** As the metadata say, images are normalised. */
    @Test
    void imagesAreWhatTheFileSaysTheyAre() {
        ImageSet pixel =
                new ImageSet("pixel", List.of("a", "b"), 1, 1, new byte[][] {{0, 117, (byte) 255}}, new int[1]);
        try (Network network = Networks.smallCru(16).build();
                NDArray array = Batches.plain(network.manager(), pixel, 0)) {
            float[] wanted = {-124 * 0.0167f, 0, 151 * 0.0167f};
            assertArrayEquals(wanted, array.toFloatArray(), 1e-5f);
        }
    }

    @Test
    void eitherEngineEvaluates() {
        ImageSet images = Scenes.painted(16).seed(1).split(8, 70).validation();
        Path file = folder.resolve("x.onnx");
        try (Network network = filled(Networks.smallCru(16).withClasses(8).build())) {
            Onnx.save(network, file);
            try (OnnxNetwork fast = Onnx.open(file)) {
                assertEquals(
                        Evaluation.of(network, images).toString(),
                        Evaluation.of(fast, images).toString());
                float[][] wanted = Evaluation.tenCrop(network, images).probabilities();
                float[][] found = Evaluation.tenCrop(fast, images).probabilities();
                for (int i = 0; i < wanted.length; i++) {
                    assertArrayEquals(wanted[i], found[i], 1e-4f);
                }
            }
        }
    }

    @Test
    void namesThatWouldNotComeBackAreRefused() {
        try (Network network = Networks.smallCru(16).withClasses(3).build()) {
            for (String name : List.of("", " ", "a\nb", "a\r")) {
                message(
                        IllegalArgumentException.class,
                        () -> Onnx.save(network, folder.resolve("x.onnx"), List.of("c", "d", name)),
                        "class 2 is called \"" + name + "\": give it a name of one line");
            }
            message(
                    IllegalArgumentException.class,
                    () -> Onnx.save(network, folder.resolve("x.onnx"), List.of("c", "d", "c")),
                    "classes 0 and 2 are both called \"c\": give every class a name of its own");
        }
    }

    @Test
    void aFileWithNamesIsEvaluatedOnItsClassesOnly() {
        ImageSet images = Scenes.painted(16).seed(1).images(16);
        List<String> names = images.classes();
        List<String> turned = new ArrayList<>(names);
        Collections.swap(turned, 2, 5);
        List<String> others = new ArrayList<>(names);
        others.set(3, "castle");
        Path file = folder.resolve("x.onnx");
        try (Network network = Networks.smallCru(16).withClasses(8).build()) {
            Onnx.save(network, file, turned);
            try (OnnxNetwork fast = Onnx.open(file)) {
                message(
                        IllegalArgumentException.class,
                        () -> Evaluation.of(fast, images),
                        "class 2 of small CRU-Net is \"" + names.get(5) + "\", and of painted scenes \"" + names.get(2)
                                + "\""
                                + ": the classes are the same in another order: take images.classes(network.classes())");
                assertEquals(
                        16,
                        Evaluation.of(fast, images.classes(fast.classes()))
                                .predictions(99)
                                .size());
            }
            Onnx.save(network, file, others);
            try (OnnxNetwork fast = Onnx.open(file)) {
                message(
                        IllegalArgumentException.class,
                        () -> Evaluation.tenCrop(fast, images),
                        "class 3 of small CRU-Net is \"castle\", and of painted scenes \"" + names.get(3) + "\""
                                + ": take the images that it was trained for, or save it with these names, Onnx.save(");
                ImageSet three = images.classes(names.subList(0, 3));
                assertEquals(
                        "class 3 of small CRU-Net is \"castle\", and of painted scenes not there: take the images that it was"
                                + " trained for",
                        assertThrows(IllegalArgumentException.class, () -> Evaluation.of(fast, three))
                                .getMessage());
            }
        }
    }

    @Test
    void faultsAreNamed() throws IOException {
        Path file = folder.resolve("x.onnx");
        message(UncheckedIOException.class, () -> Onnx.open(file), "x.onnx: it does not exist; check the path");
        message(UncheckedIOException.class, () -> Onnx.open(folder), "it is not a file");
        Files.writeString(file, "a letter");
        message(
                IllegalArgumentException.class,
                () -> Onnx.open(file),
                "x.onnx is no ONNX file that ONNX Runtime can run: it is a text and not an ONNX file: check the path");
        Files.write(file, new byte[0]);
        message(
                IllegalArgumentException.class,
                () -> Onnx.open(file),
                "can run: it is empty and not an ONNX file: copy");
        Network network = Networks.smallCru(16).withClasses(8).build();
        Onnx.save(network, file);
        try (OnnxNetwork fast = Onnx.open(file)) {
            NDArray larger = network.manager().zeros(new Shape(2, 3, 32, 32));
            message(
                    IllegalArgumentException.class,
                    () -> fast.forward(larger),
                    "small CRU-Net takes FLOAT32 images (N, C, H, W) like (1, 3, 16, 16), not float32 (2, 3, 32, 32)");
            NDArray doubles = network.manager().zeros(new Shape(2, 3, 16, 16), DataType.FLOAT64);
            message(IllegalArgumentException.class, () -> fast.forward(doubles), "not float64");
            ImageSet ten = new ImageSet("ten", List.of("a", "b", "c"), 16, 16, new byte[1][3 * 16 * 16], new int[1]);
            String fix = ": open a file of one that was built with";
            message(IllegalArgumentException.class, () -> Evaluation.of(fast, ten), fix + "Classes(3)");
            ImageSet large = Scenes.painted(32).images(8);
            message(IllegalArgumentException.class, () -> Evaluation.of(fast, large), fix + "ImageSize(32)");
        }
        OnnxNetwork gone = Onnx.open(file);
        gone.close();
        NDArray any = network.manager().zeros(new Shape(1, 3, 16, 16));
        message(IllegalStateException.class, () -> gone.forward(any), "was closed: open its file again");
        message(
                IllegalStateException.class,
                () -> Evaluation.of(gone, Scenes.painted(16).images(8)),
                "open its file again");
        ModelProto.Builder fixed = ModelProto.parseFrom(Files.readAllBytes(file)).toBuilder();
        fixed.getGraphBuilder()
                .getInputBuilder(0)
                .getTypeBuilder()
                .getTensorTypeBuilder()
                .getShapeBuilder()
                .getDimBuilder(0)
                .setDimValue(4);
        Files.write(file, fixed.build().toByteArray());
        message(IllegalArgumentException.class, () -> Onnx.open(file), "N alone dynamic");
        network.close();
        message(IllegalStateException.class, () -> Onnx.save(network, file), "was closed");
    }

    @Test
    void whatIsSentIsWhatWasOpened() throws IOException {
        Path file = folder.resolve("x.onnx");
        try (Network network = Networks.smallCru(16).withClasses(8).build(1)) {
            Onnx.save(network, file);
        }
        OnnxNetwork opened = Onnx.open(file);
        Classifier sent = opened.toSerializable().unpack();
        assertEquals(opened.fingerprint(), sent.fingerprint());
        ((OnnxNetwork) sent).close();
        Files.write(file, new byte[1], StandardOpenOption.APPEND);
        message(
                IllegalStateException.class,
                opened::toSerializable,
                "x.onnx was replaced since small CRU-Net was opened");
        opened.close();
        message(IllegalStateException.class, opened::toSerializable, "was closed");
    }

    /** A classifier of four classes whose weights are in a file beside it, as PyTorch writes large ones. */
    private Path external(float weight) throws IOException {
        return external(weight, "data/w.bin");
    }

    private Path external(float weight, String location) throws IOException {
        TensorProto.Builder weights = TensorProto.newBuilder()
                .setName("w")
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addAllDims(List.of(3L, 4L))
                .setDataLocation(TensorProto.DataLocation.EXTERNAL);
        Map.of("location", location, "offset", "8", "length", "48")
                .forEach((key, value) ->
                        weights.addExternalDataBuilder().setKey(key).setValue(value));
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("external")
                .addInput(value("x", 3, 8, 8))
                .addOutput(value("y", 4))
                .addInitializer(weights);
        graph.addNodeBuilder().setOpType("GlobalAveragePool").addInput("x").addOutput("a");
        graph.addNodeBuilder().setOpType("Flatten").addInput("a").addOutput("b");
        graph.addNodeBuilder().setOpType("MatMul").addInput("b").addInput("w").addOutput("y");
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .build();
        ByteBuffer data = ByteBuffer.allocate(56).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 2; i < 14; i++) {
            data.putFloat(i * Float.BYTES, weight * i);
        }
        Files.createDirectories(folder.resolve("data"));
        Files.write(folder.resolve("data/w.bin"), data.array());
        return Files.write(folder.resolve("external.onnx"), model.toByteArray());
    }

    /** A classifier of four classes, with nodes of one input and output behind its logits, and what its file says of classes. */
    private OnnxNetwork ending(String classes, NodeProto... nodes) throws IOException {
        Path file = external(1);
        ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(file)).toBuilder();
        String last = "y";
        for (NodeProto node : nodes) {
            model.getGraphBuilder().addNode(node.toBuilder().addInput(last).addOutput(last + "y"));
            last += "y";
        }
        model.getGraphBuilder().getOutputBuilder(0).setName(last);
        model.addMetadataPropsBuilder().setKey("classes").setValue(classes);
        return Onnx.open(
                Files.write(folder.resolve("ending.onnx"), model.build().toByteArray()));
    }

    private static NodeProto node(String type) {
        return NodeProto.newBuilder().setOpType(type).build();
    }

    /** A softmax of a softmax would make all classes about as probable. */
    @Test
    void probabilitiesAreTakenForWhatTheyAre() throws IOException {
        byte[] pixels = new byte[192];
        Arrays.fill(pixels, 0, 64, (byte) 255);
        ImageSet images = new ImageSet("one", List.of("a", "b", "c", "d"), 8, 8, new byte[][] {pixels}, new int[1]);
        try (OnnxNetwork logits = ending("");
                OnnxNetwork softmax = ending("", node("Softmax"));
                OnnxNetwork behind = ending("", node("Softmax"), node("Identity"));
                OnnxNetwork computed = ending("", node("LogSoftmax"), node("Exp"));
                OnnxNetwork log = ending("", node("LogSoftmax"));
                NDArray batch = Batches.plain(logits.manager(), images, 0)) {
            float[] wanted = Evaluation.of(logits, images).probabilities()[0];
            assertTrue(wanted[0] > 0.5f, Arrays.toString(wanted));
            for (OnnxNetwork one : List.of(softmax, behind, computed, log)) {
                assertArrayEquals(wanted, Evaluation.of(one, images).probabilities()[0], 1e-6f);
                assertArrayEquals(wanted, one.forward(batch).softmax(1).toFloatArray(), 1e-6f);
            }
            String said = ", logits the logarithms of its probabilities";
            assertTrue(softmax.toString().endsWith(said), softmax.toString());
            assertFalse(log.toString().endsWith(said), log.toString());
            assertTrue(softmax.fingerprint().endsWith(", logarithms"), "not what was kept of a softmax of it");
        }
    }

    @Test
    void classesAreNamedOnceOneALine() throws IOException {
        for (String written : List.of("a\r\nb\r\nc\r\nd\r\n", "\uFEFFa\nb\nc\nd\n\n")) {
            try (OnnxNetwork network = ending(written)) {
                assertEquals(List.of("a", "b", "c", "d"), network.classes());
            }
        }
        String longer = "x".repeat(1000);
        message(IllegalArgumentException.class, () -> ending(longer + "\nb\n" + longer + "\nd"), "xxx...\": give");
        String twice = assertThrows(IllegalArgumentException.class, () -> ending("a\nb\na\nd"))
                .getMessage();
        assertTrue(
                twice.endsWith(
                        "ending.onnx has metadata by which classes 0 and 2 are both called \"a\": give every class a name of its own"),
                twice);
    }

    /** Java collects rarely, since it sees little of what a session holds: 25 of ResNet-18 had 1.9 GB. */
    @Test
    void aDroppedNetworkIsFreedWhenAnotherIsOpened() throws IOException {
        Path file = external(1);
        WeakReference<OnnxNetwork> dropped = new WeakReference<>(Onnx.open(file));
        try (OnnxNetwork next = Onnx.open(file)) {
            next.requireOpen();
            assertNull(dropped.get());
        }
    }

    private static ValueInfoProto value(String name, long... sizes) {
        ValueInfoProto.Builder value = ValueInfoProto.newBuilder().setName(name);
        TypeProto.Tensor.Builder tensor =
                value.getTypeBuilder().getTensorTypeBuilder().setElemType(TensorProto.DataType.FLOAT_VALUE);
        tensor.getShapeBuilder().addDimBuilder().setDimParam("N");
        for (long size : sizes) {
            tensor.getShapeBuilder().addDimBuilder().setDimValue(size);
        }
        return value.build();
    }

    /** The file itself is the same, byte for byte, when the weights beside it are others. */
    @Test
    void weightsBesideTheFileAreOfTheNetworkToo() throws IOException {
        ImageSet images = new ImageSet("one", List.of("a", "b", "c", "d"), 8, 8, new byte[1][192], new int[1]);
        OnnxNetwork first = Onnx.open(external(1));
        Classifier.Packed packed = first.toSerializable();
        try (OnnxNetwork again = Onnx.open(external(1));
                OnnxNetwork other = Onnx.open(external(2))) {
            assertEquals(first.fingerprint(), again.fingerprint());
            assertNotEquals(first.fingerprint(), other.fingerprint());
        }
        message(IllegalStateException.class, first::toSerializable, "was replaced since external.onnx was opened");
        Files.delete(folder.resolve("data/w.bin"));
        message(UncheckedIOException.class, first::toSerializable, "w.bin");
        try (OnnxNetwork sent = (OnnxNetwork) packed.unpack()) {
            assertEquals(first.fingerprint(), sent.fingerprint());
            assertEquals(
                    Evaluation.of(first, images).toString(),
                    Evaluation.of(sent, images).toString());
        }
        first.close();
    }

    /** As ONNX Runtime does: it takes no notice of a place that a tensor within the file names too. */
    @Test
    void weightsElsewhereAreThoseThatOnnxRuntimeReads() throws IOException {
        Files.createDirectory(folder.resolve("sub"));
        try (OnnxNetwork up = Onnx.open(external(1, "sub/../data/w.bin"));
                OnnxNetwork sent = (OnnxNetwork) up.toSerializable().unpack()) {
            assertEquals(up.fingerprint(), sent.fingerprint());
        }
        ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(external(1))).toBuilder();
        TensorProto.Builder within = model.getGraphBuilder().getInitializerBuilder(0);
        within.setDataLocation(TensorProto.DataLocation.DEFAULT)
                .setRawData(ByteString.copyFrom(Files.readAllBytes(folder.resolve("data/w.bin")), 8, 48));
        Files.delete(folder.resolve("data/w.bin"));
        Path file = Files.write(folder.resolve("within.onnx"), model.build().toByteArray());
        try (OnnxNetwork network = Onnx.open(file)) {
            assertTrue(network.fingerprint().startsWith("onnx:"));
        }
    }

    @FunctionalInterface
    private interface Call {

        void run() throws IOException;
    }

    private static void message(Class<? extends Exception> type, Call call, String part) {
        String message = assertThrows(type, call::run).getMessage();
        assertTrue(message.contains(part), message);
    }
}
