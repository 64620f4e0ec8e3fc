package org.crunet.data;

import static org.crunet.base.Errors.require;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.crunet.image.Box;
import org.crunet.image.ColourShift;
import org.crunet.image.Picture;
import org.crunet.image.Resize;

/**
 * How training images differ from epoch to epoch. A view of an image is a part of it in the size that the network takes,
 * shifted, mirrored and changed in colour, in this order.
 *
 * <p>The part covers a random fraction of the area, equally likely from {@code smallestArea} to 1; the logarithm of its
 * width over its height is equally likely between those of {@code 1 / widestAspect} and {@code widestAspect}; it lies
 * anywhere. Ten such draws that do not fit in the image are given up for the largest part in the middle of allowed aspect.
 * Without a random area the part is the largest in the middle of the network's aspect.
 *
 * <p>Colours are changed as MXNet does it with OpenCV's numbers, only that hue, saturation and lightness are not rounded: one
 * draw an image for each of hue, saturation and lightness, equally likely up to the given amount up and down, is added to
 * all pixels; what leaves the scale stays at its end (so a hue does not go round, and grey, whose hue is that of red, may
 * become reddish).
 *
 * @param mirror whether half of the views are mirrored, left for right
 * @param padding up to how many pixels a view is shifted each way; the border is filled with the mean colour
 * @param smallestArea the smallest fraction of the area that a view shows, over 0 to 1 (always all of it)
 * @param widestAspect how many times as wide as high, or as high as wide, the part shown may be; from 1
 * @param hue how far the hue may move, on OpenCV's scale from 0 to 180
 * @param saturation how far the saturation may move, on the scale from 0 to 255
 * @param lightness how far the lightness may move, on the scale from 0 to 255
 */
