package org.crunet.notebook;

import ai.djl.nn.Block;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.network.Architecture;
import org.crunet.network.Cost;
import org.crunet.network.Layer;
import org.crunet.network.Network;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/** Networks as tables: a block layer by layer, an architecture or its cost stage by stage, several one a row. */
final class NetworkViews {
    private static final int ROWS = 100;

    /**
     * One row of the table of networks.
     *
     * @param network its name
     * @param depth as the paper counts it
     * @param parameters distinct trainable parameters
     * @param multiplyAdds for one image
     * @param size parameters and buffers in float32, in MiB
     * @param activations what training keeps for one image, in MiB
     */
    record Summary(String network, int depth, long parameters, long multiplyAdds, double size, double activations) {}

    private NetworkViews() {}

    static Output layers(Network network) {
        boolean open = network.manager().isOpen();
        return layers(network.block(), network.name() + ", ", open ? "" : ", closed");
    }

    static Output layers(Block block) {
        return layers(block, "", closed(block) ? ", closed" : "");
    }

    private static Output layers(Block block, String name, String closed) {
        List<Layer> layers = Layer.of(block);
        String total = block.isInitialized()
                ? Numbers.format(", %,d parameters", new Cost(name, layers).parameters())
                : ", not initialised";
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
        Table table =
                Tables.of(layers).selectColumns("name", "kind", "output", "parameters", "multiply adds", "shared");
        IntStream.range(0, layers.size())
                .filter(i -> layers.get(i).output() == null)
                .forEach(i -> {
                    table.column("multiply adds").setMissing(i);
                    if (layers.get(i).parameters() == 0) {
                        table.column("parameters").setMissing(i);
                    }
                });
        return table;
    }

    static Output cost(Cost cost) {
        return Grid.of(table(cost), ROWS, cost.name()).output();
    }

    /** The table of stages, with sizes in MiB. */
    static Table table(Cost cost) {
        Table table = Tables.of(cost.stages());
        toMebibytes(table, "activation bytes", "activations, MiB");
        toMebibytes(table, "file bytes", "size, MiB");
        return table;
    }

    private static void toMebibytes(Table table, String bytes, String name) {
        table.replaceColumn(bytes, table.longColumn(bytes).divide(1 << 20).setName(name));
    }

    /** The units of each stage beside what they come to. */
    static Output stages(Architecture architecture) {
        Cost cost = architecture.cost();
        List<Cost.Row> rows = cost.stages();
        Table sizes = Tables.of(rows);
        StringColumn shared = StringColumn.create("shared");
        StringColumn units = StringColumn.create("units");
        for (Cost.Row row : rows) {
            units.append(units(architecture, row.stage()));
            shared.append(shared(cost, row.stage()));
        }
        Table table = Table.create(
                sizes.column("stage"),
                units,
                sizes.column("output"),
                sizes.column("parameters"),
                sizes.column("multiply adds"),
                shared);
        String remark = Numbers.format(
                "%s: depth %d, %d classes, %,d parameters",
                architecture.name(), architecture.depth(), architecture.classes(), cost.parameters());
        return Grid.of(table.dropRows(table.rowCount() - 1), ROWS, remark).output();
    }

    private static String units(Architecture architecture, String stage) {
        return switch (stage) {
            case "stem" -> architecture.stem().toString();
            case "head" -> "global average pool, linear";
            case "total" -> "";
            default -> architecture.stage(stage).toString();
        };
    }

    private static String shared(Cost cost, String stage) {
        return cost.layers().stream()
                .filter(layer -> layer.name().startsWith(stage + "."))
                .map(Layer::shared)
                .filter(text -> text.startsWith("by "))
                .distinct()
                .collect(Collectors.joining(", "));
    }

    /** One row a network. */
    static Table summaries(List<Architecture> networks) {
        Table table = Tables.of(networks.stream().map(NetworkViews::summary).toList());
        table.column("size").setName("size, MiB");
        table.column("activations").setName("activations, MiB");
        return table;
    }

    private static Summary summary(Architecture network) {
        Cost cost = network.cost();
        return new Summary(
                network.name(),
                network.depth(),
                cost.parameters(),
                cost.multiplyAdds(),
                cost.mebibytes(),
                cost.activationBytes() / (double) (1 << 20));
    }

    /** A stage that a network does not have is missing. */
    static Table byStage(String quantity, List<Architecture> networks) {
        Table all = Table.create(StringColumn.create("stage", stageNames(networks)));
        for (Architecture network : networks) {
            if (all.containsColumn(network.name())) {
                throw new IllegalArgumentException(
                        "two networks are called " + network.name() + ": give one another name, withName(\"...\")");
            }
            Table stages = table(network.cost());
            if (!stages.numericColumns().stream().map(Column::name).toList().contains(quantity)) {
                throw new IllegalArgumentException("no quantity '" + quantity + "': there are "
                        + stages.numericColumns().stream().map(Column::name).toList());
            }
            Map<String, Double> values = new HashMap<>();
            for (int i = 0; i < stages.rowCount(); i++) {
                values.put(
                        stages.stringColumn("stage").get(i),
                        stages.numberColumn(quantity).getDouble(i));
            }
            DoubleColumn column = DoubleColumn.create(network.name());
            all.stringColumn("stage").forEach(stage -> column.append(values.get(stage)));
            all.addColumns(column);
        }
        return all;
    }

    /** In the order of the longest network, without the total. */
    private static List<String> stageNames(List<Architecture> networks) {
        int most = networks.stream()
                .mapToInt(network -> network.stages().size())
                .max()
                .orElse(0);
        return Stream.of(Stream.of("stem"), IntStream.range(0, most).mapToObj(i -> "conv" + (i + 2)), Stream.of("head"))
                .flatMap(names -> names)
                .toList();
    }

    static boolean areNetworks(List<?> list) {
        return !list.isEmpty() && list.stream().allMatch(Architecture.class::isInstance);
    }

    static List<Architecture> networks(List<?> list) {
        return Arrays.asList(list.toArray(Architecture[]::new));
    }
}
