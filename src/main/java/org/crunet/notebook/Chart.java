package org.crunet.notebook;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.comparison.Comparison;
import org.crunet.comparison.Member;
import org.crunet.comparison.Setting;
import org.crunet.comparison.Settings;
import org.crunet.evaluation.Calibration;
import org.crunet.evaluation.Evaluation;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/**
 * A chart that plotly.js draws, interactive in a notebook; as the last expression of a cell it draws itself.
 *
 * <p>{@code Chart.lines(run.history(), "epoch", "train loss", "validation loss").title("A small network")}. Values that
 * are missing leave a gap. A chart never changes: each method returns a new one. Whatever plotly.js can do beyond the
 * methods here is reached with {@link #with} and {@link #layout}.
 *
 * <p>{@link #slider} and {@link #choice} put several charts into one that its reader moves through; no kernel needs to run
 * for that. What is set on such a chart is set on each of those in it.
 */
public abstract sealed class Chart permits Plot, Frames {

    /** More classes than this leave no room for the counts in a confusion matrix. */
    private static final int LEGIBLE = 24;
    /** Up to this whole numbers of JavaScript are exact. */
    private static final double LARGEST = 1L << 53;
    /** Pixels across the point of most images. */
    private static final double LARGEST_POINT = 22;

    Chart() {}

    private static final String TOP_1 = "top-1";

    /** A chart without traces. */
    static Chart empty() {
        return new Plot(List.of(), Theme.layout());
    }

    /**
     * Draws lines through points.
     *
     * @param source a Tablesaw table, a run, its history or a list of records
     * @param x name of the column along the horizontal axis
     * @param y names of the columns to draw, one line each; none for all other columns of numbers. If the last one is a
     *     column of text, each of its values has lines of its own
     * @return the chart
     * @throws IllegalArgumentException if there is no such column; the message lists those there are
     */
    public static Chart lines(Object source, String x, String... y) {
        var look = Map.of("type", "scatter", "mode", "lines+markers");
        return columns(source, x, y, i -> Json.merge(look, Map.of("line", Theme.line(i), "marker", Theme.marker(i))));
    }

    /**
     * Draws points.
     *
     * @param source a Tablesaw table, a run, its history or a list of records
     * @param x name of the column along the horizontal axis
     * @param y names of the columns to draw; none for all other columns of numbers. A column of text at the end groups them
     * @return the chart
     * @throws IllegalArgumentException if there is no such column; the message lists those there are
     */
    public static Chart scatter(Object source, String x, String... y) {
        return columns(source, x, y, i -> Map.of("type", "scatter", "mode", "markers", "marker", Theme.marker(i)));
    }

    /**
     * Draws bars, side by side when there are several columns.
     *
     * @param source a Tablesaw table, a run, its history or a list of records
     * @param x name of the column along the horizontal axis
     * @param y names of the columns to draw; none for all other columns of numbers. A column of text at the end groups them
     * @return the chart
     * @throws IllegalArgumentException if there is no such column; the message lists those there are
     */
    public static Chart bars(Object source, String x, String... y) {
        return columns(source, x, y, i -> Map.of("type", "bar", "marker", Map.of("color", Theme.colour(i))));
    }

    /**
     * Draws what networks came to that were trained alike, a row a network, the best on top: validation top-1 of every seed as a
     * small point, their mean with a bar, which is its 95 % interval over seeds and images, and beside it parameters, multiply-adds
     * and whether the difference from the best is decided.
     *
     * @param comparison with a training that finished, or more
     * @return the chart
     * @throws IllegalArgumentException if no training finished; the message says why
     */
    public static Chart comparison(Comparison comparison) {
        require(
                comparison.members().stream().anyMatch(Member::finished),
                () -> "nothing to draw, no training has finished: " + comparison.remarks());
        return DotPlot.of(comparison);
    }

