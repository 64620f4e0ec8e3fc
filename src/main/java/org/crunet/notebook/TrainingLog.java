package org.crunet.notebook;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.crunet.training.Epoch;
import org.crunet.training.History;
import org.crunet.training.Run;
import org.crunet.training.Step;
import org.crunet.training.TrainingListener;

/** A training as it runs: how far it has come, and that in words. */
abstract class TrainingLog implements TrainingListener {
    /** How many problems are shown. */
    static final int PROBLEMS = 20;

    final List<String> problems = new ArrayList<>();
    String title = "";
    int epochs;
    Step last;
    History history = new History(List.of());
    private final LongSupplier clock;
    private long begun;

    /** Reads the time, in nanoseconds, from a clock. */
    TrainingLog(LongSupplier clock) {
        this.clock = clock;
    }

    @Override
    public void started(String title, int epochs, History before) {
        this.title = title;
        this.epochs = epochs;
        history = before;
        begun = clock.getAsLong();
    }

    @Override
    public void step(Step step) {
        last = step;
    }

    @Override
    public void epoch(History history) {
        this.history = history;
    }

    @Override
    public void problem(String problem) {
        problems.add(problem);
    }

    @Override
    public void finished(History history, Run.Ending ending) {
        this.history = history;
    }

    double seconds() {
        return (clock.getAsLong() - begun) / 1e9;
    }

    String running() {
        return Numbers.format("epoch %d of %d, %.0f %%, ", last.epoch(), last.epochs(), 100 * last.done())
                + Numbers.format("loss %.4f, top-1 %.3f, ", last.loss(), last.top1())
                + Numbers.duration(last.secondsLeft()) + " left";
    }

    /** The last epoch. */
    String epoch() {
        Epoch epoch = history.last();
        return Numbers.format("epoch %d of %d: ", epoch.epoch(), epochs)
                + Numbers.format("train loss %.4f, top-1 %.3f; ", epoch.trainLoss(), epoch.trainTop1())
                + validation() + "; " + Numbers.duration(epoch.seconds());
    }

    /** Why and where it ended. */
    String ended(Run.Ending ending) {
        int done = history.epochs().size();
        return ending.after(history) + ": " + where(done) + ", " + Numbers.duration(seconds())
                + (done == 0 ? "" : ", " + validation());
    }

    private String where(int done) {
        if (done == epochs) {
            return epochs + (epochs == 1 ? " epoch" : " epochs");
        }
        if (last != null) {
            return Numbers.format("last step %d of %d", last.step(), last.steps());
        }
        return done == 0 ? "no step done" : Numbers.format("after epoch %d of %d", done, epochs);
    }

    private String validation() {
        Epoch epoch = history.last();
        String metrics = epoch.metrics().entrySet().stream()
                .map(metric -> ", " + metric.getKey() + Numbers.format(" %.4g", metric.getValue()))
                .collect(Collectors.joining());
        return Numbers.format("validation loss %.4f, top-1 %.3f", epoch.validationLoss(), epoch.validationTop1())
                + metrics;
    }

    /** The first problems, and how many more there are. */
    String problems() {
        String first = problems.stream().limit(PROBLEMS).collect(Collectors.joining("\n"));
        return problems.size() > PROBLEMS ? first + "\n" + more() : first;
    }

    String more() {
        return "and " + (problems.size() - PROBLEMS) + " more, see problems()";
    }
}
