package org.crunet.training;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.network.Architecture;
import org.crunet.network.Classifier;
import org.crunet.network.Network;
import org.crunet.network.Stage;

/** Says what does not fit before time is spent on it. */
final class Checks {

    private static final int CHANNELS = 3;

    private Checks() {}

    static void fit(Network network, Splits data) {
        Shape output = network.block().getOutputShapes(new Shape[] {network.input()})[0];
        fit(network.name(), network.input(), output, data);
    }

    /** What takes {@code (N, C, H, W)} and gives {@code (N, classes)} must do so for the data's. */
    static void fit(String network, Shape input, Shape output, Splits data) {
        size(network, input, data.train());
        notEmpty(data.validation());
        classes(network, output, data.train());
    }

    static void size(Classifier network, ImageSet images) {
        size(network.name(), network.input(), images);
    }

    private static void size(String network, Shape input, ImageSet images) {
        require(
                input.dimension() == 4 && input.get(1) == CHANNELS,
                network + " takes " + input + " and " + images.name() + " has images of " + CHANNELS
                        + " channels: build it withInputChannels(" + CHANNELS + ")");
        long height = input.get(2);
        long width = input.get(3);
        require(
                images.height() == height && images.width() == width,
                network + " is for " + width + "x" + height + " images and " + images.name() + " has "
                        + images.width() + "x" + images.height() + ": build it withImageSize(" + images.width()
                        + ") or load the images at size " + width);
    }

    static void classes(String network, Shape output, ImageSet images) {
        int classes = images.classes().size();
        require(
                output.dimension() == 2,
                network + " gives " + output + ", not (N, classes): a classifier is built from an Architecture, as in"
                        + " Networks.smallCru(32).build()");
        require(
                output.get(1) == classes,
                network + " gives " + output + " and " + images.name() + " has " + classes
                        + " classes: build it withClasses(" + classes + ")");
    }

    static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** A stage whose units are one kernel each, but for what stands in the middle. */
    static Stage bottlenecks(Network network, String name) {
        network.requireOpen();
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
        int images = data.train().size();
        String smaller = images < 2 ? "" : "withBatchSize(" + Integer.highestOneBit(images) + ") or ";
        require(
                images >= recipe.batchSize(),
                "a batch of " + recipe.batchSize() + " does not fill from " + images + " training images: use "
                        + smaller + "more images");
    }
}
