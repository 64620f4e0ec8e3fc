package org.crunet.notebook;

import org.crunet.training.Epoch;
import org.crunet.training.History;
import org.crunet.training.Run;
import org.crunet.training.Step;

/** A training in words. */
final class TrainingText {
    private TrainingText() {}

    static String running(Step step) {
        return Numbers.format(
                "epoch %d of %d, %.0f %%, loss %.4f, top-1 %.3f, %s left",
                step.epoch(),
                step.epochs(),
                100 * step.done(),
                step.loss(),
                step.top1(),
                Durations.text(step.secondsLeft()));
    }

    static String epoch(Epoch epoch, int epochs) {
        return Numbers.format(
                "epoch %d of %d: train loss %.4f, top-1 %.3f; %s; %s",
                epoch.epoch(),
                epochs,
                epoch.trainLoss(),
                epoch.trainTop1(),
                validation(epoch),
                Durations.text(epoch.seconds()));
    }

    /** Why and where a training ended; the last step is null when there was none since it was begun or resumed. */
    static String ended(Run.Ending ending, History history, int epochs, Step last, double seconds) {
        boolean whole = history.epochs().size() == epochs;
        String where = whole ? epochs + (epochs == 1 ? " epoch" : " epochs") : place(history, epochs, last);
        String result = history.epochs().isEmpty() ? "" : ", " + validation(history.last());
        return ending.after(history) + ": " + where + ", " + Durations.text(seconds) + result;
    }

    private static String place(History history, int epochs, Step last) {
        if (last != null) {
            return Numbers.format("last step %d of %d", last.step(), last.steps());
        }
        int done = history.epochs().size();
        return done == 0 ? "no step done" : Numbers.format("after epoch %d of %d", done, epochs);
    }

    private static String validation(Epoch epoch) {
        return Numbers.format("validation loss %.4f, top-1 %.3f", epoch.validationLoss(), epoch.validationTop1());
    }
}
