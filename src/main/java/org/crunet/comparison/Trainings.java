package org.crunet.comparison;

import static org.crunet.base.Errors.check;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CancellationException;
import java.util.function.DoubleConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.crunet.base.Progress;
import org.crunet.base.Records;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.evaluation.Inference;
import org.crunet.files.WholeFile;
import org.crunet.network.Cost;
import org.crunet.network.Network;
import org.crunet.training.Epoch;
import org.crunet.training.FolderInUseException;
import org.crunet.training.History;
import org.crunet.training.LossException;
import org.crunet.training.Recipe;
import org.crunet.training.Run;
import org.crunet.training.RunFolder;
import org.crunet.training.Step;
import org.crunet.training.Training;
import org.crunet.training.TrainingException;
import org.crunet.training.TrainingListener;

/** The trainings of a comparison as they are made, on one thread a device, each kept in a folder of its own. */
final class Trainings {

    private static final History NONE = new History(List.of());

    private final Path folder;
    private final Splits data;
    private final Progress progress;
    private final List<Member> members = new ArrayList<>();
    private final List<Answers> answers = new ArrayList<>();
    private final Set<String> problems = new LinkedHashSet<>();
    /** Steps of an average network, by the number of the training. */
    private final Map<Integer, Double> done = new HashMap<>();

    private double worked;
    private Network newest;

    /** What is kept of a training that would fail again: its row, and the key of that, by which damage is found. */
    private record Failure(Member row, String key) {}

    /** Within a folder; progress is told in steps of an average network. */
    Trainings(Path folder, Splits data, Progress progress) {
        this.folder = folder;
        this.data = data;
        this.progress = progress;
    }

    /** In the order they were made. */
    List<Member> members() {
        return members;
    }

    /** Of those that finished. */
    List<Answers> answers() {
        return answers;
    }

    /** What was left out or passed over, each once. */
    List<String> problems() {
        return List.copyOf(problems);
    }

    /** The folder of one. */
    Path place(Planned one) {
        return RunFolder.of(folder, one.network(), data, one.recipe());
    }

    /** Its row, if it failed and would fail again. */
    private Path failure(Planned one) {
        return place(one).resolve("failure.json");
    }

    /** Whether it is there to its end, or failed and is not to be repeated. */
    boolean isOver(Planned one) {
        SortedMap<Integer, Path> ends = Training.in(place(one).toString()).epochEnds();
        return Files.exists(failure(one))
                || !ends.isEmpty() && ends.lastKey() >= one.recipe().epochs();
    }

    /** Makes one that is not there yet, or goes on with it, unless another process does; false when it was interrupted. */
    boolean add(Planned one, TrainingListener... listeners) {
        TrainingListener counting = new TrainingListener() {
            @Override
            public void step(Step step) {
                tell(one, (step.epoch() - 1.0) * step.steps() + step.step(), 1);
            }
        };
        try {
            Member member = train(one, counting, listeners);
            if (member == null) {
                return false;
            }
            synchronized (this) {
                members.add(member);
            }
        } catch (FolderInUseException elsewhere) { // whose row it is; the same call finds it when it has ended
            told(elsewhere.getMessage());
            return true;
        } catch (CancellationException waiting) {
            Thread.interrupted(); // as a training that is interrupted
            return false;
        }
        tell(one, steps(one.recipe(), data), 0);
        return true;
    }

    /** Takes one that was made elsewhere. */
    void add(Assignment.Trained trained) {
        Planned one = trained.training();
        Assignment.write(trained.files(), place(one));
        members.add(trained.member());
        if (trained.member().finished()) {
            answers(one, trained.member()).ifPresent(answers::add);
        }
        problems.addAll(trained.problems());
        long steps = steps(one.recipe(), data);
        tell(one, steps, steps);
    }

    /** Hears how much is done of what others make from now on. */
    DoubleConsumer elsewhere() {
        double begun = sum();
        long before = Math.round(begun) - Math.round(worked);
        return work -> progress.done(Math.round(begun + work), before);
    }

    private double sum() {
        return done.values().stream().reduce(0., Double::sum);
    }

    /** How many steps of one are there, and how many of them are new. */
    private synchronized void tell(Planned one, double steps, double here) {
        done.put(one.number(), one.work() * steps);
        worked += one.work() * here;
        progress.done(Math.round(sum()), Math.round(sum()) - Math.round(worked));
    }

