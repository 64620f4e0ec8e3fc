package org.crunet.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.comparison.Comparison;
import org.crunet.comparison.Member;
import org.crunet.comparison.Summary;
import org.crunet.files.Csv;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DotPlotTest {

    private static final Comparison COMPARISON = new Comparison(List.of(
            member("cru", 100, 1, 0.5),
            member("cru", 100, 2, 0.7),
            member("resnet", 120, 1, 0.4),
            member("resnet", 120, 2, 0.4)));

    private static Member member(String network, long parameters, long seed, double top1) {
        return new Member(
                network, parameters, 1000, seed, 2, 1, 1, top1, 1, 10, "finished", Map.of("worst class", top1 / 2));
    }

    @Test
    void aNetworkIsARowTheBestOnTopWithItsSeedsItsIntervalAndItsCosts() {
        Plot chart = (Plot) Chart.comparison(COMPARISON);
        Map<String, Object> seeds = chart.traces().get(1);
        assertEquals(List.of(0.5, 0.7, 0.4, 0.4), seeds.get("x"));
        assertEquals(List.of("cru", "cru", "resnet", "resnet"), seeds.get("y"));
        Map<String, Object> means = chart.traces().get(0);
        assertEquals(List.of("resnet", "cru"), means.get("y"), "from the bottom");
        assertEquals(0.6, (double) ((List<?>) means.get("x")).get(1), 1e-12);
        Map<?, ?> bar = (Map<?, ?>) means.get("error_x");
        assertEquals(0.4, (double) ((List<?>) bar.get("array")).get(1), 1e-12, "up to 1");
        assertEquals(0.6, (double) ((List<?>) bar.get("arrayminus")).get(1), 1e-12, "down to 0");
        assertEquals(null, ((List<?>) bar.get("array")).get(0), "no interval where all seeds agree");
        assertEquals(
                List.of(List.of("120", "100"), List.of("1,000", "1,000"), List.of("-20.0, not decided", "")),
                chart.traces().stream()
                        .skip(2)
                        .map(column -> column.get("text"))
                        .toList());
    }

    @Test
    void tenNetworksHaveARowEachAndOneHasNothingBesideIt() {
        Plot ten = (Plot) Chart.comparison(new Comparison(IntStream.range(0, 10)
                .mapToObj(i -> member("network " + i, 100, 1, i / 10.0))
                .toList()));
        assertTrue(Theme.height(ten.layout()) >= 10 * 30);
        assertEquals(10, ((List<?>) ten.traces().get(0).get("y")).size());
        assertEquals(
                4, ((Plot) Chart.comparison(COMPARISON.only("cru"))).traces().size());
    }

    @Test
    void trainingsThatFailedAreNotDrawn() {
        Member failed = new Member("cru", 100, 1000, 3, 1, 1, 1, 0.1, 1, 5, "the loss is NaN", Map.of());
        Comparison more = new Comparison(
                Stream.concat(COMPARISON.members().stream(), Stream.of(failed)).toList());
        assertEquals(((Plot) Chart.comparison(COMPARISON)).traces(), ((Plot) Chart.comparison(more)).traces());
    }

    @Test
    void withoutATrainingThatFinishedThereIsNothingToDrawAndTheErrorSaysWhy() {
        Comparison failed = new Comparison(List.of(
                new Member("cru", 100, 1000, 3, 1, 1, 1, 0.1, 1, 5, "the loss is NaN: take a smaller rate", Map.of())));
        assertEquals(
                "nothing to draw, no training has finished: 1 training, of which 1 failed\n"
                        + "cru, seed 3: the loss is NaN: take a smaller rate",
                assertThrows(IllegalArgumentException.class, () -> Chart.comparison(failed))
                        .getMessage());
    }

    @Test
    void aComparisonComesBackFromItsTable(@TempDir Path folder) {
        Path file = folder.resolve("comparison.csv");
        Tables.of(COMPARISON.members()).write().csv(file.toString());
        assertEquals(COMPARISON, new Comparison(Csv.read(file, Member.class)), "as Tablesaw writes it");
        Csv.write(COMPARISON.members(), file);
        assertEquals(COMPARISON, new Comparison(Csv.read(file, Member.class)));
    }

    /** A chart names its axis after the column. */
    @Test
    void multiplyAddsOfWhichSomeAreHiddenAreCalledSoInTheTableAndInAChart() {
        Comparison some = new Comparison(COMPARISON.members(), List.of(), List.of(), List.of(), Set.of("cru"));
        assertTrue(Tables.of(some).columnNames().contains("multiply adds, at least"));
        assertTrue(Tables.of(some.only("resnet")).columnNames().contains("multiply adds"));
        assertTrue(Views.of(some).toString().contains("cru: at least these multiply-adds"));
        Plot chart = (Plot) Chart.scatter(some, "multiply adds, at least", "top-1");
        assertTrue(
                chart.layout().toString().contains("multiply adds, at least"),
                chart.layout().toString());
    }

    @Test
    void someNetworksOfAComparison() {
        assertEquals(
                List.of("resnet"),
                COMPARISON.only("resnet").summaries().stream()
                        .map(Summary::network)
                        .toList());
        String message = assertThrows(IllegalArgumentException.class, () -> COMPARISON.only("vgg"))
                .getMessage();
        assertTrue(message.contains("[cru, resnet]"), message);
    }

    @Test
    void aComparisonIsATableOfItsNetworks() {
        assertEquals(2, Tables.of(COMPARISON).rowCount());
        assertTrue(Views.of(COMPARISON).toString().contains("4 trainings"));
    }

    @Test
    void belowTheTableStandsEveryReasonWholeAndEveryProblem() {
        String reason = "the loss is NaN: " + "so it is, ".repeat(40) + "take a smaller rate";
        Member failed =
                new Member("cru", 100, 1000, 3, 0, Double.NaN, Double.NaN, Double.NaN, Double.NaN, 0, reason, Map.of());
        Output shown = Views.of(
                new Comparison(List.of(failed), List.of(), List.of(), List.of("a picture is <broken>"), Set.of()));
        List<String> lines = shown.text().lines().toList();
        assertEquals("cru             100          1,000     0", lines.get(1));
        assertEquals(
                List.of(
                        "1 training, of which 1 failed; problems: 1, see problems()",
                        "cru, seed 3: " + reason,
                        "a picture is <broken>"),
                lines.subList(2, lines.size()));
        String html = shown.data().get(Output.HTML).toString();
        assertTrue(html.contains("<br>cru, seed 3: " + reason + "<br>a picture is &lt;broken&gt;</div>"), html);
        assertTrue(Views.of(List.of(failed)).text().contains(reason), "a training's row too");
    }

    @Test
    void filtersStandSideBySide() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray weight = manager.arange(18f).sub(9).reshape(new Shape(2, 1, 3, 3));
            List<?> rows =
                    (List<?>) ((Plot) Chart.filters(weight)).traces().get(0).get("z");
            assertEquals(3, rows.size());
            assertEquals(Arrays.asList(-9.0, -8.0, -7.0, null, 0.0, 1.0, 2.0), rows.get(0));
            IllegalArgumentException error =
                    assertThrows(IllegalArgumentException.class, () -> Chart.filters(weight.reshape(new Shape(2, 9))));
            assertTrue(error.getMessage().contains("(2, 9)"), error.getMessage());
        }
    }
}
