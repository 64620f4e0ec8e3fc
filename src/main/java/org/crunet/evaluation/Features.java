package org.crunet.evaluation;

import static org.crunet.base.Errors.require;

import java.awt.image.BufferedImage;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.base.Names;
import org.crunet.data.ImageSet;
import org.crunet.network.Network;

/**
 * Images as a network sees them: its last feature maps averaged over the pixels, which is what its classifier takes. Images
 * that are near each other there look alike to it.
 */
public final class Features {

    private final Network network;
    private final ImageSet images;
    private final float[][] rows;

    private Features(Network network, ImageSet images, float[][] rows) {
        this.network = network;
        this.images = images;
        this.rows = rows;
    }

    /**
     * An image that is near another.
     *
     * @param image the picture as the network saw it
     * @param index its place in the set, from 0
     * @param category name of the labelled class
     * @param similarity cosine of the angle between the two, 1 for the same direction
     */
    public record Neighbour(BufferedImage image, int index, String category, double similarity) {}

    /**
     * Runs the network over all images.
     *
     * @param network built from an architecture; for {@link #nearest(ImageSet, int, int)} it must stay open
     * @param images of the network's size
     * @return the features of those that can be read
     * @throws IllegalArgumentException if the network was built for another image size, or no image can be read
     * @throws IllegalStateException if the network was closed
     */
    public static Features of(Network network, ImageSet images) {
        Objects.requireNonNull(network, "network is null");
        Objects.requireNonNull(images, "images is null");
        float[][] rows = Inference.features(network, images);
        require(
                Stream.of(rows).anyMatch(Objects::nonNull),
                () -> "no image of " + images.name() + " can be read: " + Names.some(images.problems()));
        return new Features(network, images, rows);
    }

    /**
     * Returns the images nearest to one of them.
     *
     * @param index the image, from 0
     * @param number how many; all of them if there are fewer
     * @return without the image itself, nearest first
     * @throws IllegalArgumentException if there is no such image, or it could not be read
     */
    public List<Neighbour> nearest(int index, int number) {
        require(
                index >= 0 && index < rows.length && rows[index] != null,
                "image " + index + " has no features: give one from 0 to " + (rows.length - 1) + " that can be read");
        return nearest(rows[index], index, number);
    }

    /**
     * Returns the images nearest to a photograph of one's own, of which the network sees the centre, as in the paper's evaluation.
     *
     * @param photograph of any size, as from {@code Photograph.read}
     * @param number how many; all of them if there are fewer
     * @return nearest first
     */
    public List<Neighbour> nearest(BufferedImage photograph, int number) {
        Objects.requireNonNull(photograph, "photograph is null");
        return nearest(ImageSet.ofPhotograph(photograph, images.width()), 0, number);
    }

    /**
     * Returns the images nearest to one of another set.
     *
     * @param others images of the network's size
     * @param index the image, from 0
     * @param number how many; all of them if there are fewer
     * @return nearest first
     * @throws java.io.UncheckedIOException if the image cannot be read
     */
    public List<Neighbour> nearest(ImageSet others, int index, int number) {
        ImageSet one = others.subset(index);
        float[] row = Inference.features(network, one)[0];
        if (row == null) {
            one.pixels(0); // says why
        }
        return nearest(row, -1, number);
    }

    private List<Neighbour> nearest(float[] row, int but, int number) {
        return IntStream.range(0, rows.length)
                .filter(i -> i != but && rows[i] != null)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -cosine(row, rows[i])))
                .limit(number)
                .map(i ->
                        new Neighbour(images.image(i), i, images.classes().get(images.label(i)), cosine(row, rows[i])))
                .toList();
    }

    private static double cosine(float[] a, float[] b) {
        double product = 0;
        double squares = 0;
        double others = 0;
        for (int i = 0; i < a.length; i++) {
            product += a[i] * b[i];
            squares += a[i] * a[i];
            others += b[i] * b[i];
        }
        return product / Math.sqrt(Math.max(squares * others, Double.MIN_NORMAL));
    }

    @Override
    public String toString() {
        return "features of " + rows.length + " images of " + images.name() + " in " + network.name();
    }
}
