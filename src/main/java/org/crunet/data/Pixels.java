package org.crunet.data;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Native memory in which a batch is made, {@code (N, H, W, 3)}, used again and again: DJL lends a buffer to PyTorch, and
 * one of its own it frees only when the garbage collector comes by, too late or (under a view of the array) too early.
 */
final class Pixels {

    private static final int KEPT = 2 + Runtime.getRuntime().availableProcessors();
    /** The smallest first. */
    private static final List<ByteBuffer> FREE = new ArrayList<>();

    private final ByteBuffer whole;
    private final ByteBuffer bytes;

    private Pixels(ByteBuffer whole, int size) {
        this.whole = whole;
        bytes = whole.slice(0, size).order(ByteOrder.nativeOrder());
    }

    /** Memory for so many floats: the smallest that is free and large enough. */
    static Pixels take(long floats) {
        long size = Float.BYTES * floats;
        require(
                size <= Integer.MAX_VALUE,
                "A batch of " + floats + " numbers is too large: use fewer or smaller images");
        synchronized (FREE) {
            for (int i = 0; i < FREE.size(); i++) {
                if (FREE.get(i).capacity() >= size) {
                    return new Pixels(FREE.remove(i), (int) size);
                }
            }
        }
        return new Pixels(ByteBuffer.allocateDirect((int) size), (int) size);
    }

    /** The memory may be used for another batch; of too many the smallest is given up. */
    void giveBack() {
        synchronized (FREE) {
            FREE.add(whole);
            FREE.sort(Comparator.comparingInt(ByteBuffer::capacity));
            if (FREE.size() > KEPT) {
                FREE.remove(0);
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
