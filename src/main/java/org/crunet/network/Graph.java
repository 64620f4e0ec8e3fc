package org.crunet.network;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.crunet.block.BatchNorm;
import org.crunet.block.ChannelNorm;
import org.crunet.block.ChannelScale;
import org.crunet.block.Conv;
import org.crunet.block.Flow;
import org.crunet.block.FlowBlock;

/**
 * The computation of a network, operation by operation: to write it down for other programs, and to lay it over what other
 * programs wrote down. Weights are names, so an operation that shares its weight has the name of another's.
 *
 * @param nodes each after those it takes its inputs from; the first is the input, the last the output
 */
public record Graph(List<Node> nodes) {

    /** Keeps its own copy of the list. */
    public Graph {
        nodes = List.copyOf(nodes);
    }

    /**
     * An operation and where its inputs come from.
     *
     * @param operation what is done
     * @param inputs places of the nodes whose outputs it takes
     */
    public record Node(Operation operation, List<Integer> inputs) implements Serializable {}

    /** The operation of a node. */
    public sealed interface Operation extends Serializable {

        /**
         * Returns the weights it uses.
         *
         * @return their shapes by name, in the order of the fields
         */
        default Map<String, Shape> weights() {
            return Map.of();
        }
    }

    /** The images, {@code (N, C, H, W)}. */
    public record Input() implements Operation {}

    /**
     * A convolution without bias.
     *
     * @param weight name of the kernel
     * @param sizes its shape, {@code (out, in / groups, height, width)}
     * @param stride step in pixels
     * @param padding pixels of zeros on each side
     * @param groups number of groups the channels are split into
     */
    public record Convolution(String weight, List<Long> sizes, int stride, int padding, int groups)
            implements Operation {

        /**
         * Returns the shape of the kernel.
         *
         * @return {@code (out, in / groups, height, width)}
         */
        public Shape kernel() {
            return shape(sizes);
        }

        @Override
        public Map<String, Shape> weights() {
            return Map.of(weight, kernel());
        }
    }

    /**
     * Batch norm by running statistics.
     *
     * @param scale name of gamma
     * @param shift name of beta
     * @param mean name of the running mean
     * @param variance name of the running variance
     * @param channels number of channels
     * @param epsilon what is added to the variance
     */
    public record Norm(String scale, String shift, String mean, String variance, long channels, double epsilon)
            implements Operation {

        @Override
        public Map<String, Shape> weights() {
            Map<String, Shape> weights = new LinkedHashMap<>();
            List.of(scale, shift, mean, variance).forEach(name -> weights.put(name, new Shape(channels)));
            return weights;
        }
    }

    /** The larger of the value and 0. */
    public record Relu() implements Operation {}

    /**
     * GELU or sigmoid of each number.
     *
     * @param function which
     */
    public record Function(Flow.Pointwise function) implements Operation {}

    /** The channels of two inputs side by side. */
    public record Concat() implements Operation {}

    /**
     * The channels from one to before another.
     *
     * @param from the first, from 0
     * @param to the one after the last
     */
    public record Slice(int from, int to) implements Operation {}

    /**
     * Each channel times a number.
     *
     * @param scale name of the numbers
     * @param channels their number
     */
    public record Scale(String scale, long channels) implements Operation {

        @Override
        public Map<String, Shape> weights() {
            return Map.of(scale, new Shape(channels));
        }
    }

    /**
     * Layer norm over the channels of each pixel.
     *
     * @param scale name of gamma
     * @param shift name of beta
     * @param channels number of channels
     * @param epsilon what is added to the variance
     */
    public record LayerNorm(String scale, String shift, long channels, double epsilon) implements Operation {

        @Override
        public Map<String, Shape> weights() {
            Map<String, Shape> weights = new LinkedHashMap<>();
            List.of(scale, shift).forEach(name -> weights.put(name, new Shape(channels)));
            return weights;
        }
    }

    /** The sum of two inputs. */
    public record Add() implements Operation {}

    /**
     * The largest of a square of pixels.
     *
     * @param size height and width of the square
     * @param stride step in pixels
     * @param padding pixels on each side that are never the largest
     */
    public record MaxPool(int size, int stride, int padding) implements Operation {}

    /**
     * Every pixel in {@code stride}, and channels of zeros beside.
     *
     * @param stride step in pixels
     * @param before number of channels of zeros before those there are
     * @param behind number of channels of zeros behind them
     */
    public record ZeroPad(int stride, int before, int behind) implements Operation {}

    /** The mean over all pixels: {@code (N, C, H, W)} to {@code (N, C)}. */
    public record AveragePool() implements Operation {}

    /**
     * A fully connected layer.
     *
     * @param weight name of the matrix
     * @param bias name of what is added
     * @param sizes shape of the matrix, {@code (out, in)}
     */
    public record Dense(String weight, String bias, List<Long> sizes) implements Operation {

        /**
         * Returns the shape of the matrix.
         *
         * @return {@code (out, in)}
         */
        public Shape shape() {
            return Graph.shape(sizes);
        }

