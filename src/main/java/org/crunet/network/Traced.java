package org.crunet.network;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.crunet.block.BatchNorm;
import org.crunet.block.ChannelNorm;
import org.crunet.block.ChannelScale;
import org.crunet.block.Conv;
import org.crunet.block.Flow;
import org.crunet.block.FlowBlock;
import org.crunet.block.Normalisation;
import org.crunet.torch.Floats;

/**
 * A network as what it computes, with its weights: what is sent where the code of its blocks is not known.
 *
 * @param name what it is called
 * @param input {@code (N, C, H, W)}
 * @param nodes its operations, one after the other
 * @param weights numbers by name, computed kernels among them
 */
record Traced(String name, long[] input, List<Graph.Node> nodes, LinkedHashMap<String, float[]> weights)
        implements Classifier.Packed {

    static Traced of(Network network) {
        Graph graph = Graph.of(network);
        Map<String, Parameter> stored = Weights.of(network.block());
        LinkedHashMap<String, float[]> weights = new LinkedHashMap<>();
        graph.weights()
                .keySet()
                .forEach(weight -> weights.put(
                        weight,
                        stored.containsKey(weight)
                                ? stored.get(weight).getArray().toFloatArray()
                                : network.kernel(weight).toFloatArray()));
        return new Traced(network.name(), network.input().getShape(), new ArrayList<>(graph.nodes()), weights);
    }

    @Override
    public Network unpack() {
        Steps steps = new Steps(nodes);
        Network network = Network.of(name, steps, new Shape(input), null, new HeNormal(0), null);
        steps.named.forEach((weight, parameter) -> Floats.set(weights.get(weight), parameter.getArray()));
        return network;
    }

    /** Runs the operations, each by a block where it has weights, which those with the same weights have in common. */
    private static final class Steps extends FlowBlock {

        private final List<Graph.Node> nodes;
        private final Map<String, Block> blocks = new HashMap<>();
        private final Map<String, Parameter> named = new LinkedHashMap<>();

        Steps(List<Graph.Node> nodes) {
            super(0);
            this.nodes = nodes;
            nodes.forEach(node -> {
                List<String> names = Graph.weights(node.operation());
                if (!names.isEmpty() && !blocks.containsKey(names.get(0))) {
                    blocks.put(names.get(0), addChildBlock("step" + blocks.size(), block(node.operation())));
                }
            });
        }

        private Block block(Graph.Operation operation) {
            List<String> names = Graph.weights(operation);
            if (operation instanceof Graph.Convolution conv) {
                int in = (int) conv.kernel().get(1) * conv.groups();
                Conv block = new Conv(
                        in, (int) conv.kernel().get(0), (int) conv.kernel().get(2), conv.groups(), 1);
                return known(block, names, block.weight());
            } else if (operation instanceof Graph.Norm norm) {
                BatchNorm block =
                        new Normalisation(Normalisation.Order.PRE_ACTIVATION, (float) norm.epsilon(), 0.9f).batchNorm();
                return known(block, names, block.gamma(), block.beta(), block.runningMean(), block.runningVar());
            } else if (operation instanceof Graph.Scale scale) {
                ChannelScale block = new ChannelScale((int) scale.channels());
                return known(block, names, block.scale());
            } else if (operation instanceof Graph.LayerNorm norm) {
                ChannelNorm block = new ChannelNorm((int) norm.channels());
                return known(block, names, block.gamma(), block.beta());
            }
            Graph.Dense dense = (Graph.Dense) operation;
            Linear block = Linear.builder().setUnits(dense.shape().get(0)).build();
            Map<String, Parameter> both = new HashMap<>();
            block.getDirectParameters().forEach(entry -> both.put(entry.getKey(), entry.getValue()));
            return known(block, names, both.get("weight"), both.get("bias"));
        }

        private Block known(Block block, List<String> names, Parameter... parameters) {
            for (int i = 0; i < parameters.length; i++) {
                named.put(names.get(i), parameters[i]);
            }
            return block;
        }

        @Override
        public <T> T apply(Flow<T> flow, T x) {
            List<T> values = new ArrayList<>();
            int[] left = new int[nodes.size()];
            nodes.forEach(node -> node.inputs().forEach(place -> left[place]++));
            for (Graph.Node node : nodes) {
                List<T> inputs = new ArrayList<>();
                for (int place : node.inputs()) {
                    T value = values.get(place);
                    inputs.add(--left[place] > 0 ? flow.keep(value) : value);
                }
                values.add(step(flow, node.operation(), inputs, x));
            }
            return values.get(values.size() - 1);
        }

        private <T> T step(Flow<T> flow, Graph.Operation operation, List<T> inputs, T x) {
            if (operation instanceof Graph.Input) {
                return flow.channelsLast(x);
            }
            T z = inputs.get(0);
            List<String> names = Graph.weights(operation);
            Block block = names.isEmpty() ? null : blocks.get(names.get(0));
            if (operation instanceof Graph.Convolution conv) {
                return flow.conv((Conv) block, z, conv.stride());
            } else if (operation instanceof Graph.Norm) {
                return flow.norm((BatchNorm) block, z);
            } else if (operation instanceof Graph.Scale) {
                return flow.scale((ChannelScale) block, z);
            } else if (operation instanceof Graph.LayerNorm) {
                return flow.layerNorm((ChannelNorm) block, z);
            } else if (operation instanceof Graph.Dense) {
                return flow.block(block, z);
            }
            return plain(flow, operation, z, inputs);
        }

        private static <T> T plain(Flow<T> flow, Graph.Operation operation, T z, List<T> inputs) {
            if (operation instanceof Graph.Relu) {
                return flow.relu(z);
            } else if (operation instanceof Graph.Add) {
                return flow.add(z, inputs.get(1));
            } else if (operation instanceof Graph.Concat) {
                return flow.concat(z, inputs.get(1));
            } else if (operation instanceof Graph.Slice slice) {
                return flow.slice(z, slice.from(), slice.to());
            } else if (operation instanceof Graph.ZeroPad pad) {
                return flow.zeroPad(z, pad.stride(), pad.before() + pad.behind());
            } else if (operation instanceof Graph.Function function) {
                return flow.pointwise(function.function(), z);
            } else if (operation instanceof Graph.MaxPool) {
                return flow.maxPool(z);
            } else if (operation instanceof Graph.AveragePool) {
                return flow.averagePool(z);
            }
            throw new IllegalArgumentException("an operation that cannot be sent: " + operation);
        }

        @Override
        public String toString() {
            return "steps of a network";
        }
    }
}
