package org.crunet.exchange;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.crunet.network.Architecture;
import org.crunet.network.Graph;
import org.crunet.network.Graph.Node;
import org.crunet.network.Graph.Operation;
import org.crunet.tensor.InputFile;

/**
 * The graph that MXNet writes as {@code -symbol.json}, of the operators that residual networks are made of and
 * {@code ChannelwiseConvolution}, the authors' own. Attributes that are not written have MXNet's defaults.
 */
final class MxnetSymbol {

    /** Twenty times those of the deepest CRU-Net, and ten times its braces, names and numbers. */
    private static final long MAX_BYTES = 1 << 23;

    private static final int MAX_TOKENS = 250_000;
    private static final int MAX_TEXT = 4096;
    private static final int MAX_NAME = 512;
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(16)
                    .maxTokenCount(MAX_TOKENS)
                    .maxStringLength(MAX_TEXT)
                    .maxNameLength(MAX_TEXT)
                    .build())
            .build());
    /** Operators that in evaluation change no number, or only what comes after the logits. */
    private static final Set<String> PASSED =
            Set.of("Flatten", "Dropout", "identity", "_copy", "BlockGrad", "SoftmaxOutput", "Softmax", "softmax");

    /** Of what MXNet's pooling is written for that is not called global. */
    private static final int USUAL_SIZE = 224;

    private static final Set<String> SUMS =
            Set.of("elemwise_add", "_Plus", "_plus", "ElementWiseSum", "add_n", "broadcast_add");

    private final JsonNode nodes;
    private final Architecture architecture;
    private final List<Node> made = new ArrayList<>();
    /** What comes out of each in {@code made}. */
    private final List<Maps> outputs = new ArrayList<>();

    /** Place in {@code made} by place in the file; of variables there is none. */
    private final Map<Integer, Integer> places = new HashMap<>();

    private final Set<String> fixed = new HashSet<>();
    private boolean ended;

    private MxnetSymbol(JsonNode nodes, Architecture architecture) {
        this.nodes = nodes;
        this.architecture = architecture;
    }

    /**
     * What an operation gives.
     *
     * @param channels how many maps
     * @param stride pixels of the image for one of theirs
     */
    private record Maps(long channels, double stride) {

        /** Pixels along a side. */
        int size(int image) {
            return (int) Math.ceil(image / stride);
        }
    }

    /**
     * A graph, and the scales that MXNet takes for ones, whatever the file has.
     *
     * @param graph the operations, with MXNet's names of the weights
     * @param ones names of batch norms' gammas with {@code fix_gamma}
     */
    record Read(Graph graph, Set<String> ones) {}

    /** Reads a graph for images of an architecture; shapes of its weights are those it asks for, not those of any arrays. */
    static Read read(Path file, Architecture architecture) {
        InputFile.require(file);
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IllegalArgumentException(
                        "it has " + Files.size(file) + " bytes, where the graph of a network has at most " + MAX_BYTES
                                + ": take the file that export wrote");
            }
            JsonNode root = JSON.readTree(file.toFile());
            MxnetSymbol symbol = new MxnetSymbol(root.path("nodes"), architecture);
            return new Read(symbol.graph(root.path("heads")), symbol.fixed);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    file.toAbsolutePath() + " is no graph of MXNet: " + e.getOriginalMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file.toAbsolutePath() + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file.toAbsolutePath() + ": " + e.getMessage(), e);
        }
    }

    private Graph graph(JsonNode heads) {
        require(nodes.isArray() && !nodes.isEmpty(), "it has no nodes: it is no graph of MXNet");
        made.add(new Node(new Graph.Input(), List.of()));
        outputs.add(new Maps(architecture.inputChannels(), 1));
        for (int i = 0; i < nodes.size(); i++) {
            add(i);
        }
        int head = heads.path(0).path(0).asInt(-1);
        require(heads.size() == 1 && places.containsKey(head), "it should have one output, an operation");
        require(places.get(head) == made.size() - 1, "operations follow its output");
        return new Graph(made);
    }

    private void add(int place) {
        JsonNode node = nodes.path(place);
        String operator = shortened(node.path("op").asText());
        String name = shortened(node.path("name").asText());
        if (operator.equals("null")) {
            if (name.equals("data")) {
                places.put(place, 0);
            }
        } else if (PASSED.contains(operator)) {
            places.put(place, value(node, 0, name));
            ended |= operator.toLowerCase(Locale.ROOT).startsWith("softmax");
        } else {
            require(!ended, operator + " " + name + " follows the softmax, which is taken for the end");
            try {
                Operation operation = operation(operator, name, node);
                int inputs = operation instanceof Graph.Add ? 2 : 1;
                List<Integer> from = new ArrayList<>();
                for (int i = 0; i < inputs; i++) {
                    from.add(value(node, i, name));
                }
                made.add(new Node(operation, from));
                outputs.add(after(operation, outputs.get(from.get(0))));
                places.put(place, made.size() - 1);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(operator + " " + name + " has an attribute that is no number", e);
            }
        }
    }

    private static Maps after(Operation operation, Maps before) {
        if (operation instanceof Graph.Convolution conv) {
            return new Maps(conv.kernel().get(0), before.stride() * conv.stride());
        }
        if (operation instanceof Graph.MaxPool pool) {
            return new Maps(before.channels(), before.stride() * pool.stride());
        }
        return operation instanceof Graph.Dense dense ? new Maps(dense.shape().get(0), before.stride()) : before;
    }

    /** What an operation takes its first input from. */
    private Maps before(JsonNode node, String name) {
        return outputs.get(value(node, 0, name));
    }

    private Operation operation(String operator, String name, JsonNode node) {
        if (SUMS.contains(operator)) {
            require(node.path("inputs").size() == 2, "sum " + name + " has not two inputs");
            return new Graph.Add();
        }
        return switch (operator) {
            case "Convolution", "Convolution_v1", "ChannelwiseConvolution" -> convolution(operator, name, node);
            case "BatchNorm", "BatchNorm_v1", "CuDNNBatchNorm" -> norm(name, node);
            case "Activation" -> {
                require(text(node, "act_type", "", name).equals("relu"), "activation " + name + " is not relu");
                yield new Graph.Relu();
            }
            case "relu" -> new Graph.Relu();
            case "Pooling", "Pooling_v1" -> pool(name, node);
            case "FullyConnected" -> {
                require(!flag(node, "no_bias", false, name), name + " has no bias");
                Shape shape = new Shape(
                        whole(node, "num_hidden", null, name),
                        before(node, name).channels());
                yield new Graph.Dense(variable(node, 1, name), variable(node, 2, name), shape);
            }
            default ->
                throw new IllegalArgumentException(
                        "operator " + operator + " of " + name
                                + " is none of a residual network's: convolution, batch norm, ReLU, sum, pooling, fully connected");
        };
    }

    private Operation convolution(String operator, String name, JsonNode node) {
        boolean biasless =
                flag(node, "no_bias", false, name) || node.path("inputs").size() == 2;
        require(biasless, "convolution " + name + " has a bias, which this library's have not");
        require(square(node, "dilate", 1, name) == 1, "convolution " + name + " is dilated");
        requireLayout(node, name);
        int out = whole(node, "num_filter", null, name);
        int groups = whole(node, "num_group", operator.startsWith("Channelwise") ? out : 1, name);
        long in = before(node, name).channels();
        require(
                groups > 0 && in % groups == 0 && out % groups == 0,
                "convolution " + name + " has " + groups + " groups of " + in + " channels to " + out);
        int size = square(node, "kernel", 0, name);
        return new Graph.Convolution(
                variable(node, 1, name),
                new Shape(out, in / groups, size, size),
                square(node, "stride", 1, name),
                square(node, "pad", 0, name),
                groups);
    }

    private Operation norm(String name, JsonNode node) {
        String scale = variable(node, 1, name);
        boolean aux = node.path("inputs").size() >= 5;
        if (flag(node, "fix_gamma", true, name)) {
            fixed.add(scale);
        }
        int axis = whole(node, "axis", 1, name);
        require(axis == 1, "batch norm " + name + " is over axis " + axis + ", not over the channels, axis 1");
        String eps = text(node, "eps", "0.001", name);
        double epsilon = Double.parseDouble(eps);
        require(epsilon > 0 && epsilon <= Float.MAX_VALUE, "eps of " + name + " is " + eps + ", not a positive number");
        return new Graph.Norm(
                scale,
                variable(node, 2, name),
                aux ? variable(node, 3, name) : called(node) + "_moving_mean",
                aux ? variable(node, 4, name) : called(node) + "_moving_var",
                before(node, name).channels(),
                epsilon);
    }

    private Operation pool(String name, JsonNode node) {
        requireLayout(node, name);
        String type = text(node, "pool_type", "max", name);
        boolean global = flag(node, "global_pool", false, name);
        if (type.equals("max")) {
            String convention = text(node, "pooling_convention", "valid", name);
            require(
                    convention.equals("valid") && !global,
                    name + " pools " + (global ? "all pixels to their largest" : "with the convention " + convention));
            return new Graph.MaxPool(
                    square(node, "kernel", 1, name), square(node, "stride", 1, name), square(node, "pad", 0, name));
        }
        require(type.equals("avg"), "pooling " + name + " is neither max nor the average of all pixels");
        if (!global) {
            requireGlobal(node, name);
        }
        return new Graph.AveragePool();
    }

    /** That an average that is not called global is one, with the images that the network is for. */
    private void requireGlobal(JsonNode node, String name) {
        int kernel = square(node, "kernel", 1, name);
        Maps before = before(node, name);
        boolean all = kernel == before.size(architecture.imageSize()) || kernel == before.size(USUAL_SIZE);
        require(
                all && square(node, "pad", 0, name) == 0,
                "pooling " + name + " averages " + kernel + " x " + kernel + " pixels and not all "
                        + before.size(architecture.imageSize()) + " x " + before.size(architecture.imageSize())
                        + " that an image of " + architecture.imageSize()
                        + " has there: take architecture.withImageSize if it was made for others");
    }

    private static void requireLayout(JsonNode node, String name) {
        String layout = text(node, "layout", "NCHW", name);
        require(layout.equals("NCHW") || layout.equals("None"), name + " has the layout " + layout + ", not NCHW");
    }

    /** The operation that an input comes from. */
    private int value(JsonNode node, int input, String name) {
        Integer from = places.get(input(node, input, name));
        require(from != null, "input " + input + " of " + name + " is no earlier operation");
        return from;
    }

    /** The name of a weight. */
    private String variable(JsonNode node, int input, String name) {
        JsonNode from = nodes.path(input(node, input, name));
        require(from.path("op").asText().equals("null"), "input " + input + " of " + name + " is not a weight");
        return called(from);
    }

    private static String called(JsonNode node) {
        String name = node.path("name").asText();
        require(name.length() <= MAX_NAME, "the name " + shortened(name) + " has " + name.length() + " characters");
        return name;
    }

    private static int input(JsonNode node, int input, String name) {
        JsonNode from = node.path("inputs").path(input);
        require(from.path(0).canConvertToInt(), name + " lacks input " + input);
        require(from.path(1).asInt(0) == 0, name + " takes a second output");
        return from.path(0).asInt();
    }

    /** Written as {@code attrs}, before as {@code attr}, and first as {@code param}; as text, but for who edits by hand. */
    private static String text(JsonNode node, String attribute, String otherwise, String name) {
        for (String key : List.of("attrs", "attr", "param")) {
            JsonNode value = node.path(key).path(attribute);
            if (!value.isMissingNode()) {
                require(
                        value.isTextual() || value.isNumber() || value.isBoolean(),
                        attribute + " of " + name + " is no text: " + shortened(value.toString()));
                return shortened(value.asText());
            }
        }
        require(otherwise != null, name + " has no " + attribute);
        return otherwise;
    }

    private static boolean flag(JsonNode node, String attribute, boolean otherwise, String name) {
        String text = text(node, attribute, String.valueOf(otherwise), name);
        boolean yes = text.equalsIgnoreCase("true") || text.equals("1");
        require(
                yes || text.equalsIgnoreCase("false") || text.equals("0"),
                attribute + " of " + name + " is " + text + ", neither True nor False");
        return yes;
    }

    private static int whole(JsonNode node, String attribute, Integer otherwise, String name) {
        String text = text(node, attribute, otherwise == null ? null : otherwise.toString(), name);
        return Integer.parseInt(text.replaceFirst("L$", ""));
    }

    /** {@code (3, 3)} as 3. */
    private static int square(JsonNode node, String attribute, int otherwise, String name) {
        String[] sides =
                text(node, attribute, "", name).replaceAll("[()\\[\\]L\\s]", "").split(",");
        if (sides.length == 1 && sides[0].isEmpty()) {
            return otherwise;
        }
        require(
                sides.length == 2 && sides[0].equals(sides[1]),
                attribute + " of " + name + " is not the same both ways");
        int side = Integer.parseInt(sides[0]);
        require(side >= 0, attribute + " of " + name + " is negative, " + side);
        return side;
    }

    private static String shortened(String text) {
        return text.length() > 80 ? text.substring(0, 80) + "..." : text;
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
