package org.crunet.scenes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.image.Picture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The painter is deterministic, the same at every size, and too hard for a linear classifier. */
class ScenesTest {

    /** Two pictures of every category; whoever changes the painter on purpose changes these numbers. */
    @ParameterizedTest
    @CsvSource({"32, 2003706149", "64, 3991132713", "49, 2953822443"})
    void theSamePixelsOnEveryPlatform(int size, long checksum) {
        CRC32 crc = new CRC32();
        ImageSet set = Scenes.painted(size).seed(1).images(16);
        IntStream.range(0, set.size()).forEach(i -> crc.update(set.pixels(i)));
        assertEquals(checksum, crc.getValue());
    }

    @Test
    void aPictureDependsOnlyOnItsNumberNotOnHowManyOrHowManyThreads() throws Exception {
        ImageSet many = Scenes.painted(24).seed(7).images(40);
        ForkJoinPool one = new ForkJoinPool(1);
        ImageSet few = one.submit(() -> Scenes.painted(24).seed(7).images(11)).get();
        one.shutdown();
        assertSame(many.first(11), few);
        assertSame(many, Scenes.painted(24).seed(7).split(40, 8).train());
    }

    private static void assertSame(ImageSet expected, ImageSet actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.label(i), actual.label(i));
            assertArrayEquals(expected.pixels(i), actual.pixels(i), "image " + i);
        }
    }

    @Test
    void noPictureIsPaintedTwice() {
        Set<Integer> seen = new HashSet<>();
        for (long seed : new long[] {0, 1, -1, 1L << 40}) {
            Splits splits = Scenes.painted(16).seed(seed).split(80, 80);
            for (ImageSet set : new ImageSet[] {splits.train(), splits.validation()}) {
                IntStream.range(0, 80).forEach(i -> assertTrue(seen.add(Arrays.hashCode(set.pixels(i)))));
            }
        }
    }

    @Test
    void categoriesAreBalancedAndNamedAsInPlaces365() {
        ImageSet set = Scenes.painted(8).images(80);
        assertEquals(
                "[desert/sand, forest_path, mountain, ocean, sky, skyscraper, snowfield, street]",
                set.classes().toString());
        for (int label = 0; label < 8; label++) {
            int wanted = label;
            assertEquals(
                    10,
                    IntStream.range(0, 80).filter(i -> set.label(i) == wanted).count());
        }
        assertEquals("painted scenes", set.name());
    }

    @Test
    void anotherSizeShowsTheSameScene() {
        ImageSet small = Scenes.painted(24).seed(3).images(32);
        ImageSet large = Scenes.painted(96).seed(3).images(32);
        double same = 0;
        double other = 0;
        for (int i = 0; i < 32; i++) {
            byte[] shrunk =
                    Picture.ofPlanes(large.pixels(i), 96, 96).resize(24, 24).planes();
            same += difference(shrunk, small.pixels(i)) / 32;
            other += difference(shrunk, small.pixels((i + 8) % 32)) / 32;
        }
        assertTrue(same < 8, "of 255: " + same);
        assertTrue(other > 40, "of 255: " + other);
    }

    private static double difference(byte[] a, byte[] b) {
        return IntStream.range(0, a.length)
                .map(j -> Math.abs((a[j] & 0xff) - (b[j] & 0xff)))
                .average()
                .orElseThrow();
    }

    /** The better of two weight decays, chosen on the validation set, which can only flatter it. */
    @Test
    @Tag("slow")
    void aLinearClassifierOnPixelsStaysUnderSixtyPercentButLearns() {
        Splits scenes = Scenes.painted(32).seed(1).split(4000, 800);
        double best = DoubleStream.of(0.003, 0.1)
                .map(decay ->
                        LinearClassifier.fit(scenes.train(), 20, 0.001, decay).accuracy(scenes.validation()))
                .max()
                .orElseThrow();
        assertTrue(best < 0.60, "top-1 " + best);
        assertTrue(best > 0.35, "top-1 " + best + ": chance is 0.125, so the classifier has not learned");
    }

    @Test
    void aSizeWithoutRoomForASceneIsRefused() {
        var error = assertThrows(IllegalArgumentException.class, () -> Scenes.painted(7));
        assertTrue(error.getMessage().contains("size 7"), error.getMessage());
        error = assertThrows(IllegalArgumentException.class, () -> Scenes.painted(100_000));
        assertTrue(error.getMessage().contains("size 100000: use 8 to 8192"), error.getMessage());
    }

    @Test
    void scenesThatCannotFitIntoMemoryAreRefusedBeforeTheFirstIsPainted() {
        var error = assertThrows(
                IllegalArgumentException.class, () -> Scenes.painted(8192).images(10_000));
        assertTrue(error.getMessage().startsWith("10000 scenes of 8192 x 8192 need 19"), error.getMessage());
        assertTrue(error.getMessage().contains("paint fewer or smaller ones"), error.getMessage());
    }

    @Test
    void aNegativeNumberOfImagesIsRefused() {
        var error = assertThrows(
                IllegalArgumentException.class, () -> Scenes.painted(8).split(8, -1));
        assertTrue(error.getMessage().contains("-1"), error.getMessage());
    }

    @Test
    void anInterruptStopsPainting() {
        Thread.currentThread().interrupt();
        assertThrows(CancellationException.class, () -> Scenes.painted(16).images(1000));
        assertTrue(Thread.interrupted(), "the interrupt must still be there for the caller");
        assertFalse(Thread.interrupted());
    }
}
