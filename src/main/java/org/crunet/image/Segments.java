package org.crunet.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What the segments of applications in a JPEG file say that matters for how it looks. */
final class Segments {
    private static final String EXIF = "Exif\0\0";
    private static final String XMP = "http://ns.adobe.com/xap/1.0/\0";

    private final ByteArrayOutputStream exif = new ByteArrayOutputStream();
    private byte[] xmp = new byte[0];
    private boolean jfif;
    private int transform = -1;

    /** Takes note of one, from the first byte after its length; Exif may be in several. */
    void add(int application, byte[] bytes, int from, int to) {
        if (application == 0 && to - from >= 14 && starts("JFIF\0", bytes, from)) {
            jfif = true;
        } else if (application == 1 && starts(EXIF, bytes, from)) {
            exif.write(bytes, from + EXIF.length(), to - from - EXIF.length());
        } else if (application == 1 && starts(XMP, bytes, from)) {
            xmp = Arrays.copyOfRange(bytes, from + XMP.length(), to);
        } else if (application == 14 && to - from >= 12 && starts("Adobe", bytes, from)) {
            transform = bytes[from + 11];
        }
    }

    private static boolean starts(String start, byte[] bytes, int from) {
        byte[] wanted = start.getBytes(StandardCharsets.US_ASCII);
        int end = from + wanted.length;
        return end <= bytes.length && Arrays.equals(wanted, 0, wanted.length, bytes, from, end);
    }

    int orientation() {
        return Orientation.of(exif.toByteArray(), xmp);
    }

    /** Whether pixels are stored as brightness and two differences, by the rules of libjpeg. */
    boolean differences(String names) {
        if (names.length() == 3) {
            return jfif || (transform < 0 ? !names.equals("RGB") : transform != 0);
        }
        return names.length() == 4 && transform > 0;
    }
}
