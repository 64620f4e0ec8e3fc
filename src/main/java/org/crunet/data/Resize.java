package org.crunet.data;

import java.util.Arrays;

/**
 * Changes the size of a part of a picture the way that neither blurs nor aliases ({@link Weights}), a row at a time: first
 * along the rows, then down the columns. Old rows are worked on once and only if a new row needs them.
 */
final class Resize {
    private final Picture picture;
    private final Box box;
    private final Weights across;
    private final Weights down;
    private final int width;
    /** The old rows that count in the current new row, shape (taps, 3, width): old row y at y modulo taps. */
    private final float[][][] narrow;

    private int next;

    private Resize(Picture picture, Box box, Weights across, Weights down) {
        this.picture = picture;
        this.box = box.in(picture);
        this.across = across;
        this.down = down;
        width = across.first().length;
        narrow = new float[down.taps()][3][width];
    }

    /** The part of a picture in the given size. */
    static Resize of(Picture picture, Box box, int height, int width) {
        return new Resize(picture, box, Weights.of(box.width(), width), Weights.of(box.height(), height));
    }

    /** Left for right. */
    Resize mirrored() {
        return new Resize(picture, box, across.mirrored(), down);
    }

    /** New row y as a row of red, one of green and one of blue, shape (3, width); y must not go back. */
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
        int[] first = across.first();
        float[] values = across.values();
        int taps = across.taps();
        int start = 3 * ((box.top() + y) * picture.width() + box.left());
        for (int x = 0, w = 0; x < width; x++) {
            int at = start + 3 * first[x];
            float red = 0;
            float green = 0;
            float blue = 0;
            for (int k = 0; k < taps; k++, at += 3, w++) {
                red += values[w] * (pixels[at] & 0xff);
                green += values[w] * (pixels[at + 1] & 0xff);
                blue += values[w] * (pixels[at + 2] & 0xff);
            }
            planes[0][x] = red;
            planes[1][x] = green;
            planes[2][x] = blue;
        }
    }
}
