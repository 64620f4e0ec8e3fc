package org.crunet.data;

import static org.crunet.base.Errors.require;

import java.io.Serializable;

/**
 * How pixels become numbers, in red, green and blue.
 *
 * @param mean what is taken away from a pixel, from 0 to 255
 * @param factor what the rest is multiplied by
 */
record Scale(float[] mean, float[] factor) implements Serializable {

    static final Scale AUTHORS = new Scale(
            new float[] {Batches.mean(0), Batches.mean(1), Batches.mean(2)},
            new float[] {Batches.SCALE, Batches.SCALE, Batches.SCALE});

    /** By which all pixels together have mean 0 and deviation 1 in each colour. */
    static Scale of(ImageSet images) {
        long[] sums = new long[3];
        long[] squares = new long[3];
        for (int i = 0; i < images.size(); i++) {
            byte[] pixels = images.pixels(i);
            int plane = pixels.length / 3;
            for (int at = 0; at < pixels.length; at++) {
                int pixel = pixels[at] & 0xff;
                sums[at / plane] += pixel;
                squares[at / plane] += pixel * pixel;
            }
        }
        double number = (double) images.size() * images.height() * images.width();
        Scale scale = new Scale(new float[3], new float[3]);
        for (int colour = 0; colour < 3; colour++) {
            double mean = sums[colour] / number;
            double variance = squares[colour] / number - mean * mean;
            require(variance > 0, images + " cannot be standardised: a colour is the same in all pixels");
            scale.mean[colour] = (float) mean;
            scale.factor[colour] = (float) (1 / Math.sqrt(variance));
        }
        return scale;
    }

    float of(float pixel, int colour) {
        return (pixel - mean[colour]) * factor[colour];
    }
}
