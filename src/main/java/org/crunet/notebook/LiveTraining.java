package org.crunet.notebook;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.crunet.training.History;
import org.crunet.training.Run;
import org.crunet.training.Step;
import org.crunet.training.TrainingListener;

/** A training as it runs, in a notebook: one line of progress and one chart, both moving about once a second, and a list of problems. */
final class LiveTraining implements TrainingListener {
    private static final long PAUSE = 1_000_000_000L;

    private final LongSupplier clock;
    private final Curve curve = new Curve();
    private String title = "";
    private int epochs;
    private Step last;
    private History history = new History(List.of());
    private Notebook.Display line;
    private Notebook.Display chart;
    private Notebook.Display list;
    private final List<String> problems = new ArrayList<>();
    private boolean listed;
    private long begun;
    private long drawn;

    /** Reads the time, in nanoseconds, from a clock. */
    LiveTraining(LongSupplier clock) {
        this.clock = clock;
    }

    @Override
    public void started(String title, int epochs, History before) {
        this.title = title;
        this.epochs = epochs;
        history = before;
        begun = clock.getAsLong();
        drawn = begun;
        line = Notebook.display(progress(0, "starting"));
        chart = Notebook.display(panels().sketch());
    }

    @Override
    public void step(Step step) {
        last = step;
        curve.add(step);
        if (clock.getAsLong() - drawn >= PAUSE) {
            line.update(progress(step.done(), TrainingText.running(step)));
            chart.update(panels().sketch());
            listProblems();
            drawn = clock.getAsLong();
        }
    }

    @Override
    public void epoch(History history) {
        this.history = history;
    }

    @Override
    public void problem(String problem) {
        problems.add(problem);
        listed = list == null;
        if (list == null) {
            list = Notebook.display(Output.text(problem));
        }
    }

    /** In one output, which grows. */
    private void listProblems() {
        if (!listed && !problems.isEmpty()) {
            int more = problems.size() - PlainTraining.PROBLEMS;
            Stream<String> end = more > 0 ? Stream.of("and " + more + " more, see problems()") : Stream.empty();
            list.update(Output.text(Stream.concat(problems.stream().limit(PlainTraining.PROBLEMS), end)
                    .collect(Collectors.joining("\n"))));
            listed = true;
        }
    }

    @Override
    public void finished(History history, Run.Ending ending) {
        this.history = history;
        double seconds = (clock.getAsLong() - begun) / 1e9;
        double done = last == null ? (double) history.epochs().size() / epochs : last.done();
        String text = TrainingText.ended(ending, history, epochs, last, seconds);
        Kernel.running()
                .ifPresent(kernel -> kernel.whenListening(() -> {
                    line.update(progress(done, text));
                    chart.update(panels().chart());
                    listProblems();
                }));
    }

    /** A bar and a line of text. */
    static Output progress(double done, String text) {
        String bar = Numbers.format("<progress value=\"%.3f\" max=\"1\"></progress> ", done);
        String marks = "#".repeat((int) Math.round(20 * done));
        return Output.html("<div>" + bar + Html.escape(text) + "</div>", Numbers.format("[%-20s] %s", marks, text));
    }

    private Panels panels() {
        return Panels.of(title, epochs, curve, history);
    }

    /** Offers the notebook as the place to draw when there is one, and the terminal otherwise. */
    public static final class Provider implements TrainingListener.Provider {

        /** For the service loader. */
        public Provider() {}

        @Override
        public Optional<TrainingListener> listener() {
            boolean notebook = Kernel.running().isPresent();
            return Optional.of(notebook ? new LiveTraining(System::nanoTime) : new PlainTraining(System.out));
        }

        /** A notebook shows the progress of all. */
        @Override
        public Optional<TrainingListener> oneOfSeveral(String which) {
            return Optional.of(Kernel.running().isPresent() ? SILENT : new PlainTraining(System.out, which));
        }
    }
}
