package org.crunet.data;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Reads an image file as a square of bytes, shape (3, size, size). */
final class Photograph {
    private Photograph() {}

    /** Resizes the shorter side to {@code size} and cuts the centre out. */
    static byte[] read(Path file, int size) throws IOException {
        return square(decode(file), size);
    }

    private static BufferedImage decode(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length == 0) {
            throw new IOException("the file is empty");
        }
        BufferedImage image = ImageIO.read(new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes)));
        if (image == null) {
            throw new IOException("not a JPEG, PNG, BMP or GIF image, whatever its name says");
        }
        return image;
    }

    /** Resizes the shorter side to {@code shorterSide} and cuts out the centre, shape (3, size, size). */
    static byte[] centre(BufferedImage image, int shorterSide, int size) {
        byte[] square = square(image, shorterSide);
        byte[] planes = new byte[3 * size * size];
        int margin = (shorterSide - size) / 2;
        for (int row = 0; row < 3 * size; row++) {
            int from = row / size * shorterSide + margin + row % size;
            System.arraycopy(square, from * shorterSide + margin, planes, row * size, size);
        }
        return planes;
    }

    /** The square in the centre, resized. */
    static byte[] square(BufferedImage image, int size) {
        int side = Math.min(image.getWidth(), image.getHeight());
        int left = (image.getWidth() - side) / 2;
        int top = (image.getHeight() - side) / 2;
        byte[] planes = isGrey(image) ? grey(image, left, top, side) : colour(image, left, top, side);
        return side == size ? planes : new Resize(side, size).apply(planes);
    }

    /** Java takes grey samples for linear light and would brighten them, so they are read as they are. */
    private static boolean isGrey(BufferedImage image) {
        return image.getRaster().getNumBands() < 3 && !(image.getColorModel() instanceof IndexColorModel);
    }

    private static byte[] grey(BufferedImage image, int left, int top, int side) {
        Raster raster = image.getRaster();
        int shift = Math.max(0, raster.getSampleModel().getSampleSize(0) - 8);
        int plane = side * side;
        int[] samples = raster.getSamples(left, top, side, side, 0, new int[plane]);
        byte[] planes = new byte[3 * plane];
        for (int at = 0; at < 3 * plane; at++) {
            planes[at] = (byte) (samples[at % plane] >> shift);
        }
        return planes;
    }

    private static byte[] colour(BufferedImage image, int left, int top, int side) {
        int plane = side * side;
        int[] colours = image.getRGB(left, top, side, side, new int[plane], 0, side);
        byte[] planes = new byte[3 * plane];
        for (int at = 0; at < plane; at++) {
            int colour = onWhite(colours[at]);
            planes[at] = (byte) (colour >> 16);
            planes[plane + at] = (byte) (colour >> 8);
            planes[2 * plane + at] = (byte) colour;
        }
        return planes;
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
