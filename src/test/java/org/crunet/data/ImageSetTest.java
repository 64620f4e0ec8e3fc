package org.crunet.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.stream.IntStream;
import org.crunet.image.Picture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Image sets check what they are given and give back what they were given. */
class ImageSetTest {
    private static final List<String> CLASSES = List.of("cat", "dog");

    /** Image i is filled with bytes that say i, and labelled 0, 0, 1, 0, 0, 1, ... */
    private static ImageSet numbered(int size) {
        byte[][] pixels = IntStream.range(0, size)
                .mapToObj(i -> new byte[] {(byte) i, (byte) i, (byte) i, (byte) i, (byte) i, (byte) i})
                .toArray(byte[][]::new);
        int[] labels = IntStream.range(0, size).map(i -> i % 3 / 2).toArray();
        return new ImageSet("pets", CLASSES, 1, 2, pixels, labels);
    }

    @Test
    void anImageShowsItsPlanes() {
        byte[] planes = {10, 20, 30, 40, 50, (byte) 200, 11, 21, 31, 41, 51, 61, 12, 22, 32, 42, 52, 62};
        var image = new ImageSet("one", CLASSES, 2, 3, new byte[][] {planes}, new int[] {1}).image(0);
        assertEquals(3, image.getWidth());
        assertEquals(2, image.getHeight());
        assertEquals(0xff0a0b0c, image.getRGB(0, 0));
        assertEquals(0xffc83d3e, image.getRGB(2, 1));
    }

    @Test
    void subsetsKeepTheAskedOrder() {
        ImageSet some = numbered(9).subset(5, 0, 5);
        assertEquals(3, some.size());
        assertArrayEquals(new byte[] {5, 5, 5, 5, 5, 5}, some.pixels(0));
        assertArrayEquals(new byte[6], some.pixels(1));
        assertEquals(1, some.label(2));
    }

    @Test
    void firstTakesWhatThereIs() {
        assertEquals(4, numbered(9).first(4).size());
        assertEquals(9, numbered(9).first(100).size());
    }

    @Test
    void firstOfEachBalances() {
        ImageSet balanced = numbered(9).firstOfEach(2);
        assertArrayEquals(
                new int[] {0, 0, 1, 1},
                IntStream.range(0, 4).map(balanced::label).toArray());
        assertEquals(5, balanced.pixels(3)[0]);
    }

    @Test
    void laterChangesOfTheArraysDoNotReachTheSet() {
        byte[][] pixels = {new byte[6], new byte[6]};
        int[] labels = {0, 1};
        ImageSet set = new ImageSet("pets", CLASSES, 1, 2, pixels, labels);
        pixels[1] = null;
        labels[1] = 7;
        assertEquals(6, set.pixels(1).length);
        assertEquals(1, set.label(1));
    }

    @Test
    void errorsNameTheImageAndTheValue() {
        assertProblem("image 1 has label 2, not one of 0 to 1", 1, 2, new byte[][] {new byte[6], new byte[6]}, 0, 2);
        assertProblem("image 0 has 5 bytes, not the 6 of shape (3, 1, 2)", 1, 2, new byte[][] {new byte[5]}, 0);
        assertProblem("2 images have 1 labels", 1, 2, new byte[][] {new byte[6], new byte[6]}, 0);
        assertProblem("an image of 0 x 2 has no pixels", 0, 2, new byte[][] {new byte[0]}, 0);
    }

    private static void assertProblem(String expected, int height, int width, byte[][] pixels, int... labels) {
        var error = assertThrows(
                IllegalArgumentException.class, () -> new ImageSet("pets", CLASSES, height, width, pixels, labels));
        assertEquals("Image set \"pets\": " + expected, error.getMessage());
    }

