package org.crunet.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Point;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.crunet.base.Errors;
import org.crunet.data.ImageSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Image files of every kind, good ones and bad ones. */
class PhotographTest {
    @TempDir
    private Path folder;

    private Picture decode(byte[] file) throws IOException {
        return Photograph.decode(Files.write(folder.resolve("some.jpg"), file));
    }

    /** Smooth enough for JPEG: red says the column, green the row. */
    private static BufferedImage gradient(int width, int height, int type) {
        var image = new BufferedImage(width, height, type);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, 0xff000000 | x * 255 / width << 16 | y * 255 / height << 8 | 77);
            }
        }
        return image;
    }

    @Test
    void oneOfOnesOwnIsReadAndANetworkSeesItsCentre() throws IOException {
        Path beach =
                Files.write(folder.resolve("beach.png"), file("png", gradient(90, 60, BufferedImage.TYPE_INT_RGB)));
        BufferedImage read = Photograph.read(beach);
        assertEquals(90, read.getWidth());
        assertEquals(gradient(90, 60, BufferedImage.TYPE_INT_RGB).getRGB(31, 7), read.getRGB(31, 7));
        ImageSet centre = ImageSet.ofPhotograph(read, 28);
        assertEquals(1, centre.size());
        assertArrayEquals(Photograph.centre(read, 32, 28).planes(), centre.pixels(0));
    }

    @Test
    void aFileThatIsMissingOrNoPictureIsNamed() throws IOException {
        Path none = folder.resolve("none.jpg");
        String message = assertThrows(UncheckedIOException.class, () -> Photograph.read(none))
                .getMessage();
        assertEquals("Cannot read " + none + ": there is no such file", message);
        Path text = Files.writeString(folder.resolve("text.jpg"), "no picture");
        message = assertThrows(UncheckedIOException.class, () -> Photograph.read(text))
                .getMessage();
        assertEquals("Cannot read " + text + ": not a JPEG, PNG, BMP or GIF image, whatever its name says", message);
    }

    private static byte[] file(String format, BufferedImage image) throws IOException {
        var out = new ByteArrayOutputStream();
        assertTrue(ImageIO.write(image, format, out), "no writer for " + format);
        return out.toByteArray();
    }

    private static byte[] progressive(BufferedImage image) throws IOException {
        return jpeg(new IIOImage(image, null, null), true);
    }

    private static byte[] jpeg(IIOImage image, boolean progressive) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        var out = new ByteArrayOutputStream();
        try (var stream = new MemoryCacheImageOutputStream(out)) {
            writer.setOutput(stream);
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setProgressiveMode(progressive ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
            writer.write(null, image, param);
        }
        writer.dispose();
        return out.toByteArray();
    }

    private static void assertPixel(int rgb, Picture picture, int x, int y, int tolerance) {
        int at = 3 * (y * picture.width() + x);
        for (int c = 0; c < 3; c++) {
            int expected = rgb >> 16 - 8 * c & 0xff;
            assertEquals(expected, picture.pixels()[at + c] & 0xff, tolerance, "channel " + c + " at " + x + ", " + y);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jpg", "png", "bmp", "gif"})
    void theContentDecidesWhateverTheName(String format) throws IOException {
        BufferedImage image = gradient(20, 10, BufferedImage.TYPE_INT_RGB);
        byte[] file = file(format, image);
        Picture picture = decode(file);
        assertEquals(20, picture.width());
        assertEquals(10, picture.height());
        BufferedImage expected = ImageIO.read(folder.resolve("some.jpg").toFile());
        for (int at = 0; at < 200; at++) {
            assertPixel(expected.getRGB(at % 20, at / 20), picture, at % 20, at / 20, 0);
        }
    }

    @Test
    void aProgressiveJpegIsReadToItsLastPass() throws IOException {
        BufferedImage image = gradient(60, 40, BufferedImage.TYPE_INT_RGB);
        byte[] file = progressive(image);
        assertTrue(new String(file, StandardCharsets.ISO_8859_1).contains("\u00ff\u00c2"), "it is progressive");
        assertArrayEquals(decode(file("jpg", image)).pixels(), decode(file).pixels());
    }

    @Test
    void greyOfEightAndSixteenBitsStaysAsItIs() throws IOException {
        var grey = new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_GRAY);
        var deep = new BufferedImage(4, 4, BufferedImage.TYPE_USHORT_GRAY);
        for (int at = 0; at < 16; at++) {
            grey.getRaster().setSample(at % 4, at / 4, 0, 100);
            deep.getRaster().setSample(at % 4, at / 4, 0, 100 << 8 | 33);
        }
        assertPixel(0x646464, decode(file("png", grey)), 3, 2, 0);
        assertPixel(0x646464, decode(file("jpg", grey)), 3, 2, 0);
        assertPixel(0x646464, decode(file("png", deep)), 3, 2, 0);
    }

    @Test
    void coloursOfSixteenBits() throws IOException {
        ColorSpace rgb = ColorSpace.getInstance(ColorSpace.CS_sRGB);
        var model = new ComponentColorModel(rgb, false, false, Transparency.OPAQUE, DataBuffer.TYPE_USHORT);
        WritableRaster raster = model.createCompatibleWritableRaster(2, 1);
        raster.setPixel(1, 0, new int[] {0x1000, 0x8000, 0xffff});
        byte[] file = file("png", new BufferedImage(model, raster, false, null));
        assertPixel(0x1080ff, decode(file), 1, 0, 1);
        assertPixel(0x000000, decode(file), 0, 0, 0);
    }

    @Test
    void transparentPartsLookAsOnWhitePaper() throws IOException {
        var image = new BufferedImage(3, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0xff102030);
        image.setRGB(1, 0, 0x80000000);
        Picture picture = decode(file("png", image));
        assertPixel(0x102030, picture, 0, 0, 0);
        assertPixel(0x7f7f7f, picture, 1, 0, 0);
        assertPixel(0xffffff, picture, 2, 0, 0);
    }

    @Test
    void aPaletteMayBeTransparentToo() throws IOException {
        byte[] values = {0, 100, 50};
        var palette = new IndexColorModel(8, 3, values, values, values, 2);
        var image = new BufferedImage(3, 1, BufferedImage.TYPE_BYTE_INDEXED, palette);
        for (int x = 0; x < 3; x++) {
            image.getRaster().setSample(x, 0, 0, x);
        }
        for (String format : new String[] {"png", "gif"}) {
            Picture picture = decode(file(format, image));
            assertPixel(0x646464, picture, 1, 0, 0);
            assertPixel(0xffffff, picture, 2, 0, 0);
        }
    }

    @Test
    void greyMayBeTransparentToo() throws IOException {
        ColorSpace grey = ColorSpace.getInstance(ColorSpace.CS_GRAY);
        var model = new ComponentColorModel(grey, true, false, Transparency.TRANSLUCENT, DataBuffer.TYPE_BYTE);
        WritableRaster raster = model.createCompatibleWritableRaster(2, 1);
        raster.setPixel(0, 0, new int[] {100, 255});
        raster.setPixel(1, 0, new int[] {100, 0});
        Picture picture = decode(file("png", new BufferedImage(model, raster, false, null)));
        assertPixel(0x646464, picture, 0, 0, 0);
        assertPixel(0xffffff, picture, 1, 0, 0);
    }

    /** Four flat channels; Java has no other way to write such a file. */
    private static byte[] inks(int... samples) throws IOException {
        WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 16, 16, 4, new Point());
        for (int at = 0; at < 256; at++) {
            raster.setPixel(at % 16, at / 16, samples);
        }
        return jpeg(new IIOImage(raster, null, null), false);
    }

    private static byte[] withAdobe(byte[] jpeg, int transform) throws IOException {
        var out = new ByteArrayOutputStream();
        out.write(jpeg, 0, 2);
        out.write(new byte[] {(byte) 0xff, (byte) 0xee, 0, 14});
        out.write("Adobe".getBytes(StandardCharsets.US_ASCII));
        out.write(new byte[] {0, 100, 0, 0, 0, 0, (byte) transform});
        out.write(jpeg, 2, jpeg.length - 2);
        return out.toByteArray();
    }

    @Test
    void printingInksBecomeLight() throws IOException {
        byte[] plain = inks(255, 51, 102, 204);
        int expected = 204 << 16 | 41 << 8 | 82;
        assertPixel(expected, decode(plain), 5, 5, 1);
        assertPixel(expected, decode(withAdobe(plain, 0)), 5, 5, 1);
    }

    /** Light 200, 100, 50 through inks is stored as the differences of what they hold back: 55, 155, 205. */
    @Test
    void printingInksAsDifferencesBecomeLight() throws IOException {
        byte[] stored = inks(131, 170, 74, 255);
        assertPixel(200 << 16 | 100 << 8 | 50, decode(withAdobe(stored, 2)), 5, 5, 3);
    }

    private static byte[] withProfile(byte[] jpeg, byte[] profile) throws IOException {
        var out = new ByteArrayOutputStream();
        out.write(jpeg, 0, 20);
        int length = profile.length + 16;
        out.write(new byte[] {(byte) 0xff, (byte) 0xe2, (byte) (length >> 8), (byte) length});
        out.write("ICC_PROFILE\0".getBytes(StandardCharsets.US_ASCII));
        out.write(new byte[] {1, 1});
        out.write(profile);
        out.write(jpeg, 20, jpeg.length - 20);
        return out.toByteArray();
    }

    /** A profile that would make all colours darker, and bytes that are none. */
    @Test
    void aColourProfileIsNotApplied() throws IOException {
        byte[] plain = file("jpg", gradient(32, 32, BufferedImage.TYPE_INT_RGB));
        byte[] linear = withProfile(
                plain, ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData());
        BufferedImage applied = ImageIO.read(new ByteArrayInputStream(linear));
        BufferedImage stored = ImageIO.read(new ByteArrayInputStream(plain));
        assertTrue(applied.getRGB(16, 16) != stored.getRGB(16, 16), "the profile must count for Java");
        assertArrayEquals(decode(plain).pixels(), decode(linear).pixels());
        assertArrayEquals(
                decode(plain).pixels(),
                decode(withProfile(plain, new byte[300])).pixels());
    }

    @Test
    void filesThatAreNoImagesSaySo() {
        assertProblem("the file is empty", new byte[0]);
        assertProblem("not a JPEG, PNG, BMP or GIF image", "A text.".getBytes(StandardCharsets.UTF_8));
        assertProblem("not a JPEG, PNG, BMP or GIF image", new byte[] {(byte) 0xff});
        assertProblem("cut short", new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff});
    }

    private void assertProblem(String expected, byte[] file) {
        String message = assertThrows(IOException.class, () -> decode(file)).getMessage();
        assertTrue(message.contains(expected), message);
    }

    @Test
    void whatIsNoFileSaysWhy() throws IOException {
        Path directory = Files.createDirectory(folder.resolve("folder.jpg"));
        assertEquals("it is a folder", reason(directory));
        Path device = Files.createSymbolicLink(folder.resolve("device.jpg"), Path.of("/dev/null"));
        assertEquals("it is no regular file", reason(device));
        Files.delete(device);
        assertEquals("there is no such file", reason(folder.resolve("missing.jpg")));
        Path circle = Files.createSymbolicLink(folder.resolve("circle.jpg"), folder.resolve("circle.jpg"));
        assertTrue(reason(circle).startsWith("Too many levels of symbolic links"), reason(circle));
    }

    private static String reason(Path file) {
        return assertThrows(IOException.class, () -> Photograph.decode(file)).getMessage();
    }

    /** The message of the JDK's error is the path alone; whoever runs tests may be allowed to read all. */
    @Test
    void aFileThatMayNotBeReadSaysSo() {
        assertEquals("no permission to read it", Errors.reason(new AccessDeniedException("/data/some.jpg")));
    }

    /** Each beginning of a file is refused; not one gives a picture with a made-up end. */
    @ParameterizedTest
    @ValueSource(strings = {"jpg", "png", "bmp", "gif", "progressive"})
    void aFileCutShortIsRefused(String format) throws IOException {
        BufferedImage image = gradient(40, 30, BufferedImage.TYPE_INT_RGB);
        byte[] whole = format.equals("progressive") ? progressive(image) : file(format, image);
        int end = format.equals("gif") ? 12 : format.equals("png") ? 20 : 0; // bytes that no pixel needs
        int required = whole.length - end;
        byte[] expected = decode(whole).pixels();
        for (int length = 0; length < whole.length; length += length < 50 ? 1 : 7) {
            byte[] part = Arrays.copyOf(whole, length);
            if (length < required) {
                assertThrows(IOException.class, () -> decode(part), format + " cut to " + length);
            } else {
                assertWholeOrRefused(part, expected);
            }
        }
    }

    private void assertWholeOrRefused(byte[] file, byte[] expected) {
        try {
            assertArrayEquals(expected, decode(file).pixels());
        } catch (IOException e) {
            assertTrue(e.getMessage().contains("cut short"), e.getMessage());
        }
    }

    /** Damaged files give a picture or an IOException, and soon. */
    @ParameterizedTest
    @Tag("slow")
    @ValueSource(strings = {"jpg", "png", "bmp", "gif", "progressive"})
    void flippedBitsNeverDoWorse(String format) throws IOException {
        BufferedImage image = gradient(40, 30, BufferedImage.TYPE_INT_RGB);
        byte[] whole = format.equals("progressive") ? progressive(image) : file(format, image);
        Random random = new Random(5);
        for (int i = 0; i < 500; i++) {
            byte[] damaged = whole.clone();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                int among = random.nextBoolean() ? whole.length : Math.min(whole.length, 64);
                damaged[random.nextInt(among)] ^= (byte) (1 << random.nextInt(8));
            }
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> readOrRefuse(damaged));
        }
    }

    private static void readOrRefuse(byte[] file) {
        try {
            Picture picture = Photograph.decode(file);
            assertEquals(3 * picture.width() * picture.height(), picture.pixels().length);
        } catch (IOException e) {
            assertTrue(e.getMessage().length() > 10, e.toString());
        }
    }

    @Test
    void aHugePictureIsReadThinned() throws IOException {
        var image = new BufferedImage(9000, 5000, BufferedImage.TYPE_BYTE_BINARY);
        image.createGraphics().fillRect(4500, 0, 4500, 5000);
        Picture picture = decode(file("png", image));
        assertEquals(4500, picture.width());
        assertEquals(2500, picture.height());
        assertPixel(0x000000, picture, 2249, 2499, 0);
        assertPixel(0xffffff, picture, 2250, 0, 0);
    }

    @Test
    void aHugeJpegIsReadThinned() throws IOException {
        byte[] file = file("jpg", gradient(8001, 5100, BufferedImage.TYPE_3BYTE_BGR));
        Picture picture = decode(file);
        assertEquals(4001, picture.width());
        assertEquals(2550, picture.height());
        assertPixel(127 << 16 | 127 << 8 | 77, picture, 2000, 1275, 3);
    }

    @Test
    void anAbsurdSizeIsRefused() throws IOException {
        byte[] png = file("png", gradient(4, 4, BufferedImage.TYPE_INT_RGB));
        png[18] = 99; // the third byte of the width, hence 25,348 pixels and more
        png[17] = 1;
        png[21] = 1;
        CRC32 sum = new CRC32();
        sum.update(png, 12, 17);
        ByteBuffer.wrap(png).putInt(29, (int) sum.getValue());
        assertProblem("pixels, more than 200000000: make it smaller", png);
        byte[] jpeg = file("jpg", gradient(16, 16, BufferedImage.TYPE_INT_RGB));
        int frame = new String(jpeg, StandardCharsets.ISO_8859_1).indexOf("\u00ff\u00c0");
        jpeg[frame + 5] = 33;
        jpeg[frame + 7] = 33;
        assertProblem("cut short", jpeg);
    }
}
