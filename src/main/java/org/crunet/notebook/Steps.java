package org.crunet.notebook;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.crunet.network.Architecture;

/**
 * Several charts of which one is seen at a time.
 *
 * @param name what the labels are, such as "rank"; may be empty
 * @param labels a text for each chart
 * @param charts the charts; at least one
 */
record Steps(String name, List<String> labels, List<Plot> charts) {
    private static final int PRINTED = 12;

    static <T> Steps of(String name, List<T> values, Function<? super T, Chart> chart) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("no values" + (name.isEmpty() ? "" : " of " + name)
                    + ", so there is no chart to show: give at least one");
        }
        List<String> labels = values.stream().map(Steps::label).toList();
        List<Plot> charts = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            charts.add(plain(chart.apply(values.get(i)), what(name, labels.get(i))));
        }
        return new Steps(name, labels, List.copyOf(charts));
    }

    /** One line; a sum of decimal fractions without the digits that only a computer sees. */
    private static String label(Object value) {
        Object shown = value instanceof Architecture architecture ? architecture.name() : Json.clean(value);
        return String.valueOf(shown).lines().findFirst().orElse("");
    }

    private static String what(String name, String label) {
        return (name + " " + label).strip();
    }

    private static Plot plain(Chart chart, String what) {
        if (chart instanceof Plot plot) {
            return plot;
        }
        throw new IllegalArgumentException(
                chart == null
                        ? "there is no chart of " + what + ": the function returned null"
                        : "the chart of " + what + " has a slider or buttons of its own: give a plain one");
    }

    Steps ofEqualSize() {
        int first = charts.get(0).traces().size();
        for (int i = 1; i < charts.size(); i++) {
            int size = charts.get(i).traces().size();
            if (size != first) {
                throw new IllegalArgumentException(Numbers.format(
                        "the chart of %s has %d traces and that of %s has %d: give all the same number, or use Chart.choice",
                        what(name, labels.get(i)), size, what(name, labels.get(0)), first));
            }
        }
        return this;
    }

    Steps map(UnaryOperator<Plot> change) {
        return new Steps(name, labels, charts.stream().map(change).toList());
    }

    Plot first() {
        return charts.get(0);
    }

    int size() {
        return charts.size();
    }

    /** The labels in one line, the middle of a long list left out. */
    String text() {
        return String.join(", ", new Cut(size(), PRINTED).map(labels::get, "..."));
    }
}
