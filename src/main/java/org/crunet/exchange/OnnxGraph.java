package org.crunet.exchange;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.UnsafeByteOperations;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.crunet.network.Graph;
import org.crunet.network.Network;
import org.crunet.network.Weights;

/** A network in the words of ONNX. Weights are initializers, each once, and nodes that share one name the same. */
final class OnnxGraph {

    private static final String IMAGES = "images";
    private static final Set<String> WEIGHTED = Set.of("Conv", "BatchNormalization", "Gemm");
    private static final long END = Integer.MAX_VALUE;

    private final GraphProto.Builder graph = GraphProto.newBuilder();
    private final Map<String, Integer> used = new HashMap<>();
    private final Set<String> constants = new HashSet<>();

    private OnnxGraph() {}

    /** The graph, of one input and one output; it takes any number of images. */
    static GraphProto of(Network network, String input) {
        OnnxGraph onnx = new OnnxGraph();
        onnx.graph.setName(network.name());
        onnx.graph.addInput(value(IMAGES, network.input(), input));
        Graph traced = Graph.of(network);
        Set<String> stored = Weights.of(network.block()).keySet();
        Set<String> needed = traced.weights().keySet();
        stored.stream().filter(needed::contains).forEach(name -> onnx.add(name, network.weight(name)));
        needed.stream().filter(name -> !stored.contains(name)).forEach(name -> {
            try (NDArray computed = network.kernel(name)) {
                onnx.add(name, computed);
            }
        });
        List<String> values = new ArrayList<>();
        for (Graph.Node node : traced.nodes()) {
            List<String> inputs = new ArrayList<>();
            node.inputs().forEach(place -> inputs.add(values.get(place)));
            inputs.addAll(Graph.weights(node.operation()));
            values.add(onnx.nodes(node.operation(), inputs));
        }
        Shape shape = network.block().getOutputShapes(new Shape[] {network.input()})[0];
        String name = shape.dimension() == 2 ? "logits" : "activations";
        onnx.graph.addOutput(value(name, shape, "a softmax over the classes makes probabilities of logits"));
        onnx.graph.getNodeBuilder(onnx.graph.getNodeCount() - 1).setOutput(0, name);
        return onnx.graph.build();
    }

    /** The name of what the operation gives. */
    private String nodes(Graph.Operation operation, List<String> inputs) {
        if (operation instanceof Graph.Input) {
            return IMAGES;
        } else if (operation instanceof Graph.Convolution conv) {
            AttributeProto groups = integer("group", conv.groups());
            return window("Conv", inputs, conv.kernel().get(2), conv.stride(), conv.padding(), groups);
        } else if (operation instanceof Graph.Norm norm) {
            return node("BatchNormalization", inputs, real("epsilon", norm.epsilon()));
        } else if (operation instanceof Graph.Relu) {
            return node("Relu", inputs);
        } else if (operation instanceof Graph.Add) {
            return node("Add", inputs);
        } else if (operation instanceof Graph.MaxPool pool) {
            return window("MaxPool", inputs, pool.size(), pool.stride(), pool.padding());
        } else if (operation instanceof Graph.Concat) {
            return node("Concat", inputs, integer("axis", 1));
        } else if (operation instanceof Graph.Function function) {
            return switch (function.function()) {
                case RELU -> node("Relu", inputs);
                case SIGMOID -> node("Sigmoid", inputs);
                case GELU -> gelu(inputs.get(0));
            };
        } else if (operation instanceof Graph.AveragePool) {
            return node("Flatten", List.of(node("GlobalAveragePool", inputs)), integer("axis", 1));
        } else if (operation instanceof Graph.Dense) {
            return node("Gemm", inputs, integer("transB", 1));
        }
        return several(operation, inputs);
    }

    /** Those that are several nodes, or have numbers for inputs. */
    private String several(Graph.Operation operation, List<String> inputs) {
        if (operation instanceof Graph.Slice slice) {
            return node("Slice", with(inputs, List.of((long) slice.from()), List.of((long) slice.to()), List.of(1L)));
        } else if (operation instanceof Graph.Scale scale) {
            String column = node("Reshape", with(inputs.subList(1, 2), List.of(1L, scale.channels(), 1L, 1L)));
            return node("Mul", List.of(inputs.get(0), column));
        } else if (operation instanceof Graph.LayerNorm norm) {
            String last = node("Transpose", inputs.subList(0, 1), integers("perm", 0L, 2L, 3L, 1L));
            String normed = node(
                    "LayerNormalization", List.of(last, inputs.get(1), inputs.get(2)), real("epsilon", norm.epsilon()));
            return node("Transpose", List.of(normed), integers("perm", 0L, 3L, 1L, 2L));
        } else if (operation instanceof Graph.ZeroPad pad) {
            long step = pad.stride();
            String pixels = node(
                    "Slice", with(inputs, List.of(0L, 0L), List.of(END, END), List.of(2L, 3L), List.of(step, step)));
            List<Long> pads = List.of(0L, (long) pad.before(), 0L, 0L, 0L, (long) pad.behind(), 0L, 0L);
            return node("Pad", with(List.of(pixels), pads));
        }
        throw new IllegalArgumentException("no ONNX is known for " + operation);
    }

