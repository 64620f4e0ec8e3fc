package org.crunet.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/** Damaged files. */
final class Mutations {

    private Mutations() {}

    /** Cut off, or with a bit turned or numbers overwritten in one to four places. */
    static byte[] of(byte[] good, Random random) {
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
}
