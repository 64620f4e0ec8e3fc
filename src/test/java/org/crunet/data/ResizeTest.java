package org.crunet.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Resizing against its definition: the weighted mean over all old pixels, written out. */
class ResizeTest {

    private static byte[] random(int side) {
        byte[] planes = new byte[3 * side * side];
        Dice dice = new Dice(side);
        for (int at = 0; at < planes.length; at++) {
            planes[at] = (byte) dice.whole(0, 255);
        }
        return planes;
    }

    @ParameterizedTest
    @CsvSource({"12, 5", "10, 5", "5, 12", "7, 1", "1, 4", "9, 8"})
    void everyPixelIsTheWeightedMean(int from, int to) {
        byte[] old = random(from);
        byte[] resized = new Resize(from, to).apply(old);
        for (int at = 0; at < resized.length; at++) {
            int plane = at / (to * to);
            double expected = mean(old, plane, from, to, at / to % to, at % to);
            assertEquals(expected, resized[at] & 0xff, 0.5001, "at " + at);
        }
    }

    private static double mean(byte[] old, int plane, int from, int to, int row, int column) {
        double sum = 0;
        double weights = 0;
        for (int y = 0; y < from; y++) {
            for (int x = 0; x < from; x++) {
                double weight = weight(y, row, from, to) * weight(x, column, from, to);
                sum += weight * (old[(plane * from + y) * from + x] & 0xff);
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

    @Test
    void theSameSizeChangesNothing() {
        byte[] planes = random(9);
        assertArrayEquals(planes, new Resize(9, 9).apply(planes));
    }

    /** Every second row white: a picture that jumps over rows would be all black or all white. */
    @Test
    void fineStripesBecomeGrey() {
        byte[] stripes = new byte[3 * 64 * 64];
        for (int at = 0; at < stripes.length; at++) {
            stripes[at] = (byte) (at / 64 % 2 * 255);
        }
        for (byte value : new Resize(64, 16).apply(stripes)) {
            assertEquals(127.5, value & 0xff, 10);
        }
    }
}