    /**
     * Draws what a sweep came to: the mean top-1 of each network over one value as lines, over two as colours, and of several
     * networks with buttons that choose one.
     *
     * @param settings of one or two values
     * @return the chart
     * @throws IllegalArgumentException if it is of more values or of none; {@link #lines} draws any columns of its table
     */
    public static Chart sweep(Settings settings) {
        List<Setting> all = settings.all();
        require(!all.isEmpty(), "nothing to draw, no setting was trained");
        List<String> names = List.copyOf(all.get(0).values().keySet());
        require(
                names.size() == 1 || names.size() == 2,
                () -> "one or two values can be drawn, not " + names
                        + ": Chart.lines(settings, x, \"top-1\", \"network\")");
        if (names.size() == 1) {
            return lines(settings, names.get(0), TOP_1, "network");
        }
        List<String> networks =
                all.stream().map(one -> one.network().name()).distinct().toList();
        return networks.size() == 1
                ? Heat.sweep(all, names)
                : choice(
                        networks,
                        name -> Heat.sweep(
                                all.stream()
                                        .filter(one -> one.network().name().equals(name))
                                        .toList(),
                                names));
    }

    /**
     * Draws a matrix as colours, its first row on top: from blue through white, which is 0, to orange if there are negative
     * numbers, as among weights, and from dark to light otherwise.
     *
     * @param values rows of equal length; fractions are drawn with about four digits
     * @return the chart
     * @throws IllegalArgumentException if the rows differ in length
     */
    public static Chart heatmap(double[][] values) {
        List<Integer> lengths =
                Stream.of(values).map(row -> row.length).distinct().toList();
        require(lengths.size() <= 1, () -> "the rows have lengths " + lengths + ": give rows of equal length");
        var downwards = Map.of("yaxis", Map.of("autorange", "reversed"));
        return empty().with(Heat.trace(values)).layout(downwards);
    }

    /**
     * Draws a matrix as colours, its first row on top.
     *
     * @param values an array with two axes, such as the weights of a linear layer
     * @return the chart, as of a {@code double[][]}
     * @throws IllegalArgumentException if the array has more axes, or fewer
     */
    public static Chart heatmap(NDArray values) {
        return heatmap(Tensors.matrix(values));
    }

    /**
     * Draws the kernels of a convolution, each a small square: those of one output channel in a row or, where each has only one, as
     * in the shared 3x3 of collective units, all in a block.
     *
     * @param weight {@code (out, in / groups, height, width)}, such as {@code network.weight("conv4.shared.core.weight")}
     * @return the chart, in the colours of {@link #heatmap(double[][])}
     * @throws IllegalArgumentException if it has another number of axes, or more than 2048 kernels
     */
    public static Chart filters(NDArray weight) {
        return Heat.filters(weight);
    }

    /**
     * Draws a picture, as large as there is room for; the pixels of a small one can be seen, and the mouse tells their values.
     *
     * @param image the pixels; more than a screen needs are left out
     * @return the chart
     */
    public static Chart image(BufferedImage image) {
        return empty().with(Pictures.trace(image)).layout(Theme.picture());
    }

    /**
     * Draws a tensor as a picture; numbers below 0 and above 1 are drawn as 0 and 1.
     *
     * @param image {@code (height, width, 3)}, red, green and blue from 0 to 1, or {@code (height, width)} in grey
     * @return the chart, as of a {@code BufferedImage}
     * @throws IllegalArgumentException if it has another shape
     */
    public static Chart image(NDArray image) {
        return image(Pictures.picture(image));
    }

    /**
     * Draws how often each class is taken for each; the diagonal is right.
     *
     * @param evaluation what a network said about a set of images
     * @return the chart
     */
    public static Chart confusion(Evaluation evaluation) {
        double[][] counts = Stream.of(evaluation.confusion())
                .map(row -> IntStream.of(row).asDoubleStream().toArray())
                .toArray(double[][]::new);
        List<String> classes = evaluation.classes();
        List<String> plain = classes.stream().map(Labels::plain).toList();
        Map<String, Object> names = Map.of("x", plain, "y", plain);
        Map<String, Object> numbers = counts.length <= LEGIBLE ? Map.of("texttemplate", "%{z}") : Map.of();
        return ((Plot) heatmap(counts))
                .map(trace -> Json.merge(trace, names, numbers))
                .title(Labels.plain(evaluation.toString()))
                .axes("predicted", "actual")
                .layout(Map.of("height", 460, "xaxis", Labels.axis(classes), "yaxis", Labels.axis(classes)));
    }

