package org.crunet.network;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToLongFunction;

/**
 * The cost of a network, for one image: in all, {@linkplain #stages by stage} and {@linkplain #layers layer by layer}.
 *
 * <p>Parameters are counted by identity, so a shared one once; its multiply-adds count for every use. A multiply-add is a
 * multiplication with its addition, in convolutions and fully connected layers only, as papers count "FLOPs".
 *
 * @param name what the network is called
 * @param layers one row a layer
 * @param exact false if a block of another library hides layers, so that multiply-adds and activations are at least these
 */
public record Cost(String name, List<Layer> layers, boolean exact) {

    /**
     * One row of the table of stages.
     *
     * @param stage {@code stem}, {@code conv2} and so on, {@code head}, or {@code total}
     * @param output shape that leaves it, {@code (N, C, H, W)}
     * @param parameters distinct trainable parameters
     * @param buffers running statistics of batch norm
     * @param multiplyAdds multiplications with their additions
     * @param activationBytes memory that training keeps until the backward pass, float32
     * @param fileBytes parameters and buffers on disk, float32
     */
    public record Row(
            String stage,
            Shape output,
            long parameters,
            long buffers,
            long multiplyAdds,
            long activationBytes,
            long fileBytes) {}

    /** Keeps its own copy of the rows. */
    public Cost {
        layers = List.copyOf(layers);
    }

    /**
     * Counts the distinct trainable parameters.
     *
     * @return the number
     */
    public long parameters() {
        return sum(Layer::parameters);
    }

    /**
     * Counts the running statistics of batch norm, which are stored but not trained.
     *
     * @return the number of values
     */
    public long buffers() {
        return sum(Layer::buffers);
    }

    /**
     * Counts multiplications with their additions, in convolutions and fully connected layers.
     *
     * @return the number for one image
     */
    public long multiplyAdds() {
        return sum(Layer::multiplyAdds);
    }

    /**
     * Counts what computing kernels takes, once a batch however many images it has.
     *
     * @return multiplications with their additions; 0 where all kernels are stored
     */
    public long mixing() {
        return sum(Layer::mixing);
    }

    /**
     * Computes the memory that training keeps of the layers' outputs until the backward pass: the inputs of
     * convolutions, batch norms and fully connected layers and the outputs of ReLU, in float32; not the statistics of a
     * batch or the places a max pool took its values from.
     *
     * @return bytes for one image
     */
    public long activationBytes() {
        return sum(Layer::activationBytes);
    }

    /**
     * Computes the size on disk: parameters and buffers in float32, without the file's table of contents.
     *
     * @return bytes
     */
    public long fileBytes() {
        return Float.BYTES * (parameters() + buffers());
    }

    /**
     * Returns the size on disk as it is printed.
     *
     * @return {@link #fileBytes} in MiB (2^20 bytes)
     */
    public double mebibytes() {
        return fileBytes() / (double) (1 << 20);
    }

    /**
     * Adds up the layers below each outermost name, and all of them in the last row.
     *
     * @return the table of stages
     */
    public List<Row> stages() {
        Map<String, List<Layer>> parts = new LinkedHashMap<>();
        layers.forEach(layer -> parts.computeIfAbsent(layer.name().split("\\.")[0], name -> new ArrayList<>())
                .add(layer));
        List<Row> rows = new ArrayList<>();
        parts.forEach((stage, part) -> rows.add(row(stage, part)));
        rows.add(row("total", layers));
        return rows;
    }

    private static Row row(String stage, List<Layer> part) {
        Cost cost = new Cost(stage, part, true);
        Shape output = part.stream()
                .map(Layer::output)
                .filter(Objects::nonNull)
                .reduce((a, b) -> b)
                .orElse(null);
        return new Row(
                stage,
                output,
                cost.parameters(),
                cost.buffers(),
                cost.multiplyAdds(),
                cost.activationBytes(),
                cost.fileBytes());
    }

    private long sum(ToLongFunction<Layer> value) {
        return layers.stream().mapToLong(value).sum();
    }

    @Override
    public String toString() {
        return String.format(
                        Locale.ROOT,
                        "%s: %,d parameters, %s%.3f G multiply-adds, %.1f MiB, %.1f MiB of activations an image in training",
                        name,
                        parameters(),
                        exact ? "" : "at least ",
                        multiplyAdds() / 1e9,
                        mebibytes(),
                        activationBytes() / (double) (1 << 20))
                + (mixing() == 0
                        ? ""
                        : String.format(
                                Locale.ROOT, ", %.3f G multiply-adds a batch to compute kernels", mixing() / 1e9));
    }
}
