package org.crunet.notebook;

import java.util.Locale;
import java.util.stream.DoubleStream;

/** How numbers read best: about four digits, the same number of decimals all the way down a column. */
final class Numbers {
    private static final int DIGITS = 4;
    private static final int MOST_DECIMALS = 6;

    private Numbers() {}

    /** Fills a pattern in, with the same digits and separators whatever the language of the machine. */
    static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }

    /** Decimals that show the largest of the values with about four digits; none when all are whole. */
    static int decimals(DoubleStream values) {
        double[] finite = values.filter(Double::isFinite).map(Math::abs).toArray();
        double largest = DoubleStream.of(finite).max().orElse(0);
        if (DoubleStream.of(finite).allMatch(value -> value == Math.rint(value))) {
            return 0;
        }
        int before = Math.max(0, (int) Math.floor(Math.log10(largest)) + 1);
        int leading = largest < 1 ? (int) Math.ceil(-Math.log10(largest)) - 1 : 0;
        return Math.max(1, Math.min(MOST_DECIMALS, DIGITS - before + Math.max(0, leading)));
    }

    /** A value with thousands separators; with an exponent when the decimals would hide it or it is very long. */
    static String text(double value, int decimals) {
        double size = Math.abs(value);
        if (size >= 1e12 && Double.isFinite(value) || size > 0 && size < Math.pow(10, -decimals) / 2) {
            return format("%.2e", value);
        }
        return Double.isFinite(value)
                ? format("%,." + decimals + "f", value)
                : String.valueOf(value).replace("Infinity", "\u221e");
    }

    static String text(double value) {
        return text(value, decimals(DoubleStream.of(value)));
    }
}