    /**
     * Draws whether a network is right as often as it is sure: accuracy against confidence, on the diagonal where it is. The area
     * of a point is its number of images.
     *
     * @param calibration from {@code Evaluation.calibration}
     * @return the chart
     */
    public static Chart calibration(Calibration calibration) {
        var diagonal = Map.of(
                "type", "line", "x0", 0, "y0", 0, "x1", 1, "y1", 1, "line", Map.of("dash", "dot", "color", Theme.INK));
        var whole = Map.of("range", List.of(0, 1.02));
        return ((Plot) lines(calibration.bins(), "confidence", "accuracy"))
                .map(trace -> Json.merge(trace, sized(calibration)))
                .title(Labels.plain(calibration.toString()))
                .axes("confidence", "accuracy")
                .layout(Map.of("shapes", List.of(diagonal), "xaxis", whole, "yaxis", whole));
    }

    private static Map<String, Object> sized(Calibration calibration) {
        List<Calibration.Bin> bins = calibration.bins();
        int most = bins.stream().mapToInt(Calibration.Bin::images).max().orElse(1);
        List<Double> sizes = bins.stream()
                .map(bin -> LARGEST_POINT * Math.sqrt((double) bin.images() / most))
                .toList();
        List<String> counts = bins.stream()
                .map(bin -> bin.images() + (bin.images() == 1 ? " image" : " images"))
                .toList();
        return Map.of("marker", Map.of("size", sizes), "hovertext", counts, "cliponaxis", false);
    }

    /**
     * Draws charts of one kind, one for each value, and a slider that goes through them; its button plays them as a film.
     *
     * <p>{@code Chart.slider("rank", List.of(1, 2, 5, 10), rank -> Chart.image(approximation(rank)))}. Axes and colours of
     * numbers stay the same over all charts, so that what moves is the data, except where the charts say themselves
     * what they are to be. Everything is computed now and goes into the notebook: a hundred rows of a hundred fractions
     * are 80 kB in a chart, and a server that limits its output to 1 MB a second takes its time over much more than that.
     *
     * @param name what the values are, to stand before each of them
     * @param values in the order of the slider; at least one
     * @param chart makes the chart of a value; all need the same number of traces
     * @param <T> type of the values
     * @return the chart with the slider
     * @throws IllegalArgumentException if there are no values or the charts differ in their number of traces
     */
    public static <T> Chart slider(String name, List<T> values, Function<? super T, Chart> chart) {
        return Frames.of(name, values, chart);
    }

    /**
     * Draws a few charts of whatever kind, one for each value, and buttons that choose between them.
     *
     * <p>{@code Chart.choice(List.of(Networks.RESNET_50, Networks.CRU_NET_56), network -> Chart.bars(...))}.
     *
     * @param values what the buttons say, in this order: a network its name, anything else its text; at least one
     * @param chart makes the chart of a value
     * @param <T> type of the values
     * @return the chart with the buttons
     * @throws IllegalArgumentException if there are no values
     */
    public static <T> Chart choice(List<T> values, Function<? super T, Chart> chart) {
        return Frames.of("", values, chart);
    }

