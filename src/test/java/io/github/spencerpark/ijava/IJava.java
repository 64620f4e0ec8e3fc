package io.github.spencerpark.ijava;

import io.github.spencerpark.jupyter.kernel.BaseKernel;

/** Stands where the kernel IJava keeps its instance, so that a test can put a kernel there; without one it has none. */
public final class IJava {
    private static BaseKernel kernel;

    private IJava() {}

    public static BaseKernel getKernelInstance() {
        return kernel;
    }

    public static void setKernelInstance(BaseKernel newKernel) {
        kernel = newKernel;
    }
}
