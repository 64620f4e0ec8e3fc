package org.crunet.exchange;

import static org.crunet.base.Errors.require;
import static org.crunet.base.Errors.shortened;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
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
import org.crunet.base.Errors;
import org.crunet.files.FileKind;
import org.crunet.files.InputFile;
import org.crunet.network.Architecture;
import org.crunet.network.Graph;
import org.crunet.network.Graph.Node;
import org.crunet.network.Graph.Operation;

/**
 * The graph that MXNet writes as {@code -symbol.json}, of the operators that residual networks are made of and
 * {@code ChannelwiseConvolution}, the authors' own. Attributes that are not written have MXNet's defaults.
 */
final class MxnetSymbol {

    /** Twenty times those of the deepest CRU-Net, and ten times its braces, names and numbers. */
    private static final long MAX_BYTES = 1 << 23;

    private static final int MAX_TOKENS = 250_000;
    private static final JsonMapper JSON = InputFile.json(16, MAX_TOKENS, 4096).build();
    /** Operators that in evaluation change no number, or only what comes after the logits. */
    private static final Set<String> PASSED =
            Set.of("Flatten", "Dropout", "identity", "_copy", "BlockGrad", "SoftmaxOutput", "Softmax", "softmax");

    /** Of what MXNet's pooling is written for that is not called global. */
    private static final int USUAL_SIZE = 224;

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
     * The maps that an operation gives.
     *
     * @param channels how many maps
     * @param stride pixels of the image for one of theirs
     */
    private record Maps(long channels, double stride) {}

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
            String large = "it has more than the " + MAX_BYTES + " bytes of a network: take the one that export wrote";
            require(Files.size(file) <= MAX_BYTES, large);
            JsonNode root = JSON.readTree(file.toFile());
            MxnetSymbol symbol = new MxnetSymbol(root.path("nodes"), architecture);
            return new Read(symbol.graph(root.path("heads")), symbol.fixed);
        } catch (JsonProcessingException e) {
            String damage = "it is no graph of MXNet: " + shortened(e.getOriginalMessage());
            String what = FileKind.otherThanText(file, "the graph of a network").orElse(damage);
            throw new IllegalArgumentException(file.toAbsolutePath() + ": " + what, e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file.toAbsolutePath() + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file.toAbsolutePath() + ": " + Errors.reason(e), e);
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
        MxnetNode node = new MxnetNode(nodes.path(place));
        String operator = node.operator();
        String name = node.name();
        if (operator.equals("null")) {
            if (name.equals("data")) {
                places.put(place, 0);
            }
        } else if (PASSED.contains(operator)) {
            places.put(place, value(node, 0));
            ended |= operator.toLowerCase(Locale.ROOT).startsWith("softmax");
        } else {
            require(!ended, operator + " " + name + " follows the softmax, which is taken for the end");
            make(node);
            places.put(place, made.size() - 1);
        }
    }

    private void make(MxnetNode node) {
        try {
            Operation operation = operation(node);
            int first = value(node, 0);
            made.add(new Node(
                    operation, operation instanceof Graph.Add ? List.of(first, value(node, 1)) : List.of(first)));
            outputs.add(after(operation, outputs.get(first)));
        } catch (NumberFormatException e) {
            String what = node.operator() + " " + node.name();
            throw new IllegalArgumentException(what + " has an attribute that is no number", e);
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

    /** Returns what an operation takes its first input from. */
    private Maps before(MxnetNode node) {
        return outputs.get(value(node, 0));
    }

    private Operation operation(MxnetNode node) {
        String operator = node.operator();
        String name = node.name();
        return switch (operator) {
            case "elemwise_add", "_Plus", "_plus", "ElementWiseSum", "add_n", "broadcast_add" -> {
                require(node.inputs() == 2, "sum " + name + " has not two inputs");
                yield new Graph.Add();
            }
            case "Convolution", "Convolution_v1", "ChannelwiseConvolution" -> convolution(node);
            case "BatchNorm", "BatchNorm_v1", "CuDNNBatchNorm" -> norm(node);
            case "Activation", "relu" -> {
                String type = node.text("act_type", operator);
                require(type.equals("relu"), "activation " + name + " is " + type + ", not relu");
                yield new Graph.Relu();
            }
            case "Pooling", "Pooling_v1" -> pool(node);
            case "FullyConnected" -> {
                require(!node.flag("no_bias", false), name + " has no bias");
                long out = node.whole("num_hidden", null);
                yield new Graph.Dense(
                        variable(node, 1),
                        variable(node, 2),
                        List.of(out, before(node).channels()));
            }
            default -> throw new IllegalArgumentException("operator " + operator + " of " + name + " is unknown");
        };
    }

    private Operation convolution(MxnetNode node) {
        String name = node.name();
        require(node.flag("no_bias", false) || node.inputs() == 2, "convolution " + name + " has a bias");
        require(node.square("dilate", 1) == 1, "convolution " + name + " is dilated");
        node.requireLayout();
        int out = node.whole("num_filter", null);
        int groups = node.whole("num_group", node.operator().startsWith("Channelwise") ? out : 1);
        long in = before(node).channels();
        boolean whole = groups > 0 && in % groups == 0 && out % groups == 0;
        require(whole, "convolution " + name + " has " + groups + " groups of " + in + " channels to " + out);
        int size = node.square("kernel", 0);
        List<Long> kernel = List.of((long) out, in / groups, (long) size, (long) size);
        return new Graph.Convolution(
                variable(node, 1), kernel, node.square("stride", 1), node.square("pad", 0), groups);
    }

    private Operation norm(MxnetNode node) {
        String name = node.name();
        String scale = variable(node, 1);
        boolean aux = node.inputs() >= 5;
        if (node.flag("fix_gamma", true)) {
            fixed.add(scale);
        }
        int axis = node.whole("axis", 1);
        require(axis == 1, "batch norm " + name + " is over axis " + axis + ", not over the channels, axis 1");
        String eps = node.text("eps", "0.001");
        double epsilon = Double.parseDouble(eps);
        require(epsilon > 0 && epsilon <= Float.MAX_VALUE, "eps of " + name + " is " + eps + ", not a positive number");
        String full = node.fullName();
        String mean = aux ? variable(node, 3) : full + "_moving_mean";
        String variance = aux ? variable(node, 4) : full + "_moving_var";
        return new Graph.Norm(
                scale, variable(node, 2), mean, variance, before(node).channels(), epsilon);
    }

    private Operation pool(MxnetNode node) {
        String name = node.name();
        node.requireLayout();
        String type = node.text("pool_type", "max");
        boolean global = node.flag("global_pool", false);
        if (type.equals("max")) {
            String convention = node.text("pooling_convention", "valid");
            require(!global, name + " pools all pixels to their largest");
            require(convention.equals("valid"), name + " pools with the convention " + convention + ", not valid");
            return new Graph.MaxPool(node.square("kernel", 1), node.square("stride", 1), node.square("pad", 0));
        }
        require(type.equals("avg"), "pooling " + name + " is neither max nor the average of all pixels");
        if (!global) {
            requireGlobal(node);
        }
        return new Graph.AveragePool();
    }

    /** That an average that is not called global is one, with the images that the network is for. */
    private void requireGlobal(MxnetNode node) {
        int kernel = node.square("kernel", 1);
        double stride = before(node).stride();
        double size = Math.ceil(architecture.imageSize() / stride);
        boolean all = kernel == size || kernel == Math.ceil(USUAL_SIZE / stride);
        String pixels =
                String.format(Locale.ROOT, "%d x %d pixels and not all %.0f x %.0f", kernel, kernel, size, size);
        require(
                all && node.square("pad", 0) == 0,
                "pooling " + node.name() + " averages " + pixels + ": if it is for other images than of "
                        + architecture.imageSize() + ", withImageSize");
    }

    /** Returns the operation that an input comes from. */
    private int value(MxnetNode node, int input) {
        Integer from = places.get(node.input(input));
        require(from != null, "input " + input + " of " + node.name() + " is no earlier operation");
        return from;
    }

    /** Returns the name of a weight. */
    private String variable(MxnetNode node, int input) {
        MxnetNode from = new MxnetNode(nodes.path(node.input(input)));
        require(from.operator().equals("null"), "input " + input + " of " + node.name() + " is not a weight");
        return from.fullName();
    }
}
