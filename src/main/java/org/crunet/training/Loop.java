package org.crunet.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.crunet.data.Batches;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.network.Network;
import org.crunet.tensor.Gradients;
import org.crunet.tensor.Progress;

/** The training loop: epochs of steps, each step one batch; stops within one batch of an interrupt. */
final class Loop implements AutoCloseable {

    private final Network network;
    private final Splits data;
    private final Recipe recipe;
    private final TrainingListener listener;
    private final Sgd optimizer;
    private final Loss loss = Loss.softmaxCrossEntropyLoss();
    private final List<Epoch> epochs = new ArrayList<>();
    private final int steps;
    private long startedAt;
    private String ending = "failed";

    Loop(Network network, Splits data, Recipe recipe, TrainingListener listener) {
        this.network = network;
        this.data = data;
        this.recipe = recipe;
        this.listener = listener;
        optimizer = new Sgd(network.manager(), network.trainable(), recipe);
        steps = data.train().size() / recipe.batchSize();
    }

    void run() {
        startedAt = System.nanoTime();
        listener.started(network.name() + " on " + data.name(), recipe.epochs());
        try {
            ending = Gradients.off(this::epochs);
        } finally {
            listener.finished(new History(epochs), ending);
        }
    }

    private String epochs() {
        try {
            for (int epoch = 1; epoch <= recipe.epochs(); epoch++) {
                epochs.add(epoch(epoch));
                listener.epoch(new History(epochs));
            }
            return "finished";
        } catch (CancellationException interrupted) {
            Thread.interrupted();
            return "interrupted in epoch " + (epochs.size() + 1);
        }
    }

    /** What there is so far, also after a failure. */
    Run result() {
        return new Run(network, new History(epochs), recipe, ending);
    }

    private Epoch epoch(int epoch) {
        long started = System.nanoTime();
        int[] order = Batches.order(data.train().size(), recipe.seed(), epoch);
        Score score = new Score();
        for (int step = 1; step <= steps; step++) {
            stopIfInterrupted();
            int from = (step - 1) * recipe.batchSize();
            score.add(step(epoch, step, Arrays.copyOfRange(order, from, from + recipe.batchSize())));
            listener.step(new Step(epoch, recipe.epochs(), step, steps, score.loss(), score.top1(), left(epoch, step)));
        }
        double trained = seconds(started);
        Score validation = validate();
        return new Epoch(
                epoch,
                score.loss(),
                score.top1(),
                validation.loss(),
                validation.top1(),
                rate(epoch, steps),
                steps * recipe.batchSize() / trained,
                seconds(started));
    }

    private Score step(int epoch, int step, int[] batch) {
        try (NDManager scope = network.manager().newSubManager()) {
            Score score = backward(scope, epoch, batch);
            score.mustBeANumber(epoch, step, rate(epoch, step));
            optimizer.step(rate(epoch, step));
            return score;
        }
    }

    /** Forward and backward; the collector ends here, because PyTorch changes weights in place only outside of it. */
    private Score backward(NDManager scope, int epoch, int[] batch) {
        ImageSet images = data.train();
        NDArray x = recipe.augment()
                ? Batches.augmented(scope, images, recipe.seed(), epoch, batch)
                : Batches.plain(scope, images, batch);
        NDArray labels = Batches.labels(scope, images, batch);
        try (GradientCollector gradients = Engine.getInstance().newGradientCollector()) {
            NDArray logits = network.forward(x, true);
            NDArray mean = loss.evaluate(new NDList(labels), new NDList(logits));
            gradients.backward(mean);
            Score score = new Score();
            score.add(mean.getFloat() * batch.length, Score.right(logits, labels), batch.length);
            return score;
        }
    }

    private double rate(int epoch, int step) {
        return recipe.learningRateAt((epoch - 1) * steps + step - 1, recipe.epochs() * steps);
    }

    private Score validate() {
        ImageSet images = data.validation();
        Score score = new Score();
        float[][] probabilities = Inference.probabilities(network, images, Progress.SILENT);
        for (int i = 0; i < images.size(); i++) {
            score.add(probabilities[i], images.label(i));
        }
        return score;
    }

    private double left(int epoch, int step) {
        double done = ((epoch - 1) * steps + step) / (double) (recipe.epochs() * steps);
        return seconds(startedAt) * (1 - done) / done;
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
        optimizer.close();
    }
}
