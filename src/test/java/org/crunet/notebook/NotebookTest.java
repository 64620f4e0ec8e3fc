package org.crunet.notebook;

import static jdk.jshell.Snippet.Status.VALID;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import jdk.jshell.JShell;
import org.crunet.data.Splits;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.scenes.Scenes;
import org.crunet.torch.Gradients;
import org.crunet.training.Recipe;
import org.dflib.jjava.kernel.HastyKernel;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.Table;

class NotebookTest {

    @Test
    void whatATrainingDependsOnIsInTheNameOfItsFolder() {
        Splits data = Scenes.painted(32).seed(3).split(16, 8);
        Architecture small = Networks.smallCru(32).withClasses(8);
        String folder = Notebook.folder(small, data, Recipe.QUICK);
        assertTrue(folder.matches("runs/small-cru-net-seed-1-[0-9a-f]{16}"), folder);
        assertEquals(folder, Notebook.folder(small, Scenes.painted(32).seed(3).split(16, 8), Recipe.QUICK));
        Set<String> all = Set.of(
                folder,
                Notebook.folder(Networks.smallResNeXt(32).withClasses(8), data, Recipe.QUICK),
                Notebook.folder(small.withoutSharing(), data, Recipe.QUICK),
                Notebook.folder(small, Scenes.painted(32).seed(4).split(16, 8), Recipe.QUICK),
                Notebook.folder(small, data, Recipe.QUICK.withEpochs(2)));
        assertEquals(5, all.size());
    }

    private final Table table = Table.create(IntColumn.create("n", 1, 2));

    @Test
    void lastExpressionOfACellIsShownByTheKernelItself() {
        try (var kernel = new RecordingKernel()) {
            Notebook.start();
            var shown = kernel.getRenderer().render(table);
            assertTrue(RecordingKernel.data(shown, Output.HTML).toString().contains("<table>"));
            assertEquals("n\n1\n2", RecordingKernel.data(shown, Output.TEXT));
        }
    }

    @Test
    void chartReachesTheKernelAsAMapThatBecomesJson() {
        try (var kernel = new RecordingKernel()) {
            Notebook.start();
            var shown = kernel.getRenderer().render(Chart.lines(table, "n", "n"));
            var figure = (Map<?, ?>) RecordingKernel.data(shown, Output.PLOTLY);
            assertEquals(java.util.Set.of("data", "layout"), figure.keySet());
            assertNull(RecordingKernel.data(shown, Output.HTML), "no script beside it");
        }
    }

    @Test
    void otherValuesKeepTheirText() {
        try (var kernel = new RecordingKernel()) {
            Notebook.start();
            var shown = kernel.getRenderer().render(List.of(1, 2, 3));
            assertEquals("[1, 2, 3]", RecordingKernel.data(shown, Output.TEXT));
            assertNull(RecordingKernel.data(shown, Output.HTML));
        }
    }

    @Test
    void startingTwiceRegistersOnce() {
        try (var kernel = new RecordingKernel()) {
            Notebook.start();
            int[] drawn = {0};
            new Kernel(kernel).show(new Case<>(Chart.class, chart -> Output.text("drawn " + ++drawn[0])));
            Notebook.start();
            kernel.getRenderer().render(Chart.lines(table, "n", "n"));
            assertEquals(1, drawn[0], "a second registration would draw again, and over the first");
        }
    }

    @Test
    void displayShowsInTheMiddleOfACellAndUpdatesInPlace() {
        try (var kernel = new RecordingKernel()) {
            var display = Notebook.display("first");
            display.update(table);
            assertEquals(1, kernel.shown().size());
            assertEquals(1, kernel.updates().size());
            String id = kernel.shown().get(0).getDisplayId();
            assertEquals(id, kernel.updates().get(0).getDisplayId());
            assertEquals("first", RecordingKernel.data(kernel.shown().get(0), Output.TEXT));
            assertTrue(RecordingKernel.data(kernel.updates().get(0), Output.HTML)
                    .toString()
                    .contains("<td"));
        }
    }

    @Test
    void aChartTakesTheWayAroundARendererThatDrawsOnce() {
        try (var kernel = new RecordingKernel()) {
            Chart chart = Chart.lines(table, "n", "n");
            var display = Notebook.display(chart);
            display.update(chart.title("next"));
            assertNull(RecordingKernel.data(kernel.updates().get(0), Output.PLOTLY), "another kind comes between");
            assertEquals(
                    "Chart 'next': n", RecordingKernel.data(kernel.updates().get(1), Output.TEXT));
            assertEquals(2, kernel.updates().size());
            assertEquals("shown above", display.toString());
        }
    }

