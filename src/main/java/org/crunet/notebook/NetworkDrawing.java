package org.crunet.notebook;

import static org.crunet.notebook.Svg.box;
import static org.crunet.notebook.Svg.text;

import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.function.ToLongFunction;
import org.crunet.block.Sharing;
import org.crunet.network.Architecture;
import org.crunet.network.Cost;
import org.crunet.network.Stage;

/** A network from left to right: a column a stage, a box a unit, and beside units that share a bar for what they share. */
record NetworkDrawing(Architecture architecture) {
    private static final int COLUMN = 168;
    private static final int BOX = 112;
    private static final int BAR = 24;
    private static final int UNIT = 16;
    private static final int GAP = 4;
    private static final int TOP = 64;
    private static final int MARGIN = 14;
    private static final int FOOT = 62;

    String svg() {
        List<Cost.Row> rows = architecture.cost().stages();
        List<Cost.Row> columns = rows.subList(0, rows.size() - 1);
        int tallest =
                architecture.stages().stream().mapToInt(Stage::units).max().orElse(1);
        int foot = Math.max(tallest, 4) * (UNIT + GAP) + TOP;
        StringBuilder content = new StringBuilder();
        for (int i = 0; i < columns.size(); i++) {
            content.append(column(columns, i, foot));
            if (i > 0) {
                int x = MARGIN + i * COLUMN;
                content.append(Svg.line("M" + (x - COLUMN + BOX + BAR + 5) + " 40H" + (x - 3)));
            }
        }
        return Svg.picture(
                columns.size() * COLUMN + 2 * MARGIN - (COLUMN - BOX - BAR), foot + FOOT, content.toString());
    }

    private String column(List<Cost.Row> rows, int index, int foot) {
        Cost.Row row = rows.get(index);
        int x = MARGIN + index * COLUMN;
        int middle = x + (BOX + BAR) / 2;
        boolean stage = index > 0 && index <= architecture.stages().size();
        String inside = stage
                ? stage(architecture.stages().get(index - 1), index > 1, x)
                : box(x, TOP, BOX + BAR, 4 * (UNIT + GAP) - GAP, Svg.OWN, index == 0 ? stem() : "pool, linear");
        return text(middle, 24, bold(row.stage()))
                + text(middle, 44, size(row.output()))
                + inside
                + text(middle, foot + 18, amount(rows, index, Cost.Row::parameters) + " parameters")
                + text(middle, foot + 36, amount(rows, index, Cost.Row::multiplyAdds) + " multiply-adds");
    }

    /** In the unit that fits the largest of the columns, so that they compare. */
    private static String amount(List<Cost.Row> rows, int index, ToLongFunction<Cost.Row> of) {
        long most = rows.stream().mapToLong(of).max().orElse(0);
        long value = of.applyAsLong(rows.get(index));
        if (most >= 1e9) {
            return Numbers.format("%.2f G", value / 1e9);
        }
        return most >= 1e6 ? Numbers.format("%.2f M", value / 1e6) : Numbers.format("%.1f k", value / 1e3);
    }

    private String stem() {
        int kernel = architecture.stem().kernel();
        return kernel + "x" + kernel + (architecture.stem().pool() ? ", max pool" : "");
    }

    private static String bold(String text) {
        return "<tspan font-weight=\"bold\">" + text + "</tspan>";
    }

    private static String size(Shape output) {
        return output.dimension() == 4
                ? output.get(2) + "x" + output.get(3) + ", " + output.get(1) + " channels"
                : output.get(1) + " classes";
    }

    private static String stage(Stage stage, boolean strided, int x) {
        StringBuilder column = new StringBuilder();
        for (int unit = 0; unit < stage.units(); unit++) {
            if (stage.collective() && unit % stage.group() == 0) {
                int first = unit == 0 && strided && apart(stage) ? 1 : unit;
                int end = Math.min(unit + stage.group(), stage.units());
                column.append(end - first > 1 ? shared(stage.sharing(), end - first, x, top(first)) : "");
            }
            column.append(box(x + BAR, top(unit), BOX, UNIT, Svg.OWN, unit == 0 ? unit(stage) : ""));
        }
        return column.toString();
    }

    private static String unit(Stage stage) {
        return switch (stage.kind()) {
            case BASIC -> "2 x 3x3, " + stage.width();
            case BOTTLENECK -> stage.width() + ", R = " + stage.cardinality();
            case STANDARD_CRU -> "standard CRU " + stage.width();
            case CRU -> "CRU " + stage.width();
        };
    }

    /** Whether a first unit with a stride has no factor in common with the others. */
    private static boolean apart(Stage stage) {
        return stage.separateStart() && !stage.sharing().reduce();
    }

    /** What units share, as tall as they are together. */
    private static String shared(Sharing sharing, int units, int x, int y) {
        int height = units * (UNIT + GAP) - GAP;
        String label = units < 4
                ? ""
                : Numbers.format(
                        "<text transform=\"translate(%d %d) rotate(-90)\" fill=\"#8a4700\">%s</text>%n",
                        x + BAR / 2, y + height / 2, units < 6 ? "shared" : "shared " + factors(sharing));
        return box(x, y, BAR - GAP, height, Svg.SHARED, "") + label;
    }

    private static String factors(Sharing sharing) {
        return switch (sharing) {
            case BOTH -> "factors";
            case REDUCE -> "1x1";
            case CORE -> "3x3";
        };
    }

    private static int top(int unit) {
        return TOP + unit * (UNIT + GAP);
    }
}
