package org.crunet.notebook;

/** The strokes of the drawings: on white paper, so that they are read on dark pages too. */
final class Svg {

    /** Colours of a box: its inside and its edge. */
    record Look(String fill, String stroke) {}

    static final Look SHARED = new Look("#ffe0b3", "#b35c00");
    static final Look OWN = new Look("#cfe3f7", "#2a5f94");
    static final Look PLAIN = new Look("#f0f0f0", "#888888");

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
    static String line(String path) {
        return Numbers.format("<path d=\"%s\" fill=\"none\" stroke=\"#444444\" marker-end=\"url(#end)\"/>%n", path);
    }

    static String box(int x, int y, int width, int height, Look look, String label) {
        String box = Numbers.format(
                "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"5\" fill=\"%s\" stroke=\"%s\"/>%n",
                x, y, width, height, look.fill(), look.stroke());
        return label.isEmpty() ? box : box + text(x + width / 2, y + height / 2 + 5, label);
    }

    /** The upper and the right side of a box that is seen from above and from the right. */
    static String depth(int x, int y, int width, int height, int depth, Look look) {
        String path = "M%1$d %2$dl%3$d -%3$dh%4$dl-%3$d %3$dM%5$d %2$dl%3$d -%3$dv%6$dl-%3$d %3$d";
        return Numbers.format(
                "<path d=\"" + path + "\" fill=\"%7$s\" stroke=\"%8$s\"/>%n",
                x,
                y,
                depth,
                width,
                x + width,
                height,
                look.fill(),
                look.stroke());
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
