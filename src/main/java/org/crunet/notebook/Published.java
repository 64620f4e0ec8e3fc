package org.crunet.notebook;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.Table;
import tech.tablesaw.io.csv.CsvReadOptions;

/** What the paper prints, with the source of each figure: quoted, not measured here. */
public final class Published {

    private Published() {}

    /**
     * The sizes printed in the paper's Table 1, to the digits that are printed there. The networks have the names of
     * {@code Networks}, so the table joins with {@code Tables.of(Networks.all())}.
     *
     * @return a Tablesaw table with columns {@code network}, {@code printed parameters}, {@code printed multiply adds}
     *     (the paper says FLOPs) and {@code source}
     */
    public static Table table1() {
        return read("table-1.csv", ColumnType.STRING, ColumnType.LONG, ColumnType.LONG, ColumnType.STRING);
    }

    private static Table read(String resource, ColumnType... types) {
        try (InputStream in = Objects.requireNonNull(Published.class.getResourceAsStream(resource), resource)) {
            InputStreamReader reader = new InputStreamReader(in, StandardCharsets.UTF_8);
            return Table.read()
                    .csv(CsvReadOptions.builder(reader)
                            .columnTypes(types)
                            .tableName(resource)
                            .build());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
