package org.crunet.image;

/**
 * Moves hue, saturation and lightness of rows of colours by fixed amounts, each kept on its scale. The loops are written
 * for the compiler to make vector instructions of them: they are short, each writes one array, and none branches or takes
 * minima, whose handling of NaN would cost more than all the rest. Hue is counted in sixths of the circle.
 */
public final class ColourShift {
    /** A float that large has no bits left for a fraction. */
    private static final float NO_FRACTION = 3 << 22;

    private final float turn;
    private final float stronger;
    private final float lighter;

    private final float[] most;
    private final float[] least;
    private final float[] notRed;
    private final float[] isBlue;
    private final float[] ranges;
    private final float[] parts;
    private final float[] hues;
    private final float[] lights;
    private final float[] chromas;

    /** For rows of {@code width} colours; hue on OpenCV's scale from 0 to 180, the others on those from 0 to 255. */
    public ColourShift(double hue, double saturation, double lightness, int width) {
        turn = (float) (hue / 30);
        stronger = (float) saturation;
        lighter = (float) lightness;
        most = new float[width];
        least = new float[width];
        notRed = new float[width];
        isBlue = new float[width];
        ranges = new float[width];
        parts = new float[width];
        hues = new float[width];
        lights = new float[width];
        chromas = new float[width];
    }

    /** Changes colours from 0 to 255 in place, shape (3, width), rounded to whole numbers first. */
    public void apply(float[][] planes) {
        if (turn == 0 && stronger == 0 && lighter == 0) {
            return;
        }
        float[] red = planes[0];
        float[] green = planes[1];
        float[] blue = planes[2];
        for (float[] plane : planes) {
            round(plane);
        }
        extremes(red, green, blue, 0.5f, most);
        extremes(red, green, blue, -0.5f, least);
        hues(red, green, blue);
        lights(most, least, lights, lighter);
        chromas();
        paint(hues, lights, chromas, 1, 3, -1, red);
        paint(hues, lights, chromas, -1, 2, 2, green);
        paint(hues, lights, chromas, -1, 4, 2, blue);
    }

    private static void round(float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = values[i] + NO_FRACTION - NO_FRACTION;
        }
    }

    /** The largest of three for half of their difference added to their mean, the smallest for half of it subtracted. */
    private static void extremes(float[] red, float[] green, float[] blue, float half, float[] values) {
        for (int i = 0; i < values.length; i++) {
            float two = 0.5f * (red[i] + green[i]) + half * Math.abs(red[i] - green[i]);
            values[i] = 0.5f * (two + blue[i]) + half * Math.abs(two - blue[i]);
        }
    }

    /** The largest value decides which third of the circle it is, the other two where in it. */
    private void hues(float[] red, float[] green, float[] blue) {
        exceeds(most, red, notRed);
        exceeds(most, green, isBlue);
        multiply(notRed, isBlue);
        exceeds(blue, green, hues);
        sectors(notRed, isBlue, hues);
        within(red, green, blue, notRed, isBlue, parts);
        subtract(most, least, ranges);
        divide(parts, ranges);
        turn(parts, hues, turn);
    }

    /** 1 where one whole number is larger than the other, else 0. */
    private static void exceeds(float[] larger, float[] smaller, float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = clamp(larger[i] - smaller[i], 1);
        }
    }

    private static void multiply(float[] factors, float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] *= factors[i];
        }
    }

    /** Red is at 0 or, on the side of blue (where {@code hues} is 1), at 6; green at 2; blue at 4. */
    private static void sectors(float[] notRed, float[] isBlue, float[] hues) {
        for (int i = 0; i < hues.length; i++) {
            hues[i] = 6 * hues[i] * (1 - notRed[i]) + 2 * (notRed[i] + isBlue[i]);
        }
    }

    private static void within(
            float[] red, float[] green, float[] blue, float[] notRed, float[] isBlue, float[] values) {
        for (int i = 0; i < values.length; i++) {
            float r = red[i];
            float g = green[i];
            float b = blue[i];
            values[i] = (1 - notRed[i]) * (g - b) + (notRed[i] - isBlue[i]) * (b - r) + isBlue[i] * (r - g);
        }
    }

    private static void turn(float[] differences, float[] hues, float turn) {
        for (int i = 0; i < hues.length; i++) {
            hues[i] = clamp(differences[i] + hues[i] + turn, 6);
        }
    }

    private void chromas() {
        subtract(most, least, parts);
        fullRanges(most, least, ranges);
        divide(parts, ranges);
        chromas(parts, lights, chromas, stronger);
    }

    private static void subtract(float[] from, float[] values, float[] differences) {
        for (int i = 0; i < differences.length; i++) {
            differences[i] = from[i] - values[i];
        }
    }

    private static void lights(float[] most, float[] least, float[] lights, float lighter) {
        for (int i = 0; i < lights.length; i++) {
            lights[i] = clamp(0.5f * (most[i] + least[i]) + lighter, 255);
        }
    }

    /** The largest range that the three values can have at their lightness. */
    private static void fullRanges(float[] most, float[] least, float[] ranges) {
        for (int i = 0; i < ranges.length; i++) {
            ranges[i] = 255 - Math.abs(most[i] + least[i] - 255);
        }
    }

    /** Divides by whole numbers; where one is 0, so is the value, and it stays 0. */
    private static void divide(float[] values, float[] divisors) {
        for (int i = 0; i < values.length; i++) {
            divisors[i] += 1 - clamp(divisors[i], 1);
        }
        for (int i = 0; i < values.length; i++) {
            values[i] /= divisors[i];
        }
    }

    /** The range of the three values of the new colours, whose lightness is known already. */
    private static void chromas(float[] saturations, float[] lights, float[] chromas, float stronger) {
        for (int i = 0; i < chromas.length; i++) {
            float saturated = clamp(255 * saturations[i] + stronger, 255);
            chromas[i] = saturated * (127.5f - Math.abs(lights[i] - 127.5f)) * (2 / 255f);
        }
    }

    /** One of the primary colours, by how far the hue is from the one where that colour is weakest or strongest. */
    private static void paint(
            float[] hues, float[] lights, float[] chromas, float slope, float centre, float from, float[] values) {
        for (int i = 0; i < values.length; i++) {
            float part = clamp(slope * Math.abs(hues[i] - centre) + from, 1);
            values[i] = lights[i] + chromas[i] * (part - 0.5f);
        }
    }

    /** The nearest number from 0 to {@code most}. */
    private static float clamp(float value, float most) {
        return 0.5f * (Math.abs(value) - Math.abs(value - most) + most);
    }
}
