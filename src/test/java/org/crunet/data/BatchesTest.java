package org.crunet.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.crunet.scenes.Scenes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class BatchesTest {

    private final NDManager manager = NDManager.newBaseManager();
    private final ImageSet images = Scenes.painted(16).seed(3).images(12);

    @AfterEach
    void close() {
        manager.close();
    }

    private NDArray augmented(ImageSet from, long seed, int epoch, int... indices) {
        return Batches.array(manager, from, View.augmented(from, Augmentation.SMALL, seed, epoch), indices);
    }

    @Test
    void plainImagesAreNormalisedPlanes() {
        NDArray batch = Batches.plain(manager, images, 5, 2);
        assertEquals(new Shape(2, 3, 16, 16), batch.getShape());
        byte[] pixels = images.pixels(2);
        float[] expected = new float[pixels.length];
        int[] mean = {124, 117, 104};
        for (int i = 0; i < expected.length; i++) {
            expected[i] = ((pixels[i] & 0xff) - mean[i / 256]) * 0.0167f;
        }
        assertArrayEquals(expected, batch.get(1).toFloatArray());
    }

    @Test
    void standardisedImagesHaveMean0AndDeviation1InEachColour() {
        Splits split = new Splits(images.first(8), images.subset(8, 9, 10, 11));
        Splits standardised = split.standardised();
        NDArray all = Batches.plain(manager, standardised.train(), 0, 1, 2, 3, 4, 5, 6, 7)
                .transpose(1, 0, 2, 3)
                .reshape(3, -1);
        NDArray mean = all.mean(new int[] {1}, true);
        assertArrayEquals(new float[3], mean.toFloatArray(), 1e-4f);
        assertArrayEquals(
                new float[] {1, 1, 1},
                all.sub(mean).square().mean(new int[] {1}).toFloatArray(),
                1e-4f);
        NDArray fourth = Batches.plain(manager, standardised.train(), 3);
        assertArrayEquals(
                fourth.toFloatArray(),
                Batches.plain(manager, standardised.train().subset(3), 0).toFloatArray());
        NDArray other = Batches.plain(manager, standardised.validation(), 3);
        assertTrue(other.sub(Batches.plain(manager, images, 11)).abs().max().getFloat() > 0.01);
        assertNotEquals(
                split.validation().fingerprint(), standardised.validation().fingerprint());
        BufferedImage shown =
                Augmentation.NONE.examples(standardised.train(), 3, 1).get(0);
        assertEquals(images.image(3).getRGB(5, 7), shown.getRGB(5, 7));
    }

    /** DJL lends the Java buffer to PyTorch: a batch must not depend on an array that is closed already. */
    @Test
    void aBatchOutlivesAGarbageCollection() {
        float[] expected = Batches.plain(manager, images, 0).toFloatArray();
        List<NDArray> batches = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            batches.add(Batches.plain(manager, images, 0));
        }
        System.gc();
        List<float[]> dirt = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            dirt.add(manager.full(new Shape(3 * 256), 7f).toFloatArray());
        }
        batches.forEach(batch -> assertArrayEquals(expected, batch.toFloatArray()));
    }

    @Test
    void aFileThatCannotBeReadIsReportedAndRemembered(@TempDir Path folder) throws IOException {
        for (int i = 0; i < 3; i++) {
            Files.createDirectories(folder.resolve("val/a"));
            Files.createFile(folder.resolve("val/a/" + i + ".jpg"));
        }
        ImageSet files = ImageFolder.of(folder.toString()).size(8).onDisk().images("val");
        for (Executable read : List.<Executable>of(
                () -> Batches.plain(manager, files, 0),
                () -> augmented(files, 1, 1, 1),
                () -> Augmentation.SMALL.examples(files, 2, 1))) {
            String message = assertThrows(UncheckedIOException.class, read).getMessage();
            assertTrue(message.endsWith(".jpg: the file is empty"), message);
        }
        assertEquals(3, files.problems().size(), files.problems().toString());
    }

    @Test
    void anAugmentedImageIsTheOriginalShiftedByAtMostFourAndPerhapsMirrored() {
        for (int epoch = 1; epoch <= 20; epoch++) {
            float[] moved = augmented(images, 9, epoch, 4).toFloatArray();
            assertTrue(candidates().anyMatch(candidate -> Arrays.equals(candidate, moved)), "epoch " + epoch);
        }
    }

    private java.util.stream.Stream<float[]> candidates() {
        float[] plain = Batches.plain(manager, images, 4).toFloatArray();
        return IntStream.range(0, 2 * 81).mapToObj(i -> moved(plain, i / 2 / 9 - 4, i / 2 % 9 - 4, i % 2 == 1));
    }

    private static float[] moved(float[] plain, int down, int right, boolean mirrored) {
        float[] result = new float[plain.length];
        for (int i = 0; i < result.length; i++) {
            int row = i / 16 % 16 + down;
            int column = (mirrored ? 15 - i % 16 : i % 16) + right;
            boolean inside = row >= 0 && row < 16 && column >= 0 && column < 16;
            result[i] = inside ? plain[i / 256 * 256 + row * 16 + column] : 0;
        }
        return result;
    }

    @Test
    void augmentationDependsOnSeedEpochAndIndexAlone() {
        float[] alone = augmented(images, 1, 2, 7).toFloatArray();
        float[] among = augmented(images, 1, 2, 3, 7, 5).get(1).toFloatArray();
        assertArrayEquals(alone, among);
        int changed = 0;
        for (int epoch = 3; epoch < 13; epoch++) {
            changed += Arrays.equals(alone, augmented(images, 1, epoch, 7).toFloatArray()) ? 0 : 1;
        }
        assertTrue(changed > 5);
    }

    @Test
    void anEpochVisitsEveryImageOnceInAnOrderOfItsOwn() {
        int[] order = Batches.order(100, 1, 1);
        assertArrayEquals(
                IntStream.range(0, 100).toArray(), Arrays.stream(order).sorted().toArray());
        assertArrayEquals(order, Batches.order(100, 1, 1));
        assertFalse(Arrays.equals(order, Batches.order(100, 1, 2)));
        assertFalse(Arrays.equals(order, Batches.order(100, 2, 1)));
    }
}
