package org.crunet.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * How a camera was held: the number from 1 (upright) to 8 that it notes in the Exif segment of a JPEG file. The first four
 * are upright, mirrored, upside down and both; the last four are the same after rows and columns changed places.
 */
final class Orientation {
    static final int UPRIGHT = 1;

    private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);
    private static final int TAG = 0x0112;
    private static final int SHORT = 3;
    private static final int HEADER_BYTES = 8;
    private static final int ENTRY_BYTES = 12;

    private Orientation() {}

    /** The number that the content of a segment notes; upright if it is no Exif, damaged, or says nothing about it. */
    static int of(byte[] segment) {
        if (segment.length < EXIF.length + HEADER_BYTES || !Arrays.equals(EXIF, Arrays.copyOf(segment, EXIF.length))) {
            return UPRIGHT;
        }
        ByteBuffer tiff = ByteBuffer.wrap(segment, EXIF.length, segment.length - EXIF.length)
                .slice();
        tiff.order(tiff.getShort(0) == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int directory = tiff.getInt(4);
        if (tiff.getShort(2) != 42 || directory < HEADER_BYTES || directory > tiff.capacity() - 2) {
            return UPRIGHT;
        }
        return noted(tiff, directory);
    }

    private static int noted(ByteBuffer tiff, int directory) {
        int entries = Math.min(tiff.getShort(directory) & 0xffff, (tiff.capacity() - directory - 2) / ENTRY_BYTES);
        for (int i = 0; i < entries; i++) {
            int at = directory + 2 + i * ENTRY_BYTES;
            if (tiff.getShort(at) == TAG) {
                int value = tiff.getShort(at + 8);
                boolean known = tiff.getShort(at + 2) == SHORT && value >= 1 && value <= 8;
                return known ? value : UPRIGHT;
            }
        }
        return UPRIGHT;
    }

    /** A stored picture as it looks upright. */
    static Picture upright(Picture stored, int orientation) {
        if (orientation == UPRIGHT) {
            return stored;
        }
        boolean turned = orientation > 4;
        int kind = (orientation - 1) % 4;
        int width = turned ? stored.height() : stored.width();
        int height = turned ? stored.width() : stored.height();
        byte[] pixels = new byte[stored.pixels().length];
        for (int y = 0, at = 0; y < height; y++) {
            int v = kind == 2 || kind == 3 ? height - 1 - y : y;
            for (int x = 0; x < width; x++, at += 3) {
                int u = kind == 1 || kind == 2 ? width - 1 - x : x;
                int from = 3 * (turned ? u * stored.width() + v : v * stored.width() + u);
                System.arraycopy(stored.pixels(), from, pixels, at, 3);
            }
        }
        return new Picture(width, height, pixels);
    }
}