    /** {@code x (1 + erf(x / sqrt(2))) / 2}: the operator of that name is newer than the rest. */
    private String gelu(String x) {
        String erf = node("Erf", List.of(node("Mul", List.of(x, number(Math.sqrt(0.5))))));
        String twice = node("Mul", List.of(x, node("Add", List.of(erf, number(1)))));
        return node("Mul", List.of(twice, number(0.5)));
    }

    private String number(double value) {
        String name = "number_" + value;
        if (constants.add(name)) {
            graph.addInitializer(TensorProto.newBuilder()
                    .setName(name)
                    .setDataType(TensorProto.DataType.FLOAT_VALUE)
                    .addFloatData((float) value));
        }
        return name;
    }

    /** The inputs, and lists of whole numbers behind them. */
    @SafeVarargs
    private List<String> with(List<String> inputs, List<Long>... numbers) {
        List<String> all = new ArrayList<>(inputs);
        for (List<Long> list : numbers) {
            String name = "numbers_" + list.toString().replaceAll("\\W+", "_");
            if (constants.add(name)) {
                graph.addInitializer(TensorProto.newBuilder()
                        .setName(name)
                        .setDataType(TensorProto.DataType.INT64_VALUE)
                        .addDims(list.size())
                        .addAllInt64Data(list));
            }
            all.add(name);
        }
        return all;
    }

    /** Called after its first weight, or else what it does; numbered from the second of a name on. */
    private String node(String type, List<String> inputs, AttributeProto... attributes) {
        String plain = WEIGHTED.contains(type) ? inputs.get(1).replaceFirst("\\.weight$", "") : type;
        int uses = used.merge(plain, 1, Integer::sum);
        String name = uses == 1 ? plain : plain + "_" + uses;
        graph.addNode(NodeProto.newBuilder()
                .setName(name)
                .setOpType(type)
                .addAllInput(inputs)
                .addOutput(name)
                .addAllAttribute(List.of(attributes)));
        return name;
    }

    /** A square that moves over the pixels. */
    private String window(
            String type, List<String> inputs, long size, long stride, long padding, AttributeProto... more) {
        List<AttributeProto> attributes = new ArrayList<>();
        attributes.add(integers("kernel_shape", size, size));
        attributes.add(integers("strides", stride, stride));
        attributes.add(integers("pads", padding, padding, padding, padding));
        attributes.addAll(List.of(more));
        return node(type, inputs, attributes.toArray(AttributeProto[]::new));
    }

    private static AttributeProto integers(String name, Long... values) {
        return attribute(name, AttributeType.INTS).addAllInts(List.of(values)).build();
    }

    private static AttributeProto integer(String name, long value) {
        return attribute(name, AttributeType.INT).setI(value).build();
    }

    private static AttributeProto real(String name, double value) {
        return attribute(name, AttributeType.FLOAT).setF((float) value).build();
    }

    private static AttributeProto.Builder attribute(String name, AttributeType type) {
        return AttributeProto.newBuilder().setName(name).setType(type);
    }

    private void add(String name, NDArray array) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .setRawData(UnsafeByteOperations.unsafeWrap(array.toByteBuffer(false)));
        LongStream.of(array.getShape().getShape()).forEach(tensor::addDims);
        graph.addInitializer(tensor);
    }

    /** A batch of any size. */
    private static ValueInfoProto value(String name, Shape shape, String description) {
        TensorShapeProto.Builder sizes = TensorShapeProto.newBuilder();
        sizes.addDimBuilder().setDimParam("N");
        for (int i = 1; i < shape.dimension(); i++) {
            sizes.addDimBuilder().setDimValue(shape.get(i));
        }
        TypeProto.Tensor type = TypeProto.Tensor.newBuilder()
                .setElemType(TensorProto.DataType.FLOAT_VALUE)
                .setShape(sizes)
                .build();
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setDocString(description)
                .setType(TypeProto.newBuilder().setTensorType(type))
                .build();
    }
}
