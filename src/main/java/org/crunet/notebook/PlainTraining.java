package org.crunet.notebook;

import java.io.PrintStream;
import org.crunet.training.History;
import org.crunet.training.Step;
import org.crunet.training.TrainingListener;

/** A training as it runs, in a terminal: a line when it begins, one for each epoch, and one when it ends. */
final class PlainTraining implements TrainingListener {
    private final PrintStream out;
    private final long begun = System.nanoTime();
    private int epochs;
    private Step last;

    PlainTraining(PrintStream out) {
        this.out = out;
    }

    @Override
    public void started(String title, int epochs, History before) {
        this.epochs = epochs;
        int done = before.epochs().size();
        out.println("training " + title + (done == 0 ? "" : ", going on after epoch " + done + " of " + epochs));
    }

    @Override
    public void step(Step step) {
        last = step;
    }

    @Override
    public void epoch(History history) {
        out.println(TrainingText.epoch(history.last(), epochs));
    }

    @Override
    public void problem(String problem) {
        out.println(problem);
    }

    @Override
    public void finished(History history, String reason) {
        out.println(TrainingText.ended(reason, history, epochs, last, (System.nanoTime() - begun) / 1e9));
    }
}
