package org.crunet.data;

/**
 * Moves hue, saturation and lightness of rows of colours by fixed amounts, each kept on its scale. Each loop is short, writes
 * one array and does not branch, so that the compiler makes vector instructions of it: one loop with branches takes ten times
 * as long. Hue is counted in sixths of the circle.
 */
final class ColourShift {
    /** A float that large has no bits left for a fraction. */
    private static final float NO_FRACTION = 3 << 22;

    private final float turn;
    private final float stronger;
    private final float lighter;

    private final float[] most;
    private final float[] least;
    private final float[] notRed;
    private final float[] isBlue;
    private final float[] hues;
    private final float[] lights;
    private final float[] chromas;

    /** For rows of {@code width} colours; hue on OpenCV's scale from 0 to 180, the others on those from 0 to 255. */
    ColourShift(double hue, double saturation, double lightness, int width) {
        turn = (float) (hue / 30);
        stronger = (float) saturation;
        lighter = (float) lightness;
        float[][] scratch = new float[7][width];
        most = scratch[0];
        least = scratch[1];
        notRed = scratch[2];
        isBlue = scratch[3];
        hues = scratch[4];
        lights = scratch[5];
        chromas = scratch[6];
    }

    /** Changes colours from 0 to 255 in place, shape (3, width), rounded to whole numbers first. */
    void apply(float[][] planes) {
        if (turn == 0 && stronger == 0 && lighter == 0) {
            return;
        }
        for (float[] plane : planes) {
            round(plane);
        }
        extremes(planes[0], planes[1], planes[2], 0.5f, most);
        extremes(planes[0], planes[1], planes[2], -0.5f, least);
        hues(planes[0], planes[1], planes[2]);
        lights();
        chromas();
        paint(1, 3, -1, planes[0]);
        paint(-1, 2, 2, planes[1]);
        paint(-1, 4, 2, planes[2]);
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

    /**
     * The largest value decides which third of the circle it is, the other two where in it. Red is at 0 or, on the side of
     * blue, at 6; green at 2; blue at 4.
     */
    private void hues(float[] red, float[] green, float[] blue) {
        float[] within = chromas;
        for (int i = 0; i < notRed.length; i++) {
            notRed[i] = exceeds(most[i], red[i]);
        }
        for (int i = 0; i < isBlue.length; i++) {
            isBlue[i] = notRed[i] * exceeds(most[i], green[i]);
        }
        for (int i = 0; i < within.length; i++) {
            within[i] = (1 - notRed[i]) * (green[i] - blue[i])
                    + (notRed[i] - isBlue[i]) * (blue[i] - red[i])
                    + isBlue[i] * (red[i] - green[i]);
        }
        for (int i = 0; i < hues.length; i++) {
            hues[i] = 6 * exceeds(blue[i], green[i]) * (1 - notRed[i]) + 2 * (notRed[i] + isBlue[i]);
        }
        for (int i = 0; i < hues.length; i++) {
            hues[i] = clamp(within[i] / divisor(most[i] - least[i]) + hues[i] + turn, 6);
        }
    }

    private void lights() {
        for (int i = 0; i < lights.length; i++) {
            lights[i] = clamp(0.5f * (most[i] + least[i]) + lighter, 255);
        }
    }

    /** The range of the three new values, from the share they have of the largest range at their lightness. */
    private void chromas() {
        for (int i = 0; i < chromas.length; i++) {
            float saturation = (most[i] - least[i]) / divisor(255 - Math.abs(most[i] + least[i] - 255));
            float saturated = clamp(255 * saturation + stronger, 255);
            chromas[i] = saturated * (127.5f - Math.abs(lights[i] - 127.5f)) * (2 / 255f);
        }
    }

    /** One of the primary colours, by how far the hue is from the one where that colour is weakest or strongest. */
    private void paint(float slope, float centre, float from, float[] values) {
        for (int i = 0; i < values.length; i++) {
            float part = clamp(slope * Math.abs(hues[i] - centre) + from, 1);
            values[i] = lights[i] + chromas[i] * (part - 0.5f);
        }
    }

    /** 1 where one whole number is larger than the other, else 0. */
    private static float exceeds(float larger, float smaller) {
        return clamp(larger - smaller, 1);
    }

    /** A whole number from 0 on; 1 for 0. */
    private static float divisor(float whole) {
        return whole + (1 - clamp(whole, 1));
    }

    /** The nearest number from 0 to {@code most}. */
    private static float clamp(float value, float most) {
        return 0.5f * (Math.abs(value) - Math.abs(value - most) + most);
    }
}
