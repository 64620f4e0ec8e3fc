package org.crunet.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Shapes, ranks, scales and types at random: no crash, no NaN, no wrong shape. */
class AnyShapeTest {

    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    /** What the numbers of a tensor are like. */
    private enum Kind {
        NOISE,
        LOW_RANK,
        ZERO_SLICE,
        CONSTANT,
        ONE_NUMBER,
        NOT_CONTIGUOUS,
        TINY,
        HUGE
    }

    private NDArray tensor(Random random, int... shape) {
        Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
        Loops loops = Loops.random(random, shape);
        Loops column = Loops.random(random, 9);
        Loops made = switch (kind) {
            case LOW_RANK ->
                Loops.each(p -> Arrays.stream(p).mapToDouble(column::at).reduce(1, (a, b) -> a * b), shape);
            case ZERO_SLICE -> Loops.each(p -> p[0] == 0 && shape[0] > 1 ? 0 : loops.at(p), shape);
            case CONSTANT -> Loops.each(p -> -3, shape);
            case ONE_NUMBER -> Loops.each(p -> Arrays.stream(p).allMatch(i -> i == 0) ? 5 : 0, shape);
            default -> loops;
        };
        DataType type = random.nextBoolean() ? DataType.FLOAT32 : DataType.FLOAT64;
        NDArray array = made.array(manager, type);
        return switch (kind) {
            case NOT_CONTIGUOUS -> array.swapAxes(0, 1).duplicate().swapAxes(0, 1);
            case TINY -> array.mul(1e-20);
            case HUGE -> array.mul(1e20);
            default -> array;
        };
    }

    private static AlsSettings settings(Random random) {
        double[] tolerances = {0, 1e-6, 1e-2};
        return new AlsSettings(
                1 + random.nextInt(12), tolerances[random.nextInt(3)], 1 + random.nextInt(2), random.nextLong());
    }

    private static int upTo(Random random, long most) {
        return random.nextInt(4) == 0 ? (int) most : 1 + random.nextInt((int) most);
    }

