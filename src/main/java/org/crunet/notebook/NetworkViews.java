package org.crunet.notebook;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.initializer.Initializer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.crunet.network.Architecture;
import org.crunet.network.Layer;
import org.crunet.network.Layers;
import org.crunet.network.Network;
import tech.tablesaw.api.Table;

/** Networks as tables: a block layer by layer, an architecture stage by stage. */
final class NetworkViews {
    private static final int ROWS = 100;

    private NetworkViews() {}

    static Output layers(Network network) {
        boolean open = network.manager().isOpen();
        return layers(network.block(), network.name() + ", ", open ? "" : ", closed");
    }

    static Output layers(Block block) {
        return layers(block, "", closed(block) ? ", closed" : "");
    }

    private static Output layers(Block block, String name, String closed) {
        List<Layer> layers = Layers.of(block);
        String total =
                block.isInitialized() ? Numbers.format(", %,d parameters", parameters(layers)) : ", not initialised";
        String remark = name + layers.size() + (layers.size() == 1 ? " layer" : " layers") + total + closed;
        return Grid.of(table(layers), ROWS, remark).output();
    }

    /** Whether the network that had the block's weights was closed. */
    private static boolean closed(Block block) {
        return block.getParameters().values().stream()
                .anyMatch(parameter ->
                        parameter.isInitialized() && parameter.getArray().isReleased());
    }

    /** A layer without a shape has as many parameters as its input will ask for: a blank is better than a wrong 0. */
    private static Table table(List<Layer> layers) {
        Table table = Tables.of(layers);
        IntStream.range(0, layers.size())
                .filter(i -> layers.get(i).output() == null && layers.get(i).parameters() == 0)
                .forEach(i -> table.column("parameters").setMissing(i));
        return table;
    }

    /** Sizes come from a network of zeros, which is built for a moment. */
    static Output stages(Architecture architecture) {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = architecture.block();
            block.setInitializer(Initializer.ZEROS, Parameter.Type.WEIGHT);
            block.initialize(manager, DataType.FLOAT32, architecture.input(1));
            List<Layer> layers = Layers.of(block);
            String remark = Numbers.format(
                    "%s: depth %d, %d classes, %,d parameters",
                    architecture.name(), architecture.depth(), architecture.classes(), parameters(layers));
            return Grid.of(Tables.of(parts(architecture, layers)), ROWS, remark).output();
        }
    }

    /** The layers below each outermost name, as one row. */
    private static List<Layer> parts(Architecture architecture, List<Layer> layers) {
        Map<String, List<Layer>> parts = layers.stream()
                .collect(Collectors.groupingBy(
                        layer -> layer.name().replaceFirst("/.*", ""), LinkedHashMap::new, Collectors.toList()));
        List<Layer> rows = new ArrayList<>();
        parts.forEach((name, part) -> rows.add(new Layer(
                name,
                name.startsWith("stage") ? stage(architecture, name) : all(part, Layer::kind),
                part.get(part.size() - 1).output(),
                parameters(part),
                all(part, Layer::shared))));
        return rows;
    }

    private static String stage(Architecture architecture, String name) {
        int number = Integer.parseInt(name.substring("stage".length()));
        return architecture.stages().get(number - 1).toString();
    }

    private static String all(List<Layer> layers, Function<Layer, String> text) {
        return layers.stream().map(text).filter(t -> !t.isEmpty()).distinct().collect(Collectors.joining(", "));
    }

    private static long parameters(List<Layer> layers) {
        return layers.stream().mapToLong(Layer::parameters).sum();
    }
}
