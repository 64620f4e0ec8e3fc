package org.crunet.image;

import static org.crunet.base.Errors.check;
import static org.crunet.base.Errors.require;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.Serializable;
import java.util.function.ObjIntConsumer;

/**
 * A picture of any size. Of numbers of 16 bits in a file the upper 8 count, in grey too, where Pillow cuts what is above 255.
 *
 * @param width in pixels
 * @param height in pixels
 * @param pixels red, green and blue of every pixel, rows from the top, shape (height, width, 3); kept, not copied
 */
public record Picture(int width, int height, byte[] pixels) implements Serializable {

    /** The most pixels a square image may be wide: at this size it has 200 million numbers. */
    public static final int LARGEST_SIDE = 8192;

    /** Checks that there are as many bytes as the size needs. */
    public Picture {
        require(
                width > 0 && height > 0 && pixels.length == 3L * width * height,
                () -> "A picture of " + width + " x " + height + " pixels needs 3 bytes for each, not "
                        + pixels.length);
    }

    /**
     * Throws unless a square image can be so wide.
     *
     * @param pixels the side
     * @param example what to write instead, such as {@code size(32)}
     * @throws IllegalArgumentException if there can be none of that size
     */
    public static void requireSide(int pixels, String example) {
        String fix = " pixels wide: use " + example + ", for example, and at most " + LARGEST_SIDE;
        require(pixels >= 1 && pixels <= LARGEST_SIDE, "An image cannot be " + pixels + fix);
    }

    /** Makes a picture from planes of red, green and blue, shape (3, height, width). */
    public static Picture ofPlanes(byte[] planes, int height, int width) {
        int plane = height * width;
        byte[] pixels = new byte[3 * plane];
        for (int p = 0, at = 0; p < plane; p++, at += 3) {
            pixels[at] = planes[p];
            pixels[at + 1] = planes[plane + p];
            pixels[at + 2] = planes[2 * plane + p];
        }
        return new Picture(width, height, pixels);
    }

    /** Returns planes of red, green and blue, shape (3, height, width). */
    public byte[] planes() {
        int plane = height * width;
        byte[] planes = new byte[3 * plane];
        for (int p = 0, at = 0; p < plane; p++, at += 3) {
            planes[p] = pixels[at];
            planes[plane + p] = pixels[at + 1];
            planes[2 * plane + p] = pixels[at + 2];
        }
        return planes;
    }

    /** Returns the picture as one of Java's own kind. */
    public BufferedImage image() {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int p = 0; p < width * height; p++) {
            int rgb = (pixels[3 * p] & 0xff) << 16 | (pixels[3 * p + 1] & 0xff) << 8 | pixels[3 * p + 2] & 0xff;
            image.setRGB(p % width, p / width, rgb);
        }
        return image;
    }

    /** Returns the picture with left and right exchanged. */
    public Picture mirrored() {
        byte[] turned = new byte[pixels.length];
        for (int p = 0; p < width * height; p++) {
            int from = 3 * (p - p % width + width - 1 - p % width);
            System.arraycopy(pixels, from, turned, 3 * p, 3);
        }
        return new Picture(width, height, turned);
    }

    /**
     * Returns a part of the picture.
     *
     * @throws IllegalArgumentException if it is empty or not all inside
     */
    public Picture crop(int left, int top, int w, int h) {
        boolean inside = left >= 0 && top >= 0 && w > 0 && h > 0 && left <= width - w && top <= height - h;
        require(
                inside,
                () -> "No part of " + w + " x " + h + " pixels at " + left + ", " + top + " in a picture of " + width
                        + " x " + height);
        if (w == width && h == height) {
            return this;
        }
        byte[] part = new byte[3 * w * h];
        for (int y = 0; y < h; y++) {
            System.arraycopy(pixels, 3 * ((top + y) * width + left), part, 3 * y * w, 3 * w);
        }
        return new Picture(w, h, part);
    }

    /** Returns the part of that size in the middle. */
    public Picture centre(int w, int h) {
        return crop((width - w) / 2, (height - h) / 2, w, h);
    }

    /** Returns the largest part in the middle whose sides are in proportion to a height and a width. */
    public Picture largest(int h, int w) {
        double scale = Math.min((double) width / w, (double) height / h);
        return centre((int) side(w * scale), (int) side(h * scale));
    }

    /** Returns the whole number of pixels, at least one, that is nearest to a length. */
    public static long side(double pixels) {
        return Math.max(1, Math.round(pixels));
    }

    /** Returns the whole picture in another size, neither blurred nor aliased. */
    public Picture resize(int newWidth, int newHeight) {
        require(
                newWidth > 0 && newHeight > 0,
                () -> "No picture is " + newWidth + " x " + newHeight + " pixels: use 1 or more");
        if (newWidth == width && newHeight == height) {
            return this;
        }
        byte[] resized = new byte[Math.multiplyExact(3, Math.multiplyExact(newWidth, newHeight))];
        rows(newHeight, newWidth, (row, y) -> {
            for (int x = 0, at = 3 * y * newWidth; x < newWidth; x++, at += 3) {
                resized[at] = toByte(row[0][x]);
                resized[at + 1] = toByte(row[1][x]);
                resized[at + 2] = toByte(row[2][x]);
            }
        });
        return new Picture(newWidth, newHeight, resized);
    }

    private static byte toByte(float value) {
        return (byte) (int) (value + 0.5f);
    }

    /**
     * Gives the rows of the whole picture in another size, as {@link #resize} makes it, before they are rounded.
     *
     * @param to is given every row and its number from the top: red, green and blue from 0 to 255, shape (3, newWidth), in an
     *     array that is used again for the next row
     */
    public void rows(int newHeight, int newWidth, ObjIntConsumer<float[][]> to) {
        Resize resize = new Resize(this, newHeight, newWidth);
        float[][] row = new float[3][newWidth];
        for (int y = 0; y < newHeight; y++) {
            resize.row(y, row);
            to.accept(row, y);
        }
    }

    /**
     * Returns the whole picture, its shorter side as given and the longer one in proportion.
     *
     * @throws IOException if the longer one becomes too long
     */
    public Picture shorterSide(int size) throws IOException {
        double scale = (double) size / Math.min(width, height);
        long newWidth = side(width * scale);
        long newHeight = side(height * scale);
        String narrow =
                "the image has " + width + " x " + height + " pixels, too long and narrow: with a shorter side of ";
        check(newWidth * newHeight <= Photograph.MOST, narrow + size + " there would be more than " + Photograph.MOST);
        try {
            return resize((int) newWidth, (int) newHeight);
        } catch (OutOfMemoryError e) {
            throw new IOException(Photograph.MEMORY, e);
        }
    }

    /** Returns the largest square in the middle, in that size. */
    public Picture square(int size) {
        return largest(1, 1).resize(size, size);
    }
}
