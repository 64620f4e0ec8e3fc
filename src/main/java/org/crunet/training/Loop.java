package org.crunet.training;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
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
    private final TrainingListener listener;
    private final Updates updates;
    private final Replicas replicas;
    private final Objective objective;
    private final Keeper keeper;
    private final Diagnosis diagnosis;
    private final int steps;
    private final List<String> problems = new ArrayList<>();
    private Progression at = new Progression();
    private Best best;
    private long startedAt;
    private long startedStep;
    private String ending = "failed";

    /** A loop that keeps its checkpoints in a folder, or nowhere when that is null. */
    Loop(
            Network network,
            Splits data,
            Recipe recipe,
            TrainingListener listener,
            RunFolder folder,
            List<Device> devices) {
        this.network = network;
        this.data = data;
        this.recipe = recipe;
        this.listener = listener;
        updates = new Updates(network.manager(), network.trainable(), recipe);
        replicas = new Replicas(network, devices);
        objective = new Objective(recipe);
        diagnosis = new Diagnosis(network, data, recipe, folder != null);
        steps = data.train().size() / recipe.batchSize();
        keeper = folder == null ? null : new Keeper(folder, network, data, recipe, updates);
    }

    /** Takes up what the folder has; without it, the folder must be empty. */
    void resume(boolean wanted) {
        if (keeper == null || keeper.isEmpty()) {
            return;
        }
        if (!wanted) {
            throw new TrainingException(
                    keeper.folder() + " has a training already: resume(...) goes on with it; to begin anew,"
                            + " give another folder or delete its checkpoints");
        }
        at = keeper.resume(problems);
        if (!at.epochs.isEmpty()) {
            best = keeper.best(problems::add).orElse(null);
        }
    }

    void run() {
        startedAt = System.nanoTime();
        startedStep = doneSteps();
        listener.started(network.name() + " on " + data.name(), recipe.epochs(), new History(at.epochs));
        problems.forEach(listener::problem);
        try {
            ending = Gradients.off(this::epochs);
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

    private void tellEnd() {
        tellProblems();
        listener.finished(new History(at.epochs), ending);
    }

    private String epochs() {
        try {
            while (at.epoch <= recipe.epochs()) {
                Epoch row = epoch();
                at.epochs.add(row);
                at.nextEpoch();
                keepBest(row);
                keep(true);
                listener.epoch(new History(at.epochs));
                tellProblems();
            }
            return Run.FINISHED;
        } catch (CancellationException interrupted) {
            Thread.interrupted();
            keep(true);
            return "interrupted in epoch " + at.epoch;
        }
    }

    private void keepBest(Epoch row) {
        if (best == null || best.isBelow(row)) {
            best = Best.now(network, row);
            if (keeper != null) {
                keeper.keep(best, steps);
            }
        }
    }

    private void keep(boolean ends) {
        if (keeper != null && (ends || keeper.isDue())) {
            keeper.keep(at);
        }
    }

    private void tellProblems() {
        Set<String> told = new HashSet<>(problems);
        Stream.of(data.train(), data.validation())
                .flatMap(images -> images.problems().stream())
                .filter(told::add)
                .forEach(problem -> {
                    problems.add(problem);
                    listener.problem(problem);
                });
    }

    /** What there is so far, also after a failure. */
    Run result() {
        return new Run(network, new History(at.epochs), recipe, ending, best, problems);
    }

    private Epoch epoch() {
        long started = System.nanoTime();
        double before = at.seconds;
        try (Loader loader = Loader.of(data.train(), recipe.augmentation(), recipe.seed(), at.epoch, parts())) {
            while (at.step < steps) {
                stopIfInterrupted();
                at.score.add(step(loader));
                at.step++;
                at.seconds = before + seconds(started);
                keep(false);
                listener.step(
                        new Step(at.epoch, recipe.epochs(), at.step, steps, at.score.loss(), at.score.top1(), left()));
            }
        }
        double trained = at.seconds;
        if (at.score.isEmpty()) {
            throw diagnosis.unread(data.train(), "training", at);
        }
        Score validation = validate();
        return new Epoch(
                at.epoch,
                at.score.loss(),
                at.score.top1(),
                validation.loss(),
                validation.top1(),
                validation.top5(),
                rate(steps),
                steps * recipe.batchSize() / trained,
                before + seconds(started),
                Memory.residentMegabytes());
    }

    /** The parts of all batches of this epoch that are still to come. */
    private List<int[]> parts() {
        int[] order = Batches.order(data.train().size(), recipe.seed(), at.epoch);
        int part = recipe.batchSize() / recipe.accumulation();
        return IntStream.range(at.step * recipe.accumulation(), steps * recipe.accumulation())
                .mapToObj(i -> Arrays.copyOfRange(order, i * part, (i + 1) * part))
                .toList();
    }

    /** One batch, in as many parts as the recipe says, then one update. */
    private Score step(Loader loader) {
        replicas.refresh();
        Score score = new Score();
        for (int part = 0; part < recipe.accumulation(); part++) {
            try (NDManager scope = network.manager().newSubManager()) {
                Batch batch = part == 0 ? loader.next(scope) : later(loader, scope);
                if (batch.labels().length > alone()) {
                    Score added = backward(batch, part);
                    mustBeANumber(added, batch, part);
                    score.add(added);
                }
            }
        }
        double rate = rate(at.step + 1);
        NotFinite.statistic(network).ifPresent(what -> {
            throw diagnosis.statistic(what, at, rate);
        });
        replicas.gather();
        updates.step(rate).ifPresent(what -> {
            throw diagnosis.update(what, at, rate);
        });
        return score;
    }

    /** How many images are left out: one that remains of several has no variance in a batch norm of 1 x 1 maps. */
    private int alone() {
        return recipe.batchSize() > recipe.accumulation() ? 1 : 0;
    }

    /** A part after the first, which has moved running statistics: an interrupt has to wait until the step is done. */
    private static Batch later(Loader loader, NDManager scope) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return loader.next(scope);
                } catch (CancellationException e) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Forward and backward; the collector ends here, because PyTorch changes weights in place only outside of it. */
    private Score backward(Batch batch, int part) {
        int images = batch.labels().length;
        List<Replicas.Replica> all = replicas.all();
        Score score = new Score();
        try (GradientCollector gradients = Engine.getInstance().newGradientCollector()) {
            List<Sum> sums = new ArrayList<>();
            for (int i = 0; i < all.size(); i++) {
                int from = share(images, i, all.size());
                int to = share(images, i + 1, all.size());
                if (from < to) {
                    sums.add(forward(all.get(i), batch, from, to, mix(part, to - from)));
                }
            }
            sums.forEach(sum -> gradients.backward(sum.share(recipe.batchSize())));
            sums.forEach(sum -> sum.addTo(score));
        }
        return score;
    }

    /** Where a device's images begin: the first one always gets some, since the gradients of all are added to its own. */
    private static int share(int images, int device, int devices) {
        return (images * device + devices - 1) / devices;
    }

    /** The mean loss of some images, which a backward pass can start from. */
    private record Sum(NDArray mean, NDArray logits, int[] labels) {

        /** Its share of the mean over the whole batch. */
        NDArray share(int batchSize) {
            return labels.length == batchSize ? mean : Objective.times(mean, (double) labels.length / batchSize);
        }

        void addTo(Score score) {
            score.add(mean.getFloat() * labels.length, Score.right(logits, labels), labels.length);
        }
    }

    private Sum forward(Replicas.Replica replica, Batch batch, int from, int to, Objective.Mix mix) {
        NDArray all = batch.images();
        NDArray x = replica.here(to - from == batch.labels().length ? all : all.get(new NDIndex(from + ":" + to)));
        int[] labels = Arrays.copyOfRange(batch.labels(), from, to);
        NDArray logits = network.forward(replica.weights(), mix.images(x), true);
        return new Sum(objective.loss(logits, labels, mix), logits, labels);
    }

    private Objective.Mix mix(int part, int images) {
        return objective.mix(at.epoch, (long) at.step * recipe.accumulation() + part, images);
    }

    private void mustBeANumber(Score score, Batch batch, int part) {
        if (!score.isFinite()) {
            NDArray images = mix(part, batch.labels().length).images(batch.images());
            throw diagnosis.loss(score.loss(), images, batch.indices(), at, rate(at.step + 1));
        }
    }

    /** The rate of a step of the running epoch, from 1. */
    private double rate(int step) {
        return recipe.learningRateAt((at.epoch - 1L) * steps + step - 1, (long) recipe.epochs() * steps);
    }

    private Score validate() {
        ImageSet images = data.validation();
        Score score = new Score();
        float[][] probabilities = Inference.quietly(network, images);
        for (int i = 0; i < images.size(); i++) {
            if (probabilities[i] != null) {
                // The last step may have made weights so large that layers overflow: no loss has seen them yet.
                if (Float.isNaN(probabilities[i][0])) {
                    throw diagnosis.validation(i, at, rate(steps));
                }
                score.add(probabilities[i], images.label(i));
            }
        }
        if (score.isEmpty()) {
            throw diagnosis.unread(images, "validation", at);
        }
        return score;
    }

    private long doneSteps() {
        return (at.epoch - 1L) * steps + at.step;
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
        if (keeper != null) {
            keeper.close();
        }
        replicas.close();
        updates.close();
    }
}
