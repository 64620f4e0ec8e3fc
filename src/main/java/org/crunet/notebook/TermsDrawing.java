package org.crunet.notebook;

import static org.crunet.notebook.Svg.text;

import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.crunet.tensor.Decomposition;

/**
 * Block terms as boxes: the tensor is the sum of the terms, each a tall factor, a small core and a flat factor. The first
 * mode runs down, the second across, and all others are depth. Orange is what several kernels have in common.
 */
final class TermsDrawing {
    private static final int ROW = 180;
    private static final int TOP = 50;
    private static final int SIDE = 100;
    private static final int SMALLEST = 7;
    private static final int GAP = 26;
    private static final int SHOWN = 3;
    private static final double EXACT = 1e-6;

    private final List<Decomposition> rows;
    private final int shownTerms;
    private final StringBuilder picture = new StringBuilder();
    private final double largest;
    private int middle;
    private int right;

    /** Draws one decomposition, or those of several kernels below one another. */
    TermsDrawing(List<Decomposition> rows) {
        this.rows = rows;
        shownTerms = rows.size() == 1 ? 2 : 1;
        DoubleStream sizes = rows.stream().mapToDouble(row -> Math.max(size(row, 1), size(row, 2)));
        largest = sizes.max().orElseThrow();
    }

    private static long size(Decomposition terms, int mode) {
        return terms.shape().get(mode - 1);
    }

    String svg() {
        int shown = Math.min(rows.size(), SHOWN);
        IntStream.range(0, shown).forEach(i -> row(i, TOP + i * ROW));
        int height = TOP + shown * ROW - 45;
        if (shown < rows.size()) {
            picture.append(text(right / 2, height + 8, Numbers.format("... and %d more", rows.size() - shown)));
            height += 24;
        }
        return Svg.picture(right + 20, height, picture.toString());
    }

    private void row(int i, int y) {
        Decomposition terms = rows.get(i);
        middle = y + SIDE / 2;
        String name = rows.size() > 1 ? "W(" + (i + 1) + ")" : terms.shape().dimension() == 4 ? "W" : "X";
        String size = DecompositionViews.sizes(terms.shape());
        int x = slab(20, length(size(terms, 1)), length(size(terms, 2)), Svg.PLAIN, name, size);
        x = sign(x, terms.relativeError() > EXACT ? "\u2248" : "=");
        int shown = Math.min(shownTerms, terms.termCount());
        for (int r = 0; r < shown; r++) {
            x = term(terms, r, r == 0 ? x : sign(x, "+"), i);
        }
        if (shown < terms.termCount()) {
            x = sign(x, "+ ...") + 40;
            picture.append(text(x, middle + 5, Numbers.format("(R = %,d terms)", terms.termCount())));
            x += 60;
        }
        right = Math.max(right, x);
    }

    private int term(Decomposition terms, int r, int x, int unit) {
        Shape cores = terms.cores().getShape();
        String index = terms.termCount() == 1 ? "" : String.valueOf((char) ('\u2081' + r));
        boolean kernel = terms.shape().dimension() == 4;
        int down = length(cores.get(1));
        int across = length(cores.get(2));
        String first = (kernel ? "A4" : "A") + index + of(unit);
        String second = (kernel ? "A3" : "B") + index + "'";
        String size = size(terms, 1) + " x " + cores.get(1);
        int next = box(x, length(size(terms, 1)), down, look(1, terms), first, size);
        next = slab(next + 8, down, across, look(0, terms), "G" + index, DecompositionViews.core(terms));
        size = cores.get(2) + " x " + size(terms, 2);
        next = box(next + 8, across, length(size(terms, 2)), look(2, terms), second, size);
        for (int mode = 3; mode < cores.dimension(); mode++) {
            next = terms.isFactorised(mode) ? further(terms, mode, next, index) : next;
        }
        return next;
    }

    /** Which kernel an own factor belongs to. */
    private String of(int unit) {
        return rows.size() > 1 ? "(" + (unit + 1) + ")" : "";
    }

    /** A factor of a mode that is depth. */
    private int further(Decomposition terms, int mode, int x, String index) {
        long core = terms.cores().getShape().get(mode);
        String name = (char) ('A' + mode - 1) + index + "'";
        String size = core + " x " + size(terms, mode);
        return box(x + 8, length(core), length(size(terms, mode)), look(mode, terms), name, size);
    }

    /** Orange if another kernel has the same array: the factor of a mode, or the cores for mode 0. */
    private Svg.Look look(int mode, Decomposition terms) {
        boolean shared = rows.stream().anyMatch(other -> other != terms && part(other, mode) == part(terms, mode));
        return shared ? Svg.SHARED : Svg.OWN;
    }

    private static Object part(Decomposition terms, int mode) {
        return mode == 0 ? terms.cores() : terms.factor(mode);
    }

    /** Lengths by the square root of the size, so that 4 of 1024 channels are still seen. */
    private int length(long size) {
        return (int) Math.max(SMALLEST, Math.round(SIDE * Math.sqrt(size / largest)));
    }

    private int box(int x, int height, int width, Svg.Look look, String name, String size) {
        int left = x + Math.max(0, labelWidth(size) - width) / 2;
        picture.append(Svg.box(left, middle - height / 2, width, height, look, ""));
        label(left + width / 2, middle - height / 2, middle + height / 2, name, size);
        return x + Math.max(width, labelWidth(size));
    }

    /** A box with depth. */
    private int slab(int x, int height, int width, Svg.Look look, String name, String size) {
        int depth = Math.max(4, Math.min(height, width) / 4);
        int left = x + Math.max(0, labelWidth(size) - width - depth) / 2;
        int top = middle - height / 2;
        String path = Numbers.format(
                "M%1$d %2$dl%3$d -%3$dh%4$dl-%3$d %3$dM%5$d %2$dl%3$d -%3$dv%6$dl-%3$d %3$d",
                left, top, depth, width, left + width, height);
        String colours = Numbers.format("fill=\"%s\" stroke=\"%s\"", look.fill(), look.stroke());
        picture.append(Numbers.format("<path d=\"%s\" %s/>%n", path, colours));
        picture.append(Svg.box(left, top, width, height, look, ""));
        label(left + (width + depth) / 2, top - depth, top + height, name, size);
        return x + Math.max(width + depth, labelWidth(size));
    }

    private void label(int x, int top, int bottom, String name, String size) {
        picture.append(text(x, top - 8, "<tspan font-style=\"italic\">" + name + "</tspan>"));
        picture.append(text(x, bottom + 18, "<tspan font-size=\"11\">" + size + "</tspan>"));
    }

    private static int labelWidth(String text) {
        return text.length() * 6;
    }

    private int sign(int x, String sign) {
        picture.append(text(x + GAP / 2 + 2, middle + 5, sign));
        return x + GAP + 4;
    }
}
