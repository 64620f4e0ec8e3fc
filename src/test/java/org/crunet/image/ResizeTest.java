package org.crunet.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Resizing against its definition: the weighted mean over all old pixels, written out. */
public class ResizeTest {

    public static Picture random(int width, int height) {
        byte[] pixels = new byte[3 * width * height];
        Random random = new Random(width + height);
        for (int at = 0; at < pixels.length; at++) {
            pixels[at] = (byte) random.nextInt(256);
        }
        return new Picture(width, height, pixels);
    }

    @ParameterizedTest
    @CsvSource({"12, 12, 5, 5", "10, 7, 5, 9", "5, 11, 12, 3", "7, 7, 1, 1", "1, 1, 4, 4", "1, 9, 2, 8", "40, 3, 3, 40"
    })
    void everyPixelIsTheWeightedMean(int width, int height, int newWidth, int newHeight) {
        Picture old = random(width, height);
        Picture resized = old.resize(newWidth, newHeight);
        assertEquals(newWidth, resized.width());
        assertEquals(newHeight, resized.height());
        for (int at = 0; at < resized.pixels().length; at++) {
            double expected = mean(old, resized, at / 3 / newWidth, at / 3 % newWidth, at % 3);
            assertEquals(expected, resized.pixels()[at] & 0xff, 0.5001, "at " + at);
        }
    }

    private static double mean(Picture old, Picture fresh, int row, int column, int c) {
        double sum = 0;
        double weights = 0;
        for (int y = 0; y < old.height(); y++) {
            for (int x = 0; x < old.width(); x++) {
                double weight =
                        weight(y, row, old.height(), fresh.height()) * weight(x, column, old.width(), fresh.width());
                sum += weight * (old.pixels()[3 * (y * old.width() + x) + c] & 0xff);
                weights += weight;
            }
        }
        return sum / weights;
    }

    private static double weight(int old, int fresh, int from, int to) {
        double scale = (double) from / to;
        double distance = Math.abs(old + 0.5 - (fresh + 0.5) * scale);
        return Math.max(0, 1 - distance / Math.max(1, scale));
    }

    /** Twice as wide: between 0 and 100 the new pixels stand at a quarter and three quarters of the way. */
    @Test
    void knownValues() {
        Picture two = new Picture(2, 1, new byte[] {0, 40, 8, 100, 40, 8});
        assertArrayEquals(
                new byte[] {0, 40, 8, 25, 40, 8, 75, 40, 8, 100, 40, 8},
                two.resize(4, 1).pixels());
        assertArrayEquals(new byte[] {50, 40, 8}, two.resize(1, 1).pixels());
    }

    @Test
    void aPartIsCutOutWhereItIs() {
        Picture picture = random(23, 17);
        Picture part = picture.crop(4, 3, 11, 9);
        assertEquals(picture.pixels()[3 * (5 * 23 + 8) + 1], part.pixels()[3 * (2 * 11 + 4) + 1]);
        assertArrayEquals(
                picture.crop(2, 0, 18, 17).pixels(), picture.centre(18, 17).pixels());
        assertArrayEquals(
                picture.centre(17, 17).pixels(), picture.largest(100, 100).pixels());
        assertArrayEquals(picture.centre(23, 12).pixels(), picture.largest(1, 2).pixels());
    }

    @Test
    void theSameSizeChangesNothing() {
        Picture picture = random(9, 5);
        assertArrayEquals(picture.pixels(), picture.resize(9, 5).pixels());
        picture.rows(5, 9, (row, y) -> {
            for (int at = 0; at < 27; at++) {
                assertEquals(picture.pixels()[27 * y + at] & 0xff, row[at % 3][at / 3]);
            }
        });
    }

    @Test
    void aMirroredResultIsTheResultMirrored() {
        Picture picture = random(23, 17);
        assertArrayEquals(
                picture.resize(10, 12).mirrored().pixels(),
                picture.mirrored().resize(10, 12).pixels());
    }

    @Test
    void theShorterSideDecidesAndTheCentreIsCutOut() throws IOException {
        Picture wide = random(30, 20).shorterSide(10);
        assertEquals(15, wide.width());
        assertEquals(10, wide.height());
        Picture tall = random(20, 31).shorterSide(40);
        assertEquals(40, tall.width());
        assertEquals(62, tall.height());
        assertArrayEquals(
                tall.crop(10, 21, 20, 20).pixels(), tall.centre(20, 20).pixels());
    }

    /** The second would be 2,304,000,000 pixels long, which no int holds. */
    @Test
    void aPictureThatWouldBecomeTooLongIsRefusedWithItsSize() {
        for (int length : new int[] {20_000, 9_000_000}) {
            Picture tall = new Picture(1, length, new byte[3 * length]);
            String message =
                    assertThrows(IOException.class, () -> tall.shorterSide(256)).getMessage();
            assertTrue(message.contains("1 x " + length + " pixels, too long and narrow"), message);
        }
    }

    /** Every second row white: a picture that jumps over rows would be all black or all white. */
    @Test
    void fineStripesBecomeGrey() {
        byte[] stripes = new byte[3 * 64 * 64];
        for (int at = 0; at < stripes.length; at++) {
            stripes[at] = (byte) (at / 192 % 2 * 255);
        }
        for (byte value : new Picture(64, 64, stripes).resize(16, 16).pixels()) {
            assertEquals(127.5, value & 0xff, 10);
        }
    }

    @Test
    void planesAndPixelsAreTheSamePicture() {
        Picture picture = random(4, 3);
        byte[] planes = picture.planes();
        assertEquals(picture.pixels()[3 * (2 * 4 + 1) + 2], planes[2 * 12 + 2 * 4 + 1]);
        assertArrayEquals(picture.pixels(), Picture.ofPlanes(planes, 3, 4).pixels());
    }

    @Test
    void impossibleSizesAreRefused() {
        Picture picture = random(4, 3);
        assertProblem("0 x 5", () -> picture.resize(0, 5));
        assertProblem("No part of 4 x 4 pixels at 0, 0 in a picture of 4 x 3", () -> picture.centre(4, 4));
        assertProblem("at -1, 0", () -> picture.crop(-1, 0, 2, 2));
        assertProblem("A picture of 2 x 2 pixels cannot have 11 bytes", () -> new Picture(2, 2, new byte[11]));
    }

    private static void assertProblem(String expected, Runnable wrong) {
        String message =
                assertThrows(IllegalArgumentException.class, wrong::run).getMessage();
        assertTrue(message.contains(expected), message);
    }
}