    @Test
    void picturesMakeASetToo() {
        byte[] pixels = {10, 11, 12, 20, 21, 22};
        ImageSet set = ImageSet.of("pets", CLASSES, 1, 2, List.of(new Picture(2, 1, pixels)), new int[] {1});
        assertArrayEquals(new byte[] {10, 20, 11, 21, 12, 22}, set.pixels(0));
        ImageSet planes = new ImageSet("others", CLASSES, 1, 2, new byte[][] {set.pixels(0)}, new int[] {1});
        assertEquals(set.fingerprint(), planes.fingerprint());
        refused(
                "Image set \"pets\": a picture of 1 x 2 is not 2 x 1",
                () -> ImageSet.of("pets", CLASSES, 2, 1, List.of(new Picture(2, 1, pixels)), new int[1]));
        refused(
                "Image set \"pets\": 1 images have 2 labels",
                () -> ImageSet.of("pets", CLASSES, 1, 2, List.of(new Picture(2, 1, pixels)), new int[2]));
    }

    @Test
    void aClassNamedTwiceIsRefused() {
        var error = assertThrows(
                IllegalArgumentException.class,
                () -> new ImageSet("pets", List.of("cat", "cat"), 1, 1, new byte[0][], new int[0]));
        assertTrue(error.getMessage().contains("classes are named twice: [cat]"), error.getMessage());
    }

    @Test
    void splitsMustFitTogether() {
        ImageSet pets = numbered(3);
        ImageSet wider = new ImageSet("pets", CLASSES, 1, 3, new byte[][] {new byte[9]}, new int[1]);
        ImageSet birds = new ImageSet("birds", List.of("owl"), 1, 2, new byte[][] {new byte[6]}, new int[1]);
        String size = assertThrows(IllegalArgumentException.class, () -> new Splits(pets, wider))
                .getMessage();
        assertTrue(size.contains("2 x 1") && size.contains("3 x 1"), size);
        String classes = assertThrows(IllegalArgumentException.class, () -> new Splits(pets, birds))
                .getMessage();
        assertTrue(classes.contains("[cat, dog]") && classes.contains("[owl]"), classes);
        assertEquals("pets", new Splits(pets, numbered(9)).name());
    }

    @Test
    void anImageThatIsNotThereIsNamed() {
        ImageSet pets = numbered(9);
        for (Executable ask : List.<Executable>of(
                () -> pets.image(9),
                () -> pets.pixels(9),
                () -> pets.label(9),
                () -> pets.describe(9),
                () -> pets.problem(9),
                () -> pets.subset(0, 9),
                () -> Augmentation.SMALL.examples(pets, 9, 2),
                () -> Batches.plain(null, pets, 9),
                () -> Loader.plain(pets, List.of(new int[] {9})).close())) {
            refused("Image set \"pets\": there is no image 9, only 0 to 8", ask);
        }
        refused("Image set \"pets\": there is no image -1, only 0 to 8", () -> pets.image(-1));
        refused(
                "Image set \"pets\": there is no image 0, it is empty",
                () -> numbered(0).image(0));
    }

    @Test
    void negativeNumbersOfImagesAreRefused() {
        refused(
                "Image set \"pets\": the number of images must not be negative: -1",
                () -> numbered(9).first(-1));
        refused(
                "Image set \"pets\": the number of images must not be negative: -1",
                () -> numbered(9).firstOfEach(-1));
        refused("The number of views must not be negative: -1", () -> Augmentation.SMALL.examples(numbered(9), 0, -1));
    }

    private static void refused(String expected, Executable call) {
        assertEquals(
                expected, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void anImageIsATensorOfItsColours() {
        byte[] pixels = {0, 51, 102, (byte) 153, (byte) 204, (byte) 255}; // red of two pixels, then green, then blue
        var set = new ImageSet("two pixels", List.of("a", "b"), 1, 2, new byte[][] {pixels}, new int[] {0});
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray tensor = set.tensor(manager, 0);
            assertEquals(new Shape(1, 2, 3), tensor.getShape());
            assertArrayEquals(new float[] {0, 0.4f, 0.8f, 0.2f, 0.6f, 1}, tensor.toFloatArray(), 1e-6f);
        }
    }
}
