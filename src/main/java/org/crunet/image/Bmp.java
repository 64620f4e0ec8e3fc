package org.crunet.image;

import static org.crunet.base.Errors.check;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A BMP file with the parts of its header put right that do not change its pixels: sizes of parts and a colour profile. */
record Bmp(byte[] plain, int width, int height, long most) implements Stored {
    private static final int SMALLEST = 26;
    /** What a header of OS/2 has, with sizes of 16 bits and no compression. */
    private static final int CORE = 12;
    /** Headers from this size on tell of colours. */
    private static final int VERSION_4 = 108;

    private static final int SRGB = 0x73524742;
    private static final int RUNS_OF_BYTES = 1;
    private static final int RUNS_OF_HALVES = 2;
    private static final int MASKS = 3;
    /** Two bytes are a run of at most 255 pixels. */
    private static final long PIXELS_A_BYTE = 128;

    static Bmp of(byte[] bytes) throws IOException {
        if (bytes.length < SMALLEST) {
            throw new EOFException("no header");
        }
        ByteBuffer file = ByteBuffer.wrap(bytes.clone()).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(2, bytes.length);
        int header = file.getInt(14);
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
}
