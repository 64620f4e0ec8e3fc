package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.math.BigDecimal;
import java.math.MathContext;
import org.crunet.data.Batches;
import org.crunet.data.Splits;
import org.crunet.network.Network;

/** Says in words when and where numbers stopped being finite, and what to do. */
record Diagnosis(Network network, Splits data, Recipe recipe, boolean kept) {

    /** The loss of some images, which are as the network was given them. */
    LossException loss(double loss, NDArray images, TrainingState at, double rate) {
        return advised("the loss is " + loss + " in " + step(at, rate) + ": "
                + NotFinite.place(network, images, true, recipe.precision()));
    }

    /** The network, by the forward pass or the update. */
    LossException network(String by, String what, TrainingState at, double rate) {
        return advised("the network is spoilt by the " + by + " of " + step(at, rate) + ": " + what);
    }

    LossException validation(int image, TrainingState at, double rate) {
        try (NDManager scope = network.manager().newSubManager()) {
            NDArray x = Batches.plain(scope, data.validation(), image);
            return advised("validation after epoch " + at.epoch() + " gives no numbers for "
                    + data.validation().describe(image) + ", after a step at learning rate " + rounded(rate) + ": "
                    + NotFinite.place(network, x, false, recipe.precision()));
        }
    }

    /** The step that runs. */
    private static String step(TrainingState at, double rate) {
        return "epoch " + at.epoch() + ", step " + (at.step() + 1) + ", at learning rate " + rounded(rate);
    }

    /** Four digits say enough. */
    private static double rounded(double number) {
        return new BigDecimal(number).round(new MathContext(4)).doubleValue();
    }

    private LossException advised(String what) {
        double clip = recipe.clipNorm() == 0 ? 1 : rounded(recipe.clipNorm() / 10);
        String where = kept ? ", in another folder" : "";
        return new LossException(what + ". Train a new network with a smaller rate, such as withLearningRate("
                + rounded(Math.min(0.05, recipe.learningRate() / 10)) + "), or a shorter gradient, withClipNorm(" + clip
                + ")" + where);
    }
}
