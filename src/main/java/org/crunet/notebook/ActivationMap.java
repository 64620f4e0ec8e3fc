package org.crunet.notebook;

import static org.crunet.base.Errors.require;

import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.util.NDImageUtils;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.crunet.data.Batches;
import org.crunet.data.ImageSet;
import org.crunet.evaluation.Inference;
import org.crunet.evaluation.Prediction;
import org.crunet.network.Network;

/**
 * Class activation maps {@code M_c(y, x) = sum_k W_ck f_k(y, x)} (Zhou et al. 2016): how much each place of the last feature
 * maps {@code f} adds to the logit of class {@code c}, which is the mean of the map plus a bias. Drawn over the picture, from
 * what speaks most against the class, dark blue, to what speaks most for it, yellow.
 */
public final class ActivationMap {

    /** Dark blue, green, yellow: what speaks against, what does not matter, what speaks for. */
    private static final int[][] COLOURS = {{35, 20, 90}, {33, 145, 140}, {253, 231, 37}};

    private static final double OPACITY = 0.45;

    /** Pixels across a photograph under its map, if it has so many: more than a small network sees. */
    private static final int VISIBLE = 256;

    private ActivationMap() {}

    /**
     * Returns the map of the class that the network finds most probable, over the centre of a photograph, which is what the
     * network sees of it in the paper's evaluation.
     *
     * @param network a classifier built from an architecture
     * @param photograph of any size, as from {@code Photograph.read}
     * @return the centre with the map over it
     * @throws IllegalStateException if the network was closed
     */
    public static BufferedImage of(Network network, BufferedImage photograph) {
        return centre(network, photograph, -1);
    }

    /**
     * Returns the map of a class over the centre of a photograph.
     *
     * @param network a classifier built from an architecture
     * @param photograph of any size, as from {@code Photograph.read}
     * @param category the number of the class, such as {@code images.classes().indexOf("beach")}
     * @return the centre with the map over it
     * @throws IllegalArgumentException if there is no such class
     * @throws IllegalStateException if the network was closed
     */
    public static BufferedImage of(Network network, BufferedImage photograph, int category) {
        int classes = network.architecture().classes();
        boolean there = category >= 0 && category < classes;
        require(there, network.name() + " has no class " + category + ": give 0 to " + (classes - 1));
        return centre(network, photograph, category);
    }

    private static BufferedImage centre(Network network, BufferedImage photograph, int category) {
        int size = (int) network.input().get(2);
        int side = Math.min(photograph.getWidth(), photograph.getHeight());
        ImageSet shown = ImageSet.ofPhotograph(photograph, Math.max(size, Math.min(VISIBLE, side)));
        return blended(network, ImageSet.ofPhotograph(photograph, size), 0, category, shown.image(0));
    }

    /**
     * Returns the maps of images taken evenly from a set, each of the class that the network finds most probable.
     *
     * @param network a classifier built from an architecture
     * @param images images of the network's classes
     * @param number how many; all of them if there are fewer
     * @return the pictures with the maps over them, and what each was taken for
     * @throws IllegalArgumentException if the images have another number of classes or another size, or the number is
     *     negative
     * @throws IllegalStateException if the network was closed
     */
    public static List<Prediction> ofEach(Network network, ImageSet images, int number) {
        require(number >= 0, "the number of images must not be negative: " + number);
        int shown = Math.min(number, images.size());
        int[] places = IntStream.range(0, shown)
                .map(i -> (int) ((long) i * images.size() / shown))
                .toArray();
        ImageSet some = images.subset(places);
        float[][] rows = Inference.probabilities(network, some);
        return IntStream.range(0, shown)
                .filter(i -> rows[i] != null)
                .mapToObj(i -> seen(network, some, i, rows[i]))
                .toList();
    }

    private static Prediction seen(Network network, ImageSet images, int index, float[] probabilities) {
        int best = IntStream.range(1, probabilities.length)
                .reduce(0, (b, c) -> probabilities[c] > probabilities[b] ? c : b);
        BufferedImage map = blended(network, images, index, best, images.image(index));
        String actual = images.classes().get(images.label(index));
        String predicted = images.classes().get(best);
        return new Prediction(map, actual, predicted, probabilities[best], images.describe(index));
    }

    /** The map of one image of a set, over a picture of it. */
    private static BufferedImage blended(
            Network network, ImageSet images, int index, int category, BufferedImage picture) {
        network.requireOpen();
        try (NDManager scope = network.manager().newSubManager()) {
            NDArray map = map(network, Batches.plain(scope, images, index), category);
            NDArray large = NDImageUtils.resize(
                    map.expandDims(2), picture.getWidth(), picture.getHeight(), Image.Interpolation.BILINEAR);
            float low = map.min().getFloat();
            float range = Math.max(map.max().getFloat() - low, Float.MIN_NORMAL);
            float[] values = large.toFloatArray();
            var blended = new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_RGB);
            for (int p = 0; p < values.length; p++) {
                int x = p % picture.getWidth();
                int y = p / picture.getWidth();
                blended.setRGB(x, y, mixed(picture.getRGB(x, y), (values[p] - low) / range));
            }
            return blended;
        }
    }

    /** One number a place of the last feature maps; a negative class is the most probable one. */
    static NDArray map(Network network, NDArray image, int category) {
        NDArray features = network.features(image);
        Shape shape = features.getShape();
        int places = (int) (shape.get(2) * shape.get(3));
        int chosen = category < 0 ? (int) network.forward(image).argMax(1).getLong() : category;
        try (NDArray maps = network.classifier().matMul(features.reshape(shape.get(1), places))) {
            float[] map = Arrays.copyOfRange(maps.toFloatArray(), chosen * places, (chosen + 1) * places);
            return image.getManager().create(map, new Shape(shape.get(2), shape.get(3)));
        }
    }

    /** A pixel under the colour of a number from 0 to 1. */
    private static int mixed(int rgb, double value) {
        double place = Math.max(0, Math.min(1, value)) * (COLOURS.length - 1);
        int from = Math.min((int) place, COLOURS.length - 2);
        int mixed = 0;
        for (int c = 0; c < 3; c++) {
            double colour = COLOURS[from][c] + (place - from) * (COLOURS[from + 1][c] - COLOURS[from][c]);
            int pixel = rgb >> 8 * (2 - c) & 0xff;
            mixed = mixed << 8 | (int) Math.round(OPACITY * colour + (1 - OPACITY) * pixel);
        }
        return mixed;
    }
}
