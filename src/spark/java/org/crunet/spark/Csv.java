package org.crunet.spark;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
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
        Stream<String> names = Records.fields(records.get(0)).keySet().stream().map(Names::words);
        String text = Stream.concat(
                        Stream.of(names),
                        records.stream()
                                .map(row ->
                                        Records.fields(row).values().stream().map(Csv::cell)))
                .map(cells -> cells.map(Csv::quoted).collect(Collectors.joining(",")) + "\n")
                .collect(Collectors.joining());
        WholeFile.write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Nothing for what is no number. */
    private static String cell(Object value) {
        return value.equals(Double.NaN) ? "" : value.toString();
    }

    private static String quoted(String cell) {
        boolean plain = cell.chars().noneMatch(c -> ",\"\n\r".indexOf(c) >= 0);
        return plain ? cell : '"' + cell.replace("\"", "\"\"") + '"';
    }
}
