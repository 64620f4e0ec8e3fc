package org.crunet.exchange;

import static org.crunet.base.Errors.quoted;
import static org.crunet.base.Errors.require;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.crunet.data.Batches;
import org.crunet.files.WholeFile;
import org.crunet.network.Network;

/**
 * Networks as ONNX files, which run without this library: in Python, C++, JavaScript, on a telephone.
 *
 * <pre>{@code
 * Onnx.save(network, Path.of("scenes.onnx"));
 * try (var fast = Onnx.open(Path.of("scenes.onnx"))) {
 *     System.out.println(Evaluation.of(fast, data.validation()));
 * }
 * }</pre>
 *
 * <p>The file has the operations as the paper has them, batch norm by itself; engines fold it into the convolutions when
 * they open the file. Shared factors are in it once. It takes batches of any size, in an input called {@code images}, and
 * gives {@code logits}; what the images must be is in its metadata under {@code input}, the names of the classes, where they
 * were given, under {@code classes}, one a line.
 */
public final class Onnx {

    static final String NETWORK = "network";
    static final String CLASSES = "classes";
    /** Of ONNX 1.12, from 2022: the newest that has all operations as they are still. */
    private static final int OPERATORS = 17;

    private static final int FORMAT = 8;

    private Onnx() {}

    /**
     * Writes a network as it evaluates, once ONNX Runtime has computed the same from it over an image of noise.
     *
     * @param network any made of this library's blocks
     * @param file where to, such as {@code scenes.onnx}; an existing file is replaced
     * @throws IllegalArgumentException if it has a block whose operations are not known, which the message names, or one
     *     that does more than they say
     * @throws IllegalStateException if the network was closed
     * @throws java.io.UncheckedIOException if it cannot be written; the file that was there before stays as it is
     */
    public static void save(Network network, Path file) {
        save(network, file, List.of());
    }

    /**
     * Writes a network as it evaluates, with the names of its classes, once ONNX Runtime has computed the same from it.
     *
     * @param network any made of this library's blocks
     * @param file where to, such as {@code scenes.onnx}; an existing file is replaced
     * @param classes as many names as the network has classes, such as {@code data.train().classes()}
     * @throws IllegalArgumentException if it has a block whose operations are not known or not all it does, there are more
     *     or fewer names, or one is empty, there twice or has a line break
     * @throws IllegalStateException if the network was closed
     * @throws java.io.UncheckedIOException if it cannot be written; the file that was there before stays as it is
     */
    public static void save(Network network, Path file, List<String> classes) {
        byte[] content = network.inUse(() -> content(network, classes));
        WholeFile.write(file, out -> out.write(content));
    }

    private static byte[] content(Network network, List<String> classes) {
        boolean colour = network.input().get(1) == 3;
        Map<String, String> about = new LinkedHashMap<>();
        about.put(NETWORK, network.name());
        about.put("input", colour ? Batches.NORMALISATION : "numbers normalised as in training");
        GraphProto graph = OnnxGraph.of(network, about.get("input"));
        if (!classes.isEmpty()) {
            requireAll(classes, graph);
            about.put(CLASSES, String.join("\n", classes));
        }
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(FORMAT)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPERATORS))
                .setProducerName("org.crunet")
                .setDocString(network.toString())
                .setGraph(graph);
        about.forEach((key, value) -> model.addMetadataProps(
                StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
        byte[] content = model.build().toByteArray();
        network.requireSame("ONNX Runtime", images -> OnnxNetwork.run(content, images));
        return content;
    }

    private static void requireAll(List<String> classes, GraphProto graph) {
        var sizes = graph.getOutput(0).getType().getTensorType().getShape().getDimList();
        long outputs = sizes.get(sizes.size() - 1).getDimValue();
        String counts =
                "there are names for " + classes.size() + " classes, but " + graph.getName() + " has " + outputs;
        require(classes.size() == outputs, counts + ": give as many, or none");
        for (String name : classes) {
            String fix = " is called \"" + name + "\": give it a name of one line that is not empty";
            require(!name.isBlank() && name.matches(".*"), "class " + classes.indexOf(name) + fix);
        }
        requireDistinct("", classes);
    }

    /** No images have such classes. */
    static void requireDistinct(String where, List<String> classes) {
        for (int i = 0; i < classes.size(); i++) {
            int first = classes.indexOf(classes.get(i));
            require(
                    first == i,
                    where + "classes " + first + " and " + i + " are both called " + quoted(classes.get(i))
                            + ": give every class a name of its own");
        }
    }

    /**
     * Opens an ONNX file to run it in ONNX Runtime, on all cores; it is faster than PyTorch, and cannot be trained.
     *
     * @param file written by {@link #save}, or any that turns one batch of images into one batch of logits, or of
     *     probabilities, whose logarithms are then its logits; images from
     *     this library are normalised as its own networks need them, {@code x = (p - (124, 117, 104)) * 0.0167} for numbers
     *     {@code p} from 0 to 255. Export one that was trained on others, such as those with ImageNet's mean and deviation,
     *     with {@code ((x / 0.0167 + (124, 117, 104)) / 255 - mean) / deviation} before its first layer
     * @return the network, to be closed
     * @throws IllegalArgumentException if it is no ONNX file, a network of another kind, or has one name for two classes;
     *     the message says what it is
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    public static OnnxNetwork open(Path file) {
        return OnnxNetwork.open(file);
    }
}
