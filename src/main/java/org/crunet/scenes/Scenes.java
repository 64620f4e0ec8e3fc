package org.crunet.scenes;

import static org.crunet.base.Errors.require;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.crunet.base.Errors;
import org.crunet.base.Parallel;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.image.Picture;

/**
 * A painter of scenes: pictures of eight of the categories of Places365, made by a program so that every notebook has
 * images without a download. They are paintings, not photographs: what a network learns from them says something about
 * the network, not about the world.
 *
 * <p>A picture depends only on the seed, the split and its number, and its pixels are the same on every platform. At
 * another size the same scene is painted, only finer.
 *
 * <pre>{@code
 * var scenes = Scenes.painted(64).seed(1).split(4000, 800);
 * }</pre>
 */
public final class Scenes {
    private record Category(String name, Consumer<Backdrop.Easel> painter) {}

    private static final List<Category> CATEGORIES = List.of(
            new Category("desert/sand", easel -> new Ridges(easel).desert()),
            new Category("forest_path", easel -> new Paths(easel).forestPath()),
            new Category("mountain", easel -> new Ridges(easel).mountain()),
            new Category("ocean", easel -> new Landscapes(easel).ocean()),
            new Category("sky", easel -> new Landscapes(easel).sky()),
            new Category("skyscraper", easel -> new Towers(easel).skyscraper()),
            new Category("snowfield", easel -> new Landscapes(easel).snowfield()),
            new Category("street", easel -> new Paths(easel).street()));

    private final int size;
    private final long seed;

    private Scenes(int size, long seed) {
        this.size = size;
        this.seed = seed;
    }

    /**
     * Returns a painter of square pictures, with seed 0.
     *
     * @param size height and width in pixels, from 8 to 8192
     * @return the painter
     */
    public static Scenes painted(int size) {
        require(
                size >= 8 && size <= Picture.LARGEST_SIDE,
                "A scene cannot be painted at size " + size + ": use 8 to " + Picture.LARGEST_SIDE + " pixels");
        return new Scenes(size, 0);
    }

    /**
     * Returns the painter with another seed, which paints other pictures.
     *
     * @param newSeed any number
     * @return a new painter of the same size
     */
    public Scenes seed(long newSeed) {
        return new Scenes(size, newSeed);
    }

    /**
     * Paints a training and a validation set; no picture is in both.
     *
     * @param train how many images to learn from, in equal shares of the categories
     * @param validation how many images to measure on
     * @return both sets
     */
    public Splits split(int train, int validation) {
        return new Splits(gallery(0, train), gallery(1, validation));
    }

    /**
     * Paints one set, the first pictures of the training set.
     *
     * @param number how many images, in equal shares of the categories
     * @return the set
     */
    public ImageSet images(int number) {
        return gallery(0, number);
    }

    private ImageSet gallery(int split, int number) {
        require(number >= 0, "Cannot paint " + number + " scenes: ask for 0 or more");
        int atOnce = Math.min(number, Runtime.getRuntime().availableProcessors());
        Errors.requireMemory(
                3L * size * size * (number + (long) Double.BYTES * atOnce),
                number + " scenes of " + size + " x " + size,
                "paint fewer or smaller ones");
        List<String> names = CATEGORIES.stream().map(Category::name).toList();
        List<Picture> pictures = Parallel.map("painting scenes", number, i -> paint(split, i));
        int[] labels =
                IntStream.range(0, number).map(i -> i % CATEGORIES.size()).toArray();
        return ImageSet.of("painted scenes", names, size, size, pictures, labels);
    }

    private Picture paint(int split, int number) {
        Dice dice = new Dice(seed, split, number);
        Canvas canvas = new Canvas(size, Camera.roll(dice));
        Exposure film = Exposure.roll(dice);
        CATEGORIES.get(number % CATEGORIES.size()).painter().accept(new Backdrop.Easel(canvas, dice, Light.roll(dice)));
        return canvas.develop(film);
    }

    @Override
    public String toString() {
        return "painter of scenes, " + size + " px: call split(4000, 800) or images(100)";
    }
}
