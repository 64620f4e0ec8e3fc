package org.crunet.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.crunet.image.Picture;
import org.crunet.image.ResizeTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AugmentationTest {
    private static final int[] MEAN = {124, 117, 104};

    private static float[] view(Augmentation augmentation, Picture picture, int height, int width, long seed) {
        FloatBuffer into = FloatBuffer.allocate(3 * height * width + 5);
        augmentation.write(picture, height, width, Scale.AUTHORS, new Random(seed), into, 2);
        assertEquals(0, into.position(), "others write at the same time");
        float[] all = into.array();
        assertTrue(all[0] == 0 && all[1] == 0 && all[all.length - 1] == 0, "nothing is written outside");
        return Arrays.copyOfRange(all, 2, all.length - 3);
    }

    private static float[] plain(Picture picture) {
        FloatBuffer into = FloatBuffer.allocate(picture.pixels().length + 1);
        Batches.write(picture, Scale.AUTHORS, into, 1);
        return Arrays.copyOfRange(into.array(), 1, into.capacity());
    }

    @Test
    void aShiftWithoutEndIsRefused() {
        var error =
                assertThrows(IllegalArgumentException.class, () -> Augmentation.NONE.withPadding(Integer.MAX_VALUE));
        assertEquals("padding must be from 0 to 8192: 2147483647", error.getMessage());
    }

    @Test
    void aPlainViewIsNormalised() {
        Picture picture = ResizeTest.random(7, 5);
        float[] values = plain(picture);
        for (int at = 0; at < values.length; at++) {
            assertEquals(((picture.pixels()[at] & 0xff) - MEAN[at % 3]) * 0.0167f, values[at]);
        }
        assertArrayEquals(values, view(Augmentation.NONE, picture, 5, 7, 1));
    }

    @Test
    void withoutAugmentationTheMiddleIsShownInTheSizeAskedFor() {
        Picture picture = ResizeTest.random(40, 21);
        float[] expected = plain(picture.square(10));
        assertArrayEquals(expected, view(Augmentation.NONE, picture, 10, 10, 1), 0.0167f * 0.501f);
    }

    /** The definition, draw by draw and pixel by pixel; results that people have kept depend on it. */
    @ParameterizedTest
    @CsvSource({"16, 16", "9, 13", "3, 2"})
    void aSmallViewIsShiftedThenMirrored(int height, int width) {
        Picture picture = ResizeTest.random(width, height);
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            int down = random.nextInt(9) - 4;
            int right = random.nextInt(9) - 4;
            boolean mirrored = random.nextBoolean();
            float[] view = view(Augmentation.SMALL, picture, height, width, seed);
            for (int at = 0; at < view.length; at++) {
                int row = at / 3 / width + down;
                int x = at / 3 % width;
                int column = (mirrored ? width - 1 - x : x) + right;
                boolean inside = row >= 0 && row < height && column >= 0 && column < width;
                int value = inside ? picture.pixels()[3 * (row * width + column) + at % 3] & 0xff : MEAN[at % 3];
                assertEquals((value - MEAN[at % 3]) * 0.0167f, view[at], "seed " + seed + " at " + at);
            }
        }
    }

    @Test
    void theSameSeedGivesTheSameViewAndAnotherAnother() {
        Picture picture = ResizeTest.random(50, 40);
        float[] one = view(Augmentation.AUTHORS, picture, 24, 24, 3);
        assertArrayEquals(one, view(Augmentation.AUTHORS, picture, 24, 24, 3));
        assertFalse(Arrays.equals(one, view(Augmentation.AUTHORS, picture, 24, 24, 4)));
    }

    /** A view of the authors is its steps one after the other: part, size, mirror, colours. */
    @Test
    void theAuthorsViewIsItsStepsInTurn() {
        Picture picture = ResizeTest.random(60, 45);
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            Picture part = Augmentation.AUTHORS.part(picture, 24, 32, random);
            boolean mirrored = random.nextBoolean();
            double[] shift = {20, 40, 50};
            Arrays.setAll(shift, i -> shift[i] * (2 * random.nextDouble() - 1));
            byte[] resized = rounded(part);
            float[] view = view(Augmentation.AUTHORS, picture, 24, 32, seed);
            for (int p = 0; p < 24 * 32; p++) {
                int from = mirrored ? p / 32 * 32 + 31 - p % 32 : p;
                double[] rgb = ColourShiftTest.shifted(resized, 3 * from, shift[0], shift[1], shift[2]);
                for (int c = 0; c < 3; c++) {
                    assertEquals(rgb[c], view[3 * p + c] / 0.0167 + MEAN[c], 0.01, "seed " + seed + ", pixel " + p);
                }
            }
        }
    }

    /** A half is rounded to the even number, unlike in a picture. */
    private static byte[] rounded(Picture part) {
        byte[] pixels = new byte[3 * 24 * 32];
        part.rows(24, 32, (row, y) -> {
            for (int at = 0; at < 96; at++) {
                pixels[96 * y + at] = (byte) (int) Math.rint(row[at % 3][at / 3]);
            }
        });
        return pixels;
    }

    /** An in-memory image goes the same way. */
    @Test
    void planesGiveTheSameView() {
        Picture picture = ResizeTest.random(32, 32);
        float[] expected = view(Augmentation.AUTHORS, picture, 32, 32, 8);
        Picture stored = Picture.ofPlanes(picture.planes(), 32, 32);
        assertArrayEquals(expected, view(Augmentation.AUTHORS, stored, 32, 32, 8));
    }

    /** Where a part begins, and its size. */
    private record Part(int left, int top, int width, int height) {

        /** A picture whose pixels say where they are. */
        static Picture located(int width, int height) {
            byte[] pixels = new byte[3 * width * height];
            for (int at = 0; at < pixels.length; at += 3) {
                int x = at / 3 % width;
                int y = at / 3 / width;
                pixels[at] = (byte) x;
                pixels[at + 1] = (byte) y;
                pixels[at + 2] = (byte) (x >> 8 << 4 | y >> 8);
            }
            return new Picture(width, height, pixels);
        }

        static Part of(Picture part) {
            byte[] first = part.pixels();
            int left = first[0] & 0xff | (first[2] & 0xf0) << 4;
            return new Part(left, first[1] & 0xff | (first[2] & 0x0f) << 8, part.width(), part.height());
        }
    }

    @Test
    void partsHaveAreasAndAspectsInRangeAndReachEverySide() {
        Picture picture = Part.located(256, 256);
        Random random = new Random(1);
        int tries = 20_000;
        double area = 0;
        int wide = 0;
        Set<String> reached = new HashSet<>();
        for (int i = 0; i < tries; i++) {
            Part part = Part.of(Augmentation.AUTHORS.part(picture, 224, 224, random));
            double fraction = part.width() * part.height() / 65536.0;
            double aspect = (double) part.width() / part.height();
            assertTrue(fraction > 0.078 && fraction <= 1, "" + part);
            assertTrue(aspect > 0.74 && aspect < 1.35, "" + part);
            area += fraction / tries;
            wide += aspect > 1 ? 1 : 0;
            reached.add(part.left() == 0 ? "left" : part.left() + part.width() == 256 ? "right" : "");
            reached.add(part.top() == 0 ? "top" : part.top() + part.height() == 256 ? "bottom" : "");
        }
        assertEquals(expectedArea(), area, 0.01);
        assertEquals(0.5, (double) wide / tries, 0.02);
        assertEquals(Set.of("left", "right", "top", "bottom", ""), reached);
    }

    /** The mean area of draws that fit in a square, from a fine grid of all draws. */
    private static double expectedArea() {
        double sum = 0;
        int fitting = 0;
        for (int i = 0; i < 1000; i++) {
            for (int j = 0; j < 1000; j++) {
                double area = 0.08 + 0.92 * (i + 0.5) / 1000;
                double aspect = Math.exp(Math.log(4 / 3.0) * (2 * (j + 0.5) / 1000 - 1));
                if (area * Math.max(aspect, 1 / aspect) <= 1) {
                    sum += area;
                    fitting++;
                }
            }
        }
        return sum / fitting;
    }

    @Test
    void whereNoDrawFitsTheMiddleIsShown() {
        Random random = new Random(1);
        Augmentation whole = Augmentation.NONE.withRandomResizedCrops(0.9, 4 / 3.0);
        Picture wide = Part.located(300, 30);
        assertEquals(new Part(130, 0, 40, 30), Part.of(whole.part(wide, 8, 8, random)));
        Picture tall = Part.located(30, 300);
        assertEquals(new Part(0, 130, 30, 40), Part.of(whole.part(tall, 8, 8, random)));
        assertEquals(new Part(0, 0, 1, 1), Part.of(whole.part(new Picture(1, 1, new byte[3]), 8, 8, random)));
        Picture line = new Picture(3, 3_000_000, new byte[9_000_000 * 3]);
        assertEquals(
                3,
                Augmentation.NONE
                        .withRandomResizedCrops(1, 999)
                        .part(line, 8, 8, random)
                        .width());
    }

    @Test
    void halfOfTheViewsAreMirrored() {
        Picture picture = ResizeTest.random(2, 1);
        float[] straight = plain(picture);
        int mirrored = 0;
        for (int seed = 0; seed < 2000; seed++) {
            // Seeds that follow each other begin alike in java.util.Random.
            float[] view = view(Augmentation.NONE.withMirror(true), picture, 1, 2, seed * 0x9e3779b97f4a7c15L);
            mirrored += Arrays.equals(straight, view) ? 0 : 1;
        }
        assertEquals(1000, mirrored, 100);
    }

    @Test
    void numbersOutOfRangeAreRefused() {
        assertProblem("padding must be from 0 to 8192: -1", () -> Augmentation.NONE.withPadding(-1));
        assertProblem("smallestArea must be over 0", () -> Augmentation.NONE.withRandomResizedCrops(0, 2));
        assertProblem("at most 1: 1.1", () -> Augmentation.NONE.withRandomResizedCrops(1.1, 2));
        assertProblem("widestAspect must be from 1", () -> Augmentation.NONE.withRandomResizedCrops(0.5, 0.75));
        assertProblem("widestAspect", () -> Augmentation.NONE.withRandomResizedCrops(0.5, Double.NaN));
        assertProblem("hue must be from 0 to 180: 181.0", () -> Augmentation.NONE.withColourJitter(181, 0, 0));
        assertProblem("saturation must be from 0 to 255: -2.0", () -> Augmentation.NONE.withColourJitter(0, -2, 0));
        assertProblem("lightness", () -> Augmentation.NONE.withColourJitter(0, 0, Double.NaN));
    }

    private static void assertProblem(String expected, Supplier<Augmentation> wrong) {
        String message =
                assertThrows(IllegalArgumentException.class, wrong::get).getMessage();
        assertTrue(message.contains(expected), message);
    }
}
