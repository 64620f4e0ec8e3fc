package org.crunet.image;

import java.util.Arrays;

/**
 * Changes the size of a picture the way that neither blurs nor aliases ({@link Taps}), a row at a time: first along the
 * rows, then down the columns. Old rows are worked on once and only if a new row needs them.
 */
final class Resize {
    private final Picture picture;
    private final Taps across;
    private final Taps down;
    /** The old rows that count in the current new row, shape (taps, 3, width): old row y at y modulo taps. */
    private final float[][][] narrow;

    /** The old row that is worked on, shape (old width, 3). */
    private final float[] old;

    private int next;

    Resize(Picture picture, int height, int width) {
        this.picture = picture;
        across = Taps.of(picture.width(), width);
        down = Taps.of(picture.height(), height);
        old = new float[3 * picture.width()];
        narrow = new float[down.taps()][3][width];
    }

    /** Writes new row y as a row of red, one of green and one of blue, shape (3, width); y must not go back. */
    void row(int y, float[][] planes) {
        int first = down.first()[y];
        int taps = down.taps();
        for (next = Math.max(next, first); next < first + taps; next++) {
            narrow(next, narrow[next % taps]);
        }
        for (int c = 0; c < 3; c++) {
            Arrays.fill(planes[c], 0);
            for (int k = 0; k < taps; k++) {
                add(narrow[(first + k) % taps][c], down.values()[y * taps + k], planes[c]);
            }
        }
    }

    private static void add(float[] from, float weight, float[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] += weight * from[i];
        }
    }

    private void narrow(int y, float[][] planes) {
        byte[] pixels = picture.pixels();
        for (int i = 0; i < old.length; i++) {
            old[i] = pixels[y * old.length + i] & 0xff;
        }
        if (across.taps() == 2) {
            two(planes[0], planes[1], planes[2]);
        } else {
            any(planes[0], planes[1], planes[2]);
        }
    }

    /** Written out for pictures that grow, as most views in training do. */
    private void two(float[] red, float[] green, float[] blue) {
        int[] first = across.first();
        float[] values = across.values();
        for (int x = 0; x < red.length; x++) {
            int at = 3 * first[x];
            float one = values[2 * x];
            float other = values[2 * x + 1];
            red[x] = one * old[at] + other * old[at + 3];
            green[x] = one * old[at + 1] + other * old[at + 4];
            blue[x] = one * old[at + 2] + other * old[at + 5];
        }
    }

    private void any(float[] red, float[] green, float[] blue) {
        int[] first = across.first();
        float[] values = across.values();
        int taps = across.taps();
        for (int x = 0, w = 0; x < red.length; x++) {
            float r = 0;
            float g = 0;
            float b = 0;
            for (int end = w + taps, at = 3 * first[x]; w < end; w++, at += 3) {
                r += values[w] * old[at];
                g += values[w] * old[at + 1];
                b += values[w] * old[at + 2];
            }
            red[x] = r;
            green[x] = g;
            blue[x] = b;
        }
    }
}
