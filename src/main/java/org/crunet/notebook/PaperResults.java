package org.crunet.notebook;

import static org.crunet.base.Errors.require;

import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.crunet.network.Cost;
import org.crunet.network.Networks;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.Table;
import tech.tablesaw.io.csv.CsvReadOptions;

/** The figures that the paper prints, with the source of each figure: quoted, not measured here. */
public final class PaperResults {

    private PaperResults() {}

    /**
     * Returns the sizes printed in the paper's Table 1, to the digits that are printed there. The networks have the names of
     * {@code Networks}, so the table joins with {@code Tables.of(Networks.all())}.
     *
     * @return a Tablesaw table with columns {@code network}, {@code printed parameters}, {@code printed multiply adds}
     *     (the paper says FLOPs) and {@code source}
     */
    public static Table table1() {
        return read("table-1.csv");
    }

    /**
     * Returns the results that the paper, its authors and those they compare with report on ImageNet-1k and Places365-Standard.
     * Accuracies are fractions, made from what is printed where that is an error. The printed MB are mebibytes.
     *
     * @return a Tablesaw table with columns {@code data}, {@code network} (a name of {@code Networks} where it has it),
     *     {@code test}, {@code printed}, {@code top-1}, {@code top-5}, {@code printed MB} and {@code source}
     */
    public static Table results() {
        return read("results.csv");
    }

    /**
     * Returns the results of one set of images, and beside them what this library counts for those networks, built for as many
     * classes.
     *
     * @param data {@code ImageNet-1k} or {@code Places365-Standard}
     * @return the rows of {@link #results} with columns {@code counted MiB}, {@code counted multiply adds} and, from Table 1,
     *     {@code printed multiply adds} more, missing for networks that are not in {@code Networks} or in that table, and for
     *     other images and implementations than Table 1 is about
     * @throws IllegalArgumentException if there are no results on such images; the message lists those there are
     */
    public static Table counted(String data) {
        Table all = results();
        List<String> sets = all.stringColumn("data").unique().asList();
        require(sets.contains(data), "there are no results on " + data + ", only on " + sets);
        Table rows = all.where(all.stringColumn("data").isEqualTo(data));
        DoubleColumn size = DoubleColumn.create("counted MiB");
        LongColumn multiplyAdds = LongColumn.create("counted multiply adds");
        int classes = data.startsWith("Places365") ? 365 : 1000;
        for (String name : rows.stringColumn("network")) {
            Optional<Cost> cost = Networks.all().stream()
                    .filter(network -> network.name().equals(name))
                    .map(network -> network.withClasses(classes).cost())
                    .findFirst();
            size.append(cost.map(Cost::mebibytes).orElse(null));
            multiplyAdds.append(cost.map(Cost::multiplyAdds).orElse(null));
        }
        return rows.addColumns(size, multiplyAdds, printedMultiplyAdds(rows));
    }

    /** Table 1 is about ImageNet-1k, and the authors' own networks. */
    private static LongColumn printedMultiplyAdds(Table rows) {
        LongColumn printed = LongColumn.create("printed multiply adds");
        Table table1 = table1();
        for (Row row : rows) {
            boolean theirs = row.getString("data").equals("ImageNet-1k")
                    && !row.getString("source").contains("another implementation");
            int place = table1.stringColumn("network").asList().indexOf(row.getString("network"));
            printed.append(
                    theirs && place >= 0 ? table1.longColumn(printed.name()).get(place) : null);
        }
        return printed;
    }

    /**
     * Draws accuracy against size and against multiply-adds: as printed (open) and as counted here (filled), a line between the
     * two. Accuracies are the published ones throughout.
     *
     * @param data {@code ImageNet-1k} or {@code Places365-Standard}
     * @return the chart
     * @throws IllegalArgumentException if there are no results on such images; the message lists those there are
     */
    public static Chart chart(String data) {
        return ResultsChart.of(counted(data)).title("Published accuracies on " + data);
    }

    private static Table read(String resource) {
        InputStream in = Objects.requireNonNull(PaperResults.class.getResourceAsStream(resource), resource);
        var reader = new InputStreamReader(in, StandardCharsets.UTF_8);
        var options = CsvReadOptions.builder(reader).columnTypes(PaperResults::type);
        return Table.read().csv(options.tableName(resource).build());
    }

    private static ColumnType type(String column) {
        return switch (column) {
            case "printed parameters", "printed multiply adds" -> ColumnType.LONG;
            case "top-1", "top-5", "printed MB" -> ColumnType.DOUBLE;
            default -> ColumnType.STRING;
        };
    }
}
