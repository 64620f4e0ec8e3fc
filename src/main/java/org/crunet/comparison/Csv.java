package org.crunet.comparison;

import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.crunet.files.WholeFile;

/** Records as a file of comma-separated values: letter for letter what a notebook's {@code Tables.of(records).write().csv(file)} writes. */
public final class Csv {

    private Csv() {}

    /**
     * Writes a line with the names of the columns, and one for each record.
     *
     * @param records of one class, at least one
     * @param file where to, in UTF-8; an existing file is replaced
     * @throws java.io.UncheckedIOException if it cannot be written; the file that was there before stays as it is
     */
    public static void write(List<? extends Record> records, Path file) {
        RecordComponent[] columns = records.get(0).getClass().getRecordComponents();
        StringBuilder text = new StringBuilder();
        line(text, Stream.of(columns).map(column -> words(column.getName())));
        records.forEach(row -> line(text, Stream.of(columns).map(column -> cell(column, row))));
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        WholeFile.write(file, out -> out.write(bytes));
    }

    private static void line(StringBuilder text, Stream<String> cells) {
        text.append(cells.map(Csv::quoted).collect(Collectors.joining(","))).append("\n");
    }

    private static String quoted(String cell) {
        boolean plain = cell.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? cell : '"' + cell.replace("\"", "\"\"") + '"';
    }

    /** Nothing for what is no number. */
    private static String cell(RecordComponent column, Record row) {
        try {
            Object value = column.getAccessor().invoke(row);
            return value.equals(Double.NaN) ? "" : value.toString();
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException("cannot read " + column.getName() + " of " + row, e);
        }
    }

    /**
     * The name of a column.
     *
     * @param camelCase name of a record's component, such as {@code trainTop1}
     * @return in words, such as {@code train top-1}
     */
    public static String words(String camelCase) {
        return camelCase
                .replaceAll("(?<=[a-z0-9])(?=[A-Z])", " ")
                .replaceAll("(?<=[a-zA-Z])(?=[0-9])", "-")
                .toLowerCase(Locale.ROOT);
    }
}
