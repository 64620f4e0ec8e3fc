package org.crunet.notebook;

import static org.crunet.notebook.Svg.line;
import static org.crunet.notebook.Svg.text;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
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

    String svg() {
        int units = group.units().size();
        int width = units * COLUMN + LEFT + RIGHT;
        String[] cores = group.shared().cores().split(", ");
        String reduce = "1x1, " + group.shared().width();
        String content = factor(group.shared().reduce(), 83, width, reduce)
                + factor(group.shared().core(), 133, width, "3x3, " + cores[0], cores[1])
                + IntStream.range(0, units).mapToObj(this::unit).collect(Collectors.joining());
        return Svg.picture(width, HEIGHT, content);
    }

    /** A box in each unit that has it for itself, then one bar behind the others. */
    private String factor(Conv factor, int y, int width, String... label) {
        int units = group.units().size();
        int first = sharing(factor) > 1 ? units - sharing(factor) : units;
        String boxes =
                IntStream.range(0, first).mapToObj(unit -> box(unit, y, label)).collect(Collectors.joining());
        return first == units ? boxes : boxes + bar(first, y, String.join(", ", label), width);
    }

    private int sharing(Conv factor) {
        return factor == null ? 0 : group.unitsWith(factor);
    }

    private static String box(int unit, int y, String... label) {
        String box = Svg.box(centre(unit) - 50, y, 100, 34, Svg.OWN, label.length == 1 ? label[0] : "");
        return label.length == 1
                ? box
                : box + text(centre(unit), y + 14, label[0]) + text(centre(unit), y + 29, label[1]);
    }

    private static String bar(int first, int y, String label, int width) {
        int left = first * COLUMN + LEFT;
        String labels = IntStream.range(first, (width - LEFT - RIGHT) / COLUMN)
                .mapToObj(unit -> text(centre(unit), y + 22, label))
                .collect(Collectors.joining());
        return Svg.box(left - 8, y, width - left, 34, Svg.SHARED, "")
                + text(width - 42, y + 22, "<tspan font-weight=\"bold\" fill=\"#8a4700\">shared</tspan>")
                + labels;
    }

    private static int centre(int unit) {
        return LEFT + unit * COLUMN + 70;
    }

    private String unit(int unit) {
        int x = centre(unit);
        int side = x + 78;
        boolean last = unit == group.units().size() - 1;
        return text(x - 32, 32, "unit " + (unit + 1))
                + step(x, 12, 40)
                + small(x, 40)
                + step(x, 62, 83)
                + step(x, 117, 133)
                + step(x, 167, 186)
                + small(x, 186)
                + (group.form() == CollectiveForm.IMPROVED ? mix(x) : step(x, 208, 314))
                + own(x, 314, "1x1, " + group.shared().channels())
                + step(x, 344, SUM - 11)
                + line(Numbers.format("M%d 26H%dV%dH%d", x, side, SUM, x + 12))
                + Numbers.format("<circle cx=\"%d\" cy=\"%d\" r=\"11\" fill=\"#ffffff\" stroke=\"#444444\"/>%n", x, SUM)
                + text(x, SUM + 5, "+")
                + (last
                        ? step(x, SUM + 11, HEIGHT - 4)
                        : line(Numbers.format(
                                "M%d %dV%dH%dV12H%dV22", x, SUM + 11, HEIGHT - 12, side + 22, x + COLUMN)));
    }

    private String mix(int x) {
        return step(x, 208, 226)
                + own(x, 226, "1x1, " + group.shared().width())
                + step(x, 256, 274)
                + small(x, 274)
                + step(x, 296, 314);
    }

    private static String step(int x, int from, int to) {
        return line(Numbers.format("M%d %dV%d", x, from, to));
    }

    private static String small(int x, int y) {
        return Svg.box(x - 50, y, 100, 22, Svg.PLAIN, "BN, ReLU");
    }

    private static String own(int x, int y, String label) {
        return Svg.box(x - 50, y, 100, 30, Svg.OWN, label);
    }

    @Override
    public String toString() {
        int units = group.units().size();
        boolean share = group.shared().factors().stream().anyMatch(factor -> sharing(factor) > 1);
        SharedFactors shared = group.shared();
        String mixed = group.form() == CollectiveForm.IMPROVED ? " -> BN, ReLU -> 1x1, " + shared.width() : "";
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
