package org.crunet.notebook;

import static org.crunet.notebook.Svg.each;
import static org.crunet.notebook.Svg.line;
import static org.crunet.notebook.Svg.text;

import ai.djl.nn.Parameter;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.crunet.block.Conv;
import org.crunet.block.Unit;
import org.crunet.notebook.UnitSteps.Step;

/** A group of units after Fig. 3: side by side, a shared kernel drawn once as a bar across those in a row that run it. */
record GroupDrawing(List<List<Step>> units) {
    private static final int COLUMN = 190;
    private static final int LEFT = 20;
    private static final int RIGHT = 70;
    private static final int TOP = 40;
    private static final int STEP = 50;
    private static final String COMPUTED = "from shared";

    /** By the last steps, which all units have in common. */
    static GroupDrawing of(List<Unit> group) {
        List<List<Step>> all = group.stream().map(UnitSteps::of).toList();
        int steps = all.stream().mapToInt(List::size).min().orElseThrow();
        return new GroupDrawing(all.stream()
                .map(unit -> unit.subList(unit.size() - steps, unit.size()))
                .toList());
    }

    private int steps() {
        return units.get(0).size();
    }

    private int height() {
        return TOP + steps() * STEP + 10;
    }

    private int width() {
        return units.size() * COLUMN + LEFT + RIGHT;
    }

    private Step step(int unit, int step) {
        return units.get(unit).get(step);
    }

    String svg() {
        String boxes = each(0, steps(), step -> each(0, units.size(), unit -> part(unit, step)));
        return Svg.picture(width(), height(), boxes + each(0, units.size(), this::arrows));
    }

    /** A box, or a bar that begins here. */
    private String part(int unit, int step) {
        int y = TOP + step * STEP;
        Step part = step(unit, step);
        if (part == UnitSteps.SUM) {
            return Numbers.format(
                            "<circle cx=\"%d\" cy=\"%d\" r=\"11\" fill=\"#ffffff\" stroke=\"#444444\"/>%n",
                            centre(unit), y + 17)
                    + text(centre(unit), y + 22, "+");
        }
        if (part.conv() == null) {
            return Svg.box(centre(unit) - 50, y + 6, 100, 22, Svg.PLAIN, part.label());
        }
        if (sharing(unit, step) < 2) {
            return box(centre(unit), y, part, computed(unit, step));
        }
        boolean begins = unit == 0 || step(unit - 1, step).conv() != part.conv();
        return (begins ? bar(unit, run(unit, step), y) : "")
                + text(centre(unit), y + 22, part.toString())
                + (begins ? number(unit, step, y) : "");
    }

    /** Which of several kernels a bar is. */
    private String number(int unit, int step, int y) {
        List<Conv> shared = IntStream.range(0, units.size())
                .filter(other -> sharing(other, step) > 1)
                .mapToObj(other -> step(other, step).conv())
                .distinct()
                .toList();
        int place = shared.indexOf(step(unit, step).conv()) + 1;
        return shared.size() == 1 ? "" : text(unit * COLUMN + LEFT + 6, y + 22, "" + place);
    }

    /** Whether a kernel is computed from what those of other units are computed from too. */
    private boolean computed(int unit, int step) {
        Set<Parameter> own = Set.copyOf(step(unit, step).conv().stored());
        return IntStream.range(0, units.size())
                .filter(other -> other != unit && step(other, step).conv() != null)
                .anyMatch(other ->
                        !Collections.disjoint(own, step(other, step).conv().stored()));
    }

    private String bar(int from, int to, int y) {
        int left = from * COLUMN + LEFT - 8;
        int right = to == units.size() ? width() - 8 : to * COLUMN + LEFT - 16;
        String label = Svg.tspan("font-weight=\"bold\" fill=\"#8a4700\"", "shared");
        return Svg.box(left, y, right - left, 34, Svg.SHARED, "")
                + (to == units.size() ? text(width() - 42, y + 22, label) : "");
    }

    /** The end of the units in a row that run this one's. */
    private int run(int unit, int step) {
        return IntStream.range(unit, units.size())
                .filter(other -> step(other, step).conv() != step(unit, step).conv())
                .findFirst()
                .orElse(units.size());
    }

    private int sharing(int unit, int step) {
        return (int) units.stream()
                .filter(other -> other.get(step).conv() == step(unit, step).conv())
                .count();
    }

    private static String box(int x, int y, Step part, boolean computed) {
        String below = computed ? COMPUTED : part.below();
        String box = Svg.box(x - 50, y, 100, 34, computed ? Svg.SHARED : Svg.OWN, below.isEmpty() ? part.label() : "");
        return below.isEmpty() ? box : box + text(x, y + 14, part.label()) + text(x, y + 29, below);
    }

    private static int centre(int unit) {
        return LEFT + unit * COLUMN + 70;
    }

    private String arrows(int unit) {
        int x = centre(unit);
        int sum = TOP + units.get(unit).indexOf(UnitSteps.SUM) * STEP + 17;
        int end = TOP + (steps() - 1) * STEP + 34 - above(unit, steps() - 1);
        boolean last = unit == units.size() - 1;
        String down =
                each(0, steps(), step -> line("M%d %dV%d", x, top(unit, step), TOP + step * STEP + above(unit, step)));
        String out = last
                ? line("M%d %dV%d", x, end, height() - 4)
                : line("M%d %dV%dH%dV12H%dV22", x, end, height() - 12, x + 100, x + COLUMN);
        String shortcut = line("M%d 26H%dV%dH%d", x, x + 78, sum, x + 12);
        return text(x - 32, 32, "unit " + (unit + 1)) + down + shortcut + out;
    }

    /** Where the arrow to a step begins: below the one before. */
    private int top(int unit, int step) {
        return step == 0 ? 12 : TOP + step * STEP - (STEP - 34) - above(unit, step - 1);
    }

    /** How far a step's own picture is inside its 34 pixels. */
    private int above(int unit, int step) {
        return step(unit, step).conv() == null ? 6 : 0;
    }

    @Override
    public String toString() {
        int last = units.size() - 1;
        String steps = IntStream.range(0, steps())
                .mapToObj(step -> step(last, step) == UnitSteps.SUM ? "+ x" : step(last, step) + remark(step))
                .collect(Collectors.joining(" -> "));
        boolean share = IntStream.range(0, steps())
                .anyMatch(step -> step(last, step).conv() != null && (sharing(last, step) > 1 || computed(last, step)));
        return "x -> " + steps + "; " + (last == 0 ? "1 unit" : units.size() + " units") + (share ? " share" : "");
    }

    private String remark(int step) {
        int last = units.size() - 1;
        int sharing = step(last, step).conv() == null ? 1 : sharing(last, step);
        if (sharing < 2) {
            return step(last, step).conv() != null && computed(last, step) ? " (" + COMPUTED + ")" : "";
        }
        return sharing == units.size() ? " (shared)" : " (shared by " + sharing + ")";
    }
}
