package org.crunet.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtDeviceType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
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
    private static final Optional<Function> CAST = cast();

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

    /** Linux on x86-64 passes the place of what is returned as the first argument, so that JNA can; others pass it otherwise. */
    private static Optional<Function> cast() {
        boolean passed = Platform.isLinux() && Platform.isIntel() && Platform.is64Bit();
        return passed && isThere()
                ? Optional.of(Libtorch.open()
                        .getFunction("_ZN2at8autocast11cached_castEN3c1010ScalarTypeERKNS_6TensorENS1_10DeviceTypeE"))
                : Optional.empty();
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

    /** What an operation computes from an input, weights and a bias, which may be null. */
    public interface Affine {

        /** Computes it. */
        NDArray of(NDArray x, NDArray weight, NDArray bias);
    }

    /**
     * Does one operation in bf16. On a CPU that has no instructions for it libtorch takes nine times as long as in float32: there
     * the same numbers come, but for the order in which they are added up, from operands that are rounded and then float32.
     *
     * @param x float32 or bf16
     * @param weight float32 or bf16
     * @param bias float32, or null
     * @param operation a convolution or a linear layer of DJL's
     * @return in bf16, which DJL calls an unknown type
     * @throws IllegalStateException as of {@link #bf16(Device, Supplier)}
     */
    public static NDArray bf16(NDArray x, NDArray weight, NDArray bias, Affine operation) {
        if (CAST.isEmpty() || Precision.AUTO.on(x.getDevice()) == Precision.BF16) {
            return bf16(x.getDevice(), () -> operation.of(x, weight, bias));
        }
        try (NDArray a = digits(x);
                NDArray w = digits(weight);
                NDArray b = bias == null ? null : digits(bias);
                NDArray y = operation.of(a, w, b)) {
            return rounded(y);
        }
    }

    /** The digits of bf16 in float32. */
    private static NDArray digits(NDArray x) {
        if (x.getDataType() == DataType.UNKNOWN) {
            return float32(x);
        }
        try (NDArray half = rounded(x)) {
            return float32(half);
        }
    }

    /** Copies of weights in bf16 are not kept: they would be those of before the step. JNA passes a bool wrongly, an int right. */
    private NDArray uncached(Supplier<NDArray> operation) {
        try {
            cache.invokeVoid(new Object[] {0});
            return operation.get();
        } finally {
            cache.invokeVoid(new Object[] {1});
        }
    }

    private NDArray around(int device, Supplier<NDArray> operation) {
        try {
            type.invokeVoid(new Object[] {device, BF16});
            enable.invokeVoid(new Object[] {device, 1});
            return uncached(operation);
        } finally {
            enable.invokeVoid(new Object[] {device, 0});
        }
    }

    /**
     * Rounds an array to bf16, as every operation in bf16 would; gradients go through.
     *
     * @param x FLOAT32, any shape
     * @return the same shape in bf16, owned by the manager of x, to be given to operations in bf16 alone
     * @throws IllegalStateException as of {@link #bf16(Device, Supplier)}
     */
    public static NDArray rounded(NDArray x) {
        return CAST.isPresent() ? cast(x, CAST.get()) : product(x);
    }

    /** DJL deletes what it is given a handle to. */
    private static NDArray cast(NDArray x, Function cast) {
        int device = PtDeviceType.toDeviceType(x.getDevice());
        Pointer tensor = new Pointer(Native.malloc(Native.POINTER_SIZE));
        NATIVE.orElseThrow().uncached(() -> {
            cast.invokeVoid(new Object[] {tensor, BF16, new Pointer(((PtNDArray) x).getHandle()), device});
            return x;
        });
        return new PtNDArray((PtNDManager) x.getManager(), Pointer.nativeValue(tensor));
    }

    /** With 1, as a matrix. */
    private static NDArray product(NDArray x) {
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
