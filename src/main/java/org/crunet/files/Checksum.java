package org.crunet.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** SHA-256; over a file that contains it, its own digits count as zeros. */
public final class Checksum {
    /** What stands in the place of the digits. */
    static final String NONE = "0".repeat(64);

    private Checksum() {}

    /**
     * A sum to be made.
     *
     * @return SHA-256 of nothing so far
     */
    public static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /**
     * The sum in words.
     *
     * @param digest what it is made of; begins anew
     * @return 64 hexadecimal digits
     */
    public static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Where the digits first stand in a header, -1 if nowhere. */
    static int indexIn(byte[] header, String digits) {
        return new String(header, StandardCharsets.ISO_8859_1).indexOf(digits);
    }

    /** A copy of the header as it was when the sum was made. */
    static byte[] without(byte[] header, String digits) throws IOException {
        int at = indexIn(header, digits);
        if (digits.length() != NONE.length() || at < 0) {
            throw new IOException("its sha256 is not 64 hexadecimal digits: " + digits);
        }
        byte[] copy = header.clone();
        Arrays.fill(copy, at, at + NONE.length(), (byte) '0');
        return copy;
    }
}
