package org.crunet.notebook;

import java.io.PrintStream;
import org.crunet.training.History;
import org.crunet.training.Run;
import org.crunet.training.Step;
import org.crunet.training.TrainingListener;

/**
 * A training as it runs, in a terminal: a line when it begins, one for each epoch and each problem, and one when it ends. One
 * of several trainings has the first line and the last.
 */
final class PlainTraining implements TrainingListener {
    /** How many problems are shown. */
    static final int PROBLEMS = 20;

    private final PrintStream out;
    private final String which;
    private final long begun = System.nanoTime();
    private int epochs;
    private int problems;
    private Step last;

    PlainTraining(PrintStream out) {
        this(out, "");
    }

    /** One of several: which, such as {@code 3 of 12, seed 1}. */
    PlainTraining(PrintStream out, String which) {
        this.out = out;
        this.which = which;
    }

    @Override
    public void started(String title, int epochs, History before) {
        this.epochs = epochs;
        int done = before.epochs().size();
        String going = done == epochs ? ", trained before" : ", going on after epoch " + done + " of " + epochs;
        out.println("training " + which + (which.isEmpty() ? "" : ": ") + title + (done == 0 ? "" : going));
    }

    @Override
    public void step(Step step) {
        last = step;
    }

    @Override
    public void epoch(History history) {
        if (which.isEmpty()) {
            out.println(TrainingText.epoch(history.last(), epochs));
        }
    }

    @Override
    public void problem(String problem) {
        if (which.isEmpty() && problems++ < PROBLEMS) {
            out.println(problem);
        }
    }

    @Override
    public void finished(History history, Run.Ending ending) {
        if (problems > PROBLEMS) {
            out.println("and " + (problems - PROBLEMS) + " more, see problems()");
        }
        out.println(TrainingText.ended(ending, history, epochs, last, (System.nanoTime() - begun) / 1e9));
    }
}