public record Augmentation(
        boolean mirror,
        int padding,
        double smallestArea,
        double widestAspect,
        double hue,
        double saturation,
        double lightness)
        implements Serializable {

    /** The image as it is. */
    public static final Augmentation NONE = new Augmentation(false, 0, 1, 1, 0, 0, 0);

    /** For small images: shifted by up to 4 pixels each way and mirrored half the time. */
    public static final Augmentation SMALL = NONE.withMirror(true).withPadding(4);

    /**
     * For photographs, as the authors train: mirrored half the time, 8 to 100 % of the area with sides from 3:4 to 4:3,
     * hue, saturation and lightness moved by up to 20, 40 and 50. Images in memory are cut out of the small picture that is
     * kept and enlarged; use {@link ImageFolder#onDisk()} to cut them out of the whole photograph.
     */
    public static final Augmentation AUTHORS =
            NONE.withMirror(true).withCrops(0.08, 4 / 3.0).withColours(20, 40, 50);

    private static final int TRIES = 10;
    static final float[] MEAN = {124, 117, 104};
    static final float SCALE = 0.0167f;

    /**
     * Checks the ranges.
     *
     * @param mirror whether half of the views are mirrored
     * @param padding from 0 to 8192 pixels
     * @param smallestArea over 0 to 1
     * @param widestAspect from 1
     * @param hue from 0 to 180
     * @param saturation from 0 to 255
     * @param lightness from 0 to 255
     * @throws IllegalArgumentException if a number is out of its range
     */
    public Augmentation {
        require(
                padding >= 0 && padding <= Picture.LARGEST_SIDE,
                "Augmentation: padding must be 0 or more pixels, at most " + Picture.LARGEST_SIDE + ": " + padding);
        require(
                smallestArea > 0 && smallestArea <= 1,
                "Augmentation: smallestArea must be over 0 and at most 1: " + smallestArea);
        require(
                widestAspect >= 1 && widestAspect < 1000,
                "Augmentation: widestAspect must be from 1 to 1000: " + widestAspect);
        require(hue >= 0 && hue <= 180, "Augmentation: hue must be from 0 to 180: " + hue);
        require(saturation >= 0 && saturation <= 255, "Augmentation: saturation must be from 0 to 255: " + saturation);
        require(lightness >= 0 && lightness <= 255, "Augmentation: lightness must be from 0 to 255: " + lightness);
    }

    /**
     * With or without mirroring.
     *
     * @param mirror whether half of the views are mirrored
     * @return an augmentation that differs in this alone
     */
    public Augmentation withMirror(boolean mirror) {
        return new Augmentation(mirror, padding, smallestArea, widestAspect, hue, saturation, lightness);
    }

    /**
     * With shifts.
     *
     * @param padding up to how many pixels each way; 0 for none
     * @return an augmentation that differs in this alone
     */
    public Augmentation withPadding(int padding) {
        return new Augmentation(mirror, padding, smallestArea, widestAspect, hue, saturation, lightness);
    }

    /**
     * With random parts of the image.
     *
     * @param smallestArea the smallest fraction of the area, over 0 to 1
     * @param widestAspect how many times as wide as high, or as high as wide, from 1
     * @return an augmentation that differs in this alone
     */
    public Augmentation withCrops(double smallestArea, double widestAspect) {
        return new Augmentation(mirror, padding, smallestArea, widestAspect, hue, saturation, lightness);
    }

    /**
     * With changes of colour; three zeros for none.
     *
     * @param hue how far it may move, from 0 to 180
     * @param saturation how far it may move, from 0 to 255
     * @param lightness how far it may move, from 0 to 255
     * @return an augmentation that differs in this alone
     */
    public Augmentation withColours(double hue, double saturation, double lightness) {
        return new Augmentation(mirror, padding, smallestArea, widestAspect, hue, saturation, lightness);
    }

    /**
     * What training sees of an image, to look at.
     *
     * @param images where it comes from
     * @param index place of the image in its set
     * @param number how many views, those of the first epochs with seed 1
     * @return a picture each
     * @throws UncheckedIOException if its file cannot be read
     * @throws IllegalArgumentException if there is no such image or the number is negative
     */
    public List<BufferedImage> examples(ImageSet images, int index, int number) {
        images.mustHave(index);
        require(number >= 0, "The number of views must not be negative: " + number);
        return IntStream.rangeClosed(1, number)
                .mapToObj(epoch -> example(images, index, epoch))
                .toList();
    }

    private BufferedImage example(ImageSet images, int index, int epoch) {
        int size = 3 * images.height() * images.width();
        FloatBuffer values = FloatBuffer.allocate(size);
        try {
            View.augmented(images, this, 1, epoch).write(index, values, 0);
        } catch (IOException e) {
            throw images.unreadable(index, e);
        }
        byte[] pixels = new byte[size];
        for (int i = 0; i < size; i++) {
            pixels[i] = (byte) Math.max(0, Math.min(255, Math.round(values.get(i) / SCALE + MEAN[i % 3])));
        }
        byte[][] planes = {new Picture(images.width(), images.height(), pixels).planes()};
        return new ImageSet(images.name(), List.of("view"), images.height(), images.width(), planes, new int[1])
                .image(0);
    }

    /** Writes a picture of any size as it is: normalised, shape (height, width, 3), from place {@code at} on. */
    static void normalise(Picture picture, FloatBuffer into, int at) {
        byte[] pixels = picture.pixels();
        float[] values = new float[pixels.length];
        for (int i = 0; i < values.length; i += 3) {
            values[i] = ((pixels[i] & 0xff) - MEAN[0]) * SCALE;
            values[i + 1] = ((pixels[i + 1] & 0xff) - MEAN[1]) * SCALE;
            values[i + 2] = ((pixels[i + 2] & 0xff) - MEAN[2]) * SCALE;
        }
        into.put(at, values);
    }

    /** Writes one view, normalised, shape (height, width, 3), from place {@code at} on. */
    void write(Picture picture, int height, int width, Random random, FloatBuffer into, int at) {
        Box part = part(picture, height, width, random);
        int down = shift(random);
        int right = shift(random);
        boolean mirrored = mirror && random.nextBoolean();
        ColourShift colours =
                new ColourShift(upTo(hue, random), upTo(saturation, random), upTo(lightness, random), width);
        Resize resize = Resize.of(picture, part, height, width);
        Rows rows = new Rows(mirrored ? resize.mirrored() : resize, colours, mirrored ? -right : right, width);
        for (int y = 0; y < height; y++) {
            boolean inside = y + down >= 0 && y + down < height;
            into.put(at + 3 * y * width, inside ? rows.row(y + down) : new float[3 * width]);
        }
    }

    /** Whether views show random parts of the image. */
    boolean crops() {
        return smallestArea < 1 || widestAspect > 1;
    }

    private int shift(Random random) {
        return padding == 0 ? 0 : random.nextInt(2 * padding + 1) - padding;
    }

    private static double upTo(double most, Random random) {
        return most == 0 ? 0 : most * (2 * random.nextDouble() - 1);
    }

    /** Which part of a picture a view shows. */
    Box part(Picture picture, int height, int width, Random random) {
        if (!crops()) {
            return Box.largest(picture, height, width);
        }
        for (int i = 0; i < TRIES; i++) {
            double area = (1 - random.nextDouble() * (1 - smallestArea)) * picture.width() * picture.height();
            double aspect = Math.pow(widestAspect, 2 * random.nextDouble() - 1);
            int w = Box.side(Math.sqrt(area * aspect));
            int h = Box.side(Math.sqrt(area / aspect));
            if (w <= picture.width() && h <= picture.height()) {
                return new Box(random.nextInt(picture.width() - w + 1), random.nextInt(picture.height() - h + 1), w, h);
            }
        }
        int w = Math.min(picture.width(), Box.side(picture.height() * widestAspect));
        int h = Math.min(picture.height(), Box.side(picture.width() * widestAspect));
        return Box.centre(picture, w, h);
    }

    /** The rows of a view, each in turn in one array. */
    private static final class Rows {
        private final Resize resize;
        private final ColourShift colours;
        private final int right;
        private final int width;
        private final float[][] planes;
        private final float[] values;

        Rows(Resize resize, ColourShift colours, int right, int width) {
            this.resize = resize;
            this.colours = colours;
            this.right = right;
            this.width = width;
            planes = new float[3][width];
            values = new float[3 * width];
        }

        float[] row(int y) {
            resize.row(y, planes);
            colours.apply(planes);
            normalise(planes[0], planes[1], planes[2]);
            return values;
        }

        private void normalise(float[] red, float[] green, float[] blue) {
            int end = Math.min(width, width - right);
            for (int x = Math.max(0, -right); x < end; x++) {
                values[3 * x] = (red[x + right] - MEAN[0]) * SCALE;
                values[3 * x + 1] = (green[x + right] - MEAN[1]) * SCALE;
                values[3 * x + 2] = (blue[x + right] - MEAN[2]) * SCALE;
            }
        }
    }
}
