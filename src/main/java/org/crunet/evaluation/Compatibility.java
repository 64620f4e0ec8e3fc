package org.crunet.evaluation;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import org.crunet.base.Errors;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.network.Classifier;
import org.crunet.network.Network;

/** Checks that a network and images fit each other, made before time is spent on them. */
public final class Compatibility {

    private static final int CHANNELS = 3;
    private static final String BUILD = "build it ";

    private Compatibility() {}

    /**
     * Throws unless a network can be trained on images.
     *
     * @param network what is to be trained
     * @param data on what
     * @throws IllegalArgumentException if sizes or numbers of classes differ, or there are no images to measure on
     */
    public static void fit(Network network, Splits data) {
        Shape output = network.block().getOutputShapes(new Shape[] {network.input()})[0];
        fit(network.name(), network.input(), output, data);
    }

    /**
     * Throws unless a network could be trained on images, before it is built.
     *
     * @param network its name
     * @param input the shape of what it takes
     * @param output the shape of what it gives for it
     * @param data on what
     * @throws IllegalArgumentException if sizes or numbers of classes differ, or there are no images to measure on
     */
    public static void fit(String network, Shape input, Shape output, Splits data) {
        size(network, input, data.train(), BUILD);
        notEmpty(data.validation());
        classes(network, output, data.train(), BUILD);
    }

    /**
     * Throws unless a network is for images of their size.
     *
     * @param network any network
     * @param images labelled images
     * @throws IllegalArgumentException if channels, height or width differ; the message says how to build one that fits
     */
    public static void size(Classifier network, ImageSet images) {
        size(network.name(), network.input(), images, anew(network));
    }

    /** What to do about a network of another size. */
    private static String anew(Classifier network) {
        return network instanceof Network ? BUILD : "open a file of one that was built ";
    }

    private static void size(String network, Shape input, ImageSet images, String anew) {
        require(
                input.dimension() == 4 && input.get(1) == CHANNELS,
                network + " takes " + input + " and " + images.name() + " has images of " + CHANNELS + " channels: "
                        + anew + "withInputChannels(" + CHANNELS + ")");
        long height = input.get(2);
        long width = input.get(3);
        require(
                images.height() == height && images.width() == width,
                network + " is for " + width + "x" + height + " images and " + images.name() + " has "
                        + images.width() + "x" + images.height() + ": " + anew + "withImageSize(" + images.width()
                        + ") or load the images at size " + width);
    }

    static void classes(Classifier network, Shape output, ImageSet images) {
        classes(network.name(), output, images, anew(network));
    }

    private static void classes(String network, Shape output, ImageSet images, String anew) {
        int classes = images.classes().size();
        require(
                output.dimension() == 2,
                network + " gives " + output + ", not (N, classes): build one as Networks.smallCru(32).build()");
        require(
                output.get(1) == classes,
                network + " gives " + output + " and " + images.name() + " has " + classes + " classes: " + anew
                        + "withClasses(" + classes + ")");
    }

    /** Throws if a network knows the names of its classes, and they are not those of the images. */
    static void names(Classifier network, ImageSet images) {
        List<String> own = network.classes();
        List<String> given = images.classes();
        int at = Arrays.mismatch(own.toArray(), given.toArray());
        if (own.isEmpty() || at < 0) {
            return;
        }
        boolean asMany = own.size() == given.size();
        String order = asMany ? "the classes are the same in another order: " : "";
        String save = asMany ? ", or save it with these names, Onnx.save(network, file, images.classes())" : "";
        String fix = given.containsAll(own)
                ? order + "take images.classes(network.classes())"
                : "take the images that it was trained for" + save;
        throw new IllegalArgumentException("class " + at + " of " + network.name() + " is " + name(own, at)
                + ", and of " + images.name() + " " + name(given, at) + ": " + fix);
    }

    private static String name(List<String> names, int at) {
        return at < names.size() ? Errors.quoted(names.get(at)) : "not there";
    }

    /**
     * Throws if there are no images.
     *
     * @param images to measure on
     * @throws IllegalArgumentException if the set is empty
     */
    public static void notEmpty(ImageSet images) {
        require(images.size() > 0, "there are no images to measure on in " + images.name());
    }
}
