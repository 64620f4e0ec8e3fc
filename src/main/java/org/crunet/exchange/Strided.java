package org.crunet.exchange;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/**
 * Numbers that lie in memory by strides, to be put into the order of their dimensions.
 *
 * @param sizes dimensions, slowest first
 * @param strides steps from one number to the next in each dimension
 */
record Strided(long[] sizes, long[] strides) {

    private static final int CHUNK = 1 << 13;

    /** Returns how many numbers there are in a shape, -1 if it is impossible or they are more than {@code most}. */
    static long count(long[] sizes, long most) {
        long count = 1;
        for (long size : sizes) {
            if (size < 0 || size > 0 && count > most / size) {
                return -1;
            }
            count *= size;
        }
        return count;
    }

    /** Returns whether they lie as they would without strides. */
    boolean inOrder() {
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
     * Returns how many numbers lie between the first and the last, both included.
     *
     * @return 0 if there are none, -1 if strides are negative or too few, or lead beyond {@code limit}
     */
    long span(long limit) {
        if (sizes.length != strides.length
                || LongStream.concat(LongStream.of(sizes), LongStream.of(strides))
                        .anyMatch(number -> number < 0)) {
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
     */
    void gather(ByteBuffer from, int width, Consumer<ByteBuffer> use) {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
        gather(from, width, 0, 0, chunk, use);
        use.accept(chunk.flip());
    }

    private void gather(
            ByteBuffer from, int width, int dimension, long at, ByteBuffer chunk, Consumer<ByteBuffer> use) {
        if (dimension < sizes.length) {
            for (long i = 0; i < sizes[dimension]; i++) {
                gather(from, width, dimension + 1, at + i * strides[dimension], chunk, use);
            }
            return;
        }
        for (int i = 0; i < width; i++) {
            int turned = from.order() == ByteOrder.BIG_ENDIAN ? width - 1 - i : i;
            chunk.put(from.get((int) at * width + turned));
        }
        if (!chunk.hasRemaining()) {
            use.accept(chunk.flip());
            chunk.clear();
        }
    }
}
