package org.crunet.files;

import static org.crunet.base.Errors.require;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.base.Errors;
import org.crunet.base.Names;
import org.crunet.base.Records;

/**
 * Records as comma-separated values (RFC 4180, UTF-8): the names of the columns, then a line a record. A component has a column,
 * {@code trainTop1} in {@code train top-1}, and of a map each entry has one.
 *
 * <p>What is read has the types of the record, and is what was written. Text that a spreadsheet would compute, which begins with
 * {@code =}, {@code +}, {@code -} or {@code @}, is written behind an apostrophe, and read without it.
 */
public final class Csv {

    private static final Pattern CELL =
            Pattern.compile("\\G(?:\"([^\"]*+(?:\"\"[^\"]*+)*+)\"|([^,\"\r\n]*+))(,|\r?\n|\\z)");
    /** A formula, and what has apostrophes before it already. */
    private static final Pattern FORMULA = Pattern.compile("(?s)'*[=+\\-@\t\r].*");

    private static final String ENTRY = " (metric)";

    private Csv() {}

    /**
     * Writes records, whole or not at all; an earlier file is replaced.
     *
     * @param records at least one, of one class
     * @param file its folder is there
     * @throws IllegalArgumentException if there are none, or a text is no Unicode
     * @throws UncheckedIOException if it cannot be written
     */
    public static void write(List<? extends Record> records, Path file) {
        require(!records.isEmpty(), () -> "no records to write to " + file + ": give one at least");
        List<Map<String, String>> rows = records.stream().map(Csv::cells).toList();
        Set<String> names = new LinkedHashSet<>();
        rows.forEach(row -> names.addAll(row.keySet()));
        Stream<Stream<String>> lines = rows.stream().map(row -> names.stream().map(name -> row.getOrDefault(name, "")));
        String text = Stream.concat(Stream.of(names.stream().map(Csv::guarded)), lines)
                .map(cells -> cells.map(Csv::quoted).collect(Collectors.joining(",", "", "\n")))
                .collect(Collectors.joining());
        require(
                StandardCharsets.UTF_8.newEncoder().canEncode(text),
                () -> "a text has half of a letter outside of Unicode's first 65,536, which no file can have: mend it");
        WholeFile.write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** One for each component, and for each entry of a map. */
    private static Map<String, String> cells(Record row) {
        Map<String, String> cells = new LinkedHashMap<>();
        Records.fields(row).forEach((name, value) -> {
            if (value instanceof Map<?, ?> map) {
                map.forEach((key, one) -> cells.put(entry(key.toString(), row.getClass()), cell(key.toString(), one)));
            } else {
                cells.put(Names.words(name), cell(name, value));
            }
        });
        return cells;
    }

    /** The column of an entry, which may be called as a component is, or as such an entry. */
    private static String entry(String key, Class<?> type) {
        return columns(type).contains(key.replace(ENTRY, "")) ? key + ENTRY : key;
    }

    /** The entry of a column. */
    private static String key(String column, Class<?> type) {
        boolean added = column.endsWith(ENTRY) && columns(type).contains(column.replace(ENTRY, ""));
        return added ? column.substring(0, column.length() - ENTRY.length()) : column;
    }

    private static boolean isMap(RecordComponent component) {
        return Map.class.isAssignableFrom(component.getType());
    }

    private static List<String> columns(Class<?> type) {
        return Stream.of(type.getRecordComponents())
                .filter(component -> !isMap(component))
                .map(component -> Names.words(component.getName()))
                .toList();
    }

    /** Nothing for what is no number. */
    private static String cell(String name, Object value) {
        Objects.requireNonNull(value, () -> name + " is null, which a file cannot tell from nothing");
        boolean nothing = value.equals(Double.NaN) || value.equals(Float.NaN);
        return nothing ? "" : value instanceof Number ? value.toString() : guarded(value.toString());
    }

    private static String guarded(String text) {
        return FORMULA.matcher(text).matches() ? "'" + text : text;
    }

    private static String text(String cell) {
        return cell.startsWith("'") && FORMULA.matcher(cell).matches() ? cell.substring(1) : cell;
    }

    /** Within quotation marks every reader keeps spaces at the ends. */
    private static String quoted(String cell) {
        boolean plain = cell.equals(cell.strip()) && cell.chars().noneMatch(c -> ",\"\n\r".indexOf(c) >= 0);
        return plain ? cell : '"' + cell.replace("\"", "\"\"") + '"';
    }

    /**
     * Reads records that {@link #write} wrote.
     *
     * @param <R> the record
     * @param file what was written
     * @param type its class; columns that are no component of it are entries of its map of numbers
     * @return as many as there are lines below the first
     * @throws IllegalArgumentException if a column is missing or one too many, or a cell does not fit; the message says which
     * @throws UncheckedIOException if the file cannot be read
     */
    public static <R extends Record> List<R> read(Path file, Class<R> type) {
        InputFile.require(file);
        try {
            List<List<String>> lines = lines(file, Files.readString(file).replaceFirst("^\uFEFF", ""));
            List<String> names = lines.get(0).stream().map(Csv::text).toList();
            List<String> missing =
                    columns(type).stream().filter(name -> !names.contains(name)).toList();
            require(Set.copyOf(names).size() == names.size(), () -> file + " has a column twice: " + Names.some(names));
            require(missing.isEmpty(), () -> file + " has no columns " + missing + ", only " + Names.some(names));
            return IntStream.range(1, lines.size())
                    .mapToObj(i -> record(names, lines.get(i), type, file + ", record " + i + ": "))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file.toAbsolutePath() + ": " + Errors.reason(e), e);
        }
    }

    private static List<List<String>> lines(Path file, String text) {
        List<List<String>> lines = new ArrayList<>();
        List<String> line = new ArrayList<>();
        Matcher cell = CELL.matcher(text);
        do {
            require(cell.find(), () -> file + ", record " + lines.size() + ": a quotation mark stands alone");
            String quoted = cell.group(1);
            line.add(quoted == null ? cell.group(2) : quoted.replace("\"\"", "\""));
            if (!cell.group(3).equals(",")) {
                lines.add(List.copyOf(line));
                line.clear();
            }
        } while (cell.end() < text.length() || !line.isEmpty());
        return lines;
    }

    private static <R extends Record> R record(List<String> names, List<String> cells, Class<R> type, String where) {
        require(names.size() == cells.size(), () -> where + names.size() + " columns have " + cells.size() + " cells");
        Map<String, String> left = new LinkedHashMap<>();
        IntStream.range(0, names.size()).forEach(i -> left.put(names.get(i), cells.get(i)));
        Map<String, Object> values = new LinkedHashMap<>();
        Map<String, String> entries = new LinkedHashMap<>();
        for (RecordComponent component : type.getRecordComponents()) {
            values.put(
                    component.getName(),
                    isMap(component) ? entries : value(component, left.remove(Names.words(component.getName()))));
        }
        left.forEach((name, cell) -> entries.put(key(name, type), number(cell)));
        require(
                entries.isEmpty() || values.containsValue(entries),
                () -> where + "too many columns, " + Names.some(List.copyOf(left.keySet())));
        try {
            return Records.fromJson(Records.toJson(values), type);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(where + e.getMessage(), e);
        }
    }

    private static String value(RecordComponent component, String cell) {
        boolean text = component.getType() == String.class || component.getType() == char.class;
        return text ? text(cell) : number(cell);
    }

    private static String number(String cell) {
        return cell.isEmpty() ? "NaN" : cell;
    }
}
