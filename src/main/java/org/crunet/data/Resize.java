package org.crunet.data;

/**
 * Changes the size of a square image the way that neither blurs nor aliases: every new pixel is a weighted mean of all old
 * pixels it covers, with weights that fall linearly to zero (a triangle as wide as two new pixels, or as two old ones when
 * the image grows).
 */
final class Resize {
    private final int from;
    private final int to;
    /** For every new pixel along a side, the first old pixel that counts, and the weights from there on. */
    private final int[] first;

    private final double[][] weights;

    Resize(int from, int to) {
        this.from = from;
        this.to = to;
        first = new int[to];
        weights = new double[to][];
        for (int i = 0; i < to; i++) {
            weigh(i);
        }
    }

    private void weigh(int i) {
        double scale = (double) from / to;
        double reach = Math.max(1, scale);
        double centre = (i + 0.5) * scale - 0.5;
        first[i] = Math.max(0, (int) Math.ceil(centre - reach));
        int last = Math.min(from - 1, (int) Math.floor(centre + reach));
        double[] row = new double[last - first[i] + 1];
        double sum = 0;
        for (int k = 0; k < row.length; k++) {
            row[k] = 1 - Math.abs(first[i] + k - centre) / reach;
            sum += row[k];
        }
        for (int k = 0; k < row.length; k++) {
            row[k] /= sum;
        }
        weights[i] = row;
    }

    /** Planes of shape (3, from, from) to planes of shape (3, to, to). */
    byte[] apply(byte[] planes) {
        double[] narrow = new double[3 * from * to];
        for (int row = 0; row < 3 * from; row++) {
            for (int i = 0; i < to; i++) {
                double sum = 0;
                for (int k = 0; k < weights[i].length; k++) {
                    sum += weights[i][k] * (planes[row * from + first[i] + k] & 0xff);
                }
                narrow[row * to + i] = sum;
            }
        }
        return shorten(narrow);
    }

    /** Planes of shape (3, from, to) to planes of shape (3, to, to). */
    private byte[] shorten(double[] narrow) {
        byte[] small = new byte[3 * to * to];
        for (int at = 0; at < small.length; at++) {
            int column = at % to;
            int i = at / to % to;
            int start = at / (to * to) * from + first[i];
            double sum = 0;
            for (int k = 0; k < weights[i].length; k++) {
                sum += weights[i][k] * narrow[(start + k) * to + column];
            }
            small[at] = (byte) (int) (sum + 0.5);
        }
        return small;
    }
}
