package org.crunet.torch;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;

/**
 * Settings of the native libraries that must stand before the first tensor; the kernel specification makes the same ones
 * in the environment.
 *
 * <p>Threads of OpenMP that wait spin for some microseconds and then give their core away. By default they spin for
 * milliseconds, and with two other programs on the same two cores that made a small training step four to ten times
 * slower. And the C library keeps freed memory instead of returning and
 * fetching it at every operation, in one arena for all threads: those of other threads give back what they can, whatever
 * the threshold, which cost 40,000 page faults and a twentieth of the time of a step of CRU-Net-56. On Linux with glibc;
 * elsewhere nothing happens.
 */
public final class NativeSettings {

    private static final int TRIM_THRESHOLD = -1;
    private static final int TOP_PAD = -2;
    private static final int MMAP_THRESHOLD = -3;
    private static final int ARENA_MAX = -8;
    private static final boolean APPLIED = set();

    private NativeSettings() {}

    /**
     * Makes the settings, once; what the environment says already is left alone.
     *
     * @return whether they could be made here
     */
    public static boolean apply() {
        return APPLIED;
    }

    /**
     * Gives memory that nothing uses back to the system, after long work: arrays whose owner was forgotten are freed with
     * the next garbage collection only, and the C library keeps what was freed, in pieces and for every thread anew. Ten
     * trainings in a row grew by a gigabyte without this. Takes about a twentieth of a second.
     */
    public static void releaseMemory() {
        System.gc();
        if (APPLIED) {
            NativeLibrary.getInstance("c").getFunction("malloc_trim").invokeInt(new Object[] {0L});
        }
    }

    private static boolean set() {
        if (!Platform.isLinux()) {
            return false;
        }
        try {
            NativeLibrary c = NativeLibrary.getInstance("c");
            c.getFunction("setenv").invokeInt(new Object[] {"GOMP_SPINCOUNT", "20000", 0});
            if (System.getenv("GLIBC_TUNABLES") == null) {
                keepMemory(c.getFunction("mallopt"));
            }
            c.getFunction("malloc_trim");
            return true;
        } catch (UnsatisfiedLinkError otherLibrary) {
            return false;
        }
    }

    private static void keepMemory(Function mallopt) {
        mallopt.invokeInt(new Object[] {MMAP_THRESHOLD, Integer.MAX_VALUE});
        mallopt.invokeInt(new Object[] {TRIM_THRESHOLD, -1});
        mallopt.invokeInt(new Object[] {TOP_PAD, 512 << 20});
        mallopt.invokeInt(new Object[] {ARENA_MAX, 1});
    }
}
