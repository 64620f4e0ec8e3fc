package org.crunet.torch;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import com.sun.jna.NativeLibrary;
import java.util.Locale;

/**
 * With what numbers convolutions and linear layers compute. Weights, what an optimizer remembers, statistics of batch norms,
 * losses, and whatever somebody sees are float32 in any case.
 */
public enum Precision {

    /** 32 bits, 24 of them for the digits, which GPUs are told to keep to. */
    FLOAT32,

    /** FLOAT32, of which a GPU since Ampere multiplies 11 of the digits, and is faster; the same as FLOAT32 elsewhere. */
    TF32,

    /** 16 bits, 8 of them for the digits, with the range of float32; no faster where the processor has no instructions for it. */
    BF16,

    /** BF16 where the processor or the GPU has instructions for it, else FLOAT32. */
    AUTO;

    private static final int AMPERE = 80;

    /**
     * Says what was chosen, for who asked for this.
     *
     * @param chosen what {@link #on} returned
     * @return such as {@code in bf16}; empty where FLOAT32 was asked for
     */
    public String said(Precision chosen) {
        if (this == FLOAT32) {
            return "";
        }
        String why = this == TF32 ? "only GPUs since Ampere have tf32" : "libtorch exports no autocast here";
        return "in " + chosen + (this == AUTO || this == chosen ? "" : ", since " + why);
    }

    /**
     * Returns what it is on a device of this machine.
     *
     * @param device a CPU or GPU
     * @return FLOAT32, TF32 or BF16; the first also where libtorch exports no autocast
     */
    public Precision on(Device device) {
        return switch (this) {
            case FLOAT32 -> FLOAT32;
            case TF32 -> device.isGpu() && isAmpere(device) ? TF32 : FLOAT32;
            case BF16 -> Autocast.isThere() ? BF16 : FLOAT32;
            case AUTO -> Autocast.isThere() && hasInstructions(device) ? BF16 : FLOAT32;
        };
    }

    /**
     * Has GPUs multiply so, from now on and on every thread; on a CPU nothing is to be done.
     *
     * @param device where the next operations run
     */
    public void prepare(Device device) {
        if (device.isGpu()) {
            Tf32.allow(this == TF32);
        }
    }

    private static boolean isAmpere(Device gpu) {
        return Integer.parseInt(CudaUtils.getComputeCapability(gpu.getDeviceId())) >= AMPERE;
    }

    /** As libtorch finds it, of AVX512-BF16 and AMX. */
    private static boolean hasInstructions(Device device) {
        if (device.isGpu()) {
            return isAmpere(device);
        }
        return Cpu.HALF;
    }

    /** Asked once, since each convolution asks. */
    private static final class Cpu {

        private static final boolean HALF = half();

        private static boolean half() {
            try {
                NativeLibrary torch = Libtorch.open();
                return is(torch, "_ZN2at3cpu24is_avx512_bf16_supportedEv")
                        || is(torch, "_ZN2at3cpu21is_amx_tile_supportedEv");
            } catch (UnsatisfiedLinkError notFound) {
                return false;
            }
        }
    }

    /** A bool is a byte of what is returned. */
    private static boolean is(NativeLibrary torch, String name) {
        return (torch.getFunction(name).invokeInt(new Object[0]) & 0xFF) != 0;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
