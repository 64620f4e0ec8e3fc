package org.crunet.comparison;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.DoubleConsumer;
import org.crunet.base.Progress;
import org.crunet.data.Splits;
import org.crunet.network.Architecture;
import org.crunet.network.Cost;
import org.crunet.network.Network;
import org.crunet.training.Epoch;
import org.crunet.training.History;
import org.crunet.training.LossException;
import org.crunet.training.Recipe;
import org.crunet.training.Run;
import org.crunet.training.RunFolder;
import org.crunet.training.Step;
import org.crunet.training.Training;
import org.crunet.training.TrainingException;
import org.crunet.training.TrainingListener;

/** The trainings of a comparison as they are made, one after the other. */
final class Trainings {

    private static final History NONE = new History(List.of());

    private final Path folder;
    private final Splits data;
    private final Progress progress;
    private final List<Member> members = new ArrayList<>();
    private final Set<String> problems = new LinkedHashSet<>();
    private double done;
    private double worked;
    private Network newest;

    /** Kept in a folder each, within the given one. */
    Trainings(Path folder, Splits data, Progress progress) {
        this.folder = folder;
        this.data = data;
        this.progress = progress;
    }

    /** In the order they were made. */
    List<Member> members() {
        return members;
    }

    /** What was left out or passed over, each once. */
    List<String> problems() {
        return List.copyOf(problems);
    }

    /**
     * Makes one that is not there yet, or goes on with it; a step of it is so much work, in steps of an average one. False
     * when it was interrupted.
     */
    boolean add(Architecture network, Recipe recipe, double work, TrainingListener listener) {
        double before = done;
        Member member = train(network, recipe, new Counting(listener, work, before));
        if (member == null) {
            return false;
        }
        members.add(member);
        tell(before + work * steps(recipe, data));
        return true;
    }

    /** Hears how much is done of what others make from now on. */
    DoubleConsumer elsewhere() {
        double begun = done;
        long before = Math.round(done) - Math.round(worked);
        return work -> progress.done(Math.round(begun + work), before);
    }

    private void tell(double now) {
        done = now;
        progress.done(Math.round(done), Math.round(done) - Math.round(worked));
    }

    /** Tells the progress of all of each step, and another listener of everything. */
    private final class Counting implements TrainingListener {

        private final TrainingListener other;
        private final double work;
        private final double before;

        Counting(TrainingListener other, double work, double before) {
            this.other = other;
            this.work = work;
            this.before = before;
        }

        @Override
        public void started(String title, int epochs, History history) {
            other.started(title, epochs, history);
        }

        @Override
        public void step(Step step) {
            worked += work;
            tell(before + work * ((step.epoch() - 1.0) * step.steps() + step.step()));
            other.step(step);
        }

        @Override
        public void epoch(History history) {
            other.epoch(history);
        }

        @Override
        public void problem(String problem) {
            other.problem(problem);
        }

        @Override
        public void finished(History history, Run.Ending ending) {
            other.finished(history, ending);
        }
    }

    /** How many steps one training has. */
    static long steps(Recipe recipe, Splits data) {
        return (long) recipe.epochs() * (data.train().size() / recipe.batchSize());
    }

    /** One row, or null when it was interrupted. */
    private Member train(Architecture network, Recipe recipe, TrainingListener listener) {
        Path place = place(folder, network, recipe, data);
        Failure failed = new Failure(place);
        if (failed.isThere()) {
            return again(failed, network, recipe);
        }
        try {
            Run run = Training.in(place.toString()).keep(2).fit(network, data, recipe, listener);
            keep(run);
            return run.finished()
                    ? member(network, recipe, run.history(), run.ending().toString())
                    : null;
        } catch (LossException failure) {
            Run run = Training.last();
            keep(run);
            Member row = member(network, recipe, run.history(), failure.getMessage());
            failed.write(row);
            return row;
        } catch (TrainingException failure) {
            return member(network, recipe, NONE, failure.getMessage());
        }
    }

    private static Member again(Failure failed, Architecture network, Recipe recipe) {
        try {
            return failed.read(member(network, recipe, NONE, "failed"));
        } catch (IllegalStateException damaged) {
            return member(network, recipe, NONE, damaged.getMessage());
        }
    }

    /** Its problems, and its network until the next one is trained: Training.last() gives it away. */
    private void keep(Run run) {
        problems.addAll(run.problems());
        if (newest != null) {
            newest.close();
        }
        newest = run.network();
    }

    /** The folder of one. */
    static Path place(Path folder, Architecture network, Recipe recipe, Splits data) {
        return RunFolder.of(folder, network, data, recipe);
    }

    /** Whether it is there to its end, or failed and is not to be repeated. */
    boolean isOver(Architecture network, Recipe recipe) {
        Path place = place(folder, network, recipe, data);
        SortedMap<Integer, Path> ends = Training.in(place.toString()).epochEnds();
        return new Failure(place).isThere() || !ends.isEmpty() && ends.lastKey() >= recipe.epochs();
    }

    /** Takes one that was made elsewhere. */
    void add(Architecture network, Recipe recipe, double work, Assignment.Trained trained) {
        Assignment.write(trained.files(), place(folder, network, recipe, data));
        members.add(trained.member());
        problems.addAll(trained.problems());
        double steps = work * steps(recipe, data);
        worked += steps;
        tell(done + steps);
    }

    private static Member member(Architecture network, Recipe recipe, History history, String ending) {
        Cost cost = network.cost();
        boolean none = history.epochs().isEmpty();
        Epoch last = none ? null : history.last();
        return new Member(
                network.name(),
                cost.parameters(),
                cost.multiplyAdds(),
                recipe.seed(),
                history.epochs().size(),
                none ? Double.NaN : last.trainLoss(),
                none ? Double.NaN : last.validationLoss(),
                none ? Double.NaN : last.validationTop1(),
                none ? Double.NaN : last.validationTop5(),
                history.epochs().stream().mapToDouble(Epoch::seconds).sum(),
                ending);
    }
}
