package org.crunet.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** JPEG files of cameras that were held sideways. */
class OrientationTest {
    private static final int TAG = 0x112;
    private static final int SHORT = 3;
    private static final Map<Character, Integer> COLOURS =
            Map.of('A', 0xe02020, 'B', 0x20e020, 'C', 0x2020e0, 'D', 0xe0e0e0);

    /** Four corners in colours: left and right above, left and right below. */
    private static byte[] jpeg(String corners, int width, int height) throws IOException {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int at = 0; at < width * height; at++) {
            int x = at % width;
            int y = at / width;
            image.setRGB(x, y, COLOURS.get(corners.charAt(2 * (2 * y / height) + 2 * x / width)));
        }
        var out = new ByteArrayOutputStream();
        ImageIO.write(image, "jpg", out);
        return out.toByteArray();
    }

    private static String corners(Picture picture) {
        var corners = new StringBuilder();
        for (int corner = 0; corner < 4; corner++) {
            int x = (1 + corner % 2 * 2) * picture.width() / 4;
            int y = (1 + corner / 2 * 2) * picture.height() / 4;
            int at = 3 * (y * picture.width() + x);
            COLOURS.forEach((name, colour) -> {
                int distance = 0;
                for (int c = 0; c < 3; c++) {
                    distance += Math.abs((picture.pixels()[at + c] & 0xff) - (colour >> 16 - 8 * c & 0xff));
                }
                corners.append(distance < 60 ? name.toString() : "");
            });
        }
        return corners.toString();
    }

    /** An entry before the one that counts, as cameras write several. */
    private static byte[] exif(ByteOrder order, int tag, int type, int value) {
        ByteBuffer exif = ByteBuffer.allocate(6 + 8 + 2 + 2 * 12 + 4);
        exif.put("Exif\0\0".getBytes(StandardCharsets.US_ASCII)).order(order);
        exif.putShort((short) (order == ByteOrder.LITTLE_ENDIAN ? 0x4949 : 0x4d4d));
        exif.putShort((short) 42).putInt(8).putShort((short) 2);
        exif.putShort((short) 0x100).putShort((short) 4).putInt(1).putInt(6);
        exif.putShort((short) tag).putShort((short) type).putInt(1);
        exif.putShort((short) value);
        return exif.array();
    }

    private static byte[] with(byte[] exif, byte[] jpeg) throws IOException {
        var out = new ByteArrayOutputStream();
        out.write(jpeg, 0, 2);
        out.write(new byte[] {(byte) 0xff, (byte) 0xe1, (byte) (exif.length + 2 >> 8), (byte) (exif.length + 2)});
        out.write(exif);
        out.write(jpeg, 2, jpeg.length - 2);
        return out.toByteArray();
    }

    /** What is stored of ABCD follows from the standard: which sides of the scene are the first row and column. */
    @ParameterizedTest
    @CsvSource({"1, ABCD", "2, BADC", "3, DCBA", "4, CDAB", "5, ACBD", "6, BDAC", "7, DBCA", "8, CADB"})
    void aPictureIsShownUpright(int orientation, String stored) throws IOException {
        boolean turned = orientation > 4;
        byte[] jpeg = jpeg(stored, turned ? 32 : 64, turned ? 64 : 32);
        for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
            Picture picture = Photograph.decode(with(exif(order, TAG, SHORT, orientation), jpeg));
            assertEquals("ABCD", corners(picture));
            assertEquals(64, picture.width());
            assertEquals(32, picture.height());
        }
    }

    @Test
    void everyPixelFindsItsPlace() {
        byte[] numbers = new byte[3 * 6]; // 0 1 2 above 3 4 5
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (byte) (i / 3);
        }
        String[] expected = {"012345", "210543", "543210", "345012", "031425", "304152", "524130", "251403"};
        for (int orientation = 1; orientation <= 8; orientation++) {
            Picture upright = Orientation.upright(new Picture(3, 2, numbers), orientation);
            var found = new StringBuilder();
            for (int p = 0; p < 6; p++) {
                found.append(upright.pixels()[3 * p]);
            }
            assertEquals(expected[orientation - 1], found.toString(), "orientation " + orientation);
        }
    }

    @Test
    void whatIsOddChangesNothing() throws IOException {
        byte[] jpeg = jpeg("ABCD", 64, 32);
        byte[] plain = Photograph.decode(jpeg).pixels();
        byte[] good = exif(ByteOrder.BIG_ENDIAN, TAG, SHORT, 6);
        byte[][] odd = {
            exif(ByteOrder.BIG_ENDIAN, TAG, SHORT, 0),
            exif(ByteOrder.BIG_ENDIAN, TAG, SHORT, 9),
            exif(ByteOrder.BIG_ENDIAN, TAG, 2, 6),
            exif(ByteOrder.BIG_ENDIAN, 0x113, SHORT, 6),
            "http://ns.adobe.com/xap/1.0/\0<x/>".getBytes(StandardCharsets.US_ASCII),
            new byte[0],
        };
        for (byte[] segment : odd) {
            assertArrayEquals(plain, Photograph.decode(with(segment, jpeg)).pixels());
        }
        for (int length = 0; length < 6 + 8 + 2 + 2 * 12; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            assertArrayEquals(plain, Photograph.decode(with(cut, jpeg)).pixels(), "cut to " + length);
        }
    }

    @Test
    void noDamageToTheSegmentStopsThePicture() throws IOException {
        byte[] jpeg = jpeg("ABCD", 16, 16);
        Random random = new Random(3);
        for (int i = 0; i < 2000; i++) {
            byte[] damaged = exif(random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN, TAG, SHORT, 6);
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            assertEquals(16, Photograph.decode(with(damaged, jpeg)).width());
        }
    }
}
