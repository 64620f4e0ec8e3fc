package org.crunet.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class PublishedFilesTest {

    @TempDir
    private Path folder;

    private final Random random = new Random(1);

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    @Test
    void cifarIsReadBatchByBatch() throws IOException {
        Path inside = Files.createDirectories(folder.resolve("cifar-10-batches-bin"));
        byte[][] batches = new byte[6][];
        for (int i = 0; i < 6; i++) {
            batches[i] = bytes(2 * 3073);
            batches[i][0] = (byte) i;
            batches[i][3073] = 9;
            Files.write(inside.resolve(i == 5 ? "test_batch.bin" : "data_batch_" + (i + 1) + ".bin"), batches[i]);
        }
        Splits cifar = DjlImages.cifar10(folder.toString());
        assertEquals(10, cifar.train().size());
        assertEquals(2, cifar.validation().size());
        assertEquals(3, cifar.train().label(6));
        assertEquals("frog", cifar.train().classes().get(6));
        assertArrayEquals(
                Arrays.copyOfRange(batches[3], 3074, 6146), cifar.train().pixels(7));
        assertArrayEquals(
                Arrays.copyOfRange(batches[5], 1, 3073), cifar.validation().pixels(0));
        Files.write(inside.resolve("data_batch_2.bin"), bytes(3072));
        refused(() -> DjlImages.cifar10(folder.toString()), "data_batch_2.bin has 3072 bytes, no multiple of 3073");
        Files.delete(inside.resolve("data_batch_2.bin"));
        refused(() -> DjlImages.cifar10(folder.toString()), "There is no data_batch_2.bin in " + folder);
    }

    private void idx(String name, int kind, byte[] content, int... sizes) throws IOException {
        ByteBuffer all =
                ByteBuffer.allocate(4 + 4 * sizes.length + content.length).putInt(kind);
        Arrays.stream(sizes).forEach(all::putInt);
        all.put(content);
        Path file = folder.resolve(name);
        try (OutputStream out = name.endsWith(".gz")
                ? new GZIPOutputStream(Files.newOutputStream(file))
                : Files.newOutputStream(file)) {
            out.write(all.array());
        }
    }

    @Test
    void fashionIsReadPackedAndUnpacked() throws IOException {
        byte[] train = bytes(3 * 28 * 28);
        idx("train-images-idx3-ubyte.gz", 0x803, train, 3, 28, 28);
        idx("train-labels-idx1-ubyte.gz", 0x801, new byte[] {9, 0, 4}, 3);
        idx("t10k-images-idx3-ubyte", 0x803, bytes(28 * 28), 1, 28, 28);
        idx("t10k-labels-idx1-ubyte", 0x801, new byte[] {5}, 1);
        Splits fashion = DjlImages.fashionMnist(folder.toString());
        assertEquals("Ankle boot", fashion.train().classes().get(fashion.train().label(0)));
        assertEquals(5, fashion.validation().label(0));
        byte[] second = fashion.train().pixels(1);
        for (int colour = 0; colour < 3; colour++) {
            assertArrayEquals(
                    Arrays.copyOfRange(train, 784, 1568), Arrays.copyOfRange(second, colour * 784, (colour + 1) * 784));
        }
        idx("t10k-labels-idx1-ubyte", 0x803, new byte[] {5}, 1);
        refused(() -> DjlImages.fashionMnist(folder.toString()), "t10k-labels-idx1-ubyte is no IDX file of labels");
        idx("t10k-labels-idx1-ubyte", 0x801, new byte[] {5, 6}, 2);
        refused(() -> DjlImages.fashionMnist(folder.toString()), "images and labels of t10k do not go together");
        Files.write(folder.resolve("train-images-idx3-ubyte.gz"), bytes(20));
        String message = assertThrows(UncheckedIOException.class, () -> DjlImages.fashionMnist(folder.toString()))
                .getMessage();
        assertTrue(message.startsWith("Cannot read " + folder.resolve("train-images-idx3-ubyte.gz")), message);
    }

    private static void refused(Executable call, String part) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