    private static void assertGood(NDArray tensor, Decomposition found) {
        String what = tensor.getShape() + " " + tensor.getDataType() + ": " + found;
        NDArray rebuilt = found.rebuild();
        assertEquals(tensor.getShape(), rebuilt.getShape(), what);
        assertEquals(tensor.getDataType(), rebuilt.getDataType(), what);
        List<NDArray> arrays = new ArrayList<>(found.arrays());
        arrays.add(rebuilt);
        for (NDArray array : arrays) {
            assertEquals(tensor.getDataType(), array.getDataType());
            assertTrue(Double.isFinite(TensorAlgebra.norm(array)), what);
            assertSame(tensor.getManager(), array.getManager());
        }
        for (int mode = 1; mode <= tensor.getShape().dimension(); mode++) {
            long columns = found.termCount() * found.cores().getShape().get(mode);
            assertEquals(
                    new Shape(tensor.getShape().get(mode - 1), columns),
                    found.factor(mode).getShape(),
                    what);
        }
        assertTrue(found.relativeError() >= 0 && found.relativeError() < 1.001, what);
        assertEquals(TensorAlgebra.relativeError(tensor, rebuilt), found.relativeError(), 1e-4, what);
        Convergence convergence = found.convergence();
        DecompositionTest.assertNeverRises(convergence);
        assertFalse(convergence.errors().stream().anyMatch(error -> !Double.isFinite(error)), what);
        assertTrue(convergence.start() <= convergence.starts(), what);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5})
    void tuckerAndCpOfAnyShape(int order) {
        for (int seed = 0; seed < 80; seed++) {
            Random random = new Random(1000L * order + seed);
            int[] shape =
                    IntStream.range(0, order).map(i -> 1 + random.nextInt(6)).toArray();
            shape[random.nextInt(order)] = 1 + random.nextInt(9);
            NDArray x = tensor(random, shape);
            int[] ranks = ranks(random, shape);
            assertGood(x, Tucker.of(x, ranks).hosvd());
            assertGood(x, Tucker.of(x, ranks).factorise(settings(random)));
            long most = Arrays.stream(shape)
                    .mapToLong(size -> x.size() / size)
                    .min()
                    .orElseThrow();
            assertGood(x, Cp.of(x, upTo(random, Math.min(most, 40))).factorise(settings(random)));
        }
    }

    /** Ranks that a tensor can have: none larger than the product of the others. */
    private static int[] ranks(Random random, int[] shape) {
        while (true) {
            int[] ranks = IntStream.of(shape).map(size -> upTo(random, size)).toArray();
            long product = IntStream.of(ranks).asLongStream().reduce(1, (a, b) -> a * b);
            if (IntStream.of(ranks).allMatch(rank -> (long) rank * rank <= product)) {
                return ranks;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void blockTermsOfAnyKernels(int kernels) {
        int[] sizes = {1, 1, 3, 2, 5};
        for (int seed = 0; seed < 80; seed++) {
            Random random = new Random(5000L * kernels + seed);
            int height = sizes[random.nextInt(5)];
            int width = sizes[random.nextInt(5)];
            int in = 1 + random.nextInt(8);
            int same = 1 + random.nextInt(8);
            boolean equal = random.nextBoolean();
            List<NDArray> stack = new ArrayList<>();
            for (int i = 0; i < kernels; i++) {
                NDArray kernel = tensor(random, equal ? same : 1 + random.nextInt(8), in, height, width);
                stack.add(stack.isEmpty() ? kernel : kernel.toType(stack.get(0).getDataType(), false));
            }
            List<Factor> shared = new ArrayList<>(List.of(Factor.values()));
            shared.removeIf(factor -> random.nextBoolean() || factor == Factor.OUT && !equal);
            any(random, stack, shared);
        }
    }

    private static void any(Random random, List<NDArray> stack, List<Factor> shared) {
        long out = stack.stream().mapToLong(kernel -> kernel.getShape().get(0)).sum();
        Shape shape = stack.get(0).getShape();
        long pixels = shape.get(2) * shape.get(3);
        int l = upTo(random, shape.get(1));
        int m = upTo(random, Math.min(out, l * pixels));
        l = (int) Math.min(l, m * pixels);
        long outs = (out + m - 1) / m;
        long ins = (shape.get(1) + l - 1) / l;
        long fibres = Math.min(outs * ((m * pixels + l - 1) / l), ins * ((l * pixels + m - 1) / m));
        long most = Math.min(outs * ins, fibres);
        int terms = upTo(random, Math.min(most, 12));
        CollectiveDecomposition found = Collective.of(stack, terms, new Rank(l, m))
                .sharing(shared.toArray(Factor[]::new))
                .factorise(settings(random));
        assertTrue(found.relativeError() < 1.001, found.toString());
        double squares = 0;
        double errors = 0;
        for (int i = 0; i < stack.size(); i++) {
            NDArray kernel = stack.get(i);
            Decomposition unit = found.units().get(i);
            assertEquals(kernel.getShape(), unit.rebuild().getShape());
            assertEquals(kernel.getDataType(), unit.rebuild().getDataType());
            assertEquals(
                    new Shape(terms, m, l, shape.get(2), shape.get(3)),
                    unit.cores().getShape());
            assertEquals(
                    new Shape(kernel.getShape().get(0), (long) terms * m),
                    unit.factor(1).getShape());
            assertEquals(
                    new Shape(shape.get(1), (long) terms * l), unit.factor(2).getShape());
            assertTrue(Double.isFinite(unit.relativeError()), found.toString());
            unit.arrays().forEach(array -> assertTrue(Double.isFinite(TensorAlgebra.norm(array))));
            double square = TensorAlgebra.inner(kernel, kernel);
            squares += square;
            errors += square * unit.relativeError() * unit.relativeError();
        }
        assertEquals(Math.sqrt(errors / squares), found.relativeError(), 1e-9);
        DecompositionTest.assertNeverRises(found.convergence());
        if (stack.size() == 1) {
            assertGood(stack.get(0), found.units().get(0));
            assertGood(
                    stack.get(0),
                    BlockTerms.of(stack.get(0), terms, new Rank(l, m)).factorise(settings(random)));
            assertGood(
                    stack.get(0),
                    Tucker.channels(stack.get(0), new Rank(Math.min(l, (int) shape.get(1)), m))
                            .hosvd());
        }
    }

    /** Equations with as many unknowns as the tensor has numbers to tell them by, and more: singular ones. */
    @Test
    void moreTermsThanTheTensorHasAreExactAndFinite() {
        Random random = new Random(3);
        NDArray low =
                Planted.kernel(random, 2, new Rank(1, 1), 6, 5, 3, 3).kernel(0).array(manager);
        for (NDArray kernel : List.of(low, low.toType(DataType.FLOAT32, false))) {
            for (Supplier<Decomposition> way : List.<Supplier<Decomposition>>of(
                    () -> BlockTerms.of(kernel, 5, new Rank(1, 1)).factorise(),
                    () -> BlockTerms.of(kernel, 5, new Rank(2, 3)).factorise(),
                    () -> Tucker.of(kernel, 5, 4, 3, 3).factorise(),
                    () -> Cp.of(kernel.reshape(6, 5, 9), 6).factorise(),
                    () -> Collective.of(List.of(kernel, kernel), 6, new Rank(2, 2))
                            .factorise()
                            .units()
                            .get(1))) {
                Decomposition found = way.get();
                assertTrue(found.relativeError() < 1e-3, found.toString());
                assertFalse(Double.isNaN(
                        found.cores().sum().toType(DataType.FLOAT64, false).getDouble()));
                DecompositionTest.assertNeverRises(found.convergence());
            }
        }
    }

    /** The size of the numbers does not matter, down to what squares can hold. */
    @ParameterizedTest
    @EnumSource(DecompositionTest.Method.class)
    void scaleDoesNotMatter(DecompositionTest.Method method) {
        Loops noise = Loops.random(new Random(4), 7, 6, 3, 3);
        AlsSettings settings = AlsSettings.DEFAULT.withSweeps(10);
        double plain = method.factorise(noise.array(manager), settings).relativeError();
        for (double scale : new double[] {1e-20, 1e20}) {
            NDArray kernel = noise.array(manager, DataType.FLOAT32).mul(scale);
            assertEquals(plain, method.factorise(kernel, settings).relativeError(), 1e-3, "" + scale);
        }
        for (double scale : new double[] {1e-100, 1e100}) {
            NDArray kernel = noise.array(manager).mul(scale);
            assertEquals(plain, method.factorise(kernel, settings).relativeError(), 1e-3, "" + scale);
        }
    }

    /** A trained weight, while gradients are recorded: nothing about it changes, and the factors require none. */
    @ParameterizedTest
    @EnumSource(DecompositionTest.Method.class)
    void inputsStayAsTheyAre(DecompositionTest.Method method) {
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            NDArray kernel = Loops.random(new Random(4), 7, 6, 3, 3).array(manager, type);
            kernel.setRequiresGradient(true);
            Loops before = Loops.of(kernel);
            Decomposition found;
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                found = method.factorise(kernel, new AlsSettings(3, 0, 2, 1));
                assertFalse(found.rebuild().hasGradient());
                NDArray still = kernel.square().sum();
                collector.backward(still);
            }
            before.assertAlmost(kernel, 0);
            assertTrue(kernel.hasGradient());
            before.plus(before, 1).assertAlmost(kernel.getGradient(), 1e-6);
            assertSame(manager, kernel.getManager());
            found.arrays().forEach(array -> assertFalse(array.hasGradient()));
            Decomposition plain = method.factorise(Loops.of(kernel).array(manager, type), new AlsSettings(3, 0, 2, 1));
            assertEquals(plain.rebuild(), found.rebuild());
        }
    }

    /** A part of a larger array, every second number of another. */
    @ParameterizedTest
    @EnumSource(DecompositionTest.Method.class)
    void viewsAreReadRightly(DecompositionTest.Method method) {
        NDArray large = Loops.random(new Random(4), 3, 6, 14, 3, 3).array(manager);
        NDArray view = large.get("1, :, 3:10").transpose(1, 0, 2, 3);
        AlsSettings settings = new AlsSettings(3, 0, 1, 1);
        Decomposition found = method.factorise(view, settings);
        Decomposition plain = method.factorise(Loops.of(view).array(manager), settings);
        Loops.of(plain.rebuild()).assertAlmost(found.rebuild(), 1e-9);
    }
}
