package org.crunet.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.stream.IntStream;

/**
 * Native memory in which a batch is made, {@code (N, H, W, 3)}, used again and again: DJL lends a buffer to PyTorch, and
 * one of its own it frees only when the garbage collector comes by, too late or (under a view of the array) too early.
 */
final class Pixels {

    private static final int KEPT = 4;
    private static final Deque<ByteBuffer> FREE = new ArrayDeque<>();

    private final ByteBuffer whole;
    private final ByteBuffer bytes;

    private Pixels(ByteBuffer whole, int size) {
        this.whole = whole;
        bytes = whole.slice(0, size).order(ByteOrder.nativeOrder());
    }

    /** Memory for so many floats. */
    static Pixels take(int floats) {
        int size = Math.multiplyExact(Float.BYTES, floats);
        ByteBuffer free;
        synchronized (FREE) {
            free = FREE.poll();
        }
        return new Pixels(free != null && free.capacity() >= size ? free : ByteBuffer.allocateDirect(size), size);
    }

    /** The memory may be used for another batch. */
    void giveBack() {
        synchronized (FREE) {
            if (FREE.size() < KEPT) {
                FREE.add(whole);
            }
        }
    }

    FloatBuffer values() {
        return bytes.asFloatBuffer();
    }

    /**
     * A copy {@code (n, 3, H, W)} of some images, channels last in memory, which convolutions prefer.
     *
     * @param owner of the array
     * @param shape {@code (N, H, W, 3)} of all
     * @param images places of those to copy
     * @param pictures pictures an image
     */
    NDArray array(NDManager owner, Shape shape, int[] images, int pictures) {
        try (NDArray rows = owner.create(bytes, shape, DataType.FLOAT32);
                NDArray channelsFirst = rows.transpose(0, 3, 1, 2)) {
            if ((long) images.length * pictures == shape.get(0)) {
                return channelsFirst.duplicate();
            }
            long[] chosen = IntStream.of(images)
                    .flatMap(i -> IntStream.range(i * pictures, (i + 1) * pictures))
                    .asLongStream()
                    .toArray();
            try (NDArray places = owner.create(chosen, new Shape(chosen.length));
                    NDArray some = rows.get(new NDIndex("{}", places))) {
                return some.transpose(0, 3, 1, 2);
            }
        }
    }
}
