package org.crunet.exchange;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Damaged files. */
public final class Mutations {

    private static final String SIGNS = "[]{}\",:0123456789e-";
    private static final List<String> ODD =
            List.of("99999999999999999999", "-1", "1e400", "null", "[[[]]]", "{}", "\"x\"", "0", "2147483647", "true");

    private Mutations() {}

    /** Cut off, or with a bit turned or numbers overwritten in one to four places. */
    public static byte[] of(byte[] good, Random random) {
        if (random.nextInt(4) == 0) {
            return Arrays.copyOf(good, random.nextInt(good.length));
        }
        byte[] bad = good.clone();
        int places = 1 + random.nextInt(4);
        for (int i = 0; i < places; i++) {
            int at = random.nextInt(bad.length - 8);
            switch (random.nextInt(3)) {
                case 0 -> bad[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN).putInt(at, random.nextInt());
                default -> ByteBuffer.wrap(bad).putLong(at, random.nextLong());
            }
        }
        return bad;
    }

    /** As {@link #of}, or with signs of JSON or odd values in a few places. */
    public static byte[] ofJson(byte[] good, Random random) {
        if (random.nextInt(4) == 0) {
            return of(good, random);
        }
        StringBuilder bad = new StringBuilder(new String(good, StandardCharsets.ISO_8859_1));
        int places = 1 + random.nextInt(4);
        for (int i = 0; i < places; i++) {
            int at = random.nextInt(bad.length());
            if (random.nextInt(3) == 0) {
                bad.setCharAt(at, SIGNS.charAt(random.nextInt(SIGNS.length())));
            } else {
                int digit = digit(bad, at);
                bad.replace(digit, Math.min(digit + 1, bad.length()), ODD.get(random.nextInt(ODD.size())));
            }
        }
        return bad.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static int digit(CharSequence text, int from) {
        int at = from;
        while (at < text.length() && !Character.isDigit(text.charAt(at))) {
            at++;
        }
        return at;
    }
}
