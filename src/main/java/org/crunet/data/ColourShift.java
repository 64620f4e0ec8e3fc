package org.crunet.data;

/**
 * Moves hue, saturation and lightness of colours by fixed amounts, each kept on its scale. Every loop is one that the
 * compiler makes vector instructions of: it writes one array and does not branch. Hue is counted in sixths of the circle.
 *
 * @param hue on OpenCV's scale from 0 to 180
 * @param saturation on the scale from 0 to 255
 * @param lightness on the scale from 0 to 255
 */
record ColourShift(double hue, double saturation, double lightness) {
    /** So large that times any difference of two colours it is over one. */
    private static final float HUGE = 1e6f;

    private static final float TINY = 1e-3f;

    /** Changes colours from 0 to 255 in place, shape (3, n). */
    void apply(float[][] planes) {
        if (hue == 0 && saturation == 0 && lightness == 0) {
            return;
        }
        float[] red = planes[0];
        float[] green = planes[1];
        float[] blue = planes[2];
        float[] hues = new float[red.length];
        float[] lights = new float[red.length];
        float[] chromas = new float[red.length];
        hues(red, green, blue, hues);
        lights(red, green, blue, lights);
        chromas(red, green, blue, lights, chromas);
        paint(hues, lights, chromas, 1, 3, -1, red);
        paint(hues, lights, chromas, -1, 2, 2, green);
        paint(hues, lights, chromas, -1, 4, 2, blue);
    }

    private void hues(float[] red, float[] green, float[] blue, float[] hues) {
        float turn = (float) (hue / 30);
        for (int i = 0; i < hues.length; i++) {
            float r = red[i];
            float g = green[i];
            float b = blue[i];
            float most = Math.max(r, Math.max(g, b));
            float range = Math.max(TINY, most - Math.min(r, Math.min(g, b)));
            float notRed = sign(most - r);
            float isBlue = notRed * sign(most - g);
            float isGreen = notRed - isBlue;
            float isRed = 1 - notRed;
            float difference = isRed * (g - b) + isGreen * (b - r) + isBlue * (r - g);
            float once = 6 * isRed * sign(b - g);
            hues[i] = clamp(difference / range + 2 * isGreen + 4 * isBlue + once + turn, 6);
        }
    }

    private void lights(float[] red, float[] green, float[] blue, float[] lights) {
        float lighter = (float) lightness;
        for (int i = 0; i < lights.length; i++) {
            float most = Math.max(red[i], Math.max(green[i], blue[i]));
            float least = Math.min(red[i], Math.min(green[i], blue[i]));
            lights[i] = clamp((most + least) / 2 + lighter, 255);
        }
    }

    /** The range of the three values of the new colours, whose lightness is known already. */
    private void chromas(float[] red, float[] green, float[] blue, float[] lights, float[] chromas) {
        float stronger = (float) saturation;
        for (int i = 0; i < chromas.length; i++) {
            float most = Math.max(red[i], Math.max(green[i], blue[i]));
            float least = Math.min(red[i], Math.min(green[i], blue[i]));
            float full = Math.max(TINY, Math.min(most + least, 510 - most - least));
            float saturated = clamp(255 * (most - least) / full + stronger, 255);
            chromas[i] = saturated * Math.min(lights[i], 255 - lights[i]) * (2 / 255f);
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

    /** 1 for a positive number, else 0. */
    private static float sign(float value) {
        return clamp(value * HUGE, 1);
    }

    private static float clamp(float value, float most) {
        return Math.max(0, Math.min(most, value));
    }
}
