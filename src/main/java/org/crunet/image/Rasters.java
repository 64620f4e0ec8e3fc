package org.crunet.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.util.Arrays;

/** Turns the images of Java, which come in many forms, into pictures. */
final class Rasters {
    private Rasters() {}

    static Picture of(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] pixels = new byte[Math.multiplyExact(3, Math.multiplyExact(width, height))];
        boolean grey = isGrey(image);
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            Bytes.requireNoInterrupt();
            if (grey) {
                grey(image.getRaster(), y, row);
            } else {
                image.getRGB(0, y, width, 1, row, 0, width);
            }
            write(row, pixels, 3 * y * width);
        }
        return new Picture(width, height, pixels);
    }

    private static void write(int[] row, byte[] pixels, int at) {
        for (int x = 0; x < row.length; x++, at += 3) {
            int colour = onWhite(row[x]);
            pixels[at] = (byte) (colour >> 16);
            pixels[at + 1] = (byte) (colour >> 8);
            pixels[at + 2] = (byte) colour;
        }
    }

    /** Java takes grey samples for linear light and would brighten them, so they are read as they are. */
    private static boolean isGrey(BufferedImage image) {
        return image.getRaster().getNumBands() < 3 && !(image.getColorModel() instanceof IndexColorModel);
    }

    private static void grey(Raster raster, int y, int[] row) {
        samples(raster, y, 0, row);
        int[] opaque = new int[row.length];
        Arrays.fill(opaque, 255);
        if (raster.getNumBands() == 2) {
            samples(raster, y, 1, opaque);
        }
        for (int x = 0; x < row.length; x++) {
            row[x] = opaque[x] << 24 | row[x] * 0x010101;
        }
    }

    /** A row of one band as numbers of 8 bits. */
    private static void samples(Raster raster, int y, int band, int[] row) {
        raster.getSamples(0, y, row.length, 1, band, row);
        int shift = Math.max(0, raster.getSampleModel().getSampleSize(band) - 8);
        for (int x = 0; x < row.length; x++) {
            row[x] >>= shift;
        }
    }

    /** A transparent colour as it looks on white paper. */
    private static int onWhite(int colour) {
        int opaque = colour >>> 24;
        if (opaque == 255) {
            return colour;
        }
        int mixed = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
            int part = ((colour >> shift & 0xff) * opaque + 255 * (255 - opaque) + 127) / 255;
            mixed |= part << shift;
        }
        return mixed;
    }
}
