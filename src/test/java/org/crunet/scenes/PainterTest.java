package org.crunet.scenes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The painter's tools: dice, noise, colours, shapes and canvas. */
class PainterTest {
    private static final Exposure CLEAR =
            new Exposure(1, 1, 1, Colour.WHITE, new double[2], Colour.WHITE, new double[3], 0, 0, 0);
    private static final Camera STRAIGHT = new Camera(0.5, 0.5, 1, 0, 1);

    @Test
    void mixIsSplitMix64() {
        long step = 0x9E3779B97F4A7C15L;
        assertEquals(0xE220A8397B1DCDAFL, Dice.mix(step));
        assertEquals(0x6E789E6AA1B965F4L, Dice.mix(2 * step));
    }

    @Test
    void diceCoverTheirRangeEvenly() {
        Dice dice = new Dice(5);
        int[] counts = new int[6];
        for (int roll = 0; roll < 6000; roll++) {
            counts[dice.whole(10, 15) - 10]++;
        }
        for (int count : counts) {
            assertEquals(1000, count, 120);
        }
    }

    @Test
    void noiseIsContinuousAndWithinItsRange() {
        Noise noise = new Dice(3).noise();
        double largest = 0;
        for (double x = -3; x < 3; x += 0.001) {
            assertEquals(noise.at(x, 0.3), noise.at(x + 0.001, 0.3), 0.01, "at " + x);
            assertEquals(noise.at(x), noise.at(x, 0), 1e-12);
            largest = Math.max(largest, Math.abs(noise.fractal(9 * x, x, 5)));
        }
        assertTrue(largest > 0.3 && largest < 1, "largest " + largest);
    }

    @Test
    void hueGoesRedYellowGreenCyanBlueMagenta() {
        double[][] wheel = {{1, 0, 0}, {1, 1, 0}, {0, 1, 0}, {0, 1, 1}, {0, 0, 1}, {1, 0, 1}};
        for (int sixth = 0; sixth < 6; sixth++) {
            Colour colour = Colour.hsv(sixth / 6.0, 1, 1);
            assertArrayEquals(wheel[sixth], new double[] {colour.red(), colour.green(), colour.blue()}, 1e-9);
        }
    }

    @Test
    void aBandThinnerThanAPixelCoversItsShare() {
        Shape band = Shape.box(-5, 0.48, 5, 0.52);
        assertEquals(0.4, band.coverage(0.5, 0.5, 0.1), 1e-9);
        assertEquals(0, band.coverage(0.5, 0.6, 0.1), 1e-9);
    }

    @Test
    void coverageAddsUpToTheAreaOfTheShape() {
        Shape triangle = Shape.polygon(0.1, 0.2, 0.9, 0.3, 0.4, 0.8);
        Shape turned = Shape.polygon(0.4, 0.8, 0.9, 0.3, 0.1, 0.2);
        assertEquals(0.225, area(triangle), 0.003);
        assertEquals(0.225, area(turned), 0.003);
        assertEquals(StrictMath.PI * 0.3 * 0.2, area(Shape.ellipse(0.5, 0.5, 0.3, 0.2)), 0.003);
    }

    private static double area(Shape shape) {
        double sum = 0;
        for (int at = 0; at < 10_000; at++) {
            sum += shape.coverage((at % 100 + 0.5) / 100, (at / 100 + 0.5) / 100, 0.01) / 10_000;
        }
        return sum;
    }

    /** A canvas visits only the pixels of a shape's box; through a leaning, mirrored camera that must miss none. */
    @Test
    void theBoxOfAShapeHoldsEverythingItCovers() {
        Dice dice = new Dice(11);
        for (int trial = 0; trial < 200; trial++) {
            Camera camera = new Camera(
                    dice.real(), dice.real(), dice.between(0.4, 1), dice.between(-0.6, 0.6), dice.chance(0.5) ? -1 : 1);
            double x = dice.between(-0.2, 1.2);
            double y = dice.between(-0.2, 1.2);
            Shape shape = Shape.line(x, y, x + dice.between(-0.4, 0.4), y + dice.between(-0.4, 0.4), 0.05);
            assertArrayEquals(
                    paint(camera, (px, py, pixel) -> shape.coverage(px, py, pixel)), paint(camera, shape), "" + camera);
        }
    }

    private static byte[] paint(Camera camera, Shape shape) {
        Canvas canvas = new Canvas(48, camera);
        canvas.draw(shape, Colour.WHITE);
        return canvas.develop(CLEAR).planes();
    }

    @Test
    void paintIsLaidOnByOpacity() {
        Canvas canvas = new Canvas(2, STRAIGHT);
        canvas.fill((x, y) -> new Colour(1, 0, 0));
        canvas.draw(Shape.box(0.5, 0, 1, 1), 0.4, (x, y) -> new Colour(0, 0, 1));
        byte[] red = {(byte) 255, (byte) 153, (byte) 255, (byte) 153};
        byte[] blue = {0, 102, 0, 102};
        byte[] bytes = canvas.develop(CLEAR).planes();
        assertArrayEquals(red, Arrays.copyOfRange(bytes, 0, 4));
        assertArrayEquals(blue, Arrays.copyOfRange(bytes, 8, 12));
    }
}
