package org.crunet.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.L2Loss;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GradientsTest {

    private static final float[] X = {1.5f, 2, 4};
    /** At X, by hand. */
    private static final Map<String, float[]> DERIVATIVES = Map.of(
            "mul", new float[] {0.5f, 0.5f, 0.5f},
            "muli of a double", new float[] {0.5f, 0.5f, 0.5f},
            "div", new float[] {2, 2, 2},
            "pow", new float[] {3, 4, 8},
            "maximum", new float[] {0, 0, 1},
            "minimum", new float[] {1, 1, 0},
            "L2 loss", new float[] {0.5f, 2 / 3f, 4 / 3f},
            "an array that is closed", new float[] {2, 3, 4},
            "an array whose manager is closed", new float[] {2, 3, 4});

    private static final Map<String, UnaryOperator<NDArray>> FUNCTIONS = new TreeMap<>(Map.of(
            "mul", x -> x.mul(0.5f),
            "muli of a double", x -> x.neg().neg().muli(0.5),
            "div", x -> x.div(0.5f),
            "pow", x -> x.pow(2),
            "maximum", x -> x.maximum(3),
            "minimum", x -> x.minimum(3),
            "L2 loss", x -> new L2Loss().evaluate(new NDList(x.zerosLike().reshape(1, 3)), new NDList(x.reshape(1, 3))),
            "an array that is closed", GradientsTest::timesClosed,
            "an array whose manager is closed", GradientsTest::timesClosedWithItsManager));

    private static final List<ByteBuffer> OTHERS = new ArrayList<>();

    private static NDArray timesClosed(NDArray x) {
        try (NDArray factors = x.getManager().create(new float[] {2, 3, 4})) {
            return x.mul(factors);
        }
    }

    private static NDArray timesClosedWithItsManager(NDArray x) {
        try (NDManager scope = x.getManager().newSubManager()) {
            return x.mul(scope.create(new float[] {2, 3, 4}));
        }
    }

    static Stream<String> functions() {
        return FUNCTIONS.keySet().stream();
    }

    /** Without the guard nearly every one of them is wrong. */
    @ParameterizedTest
    @MethodSource("functions")
    void aGarbageCollectionBeforeTheBackwardPassChangesNothing(String name) throws InterruptedException {
        Gradients.off(() -> 0);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.create(X);
            x.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray loss = FUNCTIONS.get(name).apply(x).sum();
                collect();
                collector.backward(loss);
            }
            assertArrayEquals(DERIVATIVES.get(name), x.getGradient().toFloatArray(), 1e-6f);
        }
    }

    @ParameterizedTest
    @MethodSource("functions")
    void noneBeforeThatOfARecordingEither(String name) throws InterruptedException {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.create(X);
            x.setRequiresGradient(true);
            try (var gradients = new Gradients.Recording()) {
                NDArray loss = FUNCTIONS.get(name).apply(x).sum();
                collect();
                gradients.backward(loss);
            }
            assertArrayEquals(DERIVATIVES.get(name), x.getGradient().toFloatArray(), 1e-6f);
        }
    }

    @Test
    void aRecordingKeepsMemoryNoLongerEither() throws InterruptedException {
        try (NDManager manager = NDManager.newBaseManager()) {
            WeakReference<ByteBuffer> lent;
            NDArray x = manager.create(X);
            x.setRequiresGradient(true);
            try (var outer = new Gradients.Recording()) {
                sumInRecordingOfItsOwn(x);
                outer.backward(x.sum());
                assertArrayEquals(new float[] {2, 2, 2}, x.getGradient().toFloatArray());
                lent = lent(manager);
                collect();
                assertNotNull(lent.get());
            }
            collect();
            assertNull(lent.get());
        }
    }

    private static void sumInRecordingOfItsOwn(NDArray x) {
        try (var inner = new Gradients.Recording()) {
            inner.backward(x.sum());
        }
    }

    /** Memory of an array that is closed already. */
    private static WeakReference<ByteBuffer> lent(NDManager manager) {
        ByteBuffer numbers = ByteBuffer.allocateDirect(8);
        manager.create(numbers, new Shape(2), DataType.FLOAT32).close();
        return new WeakReference<>(numbers);
    }

    /** Collects garbage, and puts other numbers where it was. */
    private static void collect() throws InterruptedException {
        for (int round = 0; round < 3; round++) {
            System.gc();
            Thread.sleep(20);
        }
        OTHERS.clear();
        for (int i = 0; i < 600; i++) {
            OTHERS.add(ByteBuffer.allocateDirect(4 + 4 * (i % 3)).putFloat(0, 1e9f * i));
        }
    }

    @Test
    @SuppressWarnings("try")
    void memoryIsKeptNoLongerThanTheCollector() throws InterruptedException {
        Gradients.off(() -> 0);
        try (NDManager manager = NDManager.newBaseManager()) {
            WeakReference<ByteBuffer> lent;
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                lent = lent(manager);
                collect();
                assertNotNull(lent.get());
            }
            manager.create(X).close();
            collect();
            assertNull(lent.get());
        }
    }
}
