package org.crunet.spark;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.crunet.base.Names;
import org.crunet.base.Records;
import org.crunet.files.WholeFile;

/** Comma-separated values, letter for letter as a notebook's {@code Tables.of(records).write().csv(file)} writes them. */
final class Csv {

    private Csv() {}

    /** Writes a line with the names of the columns, and one for each record, of which there is one at least. */
    static void write(List<? extends Record> records, Path file) {
        Stream<String> names = columns(records.get(0)).keySet().stream();
        String text = Stream.concat(Stream.of(names), records.stream().map(Csv::cells))
                .map(cells -> cells.map(Csv::quoted).collect(Collectors.joining(",", "", "\n")))
                .collect(Collectors.joining());
        WholeFile.write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** One for each field, and for each entry of a map. */
    private static Map<String, Object> columns(Record row) {
        Map<String, Object> columns = new LinkedHashMap<>();
        Records.fields(row).forEach((name, value) -> {
            if (value instanceof Map<?, ?> map) {
                map.forEach((key, one) -> columns.put(key.toString(), one));
            } else {
                columns.put(Names.words(name), value);
            }
        });
        return columns;
    }

    /** Nothing for what is no number. */
    private static Stream<String> cells(Record row) {
        return columns(row).values().stream().map(value -> value.equals(Double.NaN) ? "" : value.toString());
    }

    private static String quoted(String cell) {
        boolean plain = cell.chars().noneMatch(c -> ",\"\n\r".indexOf(c) >= 0);
        return plain ? cell : '"' + cell.replace("\"", "\"\"") + '"';
    }
}
