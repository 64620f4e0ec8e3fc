package org.crunet.training;

import static org.crunet.base.Errors.require;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.data.Batch;
import org.crunet.data.Batches;
import org.crunet.data.ImageSet;
import org.crunet.data.Loader;
import org.crunet.data.Splits;
import org.crunet.evaluation.Inference;
import org.crunet.network.Network;
import org.crunet.torch.Gradients;

/** The training loop: epochs of steps, each step one batch; stops within one batch of an interrupt. */
final class Loop implements AutoCloseable {

    private final Network network;
    private final Splits data;
    private final Recipe recipe;
    private final String title;
    private final List<TrainingListener> listeners;
    private final Updates updates;
    private final Objective objective;
    private final Optional<Average> average;
    private final Optional<CheckpointWriter> checkpoints;
    private final Diagnosis diagnosis;
    private final int steps;
    private final Set<String> problems = new LinkedHashSet<>();
    private TrainingState at = TrainingState.BEGINNING;
    private Best best;
    private long startedAt;
    private long startedStep;
    private Run.Ending ending = Run.Ending.FAILED;

    /** A loop that keeps its checkpoints in a folder and takes up what is there, or has none when that is null. */
    Loop(Network network, Splits data, Recipe asked, List<TrainingListener> listeners, RunFolder folder) {
        this.network = network;
        this.data = data;
        recipe = asked.here();
        String precision = asked.precision().said(recipe.precision());
        title = network.name() + " on " + data.name() + (precision.isEmpty() ? "" : ", " + precision);
        this.listeners = listeners;
        updates = new Updates(network.manager(), network.trainable(), recipe);
        objective = new Objective(recipe);
        average = recipe.average() == 0 ? Optional.empty() : Optional.of(new Average(network, recipe.average()));
        average.ifPresent(kept -> updates.state().putAll(kept.state()));
        diagnosis = new Diagnosis(network, data, recipe, folder != null);
        steps = recipe.steps(data.train().size());
        checkpoints =
                Optional.ofNullable(folder).map(kept -> new CheckpointWriter(kept, network, data, recipe, updates));
    }

    void resume() {
        checkpoints.filter(kept -> !kept.isEmpty()).ifPresent(kept -> {
            at = kept.resume(problems::add);
            if (!at.epochs().isEmpty()) {
                best = kept.best(problems::add).orElse(null);
            }
        });
    }

    void run() {
        startedAt = System.nanoTime();
        startedStep = doneSteps();
        tell(listener -> listener.started(title, recipe.epochs(), at.history()));
        problems.forEach(problem -> tell(listener -> listener.problem(problem)));
        try {
            ending = Gradients.off(this::averaged);
        } catch (RuntimeException | Error failure) {
            try {
                tellEnd();
            } catch (RuntimeException another) {
                failure.addSuppressed(another);
            }
            throw failure;
        }
        tellEnd();
    }

    private void tell(Consumer<TrainingListener> what) {
        listeners.forEach(what);
    }

    private void tellEnd() {
        tellProblems();
        tell(listener -> listener.finished(at.history(), ending));
    }

    /** Leaves the averages behind, if a step was made. */
    private Run.Ending averaged() {
        try {
            return epochs();
        } finally {
            average.filter(kept -> updates.steps() > 0).ifPresent(Average::swap);
        }
    }

    private Run.Ending epochs() {
        try {
            while (at.epoch() <= recipe.epochs()) {
                Epoch row = epoch();
                at = at.afterEpoch(row);
                evaluated(() -> keepBest(row));
                keep(true);
                tell(listener -> listener.epoch(at.history()));
                tellProblems();
            }
            return Run.Ending.FINISHED;
        } catch (CancellationException interrupted) {
            Thread.interrupted();
            keep(true);
            return Run.Ending.INTERRUPTED;
        }
    }

    private Best keepBest(Epoch row) {
        if (best == null || best.isBelow(row)) {
            best = Best.now(network, row);
            checkpoints.ifPresent(kept -> kept.keep(best, steps));
        }
        return best;
    }

