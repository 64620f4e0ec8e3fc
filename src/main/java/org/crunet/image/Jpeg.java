package org.crunet.image;

import static org.crunet.base.Errors.check;
import static org.crunet.image.Bytes.unsigned;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;

/**
 * A JPEG file without comments and segments of applications, one that says how colours are stored excepted, and how to have
 * the JDK's reader give the samples as they are, which it does for none of colour profiles, grey and printing inks by itself.
 *
 * @param components of a pixel: 1 for grey, 3 for colours, 4 for printing inks
 * @param differences whether colours, or three of four inks, are stored as brightness and two colour differences
 */
record Jpeg(byte[] plain, int width, int height, int components, boolean differences, int orientation)
        implements Stored {
    private static final int APP0 = 0xe0;
    private static final int START_OF_SCAN = 0xda;
    private static final int END = 0xd9;
    private static final int COMMENT = 0xfe;
    /** A code has at least one bit and stands for at most 8 x 8 pixels. */
    private static final long MOST_PIXELS_A_BYTE = 8 * 8 * 8;
    /** Each goes through all pixels again. */
    private static final long MOST_SCANS = 100;
    /** A pass that no file has: the reader then shows the last one instead of each. */
    private static final int LAST_PASS = 1_000_000;

    private static final String JFIF = "\u00ff\u00e0\0\u0010JFIF\0\1\1\0\0\1\0\1\0\0";
    private static final String ADOBE_RGB = "\u00ff\u00ee\0\u000eAdobe\0\u0064\0\0\0\0\0";

    private static final ColorModel RGB = new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB), false, false, Transparency.OPAQUE, DataBuffer.TYPE_BYTE);

    /** Goes from segment to segment up to the end of the picture. */
    static Jpeg of(byte[] bytes) throws IOException {
        var kept = new ByteArrayOutputStream();
        Segments segments = new Segments();
        int frame = -1;
        long scans = 0;
        int from = 2;
        int at = 2;
        while (at + 1 < bytes.length && marker(bytes, at) != END) {
            int marker = marker(bytes, at);
            int next = isSegment(marker) ? at + 2 + Math.max(2, unsigned16(bytes, at + 2)) : at + 1;
            if (marker == COMMENT || marker >= APP0 && marker < APP0 + 16) {
                kept.write(bytes, from, at - from);
                from = Math.min(next, bytes.length);
                if (scans == 0) {
                    segments.add(marker - APP0, bytes, at + 4, from);
                }
            }
            frame = isFrame(marker) && scans == 0 ? at + 4 : frame;
            scans += marker == START_OF_SCAN ? 1 : 0;
            at = next;
        }
        kept.write(bytes, from, Math.min(bytes.length, at + 2) - from);
        unsigned(bytes, scans == 0 ? bytes.length : 0);
        return of(bytes, kept.toByteArray(), segments, frame, scans);
    }

    private static Jpeg of(byte[] bytes, byte[] kept, Segments segments, int frame, long scans) throws IOException {
        check(frame >= 0, "the image is damaged: it does not say how large it is");
        int height = unsigned16(bytes, frame + 1);
        int width = unsigned16(bytes, frame + 3);
        long most = MOST_SCANS + MOST_SCANS * bytes.length / Math.max(1, width * height);
        check(scans <= most, "the image has " + scans + " scans, more than " + most + ": save it anew");
        int components = unsigned(bytes, frame + 5);
        check(
                components == 1 || components == 3 || components == 4,
                "a JPEG of " + components + " channels is neither grey nor colour");
        StringBuilder names = new StringBuilder();
        for (int c = 0; c < components; c++) {
            names.append((char) unsigned(bytes, frame + 6 + 3 * c));
        }
        boolean differences = segments.differences(names.toString());
        String colours = components == 3 ? differences ? JFIF : ADOBE_RGB : "";
        byte[] start = ("\u00ff\u00d8" + colours).getBytes(StandardCharsets.ISO_8859_1);
        byte[] plain = Arrays.copyOf(start, start.length + kept.length);
        System.arraycopy(kept, 0, plain, start.length, kept.length);
        return new Jpeg(plain, width, height, components, differences, segments.orientation());
    }

    /** The kind of segment that begins there; 0 if none does. */
    private static int marker(byte[] bytes, int at) throws EOFException {
        return unsigned(bytes, at) == 0xff ? unsigned(bytes, at + 1) : 0;
    }

    private static int unsigned16(byte[] bytes, int at) throws EOFException {
        return unsigned(bytes, at) << 8 | unsigned(bytes, at + 1);
    }

    /** The markers SOF0 to SOF15; three of that range mean something else. */
    private static boolean isFrame(int marker) {
        return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    }

    /** Whether a length follows, not a filling or stray byte or a marker alone. */
    private static boolean isSegment(int marker) {
        return marker >= 0xc0 && marker < 0xff && (marker < 0xd0 || marker > 0xd9);
    }

    @Override
    public long most() {
        return MOST_PIXELS_A_BYTE * plain.length;
    }

    /** Every {@code step}th pixel of every {@code step}th row. */
    @Override
    public Picture read(ImageReader reader, int step) throws IOException {
        List<String> warnings = new ArrayList<>();
        reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
        ImageReadParam param = new ImageReadParam();
        param.setSourceSubsampling(step, step, 0, 0);
        param.setSourceProgressivePasses(LAST_PASS, Integer.MAX_VALUE);
        Picture picture = components == 3 ? colours(reader, param, step) : samples(reader, param);
        for (String warning : warnings) {
            boolean damage = warning.startsWith("Corrupt JPEG data") && !warning.contains("extraneous bytes");
            check(!damage, "the image is damaged: " + warning);
        }
        return picture;
    }

    /** Straight into the pixels of the result; naming the bands keeps the reader from applying a colour profile. */
    private Picture colours(ImageReader reader, ImageReadParam param, int step) throws IOException {
        int columns = (width + step - 1) / step;
        int rows = (height + step - 1) / step;
        byte[] pixels = new byte[3 * columns * rows];
        int[] bands = {0, 1, 2};
        var buffer = new DataBufferByte(pixels, pixels.length);
        WritableRaster raster = Raster.createInterleavedRaster(buffer, columns, rows, 3 * columns, 3, bands, null);
        param.setDestination(new BufferedImage(RGB, raster, false, null));
        param.setSourceBands(bands);
        reader.read(0, param);
        return new Picture(columns, rows, pixels);
    }

    private Picture samples(ImageReader reader, ImageReadParam param) throws IOException {
        Raster raster = reader.readRaster(0, param);
        byte[] samples = ((DataBufferByte) raster.getDataBuffer()).getData();
        return components == 1 ? grey(raster, samples) : inks(raster, samples);
    }

    private static Picture grey(Raster raster, byte[] samples) {
        byte[] pixels = new byte[3 * samples.length];
        for (int p = 0, at = 0; p < samples.length; p++, at += 3) {
            pixels[at] = samples[p];
            pixels[at + 1] = samples[p];
            pixels[at + 2] = samples[p];
        }
        return new Picture(raster.getWidth(), raster.getHeight(), pixels);
    }

    /** Inks are stored as the light that they let through, so the light of a colour is what it and black let through. */
    private Picture inks(Raster raster, byte[] samples) {
        byte[] pixels = new byte[samples.length / 4 * 3];
        for (int from = 0, at = 0; from < samples.length; from += 4, at += 3) {
            if (differences) {
                toInks(samples, from);
            }
            int black = samples[from + 3] & 0xff;
            for (int c = 0; c < 3; c++) {
                pixels[at + c] = (byte) (((samples[from + c] & 0xff) * black + 127) / 255);
            }
        }
        return new Picture(raster.getWidth(), raster.getHeight(), pixels);
    }

    private static void toInks(byte[] samples, int at) {
        int y = samples[at] & 0xff;
        int blueness = (samples[at + 1] & 0xff) - 128;
        int redness = (samples[at + 2] & 0xff) - 128;
        samples[at] = inverted(y + 1.402 * redness);
        samples[at + 1] = inverted(y - 0.344136 * blueness - 0.714136 * redness);
        samples[at + 2] = inverted(y + 1.772 * blueness);
    }

    private static byte inverted(double value) {
        return (byte) (255 - Math.max(0, Math.min(255, Math.round(value))));
    }
}
