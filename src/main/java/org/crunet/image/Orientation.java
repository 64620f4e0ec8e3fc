package org.crunet.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * How a camera was held: the number from 1 (upright) to 8 that it notes in Exif, or a program in XMP. The first four are
 * upright, mirrored, upside down and both; the last four are the same after rows and columns changed places.
 */
final class Orientation {
    static final int UPRIGHT = 1;

    private static final String EXIF = "Exif\0\0";
    private static final Pattern XMP = Pattern.compile("tiff:Orientation(?:=\"|>)([0-9])");
    private static final int TAG = 0x0112;
    private static final int MAGIC = 42;
    /** Bytes of a value by its type. */
    private static final int[] SIZES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8};

    private static final int HEADER_BYTES = 8;
    private static final int ENTRY_BYTES = 12;

    private Orientation() {}

    /** The number that Exif notes, or else XMP; upright if they are empty, damaged, or say nothing about it. */
    static int of(byte[] exif, byte[] xmp) {
        OptionalDouble noted = exif(exif);
        Matcher matcher = XMP.matcher(latin(xmp));
        double value = noted.isEmpty() && matcher.find() ? Integer.parseInt(matcher.group(1)) : noted.orElse(UPRIGHT);
        return value >= 1 && value <= 8 && value == (int) value ? (int) value : UPRIGHT;
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static OptionalDouble exif(byte[] exif) {
        int start = 0;
        String text = latin(exif);
        while (text.startsWith(EXIF, start)) {
            start += EXIF.length();
        }
        ByteBuffer tiff = ByteBuffer.wrap(exif, start, exif.length - start).slice();
        if (tiff.capacity() < HEADER_BYTES) {
            return OptionalDouble.empty();
        }
        tiff.order(tiff.getShort(0) == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int directory = tiff.getInt(4);
        boolean sound = tiff.getShort(2) == MAGIC || Short.reverseBytes(tiff.getShort(2)) == MAGIC;
        boolean there = directory >= 0 && directory <= tiff.capacity() - 2;
        return sound && there ? noted(tiff, directory) : OptionalDouble.empty();
    }

    private static OptionalDouble noted(ByteBuffer tiff, int directory) {
        int entries = Math.min(tiff.getShort(directory) & 0xffff, (tiff.capacity() - directory - 2) / ENTRY_BYTES);
        return IntStream.range(0, entries)
                .map(i -> directory + 2 + i * ENTRY_BYTES)
                .filter(entry -> tiff.getShort(entry) == TAG)
                .mapToObj(entry -> value(tiff, entry))
                .filter(OptionalDouble::isPresent)
                .findFirst()
                .orElse(OptionalDouble.empty());
    }

    /** The first value of an entry, whatever its type; not a number if it is text, none if it lies outside. */
    private static OptionalDouble value(ByteBuffer tiff, int entry) {
        int type = tiff.getShort(entry + 2);
        long bytes =
                Integer.toUnsignedLong(tiff.getInt(entry + 4)) * (type > 0 && type < SIZES.length ? SIZES[type] : 0);
        long place = bytes <= 4 ? entry + 8 : Integer.toUnsignedLong(tiff.getInt(entry + 8));
        if (bytes == 0 || place + bytes > tiff.capacity()) {
            return OptionalDouble.empty();
        }
        int at = (int) place;
        return OptionalDouble.of(
                switch (type) {
                    case 3, 8 -> tiff.getShort(at);
                    case 4, 9, 13 -> tiff.getInt(at);
                    case 5, 10 -> (double) tiff.getInt(at) / tiff.getInt(at + 4);
                    case 6 -> tiff.get(at);
                    case 11 -> tiff.getFloat(at);
                    case 12 -> tiff.getDouble(at);
                    case 16 -> tiff.getLong(at);
                    default -> Double.NaN;
                });
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
            Bytes.requireNoInterrupt();
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