    /** With the network as it is evaluated: with averages for weights if there are any. */
    private <T> T evaluated(Supplier<T> work) {
        return average.isPresent() ? average.get().in(work) : work.get();
    }

    private void keep(boolean ends) {
        checkpoints.filter(kept -> ends || kept.isDue()).ifPresent(kept -> kept.keep(at));
    }

    private void tellProblems() {
        Stream.of(data.train(), data.validation())
                .flatMap(images -> images.problems().stream())
                .filter(problems::add)
                .toList()
                .forEach(problem -> tell(listener -> listener.problem(problem)));
    }

    /** What there is so far, also after a failure. */
    Run result() {
        return new Run(network, at.history(), recipe, ending, best, List.copyOf(problems));
    }

    private Epoch epoch() {
        long started = System.nanoTime();
        double before = at.seconds();
        try (Loader loader = Loader.of(data.train(), recipe.augmentation(), recipe.seed(), at.epoch(), parts())) {
            while (at.step() < steps) {
                stopIfInterrupted();
                at = at.afterStep(step(loader), before + seconds(started));
                keep(false);
                tellStep(at.score());
            }
        }
        requireRead(at.score(), data.train(), "training");
        double imagesPerSecond = Math.min(data.train().size(), steps * recipe.batchSize()) / at.seconds();
        return evaluated(() -> {
            Score validation = validate();
            Map<String, Double> metrics = new LinkedHashMap<>();
            recipe.metrics()
                    .forEach(metric ->
                            metrics.put(metric.name(), metric.measure().of(network)));
            return row(at.score(), validation, imagesPerSecond, before + seconds(started), metrics);
        });
    }

    private void tellStep(Score score) {
        Step done = new Step(at.epoch(), recipe.epochs(), at.step(), steps, score.loss(), score.top1(), left());
        tell(listener -> listener.step(done));
    }

    private Epoch row(
            Score training, Score validation, double imagesPerSecond, double seconds, Map<String, Double> metrics) {
        return new Epoch(
                at.epoch(),
                training.loss(),
                training.top1(),
                validation.loss(),
                validation.top1(),
                validation.top5(),
                rate(steps),
                imagesPerSecond,
                seconds,
                Memory.residentMegabytes(),
                metrics);
    }

    /** The parts of all batches of this epoch that are still to come. */
    private List<int[]> parts() {
        int[] order = Batches.order(data.train().size(), recipe.seed(), at.epoch());
        int part = recipe.batchSize() / recipe.accumulationSteps();
        int images = Math.min(order.length, steps * recipe.batchSize());
        return IntStream.iterate(at.step() * recipe.batchSize(), from -> from < images, from -> from + part)
                .mapToObj(from -> Arrays.copyOfRange(order, from, Math.min(images, from + part)))
                .toList();
    }

    /** How many images the running step has. */
    private int images() {
        return Math.min(recipe.batchSize(), data.train().size() - at.step() * recipe.batchSize());
    }

    /** One batch, in as many parts as the recipe says, then one update. */
    private Score step(Loader loader) {
        double rate = rate(at.step() + 1);
        Score score;
        try (NDManager scope = network.manager().newSubManager()) {
            score = gradients(batches(loader, scope), rate);
        } catch (EngineException failure) {
            throw new Fitting(network, data.train(), recipe).advised(failure);
        }
        NotFinite.statistic(network).ifPresent(what -> {
            throw diagnosis.network("forward pass", what, at, rate);
        });
        Update update = new Update(network, score.loss(), updates);
        tell(listener -> listener.update(update));
        updates.step(rate).ifPresent(what -> {
            throw diagnosis.network("update", what, at, rate);
        });
        average.ifPresent(kept -> kept.add(updates.steps() == 1));
        return score;
    }

    /** All parts of a batch; an interrupt while they are waited for leaves the step undone. */
    private List<Batch> batches(Loader loader, NDManager scope) {
        int size = recipe.batchSize() / recipe.accumulationSteps();
        List<Batch> batches = new ArrayList<>();
        for (int part = 0; part * size < images(); part++) {
            batches.add(loader.next(scope));
        }
        return batches;
    }

