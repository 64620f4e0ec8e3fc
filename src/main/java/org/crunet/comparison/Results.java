package org.crunet.comparison;

import static org.crunet.base.Errors.require;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.crunet.base.Machine;
import org.crunet.base.Progress;
import org.crunet.base.Records;
import org.crunet.data.Splits;
import org.crunet.files.Csv;
import org.crunet.files.Folders;
import org.crunet.network.Network;
import org.crunet.training.Step;
import org.crunet.training.Training;
import org.crunet.training.TrainingListener;

/**
 * The rows of a study that are there, kept in a file of comma-separated values, and in a folder beside it which images each got
 * right. Rows of other networks or seeds stay in the file and are not shown; those that were made otherwise than the plan says are
 * refused.
 */
public final class Results {

    private static final String REMEDY = "; delete it, and training on makes it again where its training was kept";

    private final Study study;
    private final List<Planned> plan;
    private final Path file;
    private final PublishedWeights weights;
    private List<Row> all;

    /** A row, and its answers and its network unless it failed. */
    private record Made(Row row, List<Answers> answers, Optional<Network> network) {}

    Results(Study study, Path file) {
        this.study = study;
        plan = study.plan();
        this.file = file;
        weights = new PublishedWeights(study.card(), beside("weights"));
        all = read();
        plan.forEach(one -> find(one).ifPresent(row -> requireSame(one, row)));
    }

    /** Also what another process made meanwhile. */
    private List<Row> read() {
        return Files.exists(file) ? Csv.read(file, Row.class) : List.of();
    }

    private Optional<Row> find(Planned one) {
        return all.stream()
                .filter(row -> row.network().equals(one.network().name())
                        && row.seed() == one.recipe().seed())
                .findFirst();
    }

    private void requireSame(Planned one, Row row) {
        String what = row.network() + ", seed " + row.seed() + ", in " + file + " was made with ";
        String fix = " than the plan's: delete the row, or make the plan what it was";
        require(row.architecture().equals(one.network().key()), () -> what + "another network" + fix);
        require(row.recipe().equals(Records.key(one.recipe())), () -> what + "another recipe" + fix);
        require(row.data().equals(study.data()), () -> what + "other images" + fix);
    }

    /**
     * Returns the rows that belong to the plan.
     *
     * @return seed by seed, in the order of its networks
     */
    public List<Row> rows() {
        return plan.stream().map(this::find).flatMap(Optional::stream).toList();
    }

    /**
     * Counts the trainings that are still to be made.
     *
     * @return 0 when the study is complete
     */
    public int missing() {
        return left().size();
    }

    private List<Planned> left() {
        return plan.stream().filter(one -> find(one).isEmpty()).toList();
    }

    /**
     * Returns the rows as a comparison, which tables and charts show.
     *
     * @return network by network; what is missing in it is missing here
     */
    public Comparison comparison() {
        List<String> problems = new ArrayList<>();
        List<String> names =
                study.candidates().stream().map(one -> one.network().name()).toList();
        List<Row> rows = names.stream()
                .flatMap(name -> rows().stream().filter(row -> row.network().equals(name)))
                .toList();
        List<Answers> answers =
                rows.stream().flatMap(row -> answers(row, problems)).toList();
        return new Comparison(
                rows.stream().map(Row::member).toList(),
                answers,
                left().stream().map(one -> one.network().name()).toList(),
                problems,
                study.candidates().stream()
                        .filter(one -> !one.network().cost().exact())
                        .map(one -> one.network().name())
                        .collect(Collectors.toSet()));
    }

    /** Those that the row was made with, if they are there. */
    private Stream<Answers> answers(Row row, List<String> problems) {
        Path place = answersFile(row);
        Optional<Answers> found = Answers.find(place, row.member(), key(row), line -> problems.add(line + REMEDY));
        found.filter(kept -> !kept.key().equals(row.answers()))
                .ifPresent(other -> problems.add(
                        place.toAbsolutePath() + " is not used: its answers are not those of the row" + REMEDY));
        return found.filter(kept -> kept.key().equals(row.answers())).stream();
    }

