package org.crunet.image;

import static org.crunet.image.Bytes.unsigned;

import java.awt.Point;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;

/** The canvas of a GIF file and the first picture on it, without comments and whatever follows. */
record Gif(byte[] plain, int width, int height, int left, int top, boolean swapped, long most) implements Stored {
    private static final int SCREEN_BYTES = 13;
    private static final int CONTROL = 0xf9;
    private static final byte ALL_COLOURS = (byte) 0xf7;
    private static final int INTERLACED = 0x40;
    /** Of no more rows, the reader of the JDK loses those of an interlaced picture. */
    private static final int FEW = 4;
    /** A code of the compression stands for fewer pixels. */
    private static final long PIXELS_A_BYTE = 4096;
    /** A canvas of so many pixels may have a tiny picture on it. */
    private static final long SMALL = 1 << 20;

    static Gif of(byte[] bytes) throws IOException {
        int screen = SCREEN_BYTES + colours(bytes, 10);
        int at = screen;
        int control = 0;
        for (int kind = unsigned(bytes, at); kind != ','; kind = unsigned(bytes, at)) {
            if (kind == ';') {
                throw new EOFException("no picture");
            }
            boolean extension = kind == '!';
            if (extension && unsigned(bytes, at + 1) == CONTROL && unsigned(bytes, at + 2) >= 4) {
                control = unsigned(bytes, at + 3) % 2 == 1 ? at : control; // it names a transparent colour
            }
            at = extension ? end(bytes, at + 2) : at + 1;
        }
        int left = unsigned16(bytes, at + 1);
        int top = unsigned16(bytes, at + 3);
        int width = Math.max(left + unsigned16(bytes, at + 5), unsigned16(bytes, 6));
        int height = Math.max(top + unsigned16(bytes, at + 7), unsigned16(bytes, 8));
        int colours = at + 10;
        int data = colours + colours(bytes, at + 9);
        boolean own = data > colours;
        var plain = new ByteArrayOutputStream();
        plain.write(bytes, 0, 10);
        plain.write(new byte[] {ALL_COLOURS, 0, 0});
        plain.write(palette(bytes, own ? colours : SCREEN_BYTES, own ? data : screen));
        if (control > 0) {
            plain.write(new byte[] {'!', (byte) CONTROL, 4, 1, 0, 0, bytes[control + 6], 0});
        }
        plain.write(bytes, at, 9);
        int rows = unsigned16(bytes, at + 7);
        int interlaced = unsigned(bytes, at + 9) & INTERLACED;
        plain.write(rows > FEW ? interlaced : 0);
        int end = Math.min(bytes.length, end(bytes, data + 1));
        plain.write(bytes, data, end - data);
        plain.write(';');
        boolean swapped = interlaced != 0 && rows > 2 && rows <= FEW;
        long most = Math.max(SMALL, PIXELS_A_BYTE * bytes.length);
        return new Gif(plain.toByteArray(), width, height, left, top, swapped, most);
    }

    /** All 256 colours, black where the file has none; without a table, all shades of grey. */
    private static byte[] palette(byte[] bytes, int from, int to) throws EOFException {
        byte[] palette = new byte[3 * 256];
        for (int i = 0; i < palette.length && to == from; i++) {
            palette[i] = (byte) (i / 3);
        }
        unsigned(bytes, to);
        System.arraycopy(bytes, from, palette, 0, to - from);
        return palette;
    }

    private static int unsigned16(byte[] bytes, int at) throws EOFException {
        return unsigned(bytes, at) | unsigned(bytes, at + 1) << 8;
    }

    /** The bytes of the table of colours that flags tell of. */
    private static int colours(byte[] bytes, int flags) throws EOFException {
        int of = unsigned(bytes, flags);
        return of < 0x80 ? 0 : 3 * (2 << (of & 7));
    }

    /** Where the blocks end that begin there, the last one empty. */
    private static int end(byte[] bytes, int from) {
        int at = from;
        while (at < bytes.length && bytes[at] != 0) {
            at += 1 + (bytes[at] & 0xff);
        }
        return at + 1;
    }

    /** What the picture does not cover is transparent, or of the first colour. */
    @Override
    public Picture read(ImageReader reader, int step) throws IOException {
        int columns = (width + step - 1) / step;
        int rows = (height + step - 1) / step;
        BufferedImage canvas = reader.getImageTypes(0).next().createBufferedImage(columns, rows);
        int clear = ((IndexColorModel) canvas.getColorModel()).getTransparentPixel();
        int[] row = new int[columns];
        Arrays.fill(row, Math.max(0, clear));
        for (int y = 0; y < rows; y++) {
            canvas.getRaster().setSamples(0, y, columns, 1, 0, row);
        }
        Point at = new Point((left + step - 1) / step, (top + step - 1) / step);
        ImageReadParam param = new ImageReadParam();
        param.setSourceSubsampling(step, step, at.x * step - left, at.y * step - top);
        param.setDestination(canvas);
        param.setDestinationOffset(at);
        reader.read(0, param);
        if (swapped && step == 1) { // as its first rows are stored: 0, 2, 1
            WritableRaster pixels = canvas.getRaster();
            int[] first = pixels.getSamples(0, top + 1, columns, 1, 0, (int[]) null);
            pixels.setSamples(0, top + 1, columns, 1, 0, pixels.getSamples(0, top + 2, columns, 1, 0, row));
            pixels.setSamples(0, top + 2, columns, 1, 0, first);
        }
        return Rasters.of(canvas);
    }
}
