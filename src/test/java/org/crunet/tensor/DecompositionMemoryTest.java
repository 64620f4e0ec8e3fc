package org.crunet.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Nothing is left behind but the result. */
class DecompositionMemoryTest {

    private static final AlsSettings SHORT = new AlsSettings(2, 0, 2, 1);

    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    private NDArray noise(int channels, DataType type) {
        return Loops.random(new Random(4), channels, channels, 3, 3).array(manager, type);
    }

    private int arrays() {
        return manager.getManagedArrays().size();
    }

    @ParameterizedTest
    @EnumSource
    void aResultIsItsFactorsAndCores(DecompositionTest.Method method) {
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            NDArray kernel = noise(7, type);
            int before = arrays();
            Decomposition found = method.factorise(kernel, SHORT);
            int own = switch (method) {
                case TUCKER, CP -> 5;
                case CHANNELS, BLOCK_TERMS -> 3;
                case COLLECTIVE -> 5;
            };
            assertEquals(before + own, arrays(), "two kernels: one more, and an output factor each");
            NDArray x = manager.ones(new Shape(1, 7, 5, 5)).toType(type, false);
            int then = arrays();
            found.convolve(x).close();
            found.convolve(x, 2).close();
            found.rebuild().close();
            found.factor(1);
            found.relativeError();
            assertEquals(then, arrays());
            found.layers().forEach(layer -> layer.weight().close());
            found.toBlock()
                    .getParameters()
                    .values()
                    .forEach(weight -> weight.getArray().close());
            assertEquals(then, arrays());
        }
    }

    @Test
    void refusalsLeaveNothing() {
        NDArray kernel = noise(4, DataType.FLOAT32);
        NDArray nan = kernel.mul(Float.NaN);
        int before = arrays();
        BlockTermsTest.assertRefused("terms", () -> BlockTerms.of(kernel, 99, new Rank(1, 1)));
        BlockTermsTest.assertRefused("NaN", () -> Collective.of(List.of(kernel, nan), 1, new Rank(1, 1)));
        assertEquals(before, arrays());
    }

    /** What the C library has given out and not got back: a leak shows in every hundred, what else the JVM does not. */
    @ParameterizedTest
    @EnumSource
    @EnabledOnOs(OS.LINUX)
    void nativeMemoryStaysFlat(DecompositionTest.Method method) {
        NDArray kernel = noise(40, DataType.FLOAT32);
        repeat(method, kernel, 20);
        long least = Long.MAX_VALUE;
        long most = 100L * kernel.size() * Float.BYTES / 2;
        for (int i = 0; i < 10 && least >= most; i++) {
            long before = allocated();
            repeat(method, kernel, 100);
            least = Math.min(least, allocated() - before);
        }
        assertTrue(least < most, least + " bytes");
    }

    private void repeat(DecompositionTest.Method method, NDArray kernel, int times) {
        for (int i = 0; i < times; i++) {
            try (NDManager scope = manager.newSubManager()) {
                NDArray copy = kernel.duplicate();
                copy.attach(scope);
                Decomposition found = method.factorise(copy, new AlsSettings(1, 0, 1, i));
                found.rebuild();
                found.toBlock();
            }
        }
    }

    /** glibc's {@code struct mallinfo2}. */
    @FieldOrder({
        "arena",
        "ordblks",
        "smblks",
        "hblks",
        "hblkhd",
        "usmblks",
        "fsmblks",
        "uordblks",
        "fordblks",
        "keepcost"
    })
    public static final class Info extends Structure implements Structure.ByValue {
        public long arena;
        public long ordblks;
        public long smblks;
        public long hblks;
        public long hblkhd;
        public long usmblks;
        public long fsmblks;
        public long uordblks;
        public long fordblks;
        public long keepcost;
    }

    private static long allocated() {
        try {
            Function mallinfo = NativeLibrary.getInstance("c").getFunction("mallinfo2");
            Info info = (Info) mallinfo.invoke(Info.class, new Object[0]);
            return info.uordblks + info.hblkhd;
        } catch (UnsatisfiedLinkError olderOrOther) {
            assumeTrue(false, "a C library without mallinfo2");
            return 0;
        }
    }
}