    /** Where the optimizer wants them, most often once; the score is of the first place, that of the weights. */
    private Score gradients(List<Batch> batches, double rate) {
        Score[] first = new Score[1];
        recipe.optimizer().gradients(updates.weights(), () -> {
            if (first[0] != null) {
                updates.clear();
            }
            Score score = Score.NONE;
            for (int part = 0; part < batches.size(); part++) {
                if (batches.get(part).labels().length > alone()) {
                    score = score.plus(backward(batches.get(part), part, rate));
                }
            }
            first[0] = first[0] == null ? score : first[0];
        });
        require(
                first[0] != null,
                () -> "the optimizer " + recipe.optimizer() + " computed no gradients: compute.run()");
        return first[0];
    }

    /** How many images are left out: one that remains of several has no variance in a batch norm of 1 x 1 maps. */
    private int alone() {
        return recipe.batchSize() > recipe.accumulationSteps() ? 1 : 0;
    }

    /** Forward and backward; the loss must be a number. */
    private Score backward(Batch batch, int part, double rate) {
        int[] labels = batch.labels();
        Objective.Mix mix =
                objective.mix(at.epoch(), (long) at.step() * recipe.accumulationSteps() + part, labels.length);
        NDArray images = mix.images(batch.images());
        int seed = (int) (31 * (31 * recipe.seed() + doneSteps()) + part);
        Score score = backward(images, labels, mix, seed);
        if (!Double.isFinite(score.lossSum())) {
            throw diagnosis.loss(score.loss(), images, at, rate);
        }
        return score;
    }

    /** The collector ends here, because PyTorch changes weights in place only outside of it. */
    private Score backward(NDArray images, int[] labels, Objective.Mix mix, int seed) {
        try (var gradients = new Gradients.Recording()) {
            Pass pass;
            NDArray mean;
            // What a dropout draws depends on the place in the training alone, so that it goes on to the same bits:
            // there is one seed for trainings on all devices.
            synchronized (Loop.class) {
                Engine.getInstance().setRandomSeed(seed);
                pass = new Pass(objective, network, images, labels, mix);
                mean = objective.loss(pass);
            }
            boolean whole = labels.length == images();
            gradients.backward(whole ? mean : mean.mul((float) labels.length / images()));
            return new Score(mean.getFloat() * labels.length, Score.right(pass.logits(), labels), 0, labels.length);
        }
    }

    /** The rate of a step of the running epoch, from 1. */
    private double rate(int step) {
        return recipe.learningRateAt((at.epoch() - 1L) * steps + step - 1, (long) recipe.epochs() * steps);
    }

    private Score validate() {
        ImageSet images = data.validation();
        Score score = Score.NONE;
        float[][] probabilities = Inference.quietly(network, images, recipe.precision());
        for (int i = 0; i < images.size(); i++) {
            if (probabilities[i] != null) {
                // The last step may have made weights so large that layers overflow: no loss has seen them yet.
                if (Float.isNaN(probabilities[i][0])) {
                    throw diagnosis.validation(i, at, rate(steps));
                }
                score = score.plus(Score.of(probabilities[i], images.label(i)));
            }
        }
        requireRead(score, images, "validation");
        return score;
    }

    private void requireRead(Score score, ImageSet images, String what) {
        if (score.images() == 0) {
            String why = IntStream.range(0, images.size())
                    .mapToObj(images::problem)
                    .flatMap(Optional::stream)
                    .findFirst()
                    .orElse("");
            throw new TrainingException("in epoch " + at.epoch() + " none of the " + images.size() + " " + what
                    + " images of " + images.name() + " could be read, beginning with " + why);
        }
    }

    private long doneSteps() {
        return (at.epoch() - 1L) * steps + at.step();
    }

    private double left() {
        double done = doneSteps() - startedStep;
        return seconds(startedAt) * ((long) recipe.epochs() * steps - doneSteps()) / done;
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    private static void stopIfInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("Interrupted");
        }
    }

    @Override
    public void close() {
        checkpoints.ifPresent(CheckpointWriter::close);
        updates.close();
        average.ifPresent(Average::close);
    }
}
