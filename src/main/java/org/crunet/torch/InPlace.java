package org.crunet.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import com.sun.jna.Function;
import com.sun.jna.Pointer;

/**
 * What PyTorch can do in place and DJL has no call for: ReLU, which every network of PyTorch's own runs in place, because
 * it then moves half the memory. libtorch exports the operator, and DJL's handle of an array is the address of its tensor.
 */
public final class InPlace {

    private static final String RELU = "_ZN2at4_ops5relu_4callERNS_6TensorE";
    private static final Function FUNCTION = find();

    private InPlace() {}

    /** Null where the operator is not found: with another libtorch, or on Windows, where the name is another. */
    private static Function find() {
        try {
            return Libtorch.open().getFunction(RELU);
        } catch (UnsatisfiedLinkError notFound) {
            return null;
        }
    }

    /**
     * Sets the negative numbers of an array to 0.
     *
     * @param x an array of floats that nothing else reads: not a weight, and not what a backward pass will ask for, such as
     *     the output of another ReLU
     * @return whether it could be done here; otherwise the array is as it was
     */
    public static boolean relu(NDArray x) {
        if (FUNCTION == null || !(x instanceof PtNDArray array)) {
            return false;
        }
        FUNCTION.invokePointer(new Object[] {new Pointer(array.getHandle())});
        return true;
    }
}
