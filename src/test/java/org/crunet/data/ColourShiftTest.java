package org.crunet.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Changed colours against OpenCV's formulas, one colour at a time, with branches. */
class ColourShiftTest {

    /** A colour with hue, saturation and lightness moved, as OpenCV and MXNet do it but for rounding. */
    static double[] shifted(byte[] pixels, int at, double hue, double saturation, double lightness) {
        double[] hls = hls(pixels[at] & 0xff, pixels[at + 1] & 0xff, pixels[at + 2] & 0xff);
        double h = clip(hls[0] + hue, 180);
        double l = clip(hls[1] + lightness, 255);
        double s = clip(hls[2] + saturation, 255);
        return rgb(h, l / 255, s / 255);
    }

    private static double clip(double value, double most) {
        return Math.max(0, Math.min(most, value));
    }

    private static double[] hls(double r, double g, double b) {
        double most = Math.max(r, Math.max(g, b));
        double least = Math.min(r, Math.min(g, b));
        double range = most - least;
        double lightness = (most + least) / 2;
        if (range == 0) {
            return new double[] {0, lightness, 0};
        }
        double saturation = range / (lightness < 127.5 ? most + least : 510 - most - least);
        double hue =
                most == r ? 60 * (g - b) / range : most == g ? 120 + 60 * (b - r) / range : 240 + 60 * (r - g) / range;
        return new double[] {(hue < 0 ? hue + 360 : hue) / 2, lightness, 255 * saturation};
    }

    private static double[] rgb(double h, double l, double s) {
        double upper = l <= 0.5 ? l * (1 + s) : l + s - l * s;
        double lower = 2 * l - upper;
        double[] rgb = new double[3];
        for (int c = 0; c < 3; c++) {
            double sector = (h / 30 + 2 - 2 * c + 6) % 6;
            double part = sector < 1 ? sector : sector < 3 ? 1 : sector < 4 ? 4 - sector : 0;
            rgb[c] = 255 * (lower + part * (upper - lower));
        }
        return rgb;
    }

    private static float[][] apply(ColourShift shift, byte[] pixels) {
        float[][] planes = new float[3][pixels.length / 3];
        for (int at = 0; at < pixels.length; at++) {
            planes[at % 3][at / 3] = pixels[at] & 0xff;
        }
        shift.apply(planes);
        return planes;
    }

    /** Every 15th value of each channel, with all ties, greys, black, white and full colours. */
    private static byte[] colours() {
        byte[] pixels = new byte[3 * 18 * 18 * 18];
        for (int i = 0; i < pixels.length / 3; i++) {
            pixels[3 * i] = (byte) (i / 324 * 15);
            pixels[3 * i + 1] = (byte) (i / 18 % 18 * 15);
            pixels[3 * i + 2] = (byte) (i % 18 * 15);
        }
        return pixels;
    }

    @ParameterizedTest
    @CsvSource({
        "1e-9, 0, 0",
        "20, 0, 0",
        "-20, 0, 0",
        "0, 40, 0",
        "0, -40, 0",
        "0, 0, 50",
        "0, 0, -50",
        "13.7, -21.2, 33.3",
        "-180, 255, -255",
        "180, -255, 255",
        "-7, 33, -49"
    })
    void colourByColourLikeOpenCv(double hue, double saturation, double lightness) {
        byte[] pixels = colours();
        float[][] planes = apply(new ColourShift(hue, saturation, lightness, pixels.length / 3), pixels);
        for (int at = 0; at < pixels.length; at++) {
            double[] expected = shifted(pixels, at / 3 * 3, hue, saturation, lightness);
            assertEquals(expected[at % 3], planes[at % 3][at / 3], 0.01, "at " + at);
            assertTrue(planes[at % 3][at / 3] > -0.001 && planes[at % 3][at / 3] < 255.001);
        }
    }

    /** There and back again with a shift too small to see. */
    @Test
    void withoutAShiftColoursComeBack() {
        byte[] pixels = colours();
        float[][] planes = apply(new ColourShift(1e-9, 0, 0, pixels.length / 3), pixels);
        for (int at = 0; at < pixels.length; at++) {
            assertEquals(pixels[at] & 0xff, planes[at % 3][at / 3], 0.001, "at " + at);
        }
    }

    /** A hue moved by 30 degrees is moved by 30 degrees for Java too, whose hue is the same though its lightness is not. */
    @Test
    void theHueMovesAsJavaMeasuresIt() {
        byte[] pixels = {(byte) 180, 60, 30, 20, (byte) 160, 90, 70, 80, (byte) 190};
        float[][] planes = apply(new ColourShift(15, 0, 0, 3), pixels);
        for (int p = 0; p < 3; p++) {
            float before =
                    Color.RGBtoHSB(pixels[3 * p] & 0xff, pixels[3 * p + 1] & 0xff, pixels[3 * p + 2] & 0xff, null)[0];
            float after = Color.RGBtoHSB(
                    Math.round(planes[0][p]), Math.round(planes[1][p]), Math.round(planes[2][p]), null)[0];
            assertEquals(before + 30 / 360f, after, 0.005);
        }
    }

    @Test
    void fractionsAreRoundedFirst() {
        float[][] planes = {{99.6f}, {40.4f}, {0.2f}};
        new ColourShift(0, 0, 10, 1).apply(planes);
        double[] expected = shifted(new byte[] {100, 40, 0}, 0, 0, 0, 10);
        for (int c = 0; c < 3; c++) {
            assertEquals(expected[c], planes[c][0], 0.001);
        }
    }
}
