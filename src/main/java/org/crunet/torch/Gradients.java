package org.crunet.torch;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Work that records no gradients.
 *
 * <p>PyTorch keeps this switch per thread and DJL turns it off only on the thread that loaded the engine. On any other
 * one evaluation would record a graph, and an update of a weight in place would throw "a leaf Variable that requires grad
 * is being used in an in-place operation". JJava runs cells on several, which {@code Notebook.start} turns it off on. A DJL
 * gradient collector turns it on for as long as it is open.
 */
public final class Gradients {

    private Gradients() {}

    /** Records what is computed on this thread, until it is closed. DJL's own collector does for one thread of a process. */
    public static final class Recording implements AutoCloseable {

        private final boolean before = off();
        private final List<Object> kept = LentMemory.keepIn(new ArrayList<>());

        /** Begins. */
        public Recording() {
            JniUtils.setGradMode(true);
        }

        /**
         * Adds to the gradients of all weights that a loss was computed from.
         *
         * @param loss one number
         */
        public void backward(NDArray loss) {
            try (NDArray one = loss.onesLike()) {
                JniUtils.backward((PtNDArray) loss, (PtNDArray) one, false, false);
            }
        }

        @Override
        public void close() {
            JniUtils.setGradMode(before);
            LentMemory.keepIn(kept);
        }
    }

    /**
     * Switches recording off on this thread. From the first call on, which the making of a network is, DJL's arithmetic with
     * numbers is safe where gradients are recorded, on any thread.
     *
     * @return whether it was on
     */
    public static boolean off() {
        NativeSettings.apply();
        Engine.getInstance();
        LentMemory.guard();
        boolean before = JniUtils.isGradMode();
        JniUtils.setGradMode(false);
        return before;
    }

    /**
     * Does the work with recording off on this thread, and restores what was set before.
     *
     * @param <T> what comes out
     * @param work what to do
     * @return the work's result
     */
    public static <T> T off(Supplier<T> work) {
        boolean before = off();
        try {
            return work.get();
        } finally {
            JniUtils.setGradMode(before);
        }
    }
}
