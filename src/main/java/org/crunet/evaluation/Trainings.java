package org.crunet.evaluation;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.crunet.data.Splits;
import org.crunet.network.Architecture;
import org.crunet.network.Cost;
import org.crunet.network.Network;
import org.crunet.tensor.Progress;
import org.crunet.training.Epoch;
import org.crunet.training.History;
import org.crunet.training.LossException;
import org.crunet.training.Recipe;
import org.crunet.training.Run;
import org.crunet.training.Step;
import org.crunet.training.Training;
import org.crunet.training.TrainingListener;

/** The trainings of a comparison as they are made, one after the other. */
final class Trainings {

    private static final History NONE = new History(List.of());

    private final Path folder;
    private final Splits data;
    private final Progress progress;
    private final List<Member> members = new ArrayList<>();
    private final Set<String> problems = new LinkedHashSet<>();
    private long worked;
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

    /** Makes one that is not there yet, or goes on with it; false when it was interrupted. */
    boolean add(Architecture network, Recipe recipe) {
        long steps = steps(recipe, data);
        long before = members.size() * steps;
        Member member = train(network, recipe, new TrainingListener() {
            @Override
            public void step(Step step) {
                worked++;
                tell(before + (step.epoch() - 1L) * step.steps() + step.step());
            }
        });
        if (member == null) {
            return false;
        }
        members.add(member);
        tell(before + steps);
        return true;
    }

    private void tell(long done) {
        progress.done(done, done - worked);
    }

    /** How many steps one training has. */
    static long steps(Recipe recipe, Splits data) {
        return (long) recipe.epochs() * (data.train().size() / recipe.batchSize());
    }

    /** One row, or null when it was interrupted. */
    private Member train(Architecture network, Recipe recipe, TrainingListener listener) {
        Path place = folder.resolve(name(network, recipe, data));
        Failure failed = new Failure(place);
        try {
            if (failed.isThere()) {
                return failed.read(member(network, recipe, NONE, "failed"));
            }
            Run run = Training.in(place.toString()).keep(2).resume(network, data, recipe, listener);
            keep(run);
            return run.finished() ? member(network, recipe, run.history(), run.ending()) : null;
        } catch (LossException failure) {
            Run run = Training.last();
            keep(run);
            Member row = member(network, recipe, run.history(), failure.getMessage());
            failed.write(row);
            return row;
        } catch (IllegalStateException failure) {
            return member(network, recipe, NONE, failure.getMessage());
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

    /** What the result depends on, short enough for a folder. */
    private static String name(Architecture network, Recipe recipe, Splits data) {
        String all = String.join(
                "\n",
                network.toString(),
                network.stem().toString(),
                network.normalisation().toString(),
                recipe.toString(),
                data.train().fingerprint(),
                data.validation().fingerprint());
        String words = network.name().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        return String.format(Locale.ROOT, "%s-%08x-seed-%d", words, all.hashCode(), recipe.seed());
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
