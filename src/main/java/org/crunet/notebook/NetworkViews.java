package org.crunet.notebook;

import static org.crunet.base.Errors.require;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.crunet.network.Architecture;
import org.crunet.network.Cost;
import org.crunet.network.Head;
import org.crunet.network.Layer;
import org.crunet.network.Network;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

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
        return layers(network.block(), network.name() + ", ");
    }

    /** After some words. */
    static Output layers(Block block, String words) {
        List<Layer> layers = Layer.of(block);
        String total = block.isInitialized()
                ? Numbers.format(", %,d parameters", new Cost("", layers, true).parameters())
                : ", not initialised";
        String number = layers.size() + (layers.size() == 1 ? " layer" : " layers");
        return Grid.of(table(layers), ROWS, words + number + total + (closed(block) ? ", closed" : ""))
                .output();
    }

    /** Whether the network that had the block's weights was closed. */
    private static boolean closed(Block block) {
        return block.getParameters().values().stream()
                .filter(Parameter::isInitialized)
                .anyMatch(parameter -> parameter.getArray().isReleased());
    }

    /** A layer without a shape has as many parameters as its input will ask for: a blank is better than a wrong 0. */
    private static Table table(List<Layer> layers) {
        Table table =
                Tables.of(layers).selectColumns("name", "kind", "output", "parameters", "multiply adds", "shared");
        for (int i = 0; i < layers.size(); i++) {
            if (layers.get(i).output() == null) {
                table.column("multiply adds").setMissing(i);
            }
            if (layers.get(i).output() == null && layers.get(i).parameters() == 0) {
                table.column("parameters").setMissing(i);
            }
        }
        return table;
    }

    static Output cost(Cost cost) {
        String atLeast = cost.exact() ? "" : ": multiply-adds are at least these";
        return Grid.of(table(cost), ROWS, cost.name() + atLeast).output();
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
        var units = StringColumn.create("units", rows.stream().map(row -> units(architecture, row.stage())));
        var shared = StringColumn.create("shared", rows.stream().map(row -> shared(cost, row.stage())));
        Table table = sizes.selectColumns("stage", "output", "parameters", "multiply adds");
        table.insertColumn(1, units).addColumns(shared);
        String remark = Numbers.format(
                "%s: depth %d, %d classes, %,d parameters%s",
                architecture.name(),
                architecture.depth(),
                architecture.classes(),
                cost.parameters(),
                cost.exact() ? "" : "; multiply-adds are at least these");
        return Grid.of(table.first(table.rowCount() - 1), ROWS, remark).output();
    }

    private static String units(Architecture architecture, String stage) {
        if (architecture.stages().isEmpty()) {
            return "";
        }
        return switch (stage) {
            case "stem" -> architecture.stem().toString();
            case "head" ->
                architecture.head().equals(Head.linear())
                        ? "global average pool, linear"
                        : architecture.head().toString();
            case "shared" -> "what stages have in common";
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
    static Table summaries(List<?> networks) {
        Table table = Tables.of(networks.stream()
                .map(Architecture.class::cast)
                .map(NetworkViews::summary)
                .toList());
        table.column("size").setName("size, MiB");
        table.column("activations").setName("activations, MiB");
        return table;
    }

    private static Summary summary(Architecture network) {
        Cost cost = network.cost();
        double activations = cost.activationBytes() / (double) (1 << 20);
        String name = network.name();
        int depth = network.depth();
        return new Summary(name, depth, cost.parameters(), cost.multiplyAdds(), cost.mebibytes(), activations);
    }

    /** A stage that a network does not have is missing. */
    static Table byStage(String quantity, List<Architecture> networks) {
        List<String> longest = networks.stream()
                .map(network -> table(network.cost()).stringColumn("stage").asList())
                .max(Comparator.comparingInt(List::size))
                .orElse(List.of("total"));
        Table all = Table.create(StringColumn.create("stage", longest.subList(0, longest.size() - 1)));
        for (Architecture network : networks) {
            String name = network.name();
            require(!all.containsColumn(name), "two networks are called " + name + ": rename one by withName(...)");
            all.addColumns(DoubleColumn.create(name, column(quantity, table(network.cost()), all)));
        }
        return all;
    }

    private static double[] column(String quantity, Table stages, Table all) {
        List<NumericColumn<?>> there = stages.numericColumns();
        require(
                there.stream().anyMatch(column -> column.name().equals(quantity)),
                () -> "no quantity '" + quantity + "': there are " + Tables.quoted(there));
        NumericColumn<?> values = stages.numberColumn(quantity);
        List<String> names = stages.stringColumn("stage").asList();
        IntStream rows = all.stringColumn("stage").asList().stream().mapToInt(names::indexOf);
        return rows.mapToDouble(row -> row < 0 ? Double.NaN : values.getDouble(row))
                .toArray();
    }
}
