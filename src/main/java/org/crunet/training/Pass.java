package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import org.crunet.base.Names;
import org.crunet.network.Network;

/** A batch, or the part of one that fits into memory, on its way through a network: what a {@link Loss} is computed from. */
public final class Pass {

    private final Objective objective;
    private final Network network;
    private final NDArray images;
    private final NDArray logits;
    private final int[] labels;
    private final Objective.Mix mix;

    Pass(Objective objective, Network network, NDArray images, int[] labels, Objective.Mix mix) {
        this.objective = objective;
        this.network = network;
        this.images = images;
        this.labels = labels;
        this.mix = mix;
        logits = network.forward(objective.recipe().precision(), images, true);
    }

    /**
     * Returns what is trained.
     *
     * @return the network, in the middle of a step: not to be run or changed here
     */
    public Network network() {
        return network;
    }

    /**
     * Returns what the network saw, such as for another network to see too.
     *
     * @return {@code (N, C, H, W)}, normalised, augmented and mixed
     */
    public NDArray images() {
        return images;
    }

    /**
     * Returns what came out.
     *
     * @return {@code (N, classes)}
     */
    public NDArray logits() {
        return logits;
    }

    /**
     * Returns the classes of the images, mixup and label smoothing aside.
     *
     * @return N labels
     */
    public int[] labels() {
        return labels.clone();
    }

    /**
     * Returns what should come out: one for the class of an image, spread by label smoothing and mixed by mixup.
     *
     * @return {@code (N, classes)}, rows that add up to 1
     */
    public NDArray targets() {
        int classes = (int) logits.getShape().get(1);
        return logits.getManager().create(objective.targets(labels, mix, classes), logits.getShape());
    }

    /**
     * Computes the loss of a recipe that has none of its own.
     *
     * @return the mean cross-entropy, one number
     */
    public NDArray crossEntropy() {
        return objective.crossEntropy(logits, labels, mix);
    }

    /**
     * Returns weights whose names match, to compute from within a step.
     *
     * @param names such as {@code *.core.weight}, where {@code *} is any text
     * @return by their names of {@link org.crunet.network.Weights#of}; they are the network's own
     * @throws IllegalArgumentException if none matches; the message has near names
     */
    public Map<String, NDArray> weights(String names) {
        Map<String, NDArray> found = new LinkedHashMap<>();
        Names.matching(names, network.trainable()).forEach((name, parameter) -> {
            NDArray array = parameter.getArray().reshape(parameter.getShape()); // what is computed goes with the batch
            array.attach(logits.getManager());
            found.put(name, array);
        });
        return found;
    }

    /**
     * Returns a number to multiply or divide by.
     *
     * @param number any number
     * @return an array of it, shape {@code ()}, float32
     */
    public NDArray number(double number) {
        return logits.getManager().full(new Shape(), (float) number, DataType.FLOAT32);
    }
}
