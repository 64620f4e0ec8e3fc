package org.crunet.image;

import static org.crunet.base.Errors.require;

import java.awt.image.BufferedImage;
import java.io.IOException;

/**
 * A picture of any size.
 *
 * @param width in pixels
 * @param height in pixels
 * @param pixels red, green and blue of every pixel, rows from the top, shape (height, width, 3); kept, not copied
 */
public record Picture(int width, int height, byte[] pixels) {

    /** The most pixels a square image may be wide: at this size it has 200 million numbers. */
    public static final int LARGEST_SIDE = 8192;

    public Picture {
        if (width < 1 || height < 1 || pixels.length != 3L * width * height) {
            throw new IllegalArgumentException("A picture of " + width + " x " + height + " pixels cannot have "
                    + pixels.length + " bytes: it needs 3 * width * height");
        }
    }

    /**
     * Throws unless a square image can be so wide.
     *
     * @param pixels the side
     * @param example what to write instead, such as {@code size(32)}
     * @throws IllegalArgumentException if there can be none of that size
     */
    public static void requireSide(int pixels, String example) {
        require(
                pixels >= 1 && pixels <= LARGEST_SIDE,
                "An image cannot be " + pixels + " pixels wide: use " + example + ", for example, and at most "
                        + LARGEST_SIDE);
    }

    /** From planes of red, green and blue, shape (3, height, width), as a set of images stores them. */
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

    /** Planes of red, green and blue, shape (3, height, width). */
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

    /** The same as Java's own kind of picture. */
    BufferedImage image() {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int p = 0; p < width * height; p++) {
            int rgb = (pixels[3 * p] & 0xff) << 16 | (pixels[3 * p + 1] & 0xff) << 8 | pixels[3 * p + 2] & 0xff;
            image.setRGB(p % width, p / width, rgb);
        }
        return image;
    }

    /** Left for right. */
    public Picture mirrored() {
        byte[] turned = new byte[pixels.length];
        for (int p = 0; p < width * height; p++) {
            int from = 3 * (p - p % width + width - 1 - p % width);
            System.arraycopy(pixels, from, turned, 3 * p, 3);
        }
        return new Picture(width, height, turned);
    }

    /** A part of the picture. */
    public Picture crop(int left, int top, int w, int h) {
        return crop(new Box(left, top, w, h));
    }

    private Picture crop(Box box) {
        box.in(this);
        byte[] part = new byte[3 * box.width() * box.height()];
        for (int y = 0; y < box.height(); y++) {
            int from = 3 * ((box.top() + y) * width + box.left());
            System.arraycopy(pixels, from, part, 3 * y * box.width(), 3 * box.width());
        }
        return new Picture(box.width(), box.height(), part);
    }

    /** The whole picture in another size, neither blurred nor aliased. */
    public Picture resize(int newWidth, int newHeight) {
        return resize(new Box(0, 0, width, height), newWidth, newHeight);
    }

    /** A part of the picture in another size; what lies outside does not count. */
    public Picture resize(Box box, int newWidth, int newHeight) {
        if (newWidth < 1 || newHeight < 1) {
            throw new IllegalArgumentException(
                    "A picture cannot be " + newWidth + " x " + newHeight + " pixels: use 1 or more");
        }
        if (newWidth == box.width() && newHeight == box.height()) {
            return crop(box);
        }
        Resize resize = Resize.of(this, box, newHeight, newWidth);
        byte[] resized = new byte[Math.multiplyExact(3, Math.multiplyExact(newWidth, newHeight))];
        float[][] row = new float[3][newWidth];
        for (int y = 0, at = 0; y < newHeight; y++) {
            resize.row(y, row);
            for (int x = 0; x < newWidth; x++, at += 3) {
                resized[at] = toByte(row[0][x]);
                resized[at + 1] = toByte(row[1][x]);
                resized[at + 2] = toByte(row[2][x]);
            }
        }
        return new Picture(newWidth, newHeight, resized);
    }

    private static byte toByte(float value) {
        return (byte) (int) (value + 0.5f);
    }

    /**
     * The whole picture, its shorter side as given and the longer one in proportion.
     *
     * @throws IOException if the longer one becomes too long
     */
    public Picture shorterSide(int size) throws IOException {
        double scale = (double) size / Math.min(width, height);
        int newWidth = Box.side(width * scale);
        int newHeight = Box.side(height * scale);
        if ((long) newWidth * newHeight > Photograph.MOST) {
            throw new IOException(
                    "the image has " + width + " x " + height + " pixels, too long and narrow: with a shorter"
                            + " side of " + size + " there would be more than " + Photograph.MOST);
        }
        try {
            return resize(newWidth, newHeight);
        } catch (OutOfMemoryError e) {
            throw new IOException(Photograph.MEMORY, e);
        }
    }

    /** The square of that many pixels in the middle. */
    public Picture centre(int size) {
        return crop(Box.centre(this, size, size));
    }

    /** The largest square in the middle, in that size. */
    public Picture square(int size) {
        int side = Math.min(width, height);
        return resize(Box.centre(this, side, side), size, size);
    }
}
