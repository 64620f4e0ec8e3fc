package org.crunet.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtDeviceType;
import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * libtorch's autocast: convolutions and linear layers take numbers of 16 bits, bf16, whatever they are given, and add up in
 * float32. Weights stay float32, and gradients reach them in float32.
 *
 * <p>DJL does not know the type: whatever makes an array "of the same type" from one in bf16 ends the process. So this is
 * switched on, for its thread alone, around one operation at a time, and what comes out is to go through operations that
 * are known to be safe, or through {@link #float32}.
 */
public final class Autocast {

    private static final int BF16 = 15;
    private static final Optional<Autocast> NATIVE = find();

    private final Function enable;
    private final Function type;
    private final Function cache;

    private Autocast(NativeLibrary torch) {
        enable = torch.getFunction("_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb");
        type = torch.getFunction("_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE");
        cache = torch.getFunction("_ZN2at8autocast26set_autocast_cache_enabledEb");
    }

    private static Optional<Autocast> find() {
        try {
            return Optional.of(new Autocast(Libtorch.open()));
        } catch (UnsatisfiedLinkError notFound) {
            return Optional.empty();
        }
    }

    /** Whether this libtorch exports it. */
    static boolean isThere() {
        return NATIVE.isPresent();
    }

    /**
     * Does one operation in bf16.
     *
     * @param device where its arrays are
     * @param operation a convolution or a linear layer of DJL's
     * @return in bf16, which DJL calls an unknown type
     * @throws IllegalStateException if this libtorch has no autocast, which {@link Precision#on} tells
     */
    public static NDArray bf16(Device device, Supplier<NDArray> operation) {
        Autocast autocast = NATIVE.orElseThrow(
                () -> new IllegalStateException("libtorch has no autocast on this machine: use Precision.FLOAT32"));
        return autocast.around(PtDeviceType.toDeviceType(device), operation);
    }

    /** Copies of weights in bf16 are not kept: they would be those of before the step. JNA passes a bool wrongly, an int right. */
    private NDArray around(int device, Supplier<NDArray> operation) {
        try {
            cache.invokeVoid(new Object[] {0});
            type.invokeVoid(new Object[] {device, BF16});
            enable.invokeVoid(new Object[] {device, 1});
            return operation.get();
        } finally {
            enable.invokeVoid(new Object[] {device, 0});
            cache.invokeVoid(new Object[] {1});
        }
    }

    /**
     * Rounds an array to bf16 once and for all, as every operation in bf16 would: DJL cannot, a product with 1 does.
     *
     * @param x FLOAT32, any shape
     * @return the same shape in bf16, owned by the manager of x, to be given to {@link #bf16} operations alone
     * @throws IllegalStateException as {@link #bf16}
     */
    public static NDArray rounded(NDArray x) {
        try (NDArray column = x.reshape(-1, 1);
                NDArray one = x.getManager().ones(new Shape(1, 1));
                NDArray product = bf16(x.getDevice(), () -> column.matMul(one))) {
            return product.reshape(x.getShape());
        }
    }

    /**
     * Brings an array in bf16 to float32; gradients go through.
     *
     * @param x of any type
     * @return a new array, owned by the manager of x; x itself if it is not in bf16
     */
    public static NDArray float32(NDArray x) {
        if (x.getDataType() != DataType.UNKNOWN) {
            return x;
        }
        try (NDArray one = x.getManager().ones(new Shape(1))) { // DJL's toType ends the gradient
            return x.mul(one);
        }
    }
}
