package org.crunet.exchange;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/** Numbers that lie in memory by strides, put into the order of their dimensions. */
final class Strided {

    private static final int CHUNK = 1 << 13;

    private Strided() {}

    /** Whether they lie as they would without strides. */
    static boolean inOrder(long[] sizes, long[] strides) {
        long expected = 1;
        for (int i = sizes.length - 1; i >= 0; i--) {
            if (sizes[i] != 1 && strides[i] != expected) {
                return false;
            }
            expected *= sizes[i];
        }
        return true;
    }

    /**
     * How many numbers lie between the first and the last, both included.
     *
     * @return 0 if there are none, -1 if strides are negative or lead beyond {@code limit}
     */
    static long span(long[] sizes, long[] strides, long limit) {
        if (LongStream.concat(LongStream.of(sizes), LongStream.of(strides)).anyMatch(number -> number < 0)) {
            return -1;
        }
        if (LongStream.of(sizes).anyMatch(size -> size == 0)) {
            return 0;
        }
        long span = 1;
        for (int i = 0; i < sizes.length; i++) {
            long steps = sizes[i] - 1;
            if (steps > 0 && strides[i] > (limit - span) / steps) {
                return -1;
            }
            span += steps * strides[i];
        }
        return span;
    }

    /**
     * Hands over the numbers, last dimension fastest, little-endian.
     *
     * @param from the bytes from the first to the last number
     * @param width bytes of a number
     * @param sizes dimensions, none of them 0
     * @param strides in numbers
     */
    static void gather(ByteBuffer from, int width, long[] sizes, long[] strides, Consumer<ByteBuffer> use) {
        byte[] number = new byte[width];
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
        boolean turn = from.order() == ByteOrder.BIG_ENDIAN;
        long[] index = new long[sizes.length];
        long at = 0;
        int dimension = 0;
        while (dimension >= 0) {
            from.get((int) at * width, number);
            for (int i = 0; i < width; i++) {
                chunk.put(number[turn ? width - 1 - i : i]);
            }
            if (!chunk.hasRemaining()) {
                use.accept(chunk.flip());
                chunk.clear();
            }
            dimension = sizes.length - 1;
            while (dimension >= 0 && ++index[dimension] == sizes[dimension]) {
                at -= (sizes[dimension] - 1) * strides[dimension];
                index[dimension--] = 0;
            }
            at += dimension >= 0 ? strides[dimension] : 0;
        }
        use.accept(chunk.flip());
    }
}
