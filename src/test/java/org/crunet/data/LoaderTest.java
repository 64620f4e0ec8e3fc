package org.crunet.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.crunet.image.Picture;
import org.crunet.scenes.Scenes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class LoaderTest {

    private static final ImageSet SCENES = Scenes.painted(16).images(24);
    private static final List<int[]> BATCHES = List.of(new int[] {5, 2, 9}, new int[] {0, 1}, new int[] {23, 3, 7, 8});

    private final NDManager manager = NDManager.newBaseManager();

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void givesWhatBatchesGivesWhateverTheNumberOfWorkers() {
        for (Augmentation augmentation : List.of(Augmentation.NONE, Augmentation.SMALL, Augmentation.AUTHORS)) {
            List<float[]> once = all(View.augmented(SCENES, augmentation, 4, 2), 1);
            for (int threads : new int[] {2, 7}) {
                List<float[]> again = all(View.augmented(SCENES, augmentation, 4, 2), threads);
                for (int i = 0; i < BATCHES.size(); i++) {
                    assertArrayEquals(once.get(i), again.get(i));
                }
            }
        }
        List<float[]> augmented = all(View.augmented(SCENES, Augmentation.SMALL, 4, 2), 3);
        List<float[]> plain = all(View.plain(SCENES), 3);
        for (int i = 0; i < BATCHES.size(); i++) {
            assertArrayEquals(
                    Batches.array(manager, SCENES, View.augmented(SCENES, Augmentation.SMALL, 4, 2), BATCHES.get(i))
                            .toFloatArray(),
                    augmented.get(i));
            assertArrayEquals(Batches.plain(manager, SCENES, BATCHES.get(i)).toFloatArray(), plain.get(i));
        }
    }

    private List<float[]> all(View view, int threads) {
        List<float[]> batches = new ArrayList<>();
        try (Loader loader = new Loader(SCENES, view, BATCHES, 2, threads)) {
            while (loader.hasNext()) {
                batches.add(loader.next(manager).images().toFloatArray());
            }
            assertThrows(NoSuchElementException.class, () -> loader.next(manager));
        }
        return batches;
    }

    /** Ten good files, of which every other one is spoilt in its own way. */
    private ImageSet files() throws IOException {
        for (int i = 0; i < 10; i++) {
            Path file = folder.resolve("val/" + (i < 5 ? "a" : "b") + "/" + i + ".png");
            Files.createDirectories(file.getParent());
            ImageIO.write(SCENES.image(i), "png", file.toFile());
        }
        ImageSet images = onDisk().images("val");
        Files.write(folder.resolve("val/a/1.png"), new byte[0]);
        byte[] whole = Files.readAllBytes(folder.resolve("val/a/3.png"));
        Files.write(folder.resolve("val/a/3.png"), java.util.Arrays.copyOf(whole, whole.length / 2));
        Files.writeString(folder.resolve("val/b/5.png"), "no image");
        Files.delete(folder.resolve("val/b/7.png"));
        return images;
    }

    private ImageFolder onDisk() {
        return ImageFolder.of(folder.toString()).size(16).onDisk();
    }

    @Test
    void whatCannotBeReadIsLeftOutAndNamedOnce() throws IOException {
        ImageSet images = files();
        List<int[]> batches = List.of(new int[] {0, 1, 2, 3}, new int[] {1, 3, 5, 7}, new int[] {4, 5, 6, 7, 8, 9});
        for (int epoch = 1; epoch <= 2; epoch++) {
            try (Loader loader = Loader.of(images, Augmentation.NONE, 1, epoch, batches)) {
                Batch first = loader.next(manager);
                assertArrayEquals(new int[] {0, 2}, first.indices());
                assertArrayEquals(
                        Batches.plain(manager, SCENES, 0, 2).toFloatArray(),
                        first.images().toFloatArray());
                Batch none = loader.next(manager);
                assertEquals(new Shape(0, 3, 16, 16), none.images().getShape());
                assertEquals(0, none.labels().length);
                Batch last = loader.next(manager);
                assertArrayEquals(new int[] {4, 6, 8, 9}, last.indices());
                assertArrayEquals(new int[] {0, 1, 1, 1}, last.labels());
            }
        }
        List<String> problems = images.problems();
        assertEquals(4, problems.size(), problems.toString());
        assertTrue(problems.get(0).endsWith("1.png: the file is empty"), problems.get(0));
        assertTrue(problems.get(1).contains("3.png: the image is "), problems.get(1));
        assertTrue(problems.get(2).contains("5.png: not a JPEG"), problems.get(2));
        assertTrue(problems.get(3).endsWith("7.png: there is no such file"), problems.get(3));
        assertEquals(problems, images.subset(0, 1).problems(), "a part of the set knows them too");
        assertEquals(Optional.of(problems.get(0)), images.subset(0, 1).problem(1));
        assertEquals(Optional.empty(), images.problem(0));
        assertEquals(Optional.empty(), SCENES.problem(0));
    }

    /** A list may have any name, as may a folder of which Java does not know the characters. */
    @Test
    void aNameThatNoFileCanHaveIsAProblem() {
        var source = new FileSource(folder.toString(), new String[] {"some\0.jpg"}, 16, 16, new FileSource.Local());
        ImageSet images = new ImageSet("odd", List.of("a"), 16, 16, source, new int[1]);
        try (Loader loader = Loader.plain(images, List.of(new int[] {0}))) {
            assertEquals(0, loader.next(manager).labels().length);
        }
        String problem = images.problem(0).orElseThrow();
        assertTrue(problem.contains("some\0.jpg: no file can have this name"), problem);
    }

    /** Waits until it is let go or interrupted. */
    private static View waiting(CountDownLatch latch) {
        return (index, into, at) -> {
            try {
                latch.await();
            } catch (InterruptedException closed) {
                throw new IOException(closed);
            }
        };
    }

    @Test
    void anInterruptEndsTheWaitStaysSetAndLosesNoBatch() {
        CountDownLatch latch = new CountDownLatch(1);
        try (Loader loader = new Loader(SCENES, waiting(latch), BATCHES, 2, 2)) {
            Thread.currentThread().interrupt();
            assertThrows(CancellationException.class, () -> loader.next(manager));
            assertTrue(Thread.interrupted());
            latch.countDown();
            for (int[] batch : BATCHES) {
                assertArrayEquals(batch, loader.next(manager).indices());
            }
            assertFalse(loader.hasNext());
        }
    }

    @Test
    void aClosedLoaderSaysSo() {
        Loader loader = new Loader(SCENES, waiting(new CountDownLatch(1)), BATCHES, 2, 2);
        CompletableFuture<Batch> before = CompletableFuture.supplyAsync(() -> loader.next(manager));
        while (!before.isDone() && Thread.getAllStackTraces().values().stream().noneMatch(LoaderTest::isInNext)) {
            Thread.onSpinWait();
        }
        loader.close();
        for (Executable next : List.<Executable>of(before::join, () -> loader.next(manager))) {
            Throwable error =
                    assertTimeoutPreemptively(Duration.ofSeconds(20), () -> assertThrows(RuntimeException.class, next));
            Throwable cause = error instanceof CompletionException ? error.getCause() : error;
            assertInstanceOf(IllegalStateException.class, cause);
            assertTrue(cause.getMessage().contains("the loader was closed"), cause.getMessage());
        }
        loader.close();
    }

    private static boolean isInNext(StackTraceElement[] stack) {
        return List.of(stack).stream()
                .anyMatch(frame -> frame.getClassName().equals(Loader.class.getName())
                        && frame.getMethodName().equals("done"));
    }

    @Test
    void whatClosingCutsOffIsNoProblemOfTheImage() throws Exception {
        ImageSet images = files();
        Set<Thread> before = workers();
        Loader loader = new Loader(images, waiting(new CountDownLatch(1)), List.of(new int[] {0, 2}), 2, 2);
        loader.close();
        joinAllBut(before);
        assertEquals(List.of(), images.problems());
    }

    @Test
    void aLoaderThatCannotBeginLeavesNoThreads() throws Exception {
        Set<Thread> before = workers();
        List<int[]> batches = List.of(new int[] {0, 1}, new int[1_000_000]);
        String message = assertThrows(IllegalArgumentException.class, () -> Loader.plain(SCENES, batches))
                .getMessage();
        assertTrue(message.contains("768000000 numbers") && message.contains("use fewer"), message);
        joinAllBut(before);
    }

    private static Set<Thread> workers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("images"))
                .collect(Collectors.toSet());
    }

    private static void joinAllBut(Set<Thread> others) throws InterruptedException {
        for (Thread thread : workers()) {
            if (!others.contains(thread)) {
                thread.join(20_000);
                assertFalse(thread.isAlive(), "a worker is left");
            }
        }
    }

    @Test
    void aFaultOfOursReachesTheCaller() {
        View broken = (index, into, at) -> {
            throw new IllegalArgumentException("broken at " + index);
        };
        try (Loader loader = new Loader(SCENES, broken, BATCHES, 2, 2)) {
            IllegalStateException error = assertThrows(IllegalStateException.class, () -> loader.next(manager));
            assertTrue(error.getMessage().contains("image 5 of painted scenes"), error.getMessage());
            assertTrue(error.getMessage().contains("broken at 5"), error.getMessage());
        }
        View tooLarge = (index, into, at) -> {
            throw new OutOfMemoryError("as if");
        };
        try (Loader loader = new Loader(SCENES, tooLarge, BATCHES, 2, 2)) {
            IllegalStateException error = assertThrows(IllegalStateException.class, () -> loader.next(manager));
            assertTrue(error.getMessage().contains("image 5 of painted scenes"), error.getMessage());
        }
    }

    @Test
    void aBatchMayBeEmpty() {
        try (Loader loader = Loader.plain(SCENES, List.of(new int[0], new int[] {3}))) {
            assertEquals(new Shape(0, 3, 16, 16), loader.next(manager).images().getShape());
            assertArrayEquals(new int[] {3}, loader.next(manager).indices());
        }
    }

    @Test
    void tenCropsOfImagesThatAreNotSquareAreRefused() {
        ImageSet wide = new ImageSet("wide", List.of("a"), 8, 9, new byte[][] {new byte[3 * 8 * 9]}, new int[1]);
        String message = assertThrows(
                        IllegalArgumentException.class, () -> Loader.tenCrops(wide, List.of(new int[] {0})))
                .getMessage();
        assertTrue(message.contains("square") && message.contains("9 x 8"), message);
    }

    @Test
    void tenCropsAreCornersAndCentreAndTheirMirrors() {
        int size = 14;
        ImageSet images = Scenes.painted(size).images(2);
        float[] values;
        try (Loader loader = Loader.tenCrops(images, List.of(new int[] {1, 0}))) {
            Batch batch = loader.next(manager);
            assertEquals(new Shape(20, 3, size, size), batch.images().getShape());
            values = batch.images().toFloatArray();
        }
        Picture large = Picture.ofPlanes(images.pixels(0), size, size).resize(16, 16);
        int[][] corners = {{0, 0}, {2, 0}, {0, 2}, {2, 2}, {1, 1}};
        for (int crop = 0; crop < 10; crop++) {
            for (int x = 0; x < size; x++) {
                int[] corner = corners[crop % 5];
                int from = crop < 5 ? x : size - 1 - x;
                int pixel = large.pixels()[3 * ((corner[1] + 6) * 16 + corner[0] + from) + 1] & 0xff;
                float value = values[((10 + crop) * 3 + 1) * size * size + 6 * size + x];
                assertEquals((pixel - 117) * 0.0167f, value, 1e-6, "crop " + crop + ", x " + x);
            }
        }
    }

    @Test
    void aFingerprintTellsSetsApart() throws IOException {
        ImageSet files = files();
        List<String> prints = List.of(
                SCENES.fingerprint(),
                Scenes.painted(16).seed(1).images(24).fingerprint(),
                SCENES.first(23).fingerprint(),
                files.fingerprint(),
                onDisk().images("val").fingerprint(),
                files.first(9).fingerprint(),
                onDisk().shorterSide(18).images("val").fingerprint());
        assertEquals(prints.size(), prints.stream().distinct().count(), prints.toString());
        assertEquals(Scenes.painted(16).images(24).fingerprint(), SCENES.fingerprint());
        assertTrue(
                prints.stream().allMatch(print -> print.matches(".*images=\\d+, .*sha256=\"[0-9a-f]{64}\"\\)")),
                prints.toString());
    }

    /** A picture that takes another one's place has another time; one of an opener that knows none has other content. */
    @Test
    void aContentKeyTellsWhetherAFileIsTheSame() throws IOException {
        ImageSet files = files();
        Opener contents = path -> Files.readAllBytes(Path.of(path));
        List<String> names = List.of("val/a/0.png", "val/b/7.png");
        ImageSet opened =
                ImageSet.of("val", List.of("a", "b"), 16, folder.toString(), names, new int[] {0, 1}, contents);
        String before = files.contentKey();
        String content = opened.contentKey();
        assertEquals(before, files.contentKey());
        Path file = folder.resolve("val/a/0.png");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000_000_000L));
        assertNotEquals(before, files.contentKey());
        assertEquals(content, opened.contentKey());
        Files.copy(folder.resolve("val/a/2.png"), file, StandardCopyOption.REPLACE_EXISTING);
        assertNotEquals(content, opened.contentKey());
        assertEquals(opened.fingerprint(), opened.subset(0, 1).fingerprint());
        assertEquals(SCENES.contentKey(), Scenes.painted(16).images(24).contentKey());
        assertNotEquals(SCENES.contentKey(), SCENES.first(23).contentKey());
    }
}