    @Test
    void anInterruptIsHeldBackWhileTheKernelIsUsedAndNotLost() {
        try (var kernel = new RecordingKernel()) {
            Notebook.start();
            boolean[] interruptedInside = {false};
            new Kernel(kernel).show(new Case<>(Thread.class, thread -> {
                interruptedInside[0] = Thread.currentThread().isInterrupted();
                return Output.text("a thread");
            }));
            Thread.currentThread().interrupt();
            Notebook.display(Thread.currentThread());
            assertTrue(Thread.interrupted(), "the caller still learns of it");
            assertFalse(interruptedInside[0]);
        }
    }

    /** Something a notebook has measured. */
    private record Measured(String name, int units) {}

    @Test
    void aListOfRecordsIsATable() {
        try (var kernel = new RecordingKernel()) {
            Notebook.start();
            var shown = kernel.getRenderer().render(List.of(new Measured("a", 1), new Measured("b", 2)));
            assertEquals("name  units\na         1\nb         2", RecordingKernel.data(shown, Output.TEXT));
            assertTrue(RecordingKernel.data(shown, Output.HTML).toString().contains("<table>"));
        }
    }

    @Test
    void aListOfSeveralKindsIsText() {
        List<?> mixed = List.of(new Measured("a", 1), "b");
        assertEquals(mixed.toString(), Views.of(mixed).text());
        List<?> withNull = java.util.Arrays.asList(new Measured("a", 1), null);
        assertEquals(withNull.toString(), Views.of(withNull).text());
        assertEquals("[]", Views.of(List.of()).text());
    }

    @Test
    void nullIsShownAsText() {
        try (var kernel = new RecordingKernel()) {
            Notebook.display(null).update(null);
            assertEquals("null", RecordingKernel.data(kernel.shown().get(0), Output.TEXT));
            assertEquals("null", RecordingKernel.data(kernel.updates().get(0), Output.TEXT));
        }
        assertEquals("null\n", printed(() -> Notebook.display(null)));
    }

    @Test
    void aPlainProgramPrintsText() {
        assertEquals(
                "a line\nn\n1\n2\n", printed(() -> Notebook.display("a line").update(table)));
    }

    @Test
    void startDoesNothingInAPlainProgram() {
        assertEquals("", printed(Notebook::start));
    }

    @Test
    void aboutNamesEveryPart() {
        Table about = Notebook.about();
        assertEquals(
                List.of("CRU-Net for Java", "DJL", "PyTorch", "Java", "kernel", "system", "processors", "memory"),
                about.stringColumn("what").asList());
        assertEquals("0.36.0", about.stringColumn("version").get(1));
        assertEquals("none, a plain program", about.stringColumn("version").get(4));
    }

    static String printed(Runnable work) {
        PrintStream before = System.out;
        var bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            work.run();
        } finally {
            System.setOut(before);
        }
        return bytes.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
    }

    @Test
    void cellsRecordNoGradientsOnWhicheverThreadTheyRun() throws InterruptedException, ExecutionException {
        HastyKernel kernel = new HastyKernel();
        try (Network network = Networks.smallCru(16).build()) {
            Callable<?> cell = () -> network.weight("conv3.shared.core.weight").muli(0);
            Throwable before = assertThrows(ExecutionException.class, () -> kernel.run(cell));
            assertTrue(before.getMessage().contains("a leaf Variable that requires grad"), before.getMessage());
            new Kernel(kernel).beginThreads(Gradients::off);
            kernel.run(cell);
            assertNotEquals(kernel.run(Thread::currentThread), kernel.run(Thread::currentThread));
            new Kernel(kernel).beginThreads(() -> {
                throw new IllegalStateException("there is no engine");
            });
            assertEquals(1, kernel.run(() -> 1));
        }
    }

    /** With {@code java.util.concurrent}, which JJava imports and which has a class Flow. */
    @Test
    void namesInACellAreNotAmbiguous() throws IOException {
        try (JShell shell = JShell.builder().executionEngine("local").build()) {
            shell.addToClasspath(System.getProperty("java.class.path"));
            shell.eval("import java.util.concurrent.*;");
            Files.readAllLines(Path.of("kernel-config/start-up.jsh")).stream()
                    .filter(line -> line.startsWith("import"))
                    .forEach(shell::eval);
            for (String name : List.of("Flow<String>", "Block", "Shape", "Function<String, String>")) {
                assertEquals(VALID, shell.eval(name + " any;").get(0).status(), name);
            }
        }
    }
}
