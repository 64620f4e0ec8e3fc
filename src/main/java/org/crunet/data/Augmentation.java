package org.crunet.data;

import static org.crunet.base.Errors.require;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.base.Named;
import org.crunet.base.Records;
import org.crunet.image.Picture;

/**
 * The changes of training images from epoch to epoch. A view of an image is a part of it in the size that the network takes,
 * shifted, mirrored and changed in colour, in this order.
 *
 * <p>The part covers a random fraction of the area, equally likely from {@code smallestArea} to 1; the logarithm of its
 * width over its height is equally likely between those of {@code 1 / widestAspect} and {@code widestAspect}; it lies
 * anywhere. If ten such draws do not fit in the image, the part is the largest in the middle whose aspect is allowed.
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
 * @param then what else is done to a view, one after the other
 */
public record Augmentation(
        boolean mirror,
        int padding,
        double smallestArea,
        double widestAspect,
        double hue,
        double saturation,
        double lightness,
        List<Change> then)
        implements Serializable {

    /** The image as it is. */
    public static final Augmentation NONE = new Augmentation(false, 0, 1, 1, 0, 0, 0, List.of());

    /** For small images: shifted by up to 4 pixels each way and mirrored half the time. */
    public static final Augmentation SMALL = NONE.withMirror(true).withPadding(4);

    /**
     * For photographs, as the authors train: mirrored half the time, 8 to 100 % of the area with sides from 3:4 to 4:3,
     * hue, saturation and lightness moved by up to 20, 40 and 50. Images in memory are cut out of the small picture that is
     * kept and enlarged; use {@link ImageFolder#onDisk()} to cut them out of the whole photograph.
     */
    public static final Augmentation AUTHORS =
            NONE.withMirror(true).withRandomResizedCrops(0.08, 4 / 3.0).withColourJitter(20, 40, 50);

    private static final int TRIES = 10;

    /** Changes a view. */
    public interface Step extends Serializable {

        /**
         * Changes it in place, from any thread.
         *
         * @param view shape {@code (height, width, 3)}, red, green and blue, normalised: 0 is the mean colour
         * @param height of the view
         * @param width of the view
         * @param random always the same numbers for seed, epoch and image
         */
        void apply(float[] view, int height, int width, Random random);
    }

    /**
     * A step with a name, which is all that tells it apart.
     *
     * @param name what it is called
     * @param step what it does
     */
    public record Change(String name, Step step) implements Named, Serializable {

        /** Checks that there is a name. */
        public Change {
            Named.require(name, step);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** Throws if a number is out of its range. */
    public Augmentation {
        then = List.copyOf(Objects.requireNonNull(then, "then is null"));
        require(smallestArea > 0 && smallestArea <= 1, "smallestArea must be over 0 and at most 1: " + smallestArea);
        requireIn("padding", padding, 0, Picture.LARGEST_SIDE);
        requireIn("widestAspect", widestAspect, 1, 1000);
        requireIn("hue", hue, 0, 180);
        requireIn("saturation", saturation, 0, 255);
        requireIn("lightness", lightness, 0, 255);
    }

    private static void requireIn(String name, Number value, int least, int most) {
        boolean in = value.doubleValue() >= least && value.doubleValue() <= most;
        require(in, name + " must be from " + least + " to " + most + ": " + value);
    }

    /**
     * Returns a copy with or without mirroring.
     *
     * @param mirror whether half of the views are mirrored
     * @return an augmentation that differs in this alone
     */
    public Augmentation withMirror(boolean mirror) {
        return Records.with(this, "mirror", mirror);
    }

    /**
     * Returns a copy with other shifts.
     *
     * @param padding up to how many pixels each way; 0 for none
     * @return an augmentation that differs in this alone
     */
    public Augmentation withPadding(int padding) {
        return Records.with(this, "padding", padding);
    }

    /**
     * Returns a copy with random parts of the image.
     *
     * @param smallestArea the smallest fraction of the area, over 0 to 1
     * @param widestAspect how many times as wide as high, or as high as wide, from 1
     * @return an augmentation that differs in this alone
     */
    public Augmentation withRandomResizedCrops(double smallestArea, double widestAspect) {
        return new Augmentation(mirror, padding, smallestArea, widestAspect, hue, saturation, lightness, then);
    }

    /**
     * Returns a copy with other changes of colour; three zeros for none.
     *
     * @param hue how far it may move, from 0 to 180
     * @param saturation how far it may move, from 0 to 255
     * @param lightness how far it may move, from 0 to 255
     * @return an augmentation that differs in this alone
     */
    public Augmentation withColourJitter(double hue, double saturation, double lightness) {
        return new Augmentation(mirror, padding, smallestArea, widestAspect, hue, saturation, lightness, then);
    }

    /**
     * Returns a copy that does something else to each view at the end.
     *
     * <pre>{@code
     * Augmentation.SMALL.then("dark spots", (view, height, width, random) -> view[random.nextInt(view.length)] = -2)
     * }</pre>
     *
     * @param name takes the place of the step in the identity of a training: {@link Named}
     * @param step what to do
     * @return an augmentation with one step more
     * @throws IllegalArgumentException if the name is blank
     */
    public Augmentation then(String name, Step step) {
        Change change = new Change(name, step);
        return Records.with(
                this, "then", Stream.concat(then.stream(), Stream.of(change)).toList());
    }

    /**
     * Returns what training sees of an image, to look at.
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
        Scale scale = images.scale();
        for (int i = 0; i < size; i++) {
            float pixel = values.get(i) / scale.factor()[i % 3] + scale.mean()[i % 3];
            pixels[i] = (byte) Math.max(0, Math.min(255, Math.round(pixel)));
        }
        return new Picture(images.width(), images.height(), pixels).image();
    }

    /** Writes one view, normalised, shape (height, width, 3), from place {@code at} on. */
    void write(Picture picture, int height, int width, Scale scale, Random random, FloatBuffer into, int at) {
        Picture part = part(picture, height, width, random);
        int down = shift(random);
        int right = shift(random);
        boolean mirrored = mirror && random.nextBoolean();
        var colours = new ColourShift(upTo(hue, random), upTo(saturation, random), upTo(lightness, random), width);
        float[] border = new float[3 * width];
        float[] values = new float[3 * width];
        part.rows(height, width, (row, y) -> {
            if (y >= down && y - down < height) {
                colours.apply(row);
                normalise(row, scale, mirrored, right, values);
                into.put(at + 3 * (y - down) * width, values);
            }
        });
        for (int y = 0; y < height; y++) {
            if (y + down < 0 || y + down >= height) {
                into.put(at + 3 * y * width, border);
            }
        }
        if (!then.isEmpty()) {
            float[] view = new float[3 * height * width];
            into.get(at, view);
            then.forEach(change -> change.step.apply(view, height, width, random));
            into.put(at, view);
        }
    }

    /** Normalises a row, mirrored or not, shifted; what is not there stays 0, the mean colour. */
    private static void normalise(float[][] row, Scale scale, boolean mirrored, int right, float[] values) {
        int width = row[0].length;
        int step = mirrored ? -1 : 1;
        int from = (mirrored ? width - 1 : 0) + right;
        for (int at = 0; at < values.length; at += 3, from += step) {
            if (from >= 0 && from < width) {
                values[at] = scale.of(row[0][from], 0);
                values[at + 1] = scale.of(row[1][from], 1);
                values[at + 2] = scale.of(row[2][from], 2);
            }
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

    /** Returns the part of a picture that a view shows. */
    Picture part(Picture picture, int height, int width, Random random) {
        if (!crops()) {
            return picture.largest(height, width);
        }
        for (int i = 0; i < TRIES; i++) {
            double area = (1 - random.nextDouble() * (1 - smallestArea)) * picture.width() * picture.height();
            double aspect = Math.pow(widestAspect, 2 * random.nextDouble() - 1);
            int w = (int) Picture.side(Math.sqrt(area * aspect));
            int h = (int) Picture.side(Math.sqrt(area / aspect));
            if (w <= picture.width() && h <= picture.height()) {
                int left = random.nextInt(picture.width() - w + 1);
                return picture.crop(left, random.nextInt(picture.height() - h + 1), w, h);
            }
        }
        long w = Math.min(picture.width(), Picture.side(picture.height() * widestAspect));
        long h = Math.min(picture.height(), Picture.side(picture.width() * widestAspect));
        return picture.centre((int) w, (int) h);
    }
}
