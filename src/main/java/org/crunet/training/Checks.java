package org.crunet.training;

import ai.djl.ndarray.types.Shape;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.network.Network;

/** Says what does not fit before time is spent on it. */
final class Checks {

    private Checks() {}

    /** The last dimension of the output must be the number of classes. */
    static void classes(Shape output, ImageSet images) {
        int classes = images.classes().size();
        if (output.dimension() != 2) {
            throw new IllegalArgumentException(
                    "the network's output is " + output + ", not (N, classes): a classifier is"
                            + " built from an Architecture, as in Networks.smallCru(32).build()");
        }
        if (output.get(1) != classes) {
            throw new IllegalArgumentException("the network's output is " + output + " and " + images.name() + " has "
                    + classes + " classes: build the network withClasses(" + classes + ")");
        }
    }

    static void fit(Network network, Splits data) {
        ImageSet train = data.train();
        long height = network.input().get(2);
        long width = network.input().get(3);
        if (train.height() != height || train.width() != width) {
            throw new IllegalArgumentException("the network was built for " + width + "x" + height + " images and "
                    + train.name() + " has " + train.width() + "x" + train.height() + ": build it withImageSize("
                    + train.width() + ") or load the images at size " + width);
        }
        notEmpty(data.validation());
        classes(network.block().getOutputShapes(new Shape[] {network.input()})[0], train);
    }

    static void notEmpty(ImageSet images) {
        if (images.size() == 0) {
            throw new IllegalArgumentException("there are no images to measure on in " + images.name());
        }
    }

    static void batch(Recipe recipe, Splits data) {
        if (data.train().size() < recipe.batchSize()) {
            throw new IllegalArgumentException("a batch of " + recipe.batchSize() + " does not fill from "
                    + data.train().size() + " training images: use withBatchSize or more images");
        }
    }
}
