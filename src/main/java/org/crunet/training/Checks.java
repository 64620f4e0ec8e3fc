package org.crunet.training;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Stage;

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

    static void open(Network network) {
        if (!network.manager().isOpen()) {
            throw new IllegalStateException(network.name() + " was closed and has no weights any more: build it again");
        }
    }

    static void fit(Network network, Splits data) {
        size(network, data.train());
        notEmpty(data.validation());
        classes(network.block().getOutputShapes(new Shape[] {network.input()})[0], data.train());
    }

    static void size(Network network, ImageSet images) {
        long height = network.input().get(2);
        long width = network.input().get(3);
        require(
                images.height() == height && images.width() == width,
                "the network was built for " + width + "x" + height + " images and " + images.name() + " has "
                        + images.width() + "x" + images.height() + ": build it withImageSize(" + images.width()
                        + ") or load the images at size " + width);
    }

    static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** A stage whose units are one kernel each, but for what stands in the middle. */
    static Stage bottlenecks(Network network, String name) {
        open(network);
        Architecture architecture = network.architecture();
        Stage stage = architecture.stage(name);
        String what = name + " of " + network.name();
        require(!stage.collective(), what + " is collective already: " + stage);
        require(
                stage.kind() == Stage.Kind.BOTTLENECK,
                what + " is made of basic units, which have no 1x1 to share: " + stage);
        require(
                architecture.normalisation().before(),
                what + " is post-activation, and collective units are pre-activation: normalisation.order="
                        + architecture.normalisation().order());
        return stage;
    }

    static void notEmpty(ImageSet images) {
        if (images.size() == 0) {
            throw new IllegalArgumentException("there are no images to measure on in " + images.name());
        }
    }

    static void device(Network network, Recipe recipe) {
        Device wanted = Devices.of(recipe).get(0);
        Device has = network.manager().getDevice();
        require(
                wanted.equals(has),
                network.name() + " is on " + has + " and the recipe says " + wanted + ": build it there, build(seed, "
                        + "Device." + (wanted.isGpu() ? "gpu(" + wanted.getDeviceId() + ")" : "cpu()")
                        + "), or change withDevice");
    }

    static void batch(Recipe recipe, Splits data) {
        if (data.train().size() < recipe.batchSize()) {
            throw new IllegalArgumentException("a batch of " + recipe.batchSize() + " does not fill from "
                    + data.train().size() + " training images: use withBatchSize or more images");
        }
    }
}