    private synchronized void told(String problem) {
        problems.add(problem);
    }

    /** How many steps one training has. */
    static long steps(Recipe recipe, Splits data) {
        return (long) recipe.epochs() * recipe.steps(data.train().size());
    }

    /** One row, or null when it was interrupted. */
    private Member train(Planned one, TrainingListener counting, TrainingListener... listeners) {
        if (Files.exists(failure(one))) {
            return failed(one);
        }
        Stream<TrainingListener> hearing = Stream.of(Stream.of(counting, TrainingListener.SILENT), Stream.of(listeners))
                .flatMap(Function.identity());
        try {
            Run run = Training.in(place(one).toString())
                    .keep(2)
                    .fit(one.network(), data, one.recipe(), hearing.toArray(TrainingListener[]::new));
            if (!run.finished()) {
                keep(run, Optional.empty());
                return null;
            }
            Member row = member(one, run.history(), run.ending().toString());
            keep(run, Optional.of(answers(one, row).orElseGet(() -> answer(one, row, run.network()))));
            return row;
        } catch (LossException loss) {
            keep(loss.run(), Optional.empty());
            Member row = member(one, loss.run().history(), loss.getMessage());
            byte[] text = Records.toJson(new Failure(row, Records.key(row))).getBytes(StandardCharsets.UTF_8);
            WholeFile.write(failure(one), out -> out.write(text));
            return row;
        } catch (FolderInUseException elsewhere) {
            throw elsewhere;
        } catch (TrainingException failure) {
            return member(one, NONE, failure.getMessage());
        }
    }

    private Path answersFile(Planned one) {
        return place(one).resolve("answers.safetensors");
    }

    /** What its folder is found by. */
    private String key(Planned one) {
        return place(one).getFileName().toString().replaceAll(".*-", "");
    }

    private Optional<Answers> answers(Planned one, Member row) {
        return Answers.find(answersFile(one), row, key(one), this::told);
    }

    /** Evaluates the network of the last step, and keeps what it says where something can be written. */
    private Answers answer(Planned one, Member row, Network network) {
        ImageSet images = data.validation();
        Answers found = Answers.of(
                row.network(),
                row.seed(),
                images,
                Inference.quietly(network, images, one.recipe().here().precision()));
        if (found.top1() != row.top1()) {
            told(found.name() + " had a top-1 of " + row.top1() + " when it was trained, and now has " + found.top1()
                    + ": the images or the machine are others");
        }
        try {
            found.write(answersFile(one), key(one));
        } catch (UncheckedIOException readOnly) {
            told(readOnly.getMessage());
        }
        return found;
    }

    private Member failed(Planned one) {
        Path file = failure(one).toAbsolutePath();
        try {
            check(Files.isRegularFile(file), "it is not a file");
            Failure kept = Records.fromJson(Files.readString(file), Failure.class);
            check(Records.key(kept.row).equals(kept.key), "its checksum is wrong");
            return Records.with(kept.row, "network", one.network().name());
        } catch (IOException | IllegalArgumentException damaged) {
            return member(one, NONE, "cannot read " + file + ": delete it to train again; " + damaged.getMessage());
        }
    }

    /** Its problems, and its network until the next one is trained: Training.last() gives it away. */
    private synchronized void keep(Run run, Optional<Answers> answer) {
        problems.addAll(run.problems());
        answer.ifPresent(answers::add);
        if (newest != null) {
            newest.close();
        }
        newest = run.network();
    }

    private static Member member(Planned one, History history, String ending) {
        Cost cost = one.network().cost();
        boolean none = history.epochs().isEmpty();
        Epoch last = none ? null : history.last();
        return new Member(
                one.network().name(),
                cost.parameters(),
                cost.multiplyAdds(),
                one.recipe().seed(),
                history.epochs().size(),
                none ? Double.NaN : last.trainLoss(),
                none ? Double.NaN : last.validationLoss(),
                none ? Double.NaN : last.validationTop1(),
                none ? Double.NaN : last.validationTop5(),
                history.epochs().stream().mapToDouble(Epoch::seconds).sum(),
                ending,
                none ? Map.of() : last.metrics());
    }
}
