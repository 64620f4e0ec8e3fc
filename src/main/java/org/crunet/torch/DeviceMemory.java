package org.crunet.torch;

import ai.djl.engine.EngineException;

/** The memory of a CPU or GPU, which libtorch runs out of with an exception of its own. */
public final class DeviceMemory {

    private DeviceMemory() {}

    /**
     * Tells whether an operation failed because its arrays do not fit into memory.
     *
     * @param failure what it threw
     * @return true in the words of libtorch's allocators, of CUDA and of the CPU
     */
    public static boolean isExceeded(EngineException failure) {
        String words = String.valueOf(failure.getMessage());
        return words.contains("out of memory") || words.contains("can't allocate memory");
    }
}
