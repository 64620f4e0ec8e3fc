package org.crunet.notebook;

import java.io.PrintStream;
import org.crunet.training.History;
import org.crunet.training.Run;

/**
 * A training as it runs, in a terminal: a line when it begins, one for each epoch and each problem, and one when it ends. One
 * of several trainings has the first line and the last.
 */
final class PlainTraining extends TrainingLog {
    private final PrintStream out;
    private final String which;

    /** Tells of one training, or of one of several: which, such as {@code 3 of 12, seed 1}. */
    PlainTraining(PrintStream out, String which) {
        super(System::nanoTime);
        this.out = out;
        this.which = which;
    }

    @Override
    public void started(String title, int epochs, History before) {
        super.started(title, epochs, before);
        int done = before.epochs().size();
        String going = done == epochs ? ", trained before" : ", going on after epoch " + done + " of " + epochs;
        out.println("training " + which + (which.isEmpty() ? "" : ": ") + title + (done == 0 ? "" : going));
    }

    @Override
    public void epoch(History history) {
        super.epoch(history);
        if (which.isEmpty()) {
            out.println(epoch());
        }
    }

    @Override
    public void problem(String problem) {
        super.problem(problem);
        if (which.isEmpty() && problems.size() <= PROBLEMS) {
            out.println(problem);
        }
    }

    @Override
    public void finished(History history, Run.Ending ending) {
        super.finished(history, ending);
        if (which.isEmpty() && problems.size() > PROBLEMS) {
            out.println(more());
        }
        out.println(ended(ending));
    }
}
