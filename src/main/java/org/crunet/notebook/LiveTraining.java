package org.crunet.notebook;

import java.util.Optional;
import java.util.function.LongSupplier;
import org.crunet.training.History;
import org.crunet.training.Run;
import org.crunet.training.Step;
import org.crunet.training.TrainingListener;

/** A training as it runs, in a notebook: one line of progress and one chart, both moving about once a second, and a list of problems. */
final class LiveTraining extends TrainingLog {
    private static final double PAUSE = 1;

    private final Curve curve = new Curve();
    private Notebook.Display line;
    private Notebook.Display chart;
    private Notebook.Display list;
    private int listed;
    private double drawn;

    /** Reads the time, in nanoseconds, from a clock. */
    LiveTraining(LongSupplier clock) {
        super(clock);
    }

    @Override
    public void started(String title, int epochs, History before) {
        super.started(title, epochs, before);
        line = Notebook.display(progress(0, "starting"));
        chart = Notebook.display(Sketch.of(chart()));
    }

    @Override
    public void step(Step step) {
        super.step(step);
        curve.add(step);
        if (seconds() - drawn >= PAUSE) {
            line.update(progress(step.done(), running()));
            chart.update(Sketch.of(chart()));
            listProblems();
            drawn = seconds();
        }
    }

    @Override
    public void problem(String problem) {
        super.problem(problem);
        if (list == null) {
            list = Notebook.display(Output.text(problem));
            listed = 1;
        }
    }

    /** In one output, which grows. */
    private void listProblems() {
        if (listed < problems.size()) {
            list.update(Output.text(problems()));
            listed = problems.size();
        }
    }

    @Override
    public void finished(History history, Run.Ending ending) {
        super.finished(history, ending);
        double done = last == null ? (double) history.epochs().size() / epochs : last.done();
        String text = ended(ending);
        Runnable end = () -> {
            line.update(progress(done, text));
            chart.update(chart());
            listProblems();
        };
        Kernel.running().ifPresent(kernel -> kernel.whenListening(end));
    }

    private Plot chart() {
        return Panels.of(title, epochs, curve, history);
    }

    /** A bar and a line of text. */
    static Output progress(double done, String text) {
        String bar = Numbers.format("<progress value=\"%.3f\" max=\"1\"></progress> ", done);
        String marks = "#".repeat((int) Math.round(20 * done));
        return Output.html("<div>" + bar + Html.escape(text) + "</div>", Numbers.format("[%-20s] %s", marks, text));
    }

    /** Offers the notebook as the place to draw when there is one, and the terminal otherwise. */
    public static final class Provider implements TrainingListener.Provider {

        /** Makes one for the service loader. */
        public Provider() {}

        @Override
        public Optional<TrainingListener> listener() {
            boolean notebook = Kernel.running().isPresent();
            return Optional.of(notebook ? new LiveTraining(System::nanoTime) : new PlainTraining(System.out, ""));
        }

        /** A notebook shows the progress of all. */
        @Override
        public Optional<TrainingListener> oneOfSeveral(String which) {
            return Optional.of(Kernel.running().isPresent() ? SILENT : new PlainTraining(System.out, which));
        }
    }
}
