package org.crunet.notebook;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;

/** How numbers read best: about four digits, the same number of decimals all the way down a column. */
final class Numbers {
    private static final int DIGITS = 4;
    private static final int MOST_DECIMALS = 6;
    private static final Pattern FRACTION = Pattern.compile("\\d+\\.\\d+");

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

    /** A text with four digits of each fraction, or all before its point. */
    static String rounded(String text) {
        return FRACTION.matcher(text).replaceAll(number -> {
            BigDecimal exact = new BigDecimal(number.group());
            int digits = Math.max(DIGITS, exact.precision() - exact.scale());
            return exact.round(new MathContext(digits)).toPlainString();
        });
    }

    /** Seconds as people say them. */
    static String duration(double seconds) {
        long whole = Math.max(0, Math.round(seconds));
        if (whole < 60) {
            return whole + " s";
        }
        return whole < 3600
                ? format("%d min %d s", whole / 60, whole % 60)
                : format("%d h %d min", whole / 3600, whole % 3600 / 60);
    }
}
