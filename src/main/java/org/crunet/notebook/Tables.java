package org.crunet.notebook;

import ai.djl.ndarray.NDArray;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.base.Names;
import org.crunet.comparison.Comparison;
import org.crunet.comparison.Member;
import org.crunet.comparison.Summary;
import org.crunet.network.Architecture;
import org.crunet.network.Cost;
import org.crunet.tensor.CollectiveDecomposition;
import org.crunet.tensor.Decomposition;
import org.crunet.training.Epoch;
import org.crunet.training.History;
import org.crunet.training.Run;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/** Tables of records. */
public final class Tables {
    private static final Map<Class<?>, ColumnType> TYPES = Map.of(
            int.class, ColumnType.INTEGER,
            Integer.class, ColumnType.INTEGER,
            long.class, ColumnType.LONG,
            Long.class, ColumnType.LONG,
            double.class, ColumnType.DOUBLE,
            Double.class, ColumnType.DOUBLE,
            float.class, ColumnType.FLOAT,
            Float.class, ColumnType.FLOAT,
            boolean.class, ColumnType.BOOLEAN,
            Boolean.class, ColumnType.BOOLEAN);

    private Tables() {}

    /**
     * A table with a row for each record and a column for each of its components; {@code trainTop1} becomes
     * {@code train top-1}. Networks have a row each with what they cost.
     *
     * @param records records of one class
     * @return a Tablesaw table; without columns when there are no records
     */
    public static Table of(List<? extends Record> records) {
        if (NetworkViews.areNetworks(records)) {
            return NetworkViews.summaries(NetworkViews.networks(records));
        }
        return records.isEmpty() ? Table.create() : of(records.get(0).getClass(), records);
    }

    /**
     * What a network costs, as a table: one row a stage, the total last, sizes in MiB.
     *
     * @param cost what a network costs
     * @return a Tablesaw table
     */
    public static Table of(Cost cost) {
        return NetworkViews.table(cost);
    }

    /**
     * One quantity of several networks side by side: a row a stage, a column a network.
     *
     * @param quantity a column of {@link #of(Cost)}, such as {@code parameters} or {@code multiply adds}
     * @param networks the networks
     * @return a Tablesaw table
     * @throws IllegalArgumentException if there is no such quantity; the message lists those there are
     */
    public static Table byStage(String quantity, Architecture... networks) {
        return NetworkViews.byStage(quantity, List.of(networks));
    }

    /**
     * A comparison out of the table of its trainings, as {@code Tables.of(comparison.members()).write().csv(file)} wrote it.
     *
     * @param trainings one row a training
     * @return the comparison
     * @throws IllegalArgumentException if a column is missing or does not fit; the message names it
     */
    public static Comparison comparison(Table trainings) {
        List<Member> members = IntStream.range(0, trainings.rowCount())
                .mapToObj(row -> record(Member.class, trainings, row))
                .toList();
        return new Comparison(members);
    }

    private static <T extends Record> T record(Class<T> type, Table table, int row) {
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            values[i] = cell(table, row, Names.words(components[i].getName()), types[i]);
        }
        try {
            Constructor<T> constructor = type.getDeclaredConstructor(types);
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException("cannot make a " + type.getSimpleName() + " of row " + row, e);
        }
    }

    private static Object cell(Table table, int row, String name, Class<?> type) {
        if (!table.containsColumn(name)) {
            throw new IllegalArgumentException("no column '" + name + "': there are " + table.columnNames());
        }
        if (type == String.class) {
            return table.getString(row, name);
        }
        if (!(table.column(name) instanceof NumericColumn<?> numbers)) {
            throw new IllegalArgumentException(
                    "column '" + name + "' has no numbers, in row " + row + ": " + table.getString(row, name));
        }
        double number = numbers.getDouble(row);
        return type == double.class ? number : type == long.class ? (Object) (long) number : (Object) (int) number;
    }

    /** The table behind anything that has one: a table, a history, a list of records. */
    static Table from(Object source) {
        if (source instanceof Table table) {
            return table;
        }
        if (source instanceof History history) {
            return of(Epoch.class, history.epochs());
        }
        if (source instanceof Run run) {
            return from(run.history());
        }
        if (source instanceof Comparison comparison) {
            return of(Summary.class, comparison.summaries());
        }
        if (source instanceof Cost cost) {
            return NetworkViews.table(cost);
        }
        if (source instanceof Decomposition terms) {
            return DecompositionViews.table(terms.convergence());
        }
        if (source instanceof CollectiveDecomposition terms) {
            return DecompositionViews.table(terms.convergence());
        }
        if (source instanceof List<?> list && DecompositionViews.areDecompositions(list)) {
            return DecompositionViews.table(list);
        }
        if (source instanceof List<?> list && list.stream().allMatch(Record.class::isInstance)) {
            return of(list.stream().map(Record.class::cast).toList());
        }
        String type = source == null ? "null" : source.getClass().getName();
        throw new IllegalArgumentException("no table in " + type
                + ": give a Table, a Run, a History, a Comparison, a Cost, a decomposition (its sweeps), or a list of architectures,"
                + " decompositions or records");
    }

    /** Has its columns also without records. */
    static Table of(Class<? extends Record> type, List<? extends Record> records) {
        return Table.create(Stream.of(type.getRecordComponents()).map(component -> column(component, records)));
    }

    /** A record as a table: one row a component. */
    static Table fields(Record record) {
        StringColumn names = StringColumn.create("field");
        StringColumn values = StringColumn.create("value");
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            names.append(component.getName());
            values.append(String.valueOf(value(component, record)));
        }
        return Table.create(names, values);
    }

    private static Column<?> column(RecordComponent component, List<? extends Record> records) {
        ColumnType type = TYPES.getOrDefault(component.getType(), ColumnType.STRING);
        Column<?> column = type.create(Names.words(component.getName()));
        for (Record row : records) {
            Object value = value(component, row);
            column.appendObj(type == ColumnType.STRING && value != null ? text(value) : value);
        }
        return column;
    }

    private static String text(Object value) {
        return value instanceof NDArray array ? array.getShape().toString() : value.toString();
    }

    private static Object value(RecordComponent component, Record row) {
        try {
            Method accessor = component.getAccessor();
            accessor.setAccessible(true);
            return accessor.invoke(row);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            String type = component.getDeclaringRecord().getSimpleName();
            throw new IllegalArgumentException("cannot read " + type + "." + component.getName() + " of " + row, e);
        }
    }
}
