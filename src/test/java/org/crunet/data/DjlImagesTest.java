package org.crunet.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.Repository;
import ai.djl.training.dataset.ArrayDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DJL's data sets, in every layout they come in. */
class DjlImagesTest {
    private static final List<String> CLASSES = List.of("even", "odd");

    @TempDir
    private Path folder;

    private final NDManager manager = NDManager.newBaseManager();

    /**
     * DJL copies a data set of whatever repository into one cache, and never looks for a newer one: in the user's own cache
     * our two images would pass for CIFAR-10 from then on.
     */
    @BeforeEach
    void cacheOfItsOwn() {
        System.setProperty("DJL_CACHE_DIR", folder.resolve("cache").toString());
    }

    @AfterEach
    void close() {
        System.clearProperty("DJL_CACHE_DIR");
        manager.close();
    }

    private ImageSet read(NDArray images) {
        NDArray labels = manager.create(new long[] {1, 0});
        return DjlImages.of(
                "numbers",
                CLASSES,
                new ArrayDataset.Builder()
                        .setData(images)
                        .optLabels(labels)
                        .setSampling(1, false)
                        .build());
    }

    /** Two images, 2 high and 4 wide, with values 0 to 47: planes (2, 3, 2, 4). */
    private NDArray planes() {
        return manager.arange(48).reshape(2, 3, 2, 4).toType(DataType.FLOAT32, true);
    }

    private static void assertNumbers(ImageSet set) {
        assertEquals(2, set.height());
        assertEquals(4, set.width());
        assertEquals(1, set.label(0));
        assertEquals(0, set.label(1));
        for (int at = 0; at < 24; at++) {
            assertEquals(24 + at, set.pixels(1)[at], "at " + at);
        }
    }

    @Test
    void channelsMayComeFirstOrLast() {
        assertNumbers(read(planes()));
        assertNumbers(read(planes().transpose(0, 2, 3, 1)));
    }

    @Test
    void bytesFloatsAndFractionsMeanTheSame() {
        assertNumbers(read(planes().toType(DataType.UINT8, true)));
        assertNumbers(read(planes().div(255)));
    }

    /** All values of the first image are at most 1, but not those of the second. */
    @Test
    void oneDarkImageDoesNotMakeTheSetFractions() {
        NDArray images = manager.zeros(new Shape(2, 3, 2, 4));
        images.set(new NDIndex("1"), 200);
        ImageSet set = read(images);
        assertEquals(0, set.pixels(0)[0]);
        assertEquals((byte) 200, set.pixels(1)[0]);
    }

    @Test
    void greyBecomesRedGreenAndBlue() {
        NDArray grey = manager.arange(16).toType(DataType.FLOAT32, true).add(9);
        for (Shape shape : List.of(new Shape(2, 2, 4), new Shape(2, 2, 4, 1), new Shape(2, 1, 2, 4))) {
            byte[] pixels = read(grey.reshape(shape)).pixels(0);
            assertArrayEquals(
                    new byte[] {
                        9, 10, 11, 12, 13, 14, 15, 16, 9, 10, 11, 12, 13, 14, 15, 16, 9, 10, 11, 12, 13, 14, 15, 16
                    },
                    pixels,
                    "" + shape);
        }
    }

    @Test
    void errorsNameTheImageAndTheFix() {
        assertProblem("image 0: -1.0 is not from 0 to 255: leave out Normalize", planes().sub(1));
        assertProblem("image 0: (4, 2, 5) is not (H, W, C)", manager.zeros(new Shape(2, 4, 2, 5)));
    }

    private void assertProblem(String expected, NDArray images) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> read(images)).getMessage();
        assertTrue(message.startsWith("Data set \"numbers\", " + expected), message);
    }

    /** Absolute addresses: DJL 0.36 resolves others twice, against two folders, to copy a file and to read it. */
    private void repository(String artifact, String... files) throws IOException {
        Path home = Files.createDirectories(folder.resolve("dataset/cv/ai/djl/basicdataset/" + artifact));
        String items = String.join(
                ",",
                Arrays.stream(files)
                        .map(file -> "\"" + file + "\": {\"uri\": \""
                                + home.resolve("1.0").resolve(file) + "\"}")
                        .toList());
        Files.writeString(home.resolve("metadata.json"), """
                {"metadataVersion": "0.1", "groupId": "ai.djl.basicdataset", "artifactId": "%s",
                 "artifacts": [{"version": "1.0", "files": {%s}}]}""".formatted(artifact, items));
        for (String file : files) {
            Files.write(Files.createDirectories(home.resolve("1.0")).resolve(file), content(file));
        }
    }

    /** Two records of CIFAR-10 (a label, then planes), or two pictures or labels of Fashion-MNIST after their header. */
    private static byte[] content(String file) {
        byte[] bytes = new byte[file.endsWith("bin") ? 2 * 3073 : file.endsWith("data") ? 16 + 2 * 784 : 8 + 2];
        int last = bytes.length - 1;
        bytes[file.endsWith("bin") ? 3073 : last] = 9;
        bytes[last] = file.endsWith("labels") ? (byte) 9 : (byte) 250;
        return bytes;
    }

    @Test
    void cifarComesFromAFolderInDjlsLayout() throws IOException {
        repository("cifar10", "data_batch.bin", "test_batch.bin");
        Splits cifar = DjlImages.cifar10(Repository.newInstance("mine", folder.toString()));
        assertEquals(
                "CIFAR-10: 2 images to train, 2 to validate, 32 x 32, 10 classes",
                cifar.toString().substring(0, 63));
        assertEquals(9, cifar.train().label(1));
        assertEquals((byte) 250, cifar.train().pixels(1)[3071]);
        assertEquals(0, cifar.train().pixels(1)[0]);
    }

    @Test
    void fashionComesFromAFolderInDjlsLayout() throws IOException {
        repository("fashmnist", "train_data", "train_labels", "test_data", "test_labels");
        Splits fashion = DjlImages.fashionMnist(Repository.newInstance("mine", folder.toString()));
        assertEquals(28, fashion.train().width());
        assertEquals("Ankle boot", fashion.train().classes().get(fashion.train().label(1)));
        assertEquals((byte) 250, fashion.validation().pixels(1)[783]);
        assertEquals((byte) 250, fashion.validation().pixels(1)[3 * 784 - 1]);
    }

    @Test
    void withoutTheDataTheErrorSaysWhatToDo() {
        Repository empty = Repository.newInstance("mine", folder.toString());
        for (Runnable read : List.<Runnable>of(() -> DjlImages.cifar10(empty), () -> DjlImages.fashionMnist(empty))) {
            String message =
                    assertThrows(IllegalStateException.class, read::run).getMessage();
            assertTrue(message.contains("ImageFolder.of("), message);
            assertTrue(message.contains("Go online once"), message);
            assertTrue(
                    message.contains("from DJL: it is not in file:") && message.contains(folder.toString()), message);
        }
    }
}
