package org.crunet.torch;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/** libtorch's switches, one for the process, by which GPUs multiply fewer digits of float32: on in cuDNN unless switched off. */
final class Tf32 {

    private static final String SET = "_ZN2at7Context";
    private static final String GET = "_ZNK2at7Context";

    private Tf32() {}

    /**
     * Switches it on or off, in convolutions (cuDNN) and linear layers (cuBLAS); where the switches are not found, as on Windows,
     * they stay as they are. JNA passes a bool wrongly, an int right.
     */
    static void allow(boolean on) {
        try {
            NativeLibrary torch = Libtorch.open();
            Object[] switched = {context(torch), on ? 1 : 0};
            torch.getFunction(SET + "17setAllowTF32CuDNNEb").invokeVoid(switched);
            torch.getFunction(SET + "18setAllowTF32CuBLASEb").invokeVoid(switched);
        } catch (UnsatisfiedLinkError notFound) {
            return;
        }
    }

    /** Whether both are on; a bool is a byte of what is returned. */
    static boolean isAllowed() {
        NativeLibrary torch = Libtorch.open();
        Pointer context = context(torch);
        int cudnn = torch.getFunction(GET + "14allowTF32CuDNNEv").invokeInt(new Object[] {context});
        int cublas = torch.getFunction(GET + "15allowTF32CuBLASEv").invokeInt(new Object[] {context});
        return (cudnn & cublas & 1) == 1;
    }

    private static Pointer context(NativeLibrary torch) {
        return torch.getFunction("_ZN2at13globalContextEv").invokePointer(new Object[0]);
    }
}
