package org.crunet.torch;

import static org.crunet.base.Errors.require;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.sun.jna.Native;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * The numbers of an array to read and change in place: its own memory where Java can reach it, which is on the CPU, and
 * elsewhere a copy that {@link #close} writes back.
 *
 * <p>DJL gives direct access to memory, but silently to that of a copy when the array is not contiguous.
 */
public final class Floats implements AutoCloseable {

    private final NDArray array;
    private final FloatBuffer numbers;
    private final boolean copied;

    private Floats(NDArray array, FloatBuffer numbers, boolean copied) {
        this.array = array;
        this.numbers = numbers;
        this.copied = copied;
    }

    /**
     * Gives access to the numbers of an array.
     *
     * @param array FLOAT32, any shape
     * @return its numbers, last dimension fastest, to be closed before the array is used again
     * @throws IllegalArgumentException if it has another type
     */
    public static Floats of(NDArray array) {
        require(
                array.getDataType() == DataType.FLOAT32,
                () -> "numbers of type FLOAT32 are needed, not " + array.getDataType());
        try (NDManager scope = array.getManager().newSubManager()) {
            scope.tempAttachAll(array); // frees what DJL makes on the way
            FloatBuffer own = array.getDevice().equals(Device.cpu()) ? memory(array) : null;
            return own != null
                    ? new Floats(array, own, false)
                    : new Floats(array, FloatBuffer.wrap(array.toFloatArray()), true);
        }
    }

    /** The array's own memory, or null when it is not contiguous: asked twice, DJL then makes two copies. */
    private static FloatBuffer memory(NDArray array) {
        ByteBuffer first = array.toByteBuffer(true);
        ByteBuffer second = array.toByteBuffer(true);
        boolean own = Native.getDirectBufferPointer(first).equals(Native.getDirectBufferPointer(second));
        return own ? first.order(ByteOrder.nativeOrder()).asFloatBuffer() : null;
    }

    /**
     * Copies the numbers of one array into another, from its first on. DJL's own {@code copyTo} makes the native library
     * print a warning.
     *
     * @param from FLOAT32, any shape
     * @param to FLOAT32, at least as many numbers
     */
    public static void copy(NDArray from, NDArray to) {
        set(from.toFloatArray(), to);
    }

    /**
     * Puts numbers into an array, from its first on.
     *
     * @param values the numbers, last dimension fastest
     * @param into FLOAT32, at least as many numbers
     */
    public static void set(float[] values, NDArray into) {
        try (Floats numbers = of(into)) {
            numbers.put(0, values, values.length);
        }
    }

    /**
     * Counts the numbers.
     *
     * @return the product of the array's dimensions
     */
    public int size() {
        return numbers.capacity();
    }

    /**
     * Reads some of the numbers.
     *
     * @param from place of the first one, from 0
     * @param into where to
     * @param count how many
     */
    public void get(int from, float[] into, int count) {
        numbers.get(from, into, 0, count);
    }

    /**
     * Changes some of the numbers: at once, or when this is closed.
     *
     * @param from place of the first one, from 0
     * @param values the new numbers
     * @param count how many of them
     */
    public void put(int from, float[] values, int count) {
        numbers.put(from, values, 0, count);
    }

    @Override
    public void close() {
        if (copied) {
            try (NDManager scope = array.getManager().newSubManager()) {
                scope.tempAttachAll(array);
                array.set(numbers);
            }
        }
    }
}
