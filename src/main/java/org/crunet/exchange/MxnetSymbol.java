package org.crunet.exchange;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonProcessingException;
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
import java.util.Map;
import java.util.Set;
import org.crunet.network.Graph;
import org.crunet.network.Graph.Node;
import org.crunet.network.Graph.Operation;
import org.crunet.tensor.InputFile;

/**
 * The graph that MXNet writes as {@code -symbol.json}, of the operators that residual networks are made of and
 * {@code ChannelwiseConvolution}, the authors' own. Attributes that are not written have MXNet's defaults.
 */
final class MxnetSymbol {

    private static final long MAX_BYTES = 1 << 26;
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Operators that in evaluation change no number, or only what comes after the logits. */
    private static final Set<String> PASSED =
            Set.of("Flatten", "Dropout", "identity", "_copy", "BlockGrad", "SoftmaxOutput", "Softmax", "softmax");

    private static final Set<String> SUMS =
            Set.of("elemwise_add", "_Plus", "_plus", "ElementWiseSum", "add_n", "broadcast_add");

    private final JsonNode nodes;
    private final Map<String, Shape> shapes;
    private final List<Node> made = new ArrayList<>();
    /** Place in {@code made} by place in the file; of variables there is none. */
    private final Map<Integer, Integer> places = new HashMap<>();

    private final Set<String> fixed = new HashSet<>();

    private MxnetSymbol(JsonNode nodes, Map<String, Shape> shapes) {
        this.nodes = nodes;
        this.shapes = shapes;
    }

    /**
     * A graph, and the scales that MXNet takes for ones, whatever the file has.
     *
     * @param graph the operations, with MXNet's names of the weights
     * @param ones names of batch norms' gammas with {@code fix_gamma}
     */
    record Read(Graph graph, Set<String> ones) {}

    /** Reads a graph; shapes of its weights are those of the arrays. */
    static Read read(Path file, Map<String, Shape> shapes) {
        InputFile.require(file);
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IllegalArgumentException(
                        "it has " + Files.size(file) + " bytes, more than any network needs");
            }
            JsonNode root = JSON.readTree(file.toFile());
            MxnetSymbol symbol = new MxnetSymbol(root.path("nodes"), shapes);
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
        String operator = node.path("op").asText();
        String name = node.path("name").asText();
        if (operator.equals("null")) {
            if (name.equals("data")) {
                places.put(place, 0);
            }
        } else if (PASSED.contains(operator)) {
            places.put(place, value(node, 0, name));
        } else {
            try {
                Operation operation = operation(operator, name, node);
                int inputs = operation instanceof Graph.Add ? 2 : 1;
                List<Integer> from = new ArrayList<>();
                for (int i = 0; i < inputs; i++) {
                    from.add(value(node, i, name));
                }
                made.add(new Node(operation, from));
                places.put(place, made.size() - 1);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(operator + " " + name + " has an attribute that is no number", e);
            }
        }
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
                require(text(node, "act_type", "").equals("relu"), "activation " + name + " is not relu");
                yield new Graph.Relu();
            }
            case "relu" -> new Graph.Relu();
            case "Pooling", "Pooling_v1" -> pool(name, node);
            case "FullyConnected" -> {
                require(text(node, "no_bias", "False").equals("False"), name + " has no bias");
                String weight = variable(node, 1, name);
                yield new Graph.Dense(weight, variable(node, 2, name), shape(weight));
            }
            default ->
                throw new IllegalArgumentException(
                        "operator " + operator + " of " + name
                                + " is none of a residual network's: convolution, batch norm, ReLU, sum, pooling, fully connected");
        };
    }

    private Operation convolution(String operator, String name, JsonNode node) {
        boolean biasless = text(node, "no_bias", "False").equals("True")
                || node.path("inputs").size() == 2;
        require(biasless, "convolution " + name + " has a bias, which this library's have not");
        require(square(node, "dilate", 1, name) == 1, "convolution " + name + " is dilated");
        String weight = variable(node, 1, name);
        Shape kernel = shape(weight);
        require(kernel.dimension() == 4, weight + " is " + kernel + ", not a kernel of four dimensions");
        String channelwise = operator.startsWith("Channelwise") ? String.valueOf(kernel.get(0)) : "1";
        return new Graph.Convolution(
                weight,
                kernel,
                square(node, "stride", 1, name),
                square(node, "pad", 0, name),
                Integer.parseInt(text(node, "num_group", channelwise)));
    }

    private Operation norm(String name, JsonNode node) {
        String scale = variable(node, 1, name);
        boolean aux = node.path("inputs").size() >= 5;
        if (text(node, "fix_gamma", "True").equalsIgnoreCase("true")
                || text(node, "fix_gamma", "True").equals("1")) {
            fixed.add(scale);
        }
        return new Graph.Norm(
                scale,
                variable(node, 2, name),
                aux ? variable(node, 3, name) : name + "_moving_mean",
                aux ? variable(node, 4, name) : name + "_moving_var",
                shape(scale).size(),
                Double.parseDouble(text(node, "eps", "0.001")));
    }

    private Operation pool(String name, JsonNode node) {
        String type = text(node, "pool_type", "max");
        if (type.equals("max")) {
            require(
                    !text(node, "pooling_convention", "valid").equals("full"),
                    name + " pools with the convention full");
            return new Graph.MaxPool(
                    square(node, "kernel", 1, name), square(node, "stride", 1, name), square(node, "pad", 0, name));
        }
        boolean all = text(node, "global_pool", "False").equalsIgnoreCase("true")
                || square(node, "kernel", 1, name) > 1 && square(node, "pad", 0, name) == 0;
        require(type.equals("avg") && all, "pooling " + name + " is neither max nor the average of all pixels");
        return new Graph.AveragePool();
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
        return from.path("name").asText();
    }

    private static int input(JsonNode node, int input, String name) {
        JsonNode from = node.path("inputs").path(input);
        require(from.path(0).canConvertToInt(), name + " lacks input " + input);
        return from.path(0).asInt();
    }

    private Shape shape(String weight) {
        Shape shape = shapes.get(weight);
        require(
                shape != null,
                "there is no array for its weight " + weight + ": take the graph that was saved with the arrays");
        return shape;
    }

    /** Written as {@code attrs}, before as {@code attr}, and first as {@code param}. */
    private static String text(JsonNode node, String attribute, String otherwise) {
        return List.of("attrs", "attr", "param").stream()
                .map(key -> node.path(key).path(attribute))
                .filter(JsonNode::isTextual)
                .map(JsonNode::asText)
                .findFirst()
                .orElse(otherwise);
    }

    /** {@code (3, 3)} as 3. */
    private static int square(JsonNode node, String attribute, int otherwise, String name) {
        String[] sides =
                text(node, attribute, "").replaceAll("[()\\[\\]L\\s]", "").split(",");
        if (sides.length == 1 && sides[0].isEmpty()) {
            return otherwise;
        }
        require(
                sides.length == 2 && sides[0].equals(sides[1]),
                attribute + " of " + name + " is not the same both ways");
        return Integer.parseInt(sides[0]);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