    /**
     * Trains what is missing, and adds a row to the file after each training. It may be interrupted or killed at any time: the
     * same call goes on, bit for bit. Two processes with the same file and folder of trainings share the work: what one is at, the
     * other leaves to it.
     *
     * @param folder where the images are
     * @param runs a folder for the trainings while they last
     * @param commit what to call the code that makes the rows
     * @param minutes after which it ends, in the middle of a training; the same call goes on
     * @return these results, with more rows
     * @throws IllegalArgumentException if the images are not those of the plan
     */
    public Results train(String folder, String runs, String commit, double minutes) {
        double end = System.nanoTime() + 60e9 * minutes;
        Splits images = study.open(folder);
        TrainingListener clock = new TrainingListener() {
            @Override
            public void step(Step step) {
                if (System.nanoTime() > end) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        Trainings kept = new Trainings(Path.of(runs), images, Progress.SILENT);
        try {
            for (Planned one : plan) {
                if (!isWhole(one, kept) && System.nanoTime() <= end) {
                    make(one, images, runs, commit, clock).ifPresent(made -> keep(one, made, images));
                }
                all = read();
            }
        } catch (CancellationException interrupted) {
            return this; // the same call goes on
        }
        return this;
    }

    /** Whether nothing is to be made of it, or nothing can be any more, as its training is gone. */
    private boolean isWhole(Planned one, Trainings kept) {
        return find(one)
                .filter(row -> Files.exists(answersFile(row)) && !weights.lacks(one.network()) || !kept.isOver(one))
                .isPresent();
    }

    /** Also what an earlier version did not keep. */
    private void keep(Planned one, Made made, Splits images) {
        Path answers = answersFile(made.row);
        made.answers.forEach(found -> {
            Folders.requireWritable(answers.getParent(), "answers to images");
            found.write(answers, key(made.row));
        });
        all = read();
        if (find(one).isEmpty()) {
            all = new ArrayList<>(all);
            all.add(made.row);
            Csv.write(all, file);
        }
        Row kept = find(one).orElseThrow();
        made.network.ifPresent(network -> weights.add(network, one, kept, images.validation()));
    }

    private Path answersFile(Row row) {
        return beside("answers").resolve(key(row) + ".safetensors");
    }

    private Path beside(String what) {
        String name = file.getFileName().toString().replaceFirst("\\.csv$", "");
        return file.resolveSibling(name + "-" + what);
    }

    private static String key(Row row) {
        return Records.key(row.architecture(), row.recipe(), row.data());
    }

    /**
     * Trains a row again, from its seed.
     *
     * @param row one of these
     * @param folder where the images are
     * @return the row as it is made here and now, beside the one that was kept
     * @throws IllegalArgumentException if the row is not one of the plan, or the images are not
     * @throws java.util.concurrent.CancellationException if it is interrupted
     */
    public Reproduction reproduce(Row row, String folder) {
        Planned planned = plan.stream()
                .filter(one -> find(one).filter(row::equals).isPresent())
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "no row of this plan: " + row.network() + ", seed " + row.seed() + ": take one of rows()"));
        Splits images = study.open(folder);
        Row again = Folders.temporary(
                Path.of(System.getProperty("java.io.tmpdir")),
                place -> make(planned, images, place.toString(), "").orElseThrow().row);
        return new Reproduction(row, again);
    }

    /** Nothing if another process is making it. */
    private Optional<Made> make(Planned one, Splits images, String runs, String commit, TrainingListener... others) {
        Trainings trainings = new Trainings(Path.of(runs), images, Progress.SILENT);
        String which = one.network().name() + ", seed " + one.recipe().seed();
        Stream<TrainingListener> hearing =
                Stream.concat(Stream.of(TrainingListener.oneOfSeveral(which)), Stream.of(others));
        if (!trainings.add(one, hearing.toArray(TrainingListener[]::new))) {
            throw new CancellationException("interrupted while training " + which);
        }
        return trainings.members().isEmpty()
                ? Optional.empty()
                : Optional.of(made(one, trainings.members().get(0), trainings.answers(), commit));
    }

    private Made made(Planned one, Member member, List<Answers> answers, String commit) {
        Optional<Network> network =
                member.finished() ? Optional.of(Training.last().network()) : Optional.empty();
        return new Made(row(one, member, answers, network, commit), answers, network);
    }

    private Row row(Planned one, Member member, List<Answers> answers, Optional<Network> network, String commit) {
        return new Row(
                member.network(),
                member.parameters(),
                member.multiplyAdds(),
                member.seed(),
                member.epochs(),
                one.recipe().precision().name(),
                member.trainLoss(),
                member.validationLoss(),
                member.top1(),
                member.top5(),
                member.seconds(),
                member.ending(),
                Machine.here(),
                commit,
                one.network().key(),
                Records.key(one.recipe()),
                study.data(),
                network.map(Network::fingerprint).orElse(""),
                answers.stream().map(Answers::key).collect(Collectors.joining()));
    }

    /** The question, the rule, and how many trainings there are. */
    @Override
    public String toString() {
        int planned = plan.size();
        return study.question() + "\nDecided by " + study.rule() + ".\n" + (planned - missing()) + " of " + planned
                + " trainings are there" + (missing() == 0 ? "" : "; missing: " + missing());
    }
}
