package org.crunet.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files whose pixels are good and whose other parts are odd, broken or meant to cost time. */
class UnusualFilesTest {
    private static final String XMP = "<rdf:Description tiff:Orientation=\"6\"/>";

    private static byte[] file(String format, int width, int height, int type) throws IOException {
        var image = new BufferedImage(width, height, type);
        for (int at = 0; at < width * height; at++) {
            int x = at % width;
            image.setRGB(x, at / width, x * 255 / width << 16 | at / width * 255 / height << 8 | 77);
        }
        return written(format, image);
    }

    private static byte[] written(String format, BufferedImage image) throws IOException {
        var out = new ByteArrayOutputStream();
        ImageIO.write(image, format, out);
        return out.toByteArray();
    }

    private static byte[] joined(byte[]... parts) {
        var out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static byte[] put(byte[] file, int at, byte[]... parts) {
        byte[] rest = Arrays.copyOfRange(file, at, file.length);
        return joined(Arrays.copyOf(file, at), joined(parts), rest);
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] chunk(String type, byte[] content) {
        CRC32 sum = new CRC32();
        byte[] named = joined(latin(type), content);
        sum.update(named);
        ByteBuffer number = ByteBuffer.allocate(8).putInt(content.length).putInt((int) sum.getValue());
        return joined(Arrays.copyOf(number.array(), 4), named, Arrays.copyOfRange(number.array(), 4, 8));
    }

    private static byte[] packed(byte[] content) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var deflater = new DeflaterOutputStream(out)) {
            deflater.write(content);
        }
        return out.toByteArray();
    }

    private static byte[] segment(int marker, byte[] content) {
        int length = content.length + 2;
        return joined(new byte[] {(byte) 0xff, (byte) marker, (byte) (length >> 8), (byte) length}, content);
    }

    /** Exif with one entry; a value of more than four bytes is behind it. */
    private static byte[] exif(ByteOrder order, int type, int count, int... value) {
        ByteBuffer exif = ByteBuffer.allocate(64).order(order);
        exif.putShort((short) (order == ByteOrder.LITTLE_ENDIAN ? 0x4949 : 0x4d4d))
                .putShort((short) 42);
        exif.putInt(8)
                .putShort((short) 1)
                .putShort((short) 0x112)
                .putShort((short) type)
                .putInt(count);
        if (type == 3) {
            exif.putShort((short) value[0]);
        } else if (value.length == 1) {
            exif.putInt(value[0]);
        } else {
            exif.putInt(32);
            exif.position(32);
            Arrays.stream(value).forEach(exif::putInt);
        }
        return exif.array();
    }

    private static boolean isTurned(byte[] file) throws IOException {
        Picture picture = Photograph.decode(file);
        assertEquals(48 + 32, picture.width() + picture.height());
        return picture.width() == 32;
    }

    private static byte[] jpegWith(byte[]... segments) throws IOException {
        return put(file("jpg", 48, 32, BufferedImage.TYPE_INT_RGB), 2, segments);
    }

    private static byte[] pngWith(byte[]... chunks) throws IOException {
        return put(file("png", 48, 32, BufferedImage.TYPE_INT_RGB), 33, chunks);
    }

    /** A number from 1 to 8 counts whatever its type; text, several values in too few bytes and fractions do not. */
    @ParameterizedTest
    @CsvSource({"3, 1, true", "4, 1, true", "9, 1, true", "5, 1, true", "4, 2, true", "2, 1, false", "99, 1, false"})
    void exifIsReadInEveryTypeAndFile(int type, int count, boolean turned) throws IOException {
        int[] value = type == 5 ? new int[] {12, 2} : count == 2 ? new int[] {6, 1} : new int[] {6};
        for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
            byte[] exif = exif(order, type, count, value);
            assertEquals(turned, isTurned(jpegWith(segment(0xe1, joined(latin("Exif\0\0"), exif)))));
            assertEquals(turned, isTurned(pngWith(chunk("eXIf", exif))));
            String raw = "\nexif\n  70\n" + HexFormat.of().formatHex(joined(latin("Exif\0\0"), exif)) + "\n";
            byte[] text = joined(latin("Raw profile type exif\0\0"), packed(latin(raw)));
            assertEquals(turned, isTurned(pngWith(chunk("zTXt", text))));
        }
        byte[] png = file("png", 48, 32, BufferedImage.TYPE_INT_RGB);
        byte[] after = put(png, png.length - 12, chunk("eXIf", exif(ByteOrder.BIG_ENDIAN, type, count, value)));
        assertEquals(turned, isTurned(after));
    }

    @Test
    void xmpCountsWhereExifSaysNothing() throws IOException {
        byte[] upright = exif(ByteOrder.BIG_ENDIAN, 3, 1, 1);
        byte[] xmp = segment(0xe1, latin("http://ns.adobe.com/xap/1.0/\0" + XMP));
        assertTrue(isTurned(jpegWith(xmp)));
        assertEquals(false, isTurned(jpegWith(xmp, segment(0xe1, joined(latin("Exif\0\0"), upright)))));
        String keyword = "XML:com.adobe.xmp\0";
        assertTrue(isTurned(pngWith(chunk("iTXt", latin(keyword + "\0\0en\0\0" + XMP)))));
        byte[] zipped = joined(latin(keyword + "\1\0\0\0"), packed(latin(XMP)));
        assertTrue(isTurned(pngWith(chunk("iTXt", zipped))));
        assertEquals(false, isTurned(pngWith(chunk("iTXt", zipped), chunk("eXIf", upright))));
    }

    private static byte[][] odd() throws IOException {
        return new byte[][] {
            {},
            {0},
            new byte[40],
            latin("\u00ff".repeat(300)),
            latin("no zero in this text"),
            latin("key\0\0\u0078\u009c\1\2"),
            joined(latin("key\0\0"), Arrays.copyOf(packed(new byte[999]), 9)),
            latin("ICC_PROFILE\0\1\1"),
            latin("ICC_PROFILE\0\2\1abc"),
            latin("Exif\0\0MM\0*\0\0\0\10"),
            latin("JFIF\0"),
            latin("Adobe"),
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tEXt", "zTXt", "iTXt", "tIME", "iCCP", "bKGD", "cHRM", "gAMA", "sRGB", "sBIT", "pHYs", "hIST", "sPLT",
                "eXIf", "acTL", "fcTL", "fdAT", "cICP", "oFFs", "sTER", "abCd"
            })
    void noOtherChunkOfAPngCounts(String type) throws IOException {
        int[] types = {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_BYTE_INDEXED};
        for (int kind : types) {
            byte[] png = file("png", 12, 8, kind);
            byte[] expected = Photograph.decode(png).pixels();
            for (byte[] content : odd()) {
                byte[] one = chunk(type, content);
                assertArrayEquals(
                        expected, Photograph.decode(put(png, 33, one, one)).pixels());
                byte[] after = put(png, png.length - 12, one);
                assertArrayEquals(expected, Photograph.decode(after).pixels());
                byte[] cut = Arrays.copyOf(after, png.length - 12 + one.length / 2);
                assertArrayEquals(expected, Photograph.decode(cut).pixels());
            }
        }
    }

    /** As Pillow has it: a number that has no colour is black. */
    @Test
    void aPaletteMayBeShortOrMissing() throws IOException {
        BufferedImage image = new BufferedImage(4, 1, BufferedImage.TYPE_BYTE_INDEXED);
        for (int x = 0; x < 4; x++) {
            image.getRaster().setSample(x, 0, 0, 60 * x);
        }
        byte[] png = written("png", image);
        int at = 33;
        int length = ByteBuffer.wrap(png).getInt(at);
        assertEquals("PLTE", new String(png, at + 4, 4, StandardCharsets.US_ASCII));
        byte[] start = Arrays.copyOf(png, at);
        byte[] rest = Arrays.copyOfRange(png, at + 12 + length, png.length);
        byte[] none = new byte[12];
        assertArrayEquals(none, Photograph.decode(joined(start, rest)).pixels());
        assertArrayEquals(
                none,
                Photograph.decode(joined(start, chunk("PLTE", new byte[0]), rest))
                        .pixels());
        byte[] first = none.clone();
        Arrays.fill(first, 0, 3, (byte) 7);
        byte[] one = chunk("PLTE", new byte[] {7, 7, 7});
        assertArrayEquals(first, Photograph.decode(joined(start, one, rest)).pixels());
    }

    @Test
    void thereIsOneWayToCompressAPng() throws IOException {
        byte[] png = file("png", 12, 8, BufferedImage.TYPE_INT_RGB);
        byte[] header = Arrays.copyOfRange(png, 16, 29);
        header[10] = 1;
        byte[] other = joined(Arrays.copyOf(png, 8), chunk("IHDR", header), Arrays.copyOfRange(png, 33, png.length));
        assertArrayEquals(
                Photograph.decode(png).pixels(), Photograph.decode(other).pixels());
    }

    @Test
    void aBmpMayHaveTheHeaderOfOs2AndNeedNotSayWhereItsPixelsBegin() throws IOException {
        for (int kind : new int[] {BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_BYTE_INDEXED}) {
            byte[] bmp = file("bmp", 12, 8, kind);
            byte[] expected = Photograph.decode(bmp).pixels();
            byte[] long1 = put(bmp, 54, new byte[24]);
            ByteBuffer.wrap(long1).order(ByteOrder.LITTLE_ENDIAN).putInt(14, 64);
            for (int offset : new int[] {
                0, ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).getInt(10)
            }) {
                ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).putInt(10, offset);
                ByteBuffer.wrap(long1).order(ByteOrder.LITTLE_ENDIAN).putInt(10, offset == 0 ? 0 : offset + 24);
                assertArrayEquals(expected, Photograph.decode(bmp).pixels());
                assertArrayEquals(expected, Photograph.decode(long1).pixels());
            }
        }
    }

    @Test
    void noOtherSegmentOfAJpegCounts() throws IOException {
        for (int kind : new int[] {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_BYTE_GRAY}) {
            byte[] jpeg = file("jpg", 48, 32, kind);
            byte[] expected = Photograph.decode(jpeg).pixels();
            for (int marker = 0xe0; marker <= 0xf0; marker++) {
                for (byte[] content : odd()) {
                    byte[] one = segment(marker == 0xf0 ? 0xfe : marker, content);
                    assertArrayEquals(
                            expected, Photograph.decode(put(jpeg, 20, one, one)).pixels());
                    assertArrayEquals(
                            expected, Photograph.decode(put(jpeg, 2, one)).pixels());
                }
            }
        }
    }

    /** As libjpeg has it: JFIF comes before Adobe, Adobe before the names of the components. */
    @Test
    void howColoursAreStoredIsDecidedByOneRule() throws IOException {
        byte[] jpeg = file("jpg", 48, 32, BufferedImage.TYPE_INT_RGB);
        byte[] expected = Photograph.decode(jpeg).pixels();
        byte[] bare = joined(Arrays.copyOf(jpeg, 2), Arrays.copyOfRange(jpeg, 20, jpeg.length));
        byte[] asRgb = segment(0xee, latin("Adobe\0d\0\0\0\0\0"));
        byte[] asDifferences = segment(0xee, latin("Adobe\0d\0\0\0\0\1"));
        assertArrayEquals(expected, Photograph.decode(bare).pixels());
        assertArrayEquals(
                expected, Photograph.decode(put(bare, 2, asDifferences)).pixels());
        assertArrayEquals(expected, Photograph.decode(put(jpeg, 20, asRgb)).pixels());
        assertTrue(
                !Arrays.equals(expected, Photograph.decode(put(bare, 2, asRgb)).pixels()));
    }

    /** A picture of 2 x 1 pixels, of the second and third colour, at 3, 1 of a canvas of 8 x 4. */
    private static byte[] gif(int transparent, byte[]... before) {
        byte[] start = latin("GIF89a\10\0\4\0\u0081\0\0ABCDEFGHIJKL");
        byte[] control = transparent < 0 ? new byte[0] : latin("!\u00f9\4\1\0\0" + (char) transparent + "\0");
        byte[] picture = latin(",\3\0\1\0\2\0\1\0\0\2\2\u008c\12\0;");
        return joined(start, control, joined(before), picture);
    }

    private static String pixel(Picture picture, int x, int y) {
        int at = 3 * (y * picture.width() + x);
        return new String(picture.pixels(), at, 3, StandardCharsets.ISO_8859_1);
    }

    @Test
    void theFirstPictureOfAGifIsOnItsCanvas() throws IOException {
        for (int transparent : new int[] {-1, 3, 200}) {
            Picture picture = Photograph.decode(gif(transparent));
            assertEquals("8 x 4", picture.width() + " x " + picture.height());
            assertEquals("DEF GHI", pixel(picture, 3, 1) + " " + pixel(picture, 4, 1));
            String around = transparent < 0 ? "ABC" : "\u00ff\u00ff\u00ff";
            assertEquals(around + around, pixel(picture, 2, 1) + pixel(picture, 7, 3));
        }
        byte[] odd = gif(-1, latin("!\u00f9\1\1\0"), latin("!\u00ff\3NET\0"), latin("\0!\1\0"));
        assertArrayEquals(
                Photograph.decode(gif(-1)).pixels(), Photograph.decode(odd).pixels());
    }

    /** A picture in shades of grey, its rows in the order of GIF: 0, 8, 16 ..., 4, 12 ..., 2, 6 ..., 1, 3 ... */
    private static byte[] interlaced(int width, int height) {
        List<Integer> codes = new ArrayList<>();
        for (int[] pass : new int[][] {{0, 8}, {4, 8}, {2, 4}, {1, 2}}) {
            for (int y = pass[0]; y < height; y += pass[1]) {
                for (int x = 0; x < width; x++) {
                    codes.addAll(List.of(256, grey(x, y))); // the table of codes begins anew for each
                }
            }
        }
        codes.add(257);
        BitSet bits = new BitSet();
        for (int i = 0; i < 9 * codes.size(); i++) {
            bits.set(i, (codes.get(i / 9) >> i % 9) % 2 == 1);
        }
        byte[] data = bits.toByteArray();
        byte[] size = {(byte) width, 0, (byte) height, 0};
        ByteArrayOutputStream gif = new ByteArrayOutputStream();
        gif.writeBytes(joined(latin("GIF89a"), size, latin("\u00f7\0\0")));
        IntStream.range(0, 3 * 256).forEach(i -> gif.write(i / 3));
        gif.writeBytes(joined(latin(",\0\0\0\0"), size, latin("\u0040\10")));
        for (int at = 0; at < data.length; at += 255) {
            int length = Math.min(255, data.length - at);
            gif.write(length);
            gif.write(data, at, length);
        }
        gif.writeBytes(latin("\0;"));
        return gif.toByteArray();
    }

    private static int grey(int x, int y) {
        return (31 * y + 7 * x + 1) % 256;
    }

    @Test
    void anInterlacedGifOfAnySizeHasItsRowsInOrder() throws IOException {
        for (int width : new int[] {1, 2, 3, 5, 8, 9, 33}) {
            for (int height : new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 17, 100}) {
                Picture picture = Photograph.decode(interlaced(width, height));
                byte[] expected = new byte[3 * width * height];
                for (int i = 0; i < expected.length; i++) {
                    expected[i] = (byte) grey(i / 3 % width, i / 3 / width);
                }
                assertArrayEquals(expected, picture.pixels(), width + " x " + height);
            }
        }
    }

    @Test
    void aCanvasThatTheFileCannotFillIsRefused() {
        byte[] gif = gif(-1);
        gif[7] = 14000 >> 8;
        gif[9] = 14000 >> 8;
        String message =
                assertThrows(IOException.class, () -> Photograph.decode(gif)).getMessage();
        assertTrue(message.contains("cut short"), message);
    }

    private static byte[] manyScans(int side, int more) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        var out = new ByteArrayOutputStream();
        try (var stream = new MemoryCacheImageOutputStream(out)) {
            writer.setOutput(stream);
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
            writer.write(
                    null, new IIOImage(new BufferedImage(side, side, BufferedImage.TYPE_BYTE_GRAY), null, null), param);
        }
        writer.dispose();
        String jpeg = out.toString(StandardCharsets.ISO_8859_1);
        int scan = jpeg.indexOf("\u00ff\u00da", jpeg.indexOf("\u00ff\u00da") + 2);
        int end = jpeg.indexOf('\u00ff', scan + 2);
        return latin(jpeg.substring(0, end) + jpeg.substring(scan, end).repeat(more) + jpeg.substring(end));
    }

    @Test
    void aJpegOfVeryManyScansIsRefusedAndOneOfManyIsRead() throws IOException {
        byte[] endless = manyScans(2000, 3000);
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
            IOException e = assertThrows(IOException.class, () -> Photograph.decode(endless));
            assertTrue(e.getMessage().contains("scans, more than 1"), e.getMessage());
        });
        byte[] plain = Photograph.decode(manyScans(64, 0)).pixels();
        assertArrayEquals(plain, Photograph.decode(manyScans(64, 120)).pixels());
    }

    /** Texts that unpack to a gigabyte, Exif that begins again and again, a comment of many small blocks: none costs more than its size. */
    @Test
    void costGrowsNoFasterThanTheFile() throws IOException {
        byte[] zeros = packed(new byte[64 << 20]);
        byte[] bomb = chunk("zTXt", joined(latin("XML:com.adobe.xmp\0\0"), zeros));
        byte[][] bombs = new byte[20][];
        Arrays.fill(bombs, bomb);
        byte[] blocks = new byte[10 << 20];
        for (int at = 0; at < blocks.length - 1; at += 2) {
            blocks[at] = at == blocks.length - 2 ? (byte) 0 : 1;
        }
        byte[] gif = gif(-1, joined(latin("!\u00fe"), blocks));
        byte[] exif = chunk("eXIf", latin("Exif\0\0".repeat(500_000)));
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            assertEquals(48, Photograph.decode(pngWith(bombs)).width());
            assertEquals(48, Photograph.decode(pngWith(exif)).width());
            assertEquals(8, Photograph.decode(gif).width());
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"jpg", "png", "bmp", "gif"})
    void anInterruptEndsTheReading(String format) throws Exception {
        byte[] file = file(format, 40, 30, BufferedImage.TYPE_INT_RGB);
        Thread.currentThread().interrupt();
        assertThrows(CancellationException.class, () -> Photograph.decode(file));
        assertTrue(Thread.interrupted(), "the thread stays interrupted");
        assertEquals(40, Photograph.decode(file).width());
    }

    @ParameterizedTest
    @ValueSource(strings = {"jpg", "png"})
    void anInterruptEndsALongReadingSoon(String format) throws Exception {
        byte[] file =
                format.equals("jpg") ? manyScans(8000, 80) : file("png", 9000, 9000, BufferedImage.TYPE_BYTE_BINARY);
        long[] ended = new long[1];
        Thread reading = new Thread(() -> {
            try {
                Photograph.decode(file);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            } catch (CancellationException e) {
                ended[0] = System.nanoTime();
            }
        });
        reading.start();
        Thread.sleep(150);
        long asked = System.nanoTime();
        reading.interrupt();
        reading.join();
        assertTrue(ended[0] > 0, "it was not interrupted");
        assertTrue(ended[0] - asked < 3e9, (ended[0] - asked) / 1_000_000 + " ms");
    }
}