        @Override
        public Map<String, Shape> weights() {
            Map<String, Shape> weights = new LinkedHashMap<>();
            weights.put(weight, shape());
            weights.put(bias, new Shape(sizes.get(0)));
            return weights;
        }
    }

    /**
     * Makes the graph of a network that need not be built.
     *
     * @param architecture any
     * @return its operations, with the names of {@link Weights#of}
     */
    public static Graph of(Architecture architecture) {
        try (Network network = architecture.planned()) {
            return of(network);
        }
    }

    /**
     * Makes the graph of a network as it evaluates.
     *
     * @param network any made of this library's blocks
     * @return its operations, with the names of {@link Weights#of}
     * @throws IllegalArgumentException if it has a block whose operations are not known; the message names it
     */
    public static Graph of(Network network) {
        Tracer tracer = new Tracer(network.block());
        tracer.block(network.block(), tracer.node(new Input(), List.of()));
        return new Graph(tracer.nodes);
    }

    /**
     * Returns a shape as numbers, which can be sent.
     *
     * @param shape any
     * @return its sizes
     */
    public static List<Long> sizes(Shape shape) {
        return LongStream.of(shape.getShape()).boxed().toList();
    }

    private static Shape shape(List<Long> sizes) {
        return new Shape(sizes);
    }

    /**
     * Returns the names of the weights that an operation uses.
     *
     * @param operation any
     * @return its weight, or scale, shift, mean and variance, or weight and bias; none of an operation without weights
     */
    public static List<String> weights(Operation operation) {
        return List.copyOf(operation.weights().keySet());
    }

    /**
     * Returns the weights it uses.
     *
     * @return their shapes by name, each once however often it is used
     */
    public Map<String, Shape> weights() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        nodes.forEach(node -> shapes.putAll(node.operation().weights()));
        return shapes;
    }

    /** Runs the blocks over places of nodes. */
    private static final class Tracer implements Flow<Integer> {

        private final List<Node> nodes = new ArrayList<>();
        private final Map<Parameter, String> names = new IdentityHashMap<>();
        private final Map<Conv, String> kernels = new IdentityHashMap<>();

        Tracer(Block block) {
            Weights.of(block).forEach((name, parameter) -> names.put(parameter, name));
            Weights.kernels(block).forEach((name, conv) -> kernels.put(conv, name));
        }

        private int node(Operation operation, List<Integer> inputs) {
            nodes.add(new Node(operation, inputs));
            return nodes.size() - 1;
        }

        private String name(Block block, String parameter) {
            return names.get(block.getDirectParameters().get(parameter));
        }

        @Override
        public Integer conv(Conv conv, Integer x, int stride) {
            Shape kernel = conv.kernel().shape();
            int padding = (int) kernel.get(2) / 2;
            return node(new Convolution(kernels.get(conv), sizes(kernel), stride, padding, conv.groups()), List.of(x));
        }

        @Override
        public Integer norm(BatchNorm norm, Integer x) {
            return node(
                    new Norm(
                            names.get(norm.gamma()),
                            names.get(norm.beta()),
                            names.get(norm.runningMean()),
                            names.get(norm.runningVar()),
                            norm.gamma().getShape().size(),
                            norm.epsilon()),
                    List.of(x));
        }

        @Override
        public Integer pointwise(Pointwise function, Integer x) {
            return node(function == Pointwise.RELU ? new Relu() : new Function(function), List.of(x));
        }

        @Override
        public Integer concat(Integer a, Integer b) {
            return node(new Concat(), List.of(a, b));
        }

        @Override
        public Integer slice(Integer x, int from, int to) {
            return node(new Slice(from, to), List.of(x));
        }

        @Override
        public Integer scale(ChannelScale scale, Integer x) {
            Shape numbers = scale.scale().getShape();
            return node(new Scale(names.get(scale.scale()), numbers.size()), List.of(x));
        }

        @Override
        public Integer layerNorm(ChannelNorm norm, Integer x) {
            long channels = norm.gamma().getShape().size();
            return node(
                    new LayerNorm(names.get(norm.gamma()), names.get(norm.beta()), channels, norm.epsilon()),
                    List.of(x));
        }

        @Override
        public Integer add(Integer z, Integer shortcut) {
            return node(new Add(), List.of(z, shortcut));
        }

        @Override
        public Integer zeroPad(Integer x, int stride, int added) {
            return node(new ZeroPad(stride, added / 2, added - added / 2), List.of(x));
        }

        @Override
        public Integer maxPool(Integer x) {
            return node(new MaxPool(3, 2, 1), List.of(x));
        }

        @Override
        public Integer averagePool(Integer x) {
            return node(new AveragePool(), List.of(x));
        }

        @Override
        public Integer block(Block block, Integer x) {
            if (block instanceof FlowBlock ours) {
                return ours.apply(this, x);
            }
            if (block instanceof Linear) {
                Shape shape = block.getDirectParameters().get("weight").getShape();
                return node(new Dense(name(block, "weight"), name(block, "bias"), sizes(shape)), List.of(x));
            }
            throw new IllegalArgumentException(
                    "a graph can be made of this library's blocks, not of " + block + ": build an Architecture");
        }
    }
}
