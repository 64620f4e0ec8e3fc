package org.crunet.notebook;

import static org.crunet.notebook.Svg.each;
import static org.crunet.notebook.Svg.line;
import static org.crunet.notebook.Svg.text;

import org.crunet.block.CollectiveForm;
import org.crunet.block.CollectiveGroup;
import org.crunet.block.Conv;
import org.crunet.block.SharedFactors;

/** A collective group after Fig. 3: units side by side, a shared factor drawn once as a bar across those that share it. */
record GroupDrawing(CollectiveGroup group) {
    private static final int COLUMN = 190;
    private static final int LEFT = 20;
    private static final int RIGHT = 70;
    private static final int HEIGHT = 410;
    private static final int SUM = 375;

    /** Where the arrows down a unit begin and end. */
    private static final int[] STANDARD = {12, 40, 62, 83, 117, 133, 167, 186, 208, 314, 344, SUM - 11};

    private static final int[] IMPROVED = {
        12, 40, 62, 83, 117, 133, 167, 186, 208, 226, 256, 274, 296, 314, 344, SUM - 11
    };

    String svg() {
        String[] cores = group.shared().cores().split(", ");
        String reduce =
                factor(group.shared().reduce(), 83, "1x1, " + group.shared().width());
        String core = factor(group.shared().core(), 133, "3x3, " + cores[0], cores[1]);
        return Svg.picture(
                width(), HEIGHT, reduce + core + each(0, group.units().size(), this::unit));
    }

    private int width() {
        return group.units().size() * COLUMN + LEFT + RIGHT;
    }

    /** A box in each unit that has it for itself, then one bar behind the others. */
    private String factor(Conv factor, int y, String... label) {
        int units = group.units().size();
        int first = sharing(factor) > 1 ? units - sharing(factor) : units;
        int left = first * COLUMN + LEFT;
        String bar = Svg.box(left - 8, y, width() - left, 34, Svg.SHARED, "")
                + text(width() - 42, y + 22, Svg.tspan("font-weight=\"bold\" fill=\"#8a4700\"", "shared"))
                + each(first, units, unit -> text(centre(unit), y + 22, String.join(", ", label)));
        return each(0, first, unit -> box(centre(unit), y, label)) + (first == units ? "" : bar);
    }

    private int sharing(Conv factor) {
        return factor == null ? 0 : group.unitsWith(factor);
    }

    private static String box(int x, int y, String... label) {
        String box = Svg.box(x - 50, y, 100, 34, Svg.OWN, label.length == 1 ? label[0] : "");
        return label.length == 1 ? box : box + text(x, y + 14, label[0]) + text(x, y + 29, label[1]);
    }

    private static int centre(int unit) {
        return LEFT + unit * COLUMN + 70;
    }

    private boolean improved() {
        return group.form() == CollectiveForm.IMPROVED;
    }

    private String unit(int unit) {
        int x = centre(unit);
        int[] ends = improved() ? IMPROVED : STANDARD;
        String arrows = each(0, ends.length / 2, i -> line("M%d %dV%d", x, ends[2 * i], ends[2 * i + 1]));
        String mix = improved() ? own(x, 226, group.shared().width()) + normed(x, 274) : "";
        String boxes = normed(x, 40)
                + normed(x, 186)
                + mix
                + own(x, 314, group.shared().channels());
        String out = unit == group.units().size() - 1
                ? line("M%d %dV%d", x, SUM + 11, HEIGHT - 4)
                : line("M%d %dV%dH%dV12H%dV22", x, SUM + 11, HEIGHT - 12, x + 100, x + COLUMN);
        String sum =
                Numbers.format("<circle cx=\"%d\" cy=\"%d\" r=\"11\" fill=\"#ffffff\" stroke=\"#444444\"/>%n", x, SUM);
        String shortcut = line("M%d 26H%dV%dH%d", x, x + 78, SUM, x + 12) + sum + text(x, SUM + 5, "+");
        return text(x - 32, 32, "unit " + (unit + 1)) + arrows + boxes + shortcut + out;
    }

    private static String normed(int x, int y) {
        return Svg.box(x - 50, y, 100, 22, Svg.PLAIN, "BN, ReLU");
    }

    private static String own(int x, int y, long channels) {
        return Svg.box(x - 50, y, 100, 30, Svg.OWN, "1x1, " + channels);
    }

    @Override
    public String toString() {
        int units = group.units().size();
        boolean share = group.shared().factors().stream().anyMatch(factor -> sharing(factor) > 1);
        SharedFactors shared = group.shared();
        String mixed = improved() ? " -> BN, ReLU -> 1x1, " + shared.width() : "";
        return "x -> BN, ReLU -> 1x1, " + shared.width() + remark(shared.reduce())
                + " -> 3x3, " + shared.cores() + remark(shared.core()) + mixed
                + " -> BN, ReLU -> 1x1, " + shared.channels() + " -> + x; "
                + (units == 1 ? "1 unit" : units + " units") + (share ? " share" : "");
    }

    private String remark(Conv factor) {
        int sharing = sharing(factor);
        if (sharing < 2) {
            return "";
        }
        return sharing == group.units().size() ? " (shared)" : " (shared by " + sharing + ")";
    }
}
