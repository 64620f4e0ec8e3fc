package org.crunet.notebook;

import static org.crunet.notebook.Svg.box;
import static org.crunet.notebook.Svg.each;
import static org.crunet.notebook.Svg.text;
import static org.crunet.notebook.Svg.tspan;

import ai.djl.ndarray.types.Shape;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
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
    private static final Map<String, String> COLLECTIVE = Map.of("reduce", "1x1", "core", "3x3");

    String svg() {
        List<Cost.Row> columns = architecture.cost().stages().stream()
                .filter(row -> !row.stage().equals("total") && !row.stage().equals("shared"))
                .toList();
        int tallest =
                architecture.stages().stream().mapToInt(Stage::units).max().orElse(1);
        int foot = Math.max(tallest, 4) * (UNIT + GAP) + TOP;
        int first =
                architecture.stages().isEmpty() ? columns.size() : 1; // in what order it runs them is its own business
        String arrows =
                each(first, columns.size(), i -> Svg.line("M%d 40H%d", left(i - 1) + BOX + BAR + 5, left(i) - 3));
        int width = left(columns.size() - 1) + BOX + BAR + MARGIN;
        return Svg.picture(width, foot + FOOT, each(0, columns.size(), i -> column(columns, i, foot)) + arrows);
    }

    private static int left(int column) {
        return MARGIN + column * COLUMN;
    }

    private String column(List<Cost.Row> rows, int index, int foot) {
        Cost.Row row = rows.get(index);
        int x = left(index);
        int middle = x + (BOX + BAR) / 2;
        boolean stage = index > 0 && index <= architecture.stages().size();
        String inside = stage
                ? stage(architecture.stages().get(index - 1), index > 1, x)
                : box(x, TOP, BOX + BAR, 4 * (UNIT + GAP) - GAP, Svg.OWN, whole(index));
        return text(middle, 24, tspan("font-weight=\"bold\"", row.stage()))
                + text(middle, 44, size(row.output(), index == rows.size() - 1))
                + inside
                + text(middle, foot + 18, amount(rows, index, Cost.Row::parameters) + " parameters")
                + text(middle, foot + 36, amount(rows, index, Cost.Row::multiplyAdds) + " multiply-adds");
    }

    /** In the unit that fits the largest of the columns, so that they compare, unless nothing would be left of it. */
    private static String amount(List<Cost.Row> rows, int index, ToLongFunction<Cost.Row> of) {
        long value = of.applyAsLong(rows.get(index));
        long largest = rows.stream().mapToLong(of).max().orElse(0);
        long most = value < largest / 200 ? value : largest;
        if (most >= 1e9) {
            return Numbers.format("%.2f G", value / 1e9);
        }
        return most >= 1e6 ? Numbers.format("%.2f M", value / 1e6) : Numbers.format("%.1f k", value / 1e3);
    }

    /** What stands in a box that is no stage. */
    private String whole(int index) {
        if (architecture.stages().isEmpty()) {
            return "";
        }
        return index == 0 ? stem() : architecture.head().toString();
    }

    private String stem() {
        int kernel = architecture.stem().kernel();
        return kernel + "x" + kernel + (architecture.stem().pool() ? ", max pool" : "");
    }

    private static String size(Shape output, boolean last) {
        if (output == null) {
            return "";
        }
        return output.dimension() == 4
                ? output.get(2) + "x" + output.get(3) + ", " + output.get(1) + " channels"
                : output.get(1) + (last ? " classes" : " numbers");
    }

    private static String stage(Stage stage, boolean strided, int x) {
        List<Lane> lanes = lanes(stage, strided);
        int wide = BAR / Math.max(1, lanes.size());
        return each(0, lanes.size(), lane -> lanes.get(lane).svg(x + lane * wide, wide - GAP))
                + each(
                        0,
                        stage.units(),
                        unit -> box(
                                x + BAR,
                                top(unit),
                                BOX,
                                UNIT,
                                Svg.OWN,
                                unit == 0 ? stage.kind().words(stage) : ""));
    }

    /** The roles that are shared alike, and who owns what each unit runs there. */
    private record Lane(String label, List<Integer> owners) {

        /** A bar for units in a row with one owner; with its number, if that has others elsewhere. */
        String svg(int x, int width) {
            StringBuilder bars = new StringBuilder();
            for (int from = 0, to; from < owners.size(); from = to) {
                int owner = owners.get(from);
                to = from + 1;
                while (to < owners.size() && owners.get(to) == owner) {
                    to++;
                }
                int all = Collections.frequency(owners, owner);
                bars.append(
                        owner < 0 || all < 2 ? "" : bar(x, width, from, to, all > to - from ? "" + (owner + 1) : null));
            }
            return bars.toString();
        }

        /** As tall as the units are together. */
        private String bar(int x, int width, int from, int to, String number) {
            int height = (to - from) * (UNIT + GAP) - GAP;
            String words = to - from < 6 ? "shared" : "shared " + label;
            String turned = number != null || to - from < 4 || width < UNIT
                    ? ""
                    : Numbers.format(
                            "<text transform=\"translate(%d %d) rotate(-90)\" fill=\"#8a4700\">%s</text>%n",
                            x + BAR / 2, top(from) + height / 2, words);
            return box(x, top(from), width, height, Svg.SHARED, width < UNIT || number == null ? "" : number) + turned;
        }

        /** Whether this is another, but for units that have their own. */
        boolean within(Lane other) {
            int[] shared = IntStream.range(0, owners.size())
                    .filter(unit -> owners.get(unit) >= 0)
                    .toArray();
            return IntStream.of(shared)
                    .allMatch(a -> IntStream.of(shared)
                            .allMatch(b -> owners.get(a).equals(owners.get(b))
                                    == (other.owners.get(a).equals(other.owners.get(b)) && other.owners.get(a) >= 0)));
        }
    }

    private static List<Lane> lanes(Stage stage, boolean strided) {
        Map<String, Lane> lanes = new LinkedHashMap<>();
        for (String role : new TreeSet<>(stage.sharing().keySet()).descendingSet()) {
            List<Integer> owners = stage.owners(role, strided);
            Lane lane = new Lane(stage.collective() ? COLLECTIVE.getOrDefault(role, role) : role, owners);
            if (role.equals("project") || owners.stream().allMatch(owner -> owner < 0)) {
                continue;
            }
            Lane same = lanes.values().stream().filter(lane::within).findFirst().orElse(null);
            if (same == null) {
                lanes.put(lane.label, lane);
            } else {
                lanes.replace(
                        same.label, new Lane(stage.collective() ? "factors" : same.label + ", " + role, same.owners));
            }
        }
        return List.copyOf(lanes.values());
    }

    private static int top(int unit) {
        return TOP + unit * (UNIT + GAP);
    }
}
