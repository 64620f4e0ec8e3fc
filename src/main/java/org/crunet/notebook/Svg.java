package org.crunet.notebook;

import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The strokes of the drawings: on white paper, so that they are read on dark pages too. */
final class Svg {

    static final String SHARED = "fill=\"#ffe0b3\" stroke=\"#b35c00\"";
    static final String OWN = "fill=\"#cfe3f7\" stroke=\"#2a5f94\"";
    static final String PLAIN = "fill=\"#f0f0f0\" stroke=\"#888888\"";

    private Svg() {}

    static String picture(int width, int height, String content) {
        return Numbers.format("""
                <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" \
                font-family="sans-serif" font-size="13" text-anchor="middle">
                <rect width="%1$d" height="%2$d" rx="8" fill="#ffffff"/>
                <defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">\
                <path d="M0 0L8 4L0 8z" fill="#444444"/></marker></defs>
                %3$s</svg>
                """, width, height, content);
    }

    /** A line with an arrow at its end. */
    static String line(String path, Object... places) {
        String drawn = "<path d=\"" + path + "\" fill=\"none\" stroke=\"#444444\" marker-end=\"url(#end)\"/>%n";
        return Numbers.format(drawn, places);
    }

    static String box(int x, int y, int width, int height, String look, String label) {
        String box = Numbers.format(
                "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"5\" %s/>%n", x, y, width, height, look);
        return label.isEmpty() ? box : box + text(x + width / 2, y + height / 2 + 5, label);
    }

    /** The upper and the right side of a box that is seen from above and from the right. */
    static String depth(int x, int y, int width, int height, int depth, String look) {
        return Numbers.format(
                "<path d=\"M%1$d %2$dl%3$d -%3$dh%4$dl-%3$d %3$dM%5$d %2$dl%3$d -%3$dv%6$dl-%3$d %3$d\" %7$s/>%n",
                x, y, depth, width, x + width, height, look);
    }

    /** The drawings of several things. */
    static String each(int from, int to, IntFunction<String> draw) {
        return IntStream.range(from, to).mapToObj(draw).collect(Collectors.joining());
    }

    /** A text with a look of its own. */
    static String tspan(String look, String text) {
        return "<tspan " + look + ">" + text + "</tspan>";
    }

    /** Text around its middle; it may hold SVG. */
    static String text(int x, int y, String text) {
        return Numbers.format("<text x=\"%d\" y=\"%d\" fill=\"#222222\">%s</text>%n", x, y, text);
    }
}
