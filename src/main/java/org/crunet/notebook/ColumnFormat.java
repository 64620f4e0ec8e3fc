package org.crunet.notebook;

import java.lang.reflect.Method;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.text.NumberFormat;
import java.util.Locale;
import java.util.Optional;
import tech.tablesaw.api.NumberColumn;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.columns.numbers.NumberColumnFormatter;

/** The format a column of numbers has, such as a percentage, without the separators of the machine's language. */
final class ColumnFormat {
    private ColumnFormat() {}

    /** The column's format; empty when it has none. */
    static Optional<NumberFormat> of(NumericColumn<?> column) {
        return column instanceof NumberColumn
                ? Optional.ofNullable(formatter(column).getFormat()).map(ColumnFormat::neutral)
                : Optional.empty();
    }

    /** Tablesaw tells the format only to its own columns. */
    private static NumberColumnFormatter formatter(NumericColumn<?> column) {
        try {
            Method getter = NumberColumn.class.getDeclaredMethod("getPrintFormatter");
            getter.setAccessible(true);
            return (NumberColumnFormatter) getter.invoke(column);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot read the format of column '" + column.name() + "'", e);
        }
    }

    /** Tablesaw takes the machine's language when nobody chooses one; a language somebody chose stays. */
    private static NumberFormat neutral(NumberFormat format) {
        if (format instanceof DecimalFormat decimal
                && decimal.getDecimalFormatSymbols().equals(DecimalFormatSymbols.getInstance())) {
            var copy = (DecimalFormat) decimal.clone();
            copy.setDecimalFormatSymbols(neutral(decimal.getDecimalFormatSymbols()));
            return copy;
        }
        return format;
    }

    private static DecimalFormatSymbols neutral(DecimalFormatSymbols symbols) {
        var root = DecimalFormatSymbols.getInstance(Locale.ROOT);
        var copy = (DecimalFormatSymbols) symbols.clone();
        copy.setZeroDigit(root.getZeroDigit());
        copy.setMinusSign(root.getMinusSign());
        copy.setDecimalSeparator(root.getDecimalSeparator());
        copy.setGroupingSeparator(root.getGroupingSeparator());
        copy.setMonetaryDecimalSeparator(root.getMonetaryDecimalSeparator());
        copy.setMonetaryGroupingSeparator(root.getMonetaryGroupingSeparator());
        return copy;
    }
}
