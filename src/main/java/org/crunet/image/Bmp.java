package org.crunet.image;

import static org.crunet.base.Errors.check;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A BMP file with the parts of its header put right that do not change its pixels: sizes of parts and a colour profile. */
record Bmp(byte[] plain, int width, int height, long most) implements Stored {
    private static final int SMALLEST = 26;
    /** What a header of OS/2 has, with sizes of 16 bits and no compression. */
    private static final int CORE = 12;

    private static final int USUAL = 40;
    /** What a header of OS/2 has from version 2 on: the usual one, and more. */
    private static final int OS_2 = 64;
    /** Headers from this size on tell of colours. */
    private static final int VERSION_4 = 108;

    private static final int SRGB = 0x73524742;
    private static final int RUNS_OF_BYTES = 1;
    private static final int RUNS_OF_HALVES = 2;
    private static final int MASKS = 3;
    private static final int MASK_BYTES = 12;
    /** Two bytes are a run of at most 255 pixels. */
    private static final long PIXELS_A_BYTE = 128;

    static Bmp of(byte[] bytes) throws IOException {
        if (bytes.length < SMALLEST) {
            throw new EOFException("no header");
        }
        ByteBuffer file = ByteBuffer.wrap(bytes.clone()).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(2, bytes.length);
        int header = file.getInt(14);
        if (header == OS_2 && bytes.length >= 14 + OS_2) {
            return of(withoutItsEnd(bytes, file));
        }
        if (file.getInt(10) == 0 && header >= USUAL && bytes.length >= 14L + header) {
            file.putInt(10, behindColours(file, header));
        }
        if (Math.max(14L + header, Integer.toUnsignedLong(file.getInt(10))) > bytes.length) {
            throw new EOFException("no pixels");
        }
        if (header == CORE) {
            long most = 8L * bytes.length / Math.max(1, file.getShort(24));
            return new Bmp(file.array(), file.getShort(18) & 0xffff, file.getShort(20) & 0xffff, most);
        }
        int compression = file.getInt(30);
        check(compression >= 0 && compression <= MASKS, "a BMP image is read that is packed in runs or not at all");
        boolean runs = compression == RUNS_OF_BYTES || compression == RUNS_OF_HALVES;
        file.putInt(34, 0);
        if (header >= VERSION_4) {
            file.putInt(70, SRGB);
        }
        long most = runs ? PIXELS_A_BYTE * bytes.length : 8L * bytes.length / Math.max(1, file.getShort(28));
        return new Bmp(file.array(), file.getInt(18), Math.abs(file.getInt(22)), most);
    }

    /** A file whose header begins as the usual one. */
    private static byte[] withoutItsEnd(byte[] bytes, ByteBuffer file) {
        int masks = file.getInt(30) == MASKS ? MASK_BYTES : 0;
        int less = OS_2 - USUAL - masks;
        file.putInt(14, USUAL).putInt(10, Math.max(0, file.getInt(10) - less));
        byte[] usual = Arrays.copyOf(file.array(), bytes.length - less);
        System.arraycopy(bytes, 14 + OS_2, usual, 14 + USUAL + masks, bytes.length - 14 - OS_2);
        return usual;
    }

    /** Where pixels begin if the file does not say it. */
    private static int behindColours(ByteBuffer file, int header) {
        int bits = file.getShort(28);
        int colours = file.getInt(46);
        int all = bits > 8 ? 0 : colours == 0 ? 1 << Math.max(0, bits) : colours;
        boolean masks = header == USUAL && file.getInt(30) == MASKS;
        return 14 + header + 4 * all + (masks ? MASK_BYTES : 0);
    }
}