    private static Chart columns(Object source, String x, String[] y, IntFunction<Map<String, Object>> style) {
        Table table = Tables.of(source);
        require(table.columnCount() > 0, "nothing to draw over " + x + ": the list is empty");
        List<String> names = y.length > 0 ? List.of(y) : numbersBeside(table, x);
        int last = names.size() - 1;
        boolean grouped = last > 0
                && table.containsColumn(names.get(last))
                && table.column(names.get(last)) instanceof StringColumn;
        List<String> columns = grouped ? names.subList(0, last) : names;
        Chart chart = empty().axes(Labels.plain(x), columns.size() == 1 ? Labels.plain(columns.get(0)) : "")
                .layout(Map.of("xaxis", names(table, List.of(x)), "yaxis", names(table, columns)));
        int i = 0;
        for (Table rows : grouped ? groups(table, names.get(last)) : List.of(table)) {
            for (String column : columns) {
                String name = !grouped ? column : columns.size() == 1 ? rows.name() : rows.name() + ", " + column;
                chart = chart.with(trace(rows, x, column, name, style.apply(i++)));
            }
        }
        return chart;
    }

    /** What makes an axis one of names, if a column has such; whatever they look like. */
    private static Map<String, Object> names(Table table, List<String> columns) {
        List<String> names = columns.stream()
                .map(name -> Tables.column(table, name))
                .filter(Chart::hasNames)
                .flatMap(column -> IntStream.range(0, column.size()).mapToObj(column::getString))
                .distinct()
                .toList();
        return names.isEmpty() ? Map.of() : Labels.axis(names);
    }

    /** Numbers that a browser cannot tell apart, as seeds may be, are names too. */
    private static boolean hasNames(Column<?> column) {
        boolean large = column instanceof LongColumn numbers
                && numbers.asList().stream().anyMatch(one -> one != null && Math.abs(one.doubleValue()) > LARGEST);
        return large || column instanceof StringColumn || column instanceof BooleanColumn;
    }

    /** A table for each value of a column of text, which is its name. */
    static List<Table> groups(Table table, String by) {
        StringColumn column = table.stringColumn(by);
        return column.asList().stream()
                .distinct()
                .map(group -> table.where(column.isEqualTo(group)).setName(group))
                .toList();
    }

    private static Map<String, Object> trace(Table table, String x, String y, String name, Map<String, Object> style) {
        return Json.merge(style, Labels.trace(name), Map.of("x", values(table, x), "y", values(table, y)));
    }

    private static List<String> numbersBeside(Table table, String x) {
        List<String> names = table.numericColumns().stream()
                .map(Column::name)
                .filter(name -> !name.equals(x))
                .toList();
        require(
                !names.isEmpty(),
                () -> "nothing to draw over " + x + ": no other numbers in " + Tables.quoted(table.columns()));
        return names;
    }

    static List<Object> values(Table table, String name) {
        Column<?> column = Tables.column(table, name);
        IntFunction<Object> value = hasNames(column) ? i -> Labels.plain(column.getString(i)) : column::get;
        return IntStream.range(0, column.size())
                .mapToObj(i -> column.isMissing(i) ? null : value.apply(i))
                .toList();
    }

    /**
     * Returns the same chart under a title.
     *
     * @param text the title; fractions in it are rounded to four digits
     * @return a new chart
     */
    public Chart title(String text) {
        return layout(Map.of("title", Theme.heading(Numbers.rounded(text))));
    }

    /**
     * Returns the same chart with names at its axes.
     *
     * @param x name of the horizontal axis
     * @param y name of the vertical axis
     * @return a new chart
     */
    public Chart axes(String x, String y) {
        return layout(Map.of("xaxis", Theme.title(x), "yaxis", Theme.title(y)));
    }

    /**
     * Returns the same chart with one more trace.
     *
     * @param trace a trace as plotly.js describes it, such as {@code Map.of("type", "scatter", "x", x, "y", y)}
     * @return a new chart
     */
    public abstract Chart with(Map<String, ?> trace);

    /**
     * Returns the same chart with its layout changed.
     *
     * @param changes parts of a layout as plotly.js describes it, such as {@code Map.of("height", 500)}; the rest stays
     * @return a new chart
     */
    public abstract Chart layout(Map<String, ?> changes);

    /** What plotly.js draws. */
    abstract Map<String, Object> figure();

    Output output() {
        return Output.text(toString()).and(Output.PLOTLY, figure());
    }

    /**
     * Returns what is drawn, in words.
     *
     * @return one line
     */
    @Override
    public abstract String toString();
}
