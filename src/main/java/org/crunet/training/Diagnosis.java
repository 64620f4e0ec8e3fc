package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.crunet.data.Batches;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.network.Network;

/** What stops a training, in words: where, with what images, since which layer, and what to do. */
final class Diagnosis {

    /** How many images of a batch an error names. */
    private static final int NAMED = 4;

    private final Network network;
    private final Splits data;
    private final Recipe recipe;
    private final boolean kept;

    /** Of a training that is kept in a folder or is not. */
    Diagnosis(Network network, Splits data, Recipe recipe, boolean kept) {
        this.network = network;
        this.data = data;
        this.recipe = recipe;
        this.kept = kept;
    }

    /** The loss of a batch, or of the part of it that these images are, as the network was given them. */
    LossException loss(double loss, NDArray images, int[] batch, Progression at, double rate) {
        return advised("the loss is " + loss + " in " + step(at, rate) + ": " + NotFinite.place(network, images, true)
                + ". " + described(batch, at));
    }

    LossException update(String what, Progression at, double rate) {
        return spoilt("update", what, at, rate);
    }

    /** Training never reads running statistics, so no loss tells. */
    LossException statistic(String what, Progression at, double rate) {
        return spoilt("forward pass", what, at, rate);
    }

    private LossException spoilt(String by, String what, Progression at, double rate) {
        int[] order = Batches.order(data.train().size(), recipe.seed(), at.epoch);
        int from = at.step * recipe.batchSize();
        return advised("the network is spoilt by the " + by + " of " + step(at, rate) + ": " + what + ". "
                + described(Arrays.copyOfRange(order, from, from + recipe.batchSize()), at));
    }

    LossException validation(int image, Progression at, double rate) {
        try (NDManager scope = network.manager().newSubManager()) {
            NDArray x = Batches.plain(scope, data.validation(), image);
            return advised("validation after epoch " + at.epoch + " gives no numbers for "
                    + data.validation().describe(image) + ", after a step at learning rate " + rounded(rate) + ": "
                    + NotFinite.place(network, x, false));
        }
    }

    TrainingException unread(ImageSet images, String what, Progression at) {
        String why = IntStream.range(0, images.size())
                .mapToObj(images::problem)
                .flatMap(Optional::stream)
                .findFirst()
                .orElse("");
        return new TrainingException("in epoch " + at.epoch + " none of the " + images.size() + " " + what
                + " images of " + images.name() + " could be read, beginning with " + why);
    }

    /** The step that runs. */
    private static String step(Progression at, double rate) {
        return "epoch " + at.epoch + ", step " + (at.step + 1) + ", at learning rate " + rounded(rate);
    }

    /** Four digits say enough. */
    private static double rounded(double number) {
        return new BigDecimal(number).round(new MathContext(4)).doubleValue();
    }

    private String described(int[] batch, Progression at) {
        String first = IntStream.of(batch)
                .limit(NAMED)
                .mapToObj(data.train()::describe)
                .collect(Collectors.joining(", "));
        String more = batch.length > NAMED ? " and " + (batch.length - NAMED) + " more" : "";
        return "The batch was " + first + more + " (order of epoch " + at.epoch + ", seed " + recipe.seed() + ")";
    }

    private LossException advised(String what) {
        String limit = recipe.clipNorm() == 0
                ? ", withClipNorm(1)"
                : " more, withClipNorm(" + rounded(recipe.clipNorm() / 10) + ")";
        String where = kept ? ". That is another training, in another folder; Compare chooses it by itself" : "";
        return new LossException(what + ". Train a new network with a smaller rate, such as withLearningRate("
                + rounded(Math.min(0.05, recipe.learningRate() / 10)) + "), or limit the gradient" + limit + where);
    }
}
