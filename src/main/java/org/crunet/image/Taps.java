package org.crunet.image;

/**
 * How much each old pixel along a side counts in each new one: weights that fall linearly to zero, a triangle as wide as
 * two new pixels, or as two old ones where the picture grows. They sum to one.
 *
 * @param taps how many old pixels count in a new one
 * @param first for every new pixel the first old pixel that counts
 * @param values for every new pixel its weights, shape (new, taps)
 */
record Taps(int taps, int[] first, float[] values) {

    static Taps of(int from, int to) {
        double scale = (double) from / to;
        double reach = Math.max(1, scale);
        int taps = from == to ? 1 : Math.min(from, (int) Math.ceil(2 * reach));
        Taps weights = new Taps(taps, new int[to], new float[to * taps]);
        for (int i = 0; i < to; i++) {
            weights.weigh(i, (i + 0.5) * scale - 0.5, reach, from);
        }
        return weights;
    }

    private void weigh(int i, double centre, double reach, int from) {
        first[i] = Math.max(0, Math.min(from - taps, (int) Math.floor(centre - reach) + 1));
        double sum = 0;
        for (int k = 0; k < taps; k++) {
            sum += triangle(first[i] + k - centre, reach);
        }
        for (int k = 0; k < taps; k++) {
            values[i * taps + k] = (float) (triangle(first[i] + k - centre, reach) / sum);
        }
    }

    private static double triangle(double distance, double reach) {
        return Math.max(0, 1 - Math.abs(distance) / reach);
    }
}
