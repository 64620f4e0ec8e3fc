package org.crunet.notebook;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.crunet.base.Names;
import org.crunet.base.Records;
import org.crunet.comparison.Comparison;
import org.crunet.comparison.Setting;
import org.crunet.comparison.Settings;
import org.crunet.comparison.Summary;
import org.crunet.network.Architecture;
import org.crunet.network.Cost;
import org.crunet.tensor.CollectiveDecomposition;
import org.crunet.tensor.Decomposition;
import org.crunet.training.Epoch;
import org.crunet.training.History;
import org.crunet.training.Run;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/** Tables of records. */
public final class Tables {
    private static final List<Case<?, Table>> SOURCES = List.of(
            new Case<>(Table.class, table -> table),
            new Case<>(History.class, history -> of(Epoch.class, history.epochs())),
            new Case<>(Run.class, run -> of(Epoch.class, run.history().epochs())),
            new Case<>(Comparison.class, Tables::summaries),
            new Case<>(Settings.class, Tables::settings),
            new Case<>(Cost.class, NetworkViews::table),
            new Case<>(Decomposition.class, terms -> DecompositionViews.table(terms.convergence())),
            new Case<>(CollectiveDecomposition.class, terms -> DecompositionViews.table(terms.convergence())),
            new Case<>(List.class, Tables::rows));

    private Tables() {}

    /**
     * Returns the table of anything that has one. Records have a row each and a column for each component, where
     * {@code trainTop1} becomes {@code train top-1}; a network is a row with what it costs, a cost a row a stage and the total,
     * sizes in MiB; a history or a run is a row an epoch, a comparison a row a network, a sweep a row a
     * setting with its values, and a decomposition a row a sweep.
     *
     * @param source a table, history, run, comparison, cost or decomposition, or a list of records of one class, of
     *     architectures or of decompositions
     * @return a Tablesaw table; without columns for an empty list
     * @throws IllegalArgumentException if it has no table
     */
    public static Table of(Object source) {
        return Case.first(SOURCES, source).orElseThrow(() -> new IllegalArgumentException(none(source)));
    }

    private static Table summaries(Comparison comparison) {
        Table table = of(Summary.class, comparison.summaries());
        if (!comparison.atLeast().isEmpty()) {
            table.column("multiply adds").setName("multiply adds, at least");
        }
        return table;
    }

    /** The values of a sweep are columns, of numbers where they all are. */
    private static Table settings(Settings settings) {
        List<Setting> all = settings.all();
        Table table = of(Summary.class, all.stream().map(Setting::summary).toList());
        List<String> names =
                all.isEmpty() ? List.of() : List.copyOf(all.get(0).values().keySet());
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            List<Object> values =
                    all.stream().map(one -> one.values().get(name)).toList();
            table.insertColumn(
                    i + 1,
                    all(values, Number.class)
                            ? DoubleColumn.create(
                                    name, values.stream().mapToDouble(value -> ((Number) value).doubleValue()))
                            : StringColumn.create(name, values.stream().map(String::valueOf)));
        }
        return table;
    }

    private static String none(Object source) {
        return "no table in " + type(source)
                + ": give a Table, History, Run, Comparison, Cost or decomposition, or a list of records of one class,"
                + " architectures or decompositions";
    }

    private static String type(Object source) {
        if (source instanceof List<?> list) {
            return list.stream().map(Tables::type).distinct().collect(Collectors.joining(" and ", "a list of ", ""));
        }
        return source == null ? "null" : source.getClass().getName();
    }

    static boolean all(List<?> list, Class<?> type) {
        return list.stream().allMatch(type::isInstance);
    }

    private static Table rows(List<?> list) {
        if (list.isEmpty()) {
            return Table.create();
        }
        if (all(list, Decomposition.class)) {
            return DecompositionViews.table(list);
        }
        if (all(list, Architecture.class)) {
            return NetworkViews.summaries(list);
        }
        require(all(list, Record.class), () -> none(list));
        List<Record> records = list.stream().map(Record.class::cast).toList();
        return of(records.get(0).getClass(), records);
    }

    /**
     * Returns one quantity of several networks side by side: a row a stage, a column a network.
     *
     * @param quantity a column of the table of a cost, such as {@code parameters} or {@code multiply adds}
     * @param networks the networks
     * @return a Tablesaw table
     * @throws IllegalArgumentException if there is no such quantity; the message lists those there are
     */
    public static Table byStage(String quantity, Architecture... networks) {
        return NetworkViews.byStage(quantity, List.of(networks));
    }

    /** A column by its name. */
    static Column<?> column(Table table, String name) {
        require(table.containsColumn(name), () -> "no column '" + name + "': there are " + quoted(table.columns()));
        return table.column(name);
    }

    /** The names of columns, which may have commas in them. */
    static String quoted(List<? extends Column<?>> columns) {
        return columns.stream().map(column -> "'" + column.name() + "'").collect(Collectors.joining(", "));
    }

    /** Has its columns also without records. */
    static Table of(Class<? extends Record> type, List<? extends Record> records) {
        return Table.create(Stream.of(type.getRecordComponents())
                .flatMap(component -> isMetrics(component) ? metrics(component, records) : one(component, records)));
    }

    private static boolean isMetrics(RecordComponent component) {
        return component.getGenericType().getTypeName().equals("java.util.Map<java.lang.String, java.lang.Double>");
    }

    private static Stream<Column<?>> one(RecordComponent component, List<? extends Record> records) {
        return Stream.of(column(component, records));
    }

    /** A column for each name in one of the maps, which says so where there is another of that name. */
    private static Stream<Column<?>> metrics(RecordComponent component, List<? extends Record> records) {
        List<String> others = Stream.of(component.getDeclaringRecord().getRecordComponents())
                .map(other -> Names.words(other.getName()))
                .toList();
        List<Map<?, ?>> maps = new ArrayList<>();
        records.forEach(record -> maps.add((Map<?, ?>) Records.value(component, record)));
        return maps.stream().flatMap(map -> map.keySet().stream()).distinct().map(name -> {
            double[] values = maps.stream()
                    .mapToDouble(map -> map.containsKey(name) ? (Double) map.get(name) : Double.NaN)
                    .toArray();
            return DoubleColumn.create(others.contains(name) ? name + " (metric)" : name.toString(), values);
        });
    }

    /** One row of a table of the fields of a record. */
    record Field(String field, String value) {}

    static Table fields(Record record) {
        return of(Records.fields(record).entrySet().stream()
                .map(one -> new Field(one.getKey(), String.valueOf(one.getValue())))
                .toList());
    }

    private static ColumnType type(RecordComponent component) {
        return switch (component.getType().getSimpleName()) {
            case "int", "Integer" -> ColumnType.INTEGER;
            case "long", "Long" -> ColumnType.LONG;
            case "double", "Double" -> ColumnType.DOUBLE;
            case "float", "Float" -> ColumnType.FLOAT;
            case "boolean", "Boolean" -> ColumnType.BOOLEAN;
            default -> ColumnType.STRING;
        };
    }

    private static Column<?> column(RecordComponent component, List<? extends Record> records) {
        ColumnType type = type(component);
        Column<?> column = type.create(Names.words(component.getName()));
        Class<?> record = component.getDeclaringRecord();
        for (Record row : records) {
            require(record.isInstance(row), () -> "a list of " + record.getSimpleName() + " has " + row + " in it");
            Object value = Records.value(component, row);
            column.appendObj(type == ColumnType.STRING && value != null ? text(value) : value);
        }
        return column;
    }

    private static String text(Object value) {
        return value instanceof NDArray array ? array.getShape().toString() : value.toString();
    }
}
