package org.crunet.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Random;
import java.util.stream.IntStream;
import org.crunet.image.Photograph;
import org.crunet.image.Picture;

/**
 * Turns images of a set into arrays {@code (N, 3, H, W)}, normalised as the authors do: minus the mean colour
 * (124, 117, 104), times 0.0167, unless {@link Splits#standardised} says otherwise.
 *
 * <p>What an image looks like in an epoch depends on (seed, epoch, index) alone, not on what was drawn before.
 */
public final class Batches {

    private static final float[] MEAN = {124, 117, 104};

    /** The factor of a pixel, from 0 to 255, once the mean is taken away. */
    public static final float SCALE = 0.0167f;

    /** The normalisation of images in words, for those who feed a network from another program. */
    public static final String NORMALISATION = "red, green, blue from 0 to 255, minus (124, 117, 104), times " + SCALE;

    private Batches() {}

    /**
     * Returns the mean that is taken away.
     *
     * @param colour 0 for red, 1 for green, 2 for blue
     * @return a pixel from 0 to 255
     */
    public static float mean(int colour) {
        return MEAN[colour];
    }

    /** Writes a picture of any size as it is: normalised, shape (height, width, 3), from place {@code at} on. */
    static void write(Picture picture, Scale scale, FloatBuffer into, int at) {
        byte[] pixels = picture.pixels();
        float[] values = new float[pixels.length];
        for (int i = 0; i < values.length; i += 3) {
            values[i] = scale.of(pixels[i] & 0xff, 0);
            values[i + 1] = scale.of(pixels[i + 1] & 0xff, 1);
            values[i + 2] = scale.of(pixels[i + 2] & 0xff, 2);
        }
        into.put(at, values);
    }

    /**
     * Returns the order in which an epoch visits a set.
     *
     * @param size number of images
     * @param seed seed of the training
     * @param epoch number of the epoch, from 1
     * @return each of {@code 0 ... size - 1} once
     */
    public static int[] order(int size, long seed, int epoch) {
        return shuffled(size, random(seed, epoch, -1));
    }

    /**
     * Returns places in a random order (Fisher and Yates).
     *
     * @param size how many
     * @param random where the numbers come from
     * @return each of {@code 0 ... size - 1} once
     */
    public static int[] shuffled(int size, Random random) {
        int[] order = IntStream.range(0, size).toArray();
        for (int i = size - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        return order;
    }

    /**
     * Returns images as they are.
     *
     * @param manager owner of the array
     * @param images where they come from
     * @param indices which ones
     * @return {@code (N, 3, H, W)}, normalised
     */
    public static NDArray plain(NDManager manager, ImageSet images, int... indices) {
        return array(manager, images, View.plain(images), indices);
    }

    /**
     * Returns a photograph of any size as the paper evaluates it: the shorter side resized, the centre cut out.
     *
     * @param manager owner of the array
     * @param photograph in colour or grey
     * @param shorterSide pixels of the shorter side before the cut, the paper's 256
     * @param size height and width of the centre in pixels, the paper's 224; at most the shorter side
     * @return {@code (1, 3, size, size)}, normalised
     */
    public static NDArray centre(NDManager manager, BufferedImage photograph, int shorterSide, int size) {
        return plain(manager, ImageSet.of("photograph", Photograph.centre(photograph, shorterSide, size)), 0);
    }

    /** Returns views of images, {@code (N, 3, H, W)}. */
    static NDArray array(NDManager manager, ImageSet images, View view, int... indices) {
        IntStream.of(indices).forEach(images::mustHave);
        int numbers = 3 * images.height() * images.width();
        Pixels pixels = Pixels.take((long) indices.length * numbers);
        FloatBuffer values = pixels.values();
        IntStream.range(0, indices.length).parallel().forEach(i -> {
            try {
                view.write(indices[i], values, i * numbers);
            } catch (IOException e) {
                throw images.unreadable(indices[i], e);
            }
        });
        Shape shape = new Shape(indices.length, images.height(), images.width(), 3);
        NDArray array =
                pixels.array(manager, shape, IntStream.range(0, indices.length).toArray(), 1);
        pixels.giveBack();
        return array;
    }

    /**
     * Returns the random numbers of one image in one epoch; a negative index gives those of something else in it.
     *
     * @param seed seed of the training
     * @param epoch number of the epoch, from 1
     * @param index place of the image in its set; -1 is the order
     * @return always the same generator for the same three numbers
     */
    public static Random random(long seed, int epoch, long index) {
        return new Random(mix(seed, epoch, index));
    }

    /** Makes one seed out of three numbers, each bit depending on all of them (SplitMix64's finaliser). */
    private static long mix(long seed, long epoch, long index) {
        long z = seed + 0x9e3779b97f4a7c15L * (epoch + 0x9e3779b97f4a7c15L * (index + 2));
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
