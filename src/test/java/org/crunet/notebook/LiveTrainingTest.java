package org.crunet.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.spencerpark.jupyter.kernel.display.DisplayData;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import javax.xml.parsers.DocumentBuilderFactory;
import org.crunet.training.Epoch;
import org.crunet.training.History;
import org.crunet.training.Run;
import org.crunet.training.Step;
import org.crunet.training.TrainingListener;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class LiveTrainingTest {
    private static final int STEPS = 1000;
    private final List<Epoch> epochs = new ArrayList<>();
    private long time;

    /** Trains without a network, ten milliseconds a step. */
    private void train(TrainingListener listener, int epochCount, int lastStep, Run.Ending ending) {
        listener.started("small on scenes", epochCount, new History(epochs));
        for (int i = 0; i < lastStep; i++) {
            time += 10_000_000;
            listener.step(new Step(i / STEPS + 1, epochCount, i % STEPS + 1, STEPS, 2.0 / (i + 1), 0.5, 75));
            if (i % STEPS == STEPS - 1) {
                epochs.add(new Epoch(i / STEPS + 1, 1.25, 0.5, 1.5, 0.75, 0.9, 0.1, 300, 10, 500, Map.of()));
                listener.epoch(new History(epochs));
            }
        }
        listener.finished(new History(epochs), ending);
    }

    private static List<DisplayData> of(List<DisplayData> displays, String type) {
        return displays.stream()
                .filter(d -> RecordingKernel.data(d, type) != null)
                .filter(d -> type.equals(Output.SVG) || RecordingKernel.data(d, Output.SVG) == null)
                .toList();
    }

    private static String text(DisplayData display) {
        return RecordingKernel.data(display, Output.TEXT).toString();
    }

    private static JsonNode chart(DisplayData display) {
        return new ObjectMapper().valueToTree(RecordingKernel.data(display, Output.PLOTLY));
    }

    @Test
    void oneLineAndOneChartMoveOnceASecond() {
        try (var kernel = new RecordingKernel()) {
            train(new LiveTraining(() -> time), 3, 3 * STEPS, Run.Ending.FINISHED);
            assertEquals(2, kernel.shown().size());
            assertEquals(
                    2,
                    kernel.updates().stream()
                            .map(DisplayData::getDisplayId)
                            .distinct()
                            .count());
            List<DisplayData> lines = of(kernel.updates(), Output.HTML);
            assertEquals(31, lines.size(), "30 seconds and the end");
            assertEquals(
                    "[#                   ] epoch 1 of 3, 3 %, loss 0.0200, top-1 0.500, 1 min 15 s left",
                    text(lines.get(0)));
            assertEquals(30, of(kernel.updates(), Output.SVG).size());
        }
    }

    @Test
    void theLastStateStaysAndIsInteractive() {
        try (var kernel = new RecordingKernel()) {
            train(new LiveTraining(() -> time), 3, 3 * STEPS, Run.Ending.FINISHED);
            List<DisplayData> lines = of(kernel.updates(), Output.HTML);
            assertEquals(
                    "[####################] finished: 3 epochs, 30 s, validation loss 1.5000, top-1 0.750",
                    text(lines.get(lines.size() - 1)));
            JsonNode data =
                    chart(kernel.updates().get(kernel.updates().size() - 1)).get("data");
            assertEquals("[1.0,2.0,3.0]", data.at("/1/x").toString());
            assertEquals("[0.75,0.75,0.75]", data.at("/3/y").toString());
            assertEquals("y2", data.at("/3/yaxis").asText());
        }
    }

    @Test
    void aLongTrainingTakesNoMoreRoomThanAShortOne() {
        try (var kernel = new RecordingKernel()) {
            train(new LiveTraining(() -> time), 20, 20 * STEPS, Run.Ending.FINISHED);
            JsonNode figure = chart(kernel.updates().get(kernel.updates().size() - 1));
            int points = figure.at("/data/0/x").size();
            assertTrue(points > Curve.MOST / 2 && points <= Curve.MOST, points + " points");
            assertTrue(figure.toString().length() < 10_000, figure.toString().length() + " characters");
            assertEquals(0.001, figure.at("/data/0/x/0").asDouble(), 1e-9, "from the first step");
            assertTrue(figure.at("/data/0/x/" + (points - 1)).asDouble() > 19.5, "to nearly the last");
        }
    }

    @Test
    void theMovingPictureIsXmlWithAsManyMarksAsEpochs() throws Exception {
        try (var kernel = new RecordingKernel()) {
            train(new LiveTraining(() -> time), 3, 3 * STEPS, Run.Ending.FINISHED);
            List<DisplayData> pictures = of(kernel.updates(), Output.SVG);
            var svg = RecordingKernel.data(pictures.get(pictures.size() - 1), Output.SVG)
                    .toString();
            var document = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader(svg)));
            assertEquals(2 * 2, document.getElementsByTagName("circle").getLength(), "two epochs in two panels");
            assertEquals(2 * 2 * 2, document.getElementsByTagName("polyline").getLength(), "curves and key");
            assertTrue(svg.contains("small on scenes"));
            String html = RecordingKernel.data(pictures.get(0), Output.HTML).toString();
            assertTrue(html.endsWith(" style=\"max-width: 100%\"/>"), "fits a narrow window");
            assertFalse(svg.contains("NaN"), svg);
        }
    }

    @Test
    void axesHaveRoundSteps() {
        assertEquals(
                List.of(0.2, 1.0, 0.5, 5.0, 2.0),
                List.of(1.0, 5.0, 2.3, 23.0, 6.0).stream().map(Sketch::step).toList());
    }

    @Test
    void anInterruptedOneSaysWhereOnceAnotherCellRuns() throws InterruptedException {
        try (var kernel = new RecordingKernel()) {
            var listener = new LiveTraining(() -> time);
            train(listener, 3, STEPS + 500, Run.Ending.INTERRUPTED);
            int before = kernel.updates().size();
            kernel.setListening(false);
            listener.finished(new History(epochs), Run.Ending.INTERRUPTED);
            assertEquals(before, kernel.updates().size(), "the interrupt has ended the cell");
            kernel.setListening(true);
            for (int i = 0; i < 200 && kernel.updates().size() < before + 3; i++) {
                Thread.sleep(20);
            }
            assertEquals(
                    "[##########          ] interrupted in epoch 2: last step 500 of 1000, 15 s, "
                            + "validation loss 1.5000, top-1 0.750",
                    text(kernel.updates().get(before)));
        }
    }

    @Test
    void oneThatFailsAtOnceSaysSo() {
        try (var kernel = new RecordingKernel()) {
            train(new LiveTraining(() -> time), 3, 0, Run.Ending.FAILED);
            assertEquals(
                    "[                    ] failed: no step done, 0 s",
                    text(kernel.updates().get(0)));
        }
    }

    @Test
    void oneThatComesBackShowsHowFarItHadCome() {
        try (var kernel = new RecordingKernel()) {
            epochs.add(new Epoch(1, 1.25, 0.5, 1.5, 0.75, 0.9, 0.1, 300, 10, 500, Map.of()));
            epochs.add(new Epoch(2, 1.25, 0.5, 1.5, 0.75, 0.9, 0.1, 300, 10, 500, Map.of()));
            train(new LiveTraining(() -> time), 2, 0, Run.Ending.FINISHED);
            var svg = RecordingKernel.data(kernel.shown().get(1), Output.SVG).toString();
            assertEquals(2 * 2, svg.split("<circle", -1).length - 1, "two epochs in two panels, before the first step");
            assertEquals(
                    "[####################] finished: 2 epochs, 0 s, validation loss 1.5000, top-1 0.750",
                    text(kernel.updates().get(0)));
            train(new LiveTraining(() -> time), 4, 0, Run.Ending.INTERRUPTED);
            assertEquals(
                    "[##########          ] interrupted in epoch 3: after epoch 2 of 4, 0 s, validation loss 1.5000,"
                            + " top-1 0.750",
                    text(of(kernel.updates(), Output.HTML).get(1)));
        }
    }

    @Test
    void theTrainingCurveOfOneThatGoesOnBeginsWithTheEpochsBefore() {
        try (var kernel = new RecordingKernel()) {
            epochs.add(new Epoch(1, 1.25, 0.5, 1.5, 0.75, 0.9, 0.1, 300, 10, 500, Map.of()));
            epochs.add(new Epoch(2, 1.125, 0.625, 1.5, 0.75, 0.9, 0.1, 300, 10, 500, Map.of()));
            train(new LiveTraining(() -> time), 2, 0, Run.Ending.FINISHED);
            JsonNode whole =
                    chart(kernel.updates().get(kernel.updates().size() - 1)).get("data");
            assertEquals("[1.0,2.0]", whole.at("/0/x").toString());
            assertEquals("[1.25,1.125]", whole.at("/0/y").toString());
            assertEquals("[0.5,0.625]", whole.at("/2/y").toString());
            var listener = new LiveTraining(() -> time);
            listener.started("small on scenes", 3, new History(epochs));
            listener.step(new Step(3, 3, 501, STEPS, 1, 0.875, 75));
            epochs.add(new Epoch(3, 1, 0.875, 1.5, 0.75, 0.9, 0.1, 300, 10, 500, Map.of()));
            listener.epoch(new History(epochs));
            listener.finished(new History(epochs), Run.Ending.FINISHED);
            JsonNode on =
                    chart(kernel.updates().get(kernel.updates().size() - 1)).get("data");
            assertEquals("[1.0,2.0,2.501]", on.at("/0/x").toString());
            assertEquals("[1.25,1.125,1.0]", on.at("/0/y").toString());
        }
    }

    @Test
    void problemsAreOneOutputThatGrows() {
        try (var kernel = new RecordingKernel()) {
            var listener = new LiveTraining(() -> time);
            listener.started("small on scenes", 3, new History(epochs));
            for (int i = 1; i <= 300; i++) {
                listener.problem("problem " + i);
            }
            assertEquals(0, kernel.updates().size(), "no picture a problem");
            listener.finished(new History(epochs), Run.Ending.FAILED);
            assertEquals(3, kernel.shown().size());
            assertEquals("problem 1", text(kernel.shown().get(2)));
            DisplayData last = kernel.updates().get(kernel.updates().size() - 1);
            assertEquals(kernel.shown().get(2).getDisplayId(), last.getDisplayId());
            List<String> lines = text(last).lines().toList();
            assertEquals(21, lines.size());
            assertEquals("problem 20", lines.get(19));
            assertEquals("and 280 more, see problems()", lines.get(20));
        }
    }

    @Test
    void aTerminalGetsTheFirstProblems() {
        var bytes = new ByteArrayOutputStream();
        var listener = new PlainTraining(new PrintStream(bytes, true), "");
        for (int i = 1; i <= 300; i++) {
            listener.problem("problem " + i);
        }
        listener.finished(new History(List.of()), Run.Ending.FAILED);
        List<String> lines = bytes.toString().lines().toList();
        assertEquals(List.of("problem 20", "and 280 more, see problems()"), lines.subList(19, 21));
        assertEquals(22, lines.size());
    }

    @Test
    void aTerminalGetsALineForEachEpoch() {
        var bytes = new ByteArrayOutputStream();
        train(new PlainTraining(new PrintStream(bytes, true), ""), 2, 2 * STEPS, Run.Ending.FINISHED);
        List<String> lines = bytes.toString().lines().toList();
        assertEquals(4, lines.size());
        assertEquals("training small on scenes", lines.get(0));
        assertEquals(
                "epoch 1 of 2: train loss 1.2500, top-1 0.500; validation loss 1.5000, top-1 0.750; 10 s",
                lines.get(1));
        assertTrue(lines.get(3).startsWith("finished: 2 epochs"), lines.get(3));
        bytes.reset();
        train(new PlainTraining(new PrintStream(bytes, true), ""), 4, 0, Run.Ending.INTERRUPTED);
        assertEquals(
                "training small on scenes, going on after epoch 2 of 4",
                bytes.toString().lines().findFirst().orElseThrow());
    }

    @Test
    void theServiceOffersTheOneThatFitsThePlace() {
        var provider =
                ServiceLoader.load(TrainingListener.Provider.class).findFirst().orElseThrow();
        assertInstanceOf(PlainTraining.class, provider.listener().orElseThrow());
        try (var kernel = new RecordingKernel()) {
            assertInstanceOf(LiveTraining.class, provider.listener().orElseThrow());
            assertSame(TrainingListener.SILENT, TrainingListener.oneOfSeveral("1 of 2, seed 1"));
            assertEquals(List.of(), kernel.shown(), "nothing is drawn before it starts");
        }
    }

    @Test
    void durationsReadWell() {
        assertEquals(
                List.of("0 s", "59 s", "1 min 0 s", "59 min 59 s", "1 h 1 min"),
                List.of(-3.0, 59.4, 59.9, 3599.0, 3661.0).stream()
                        .map(Numbers::duration)
                        .toList());
    }
}
