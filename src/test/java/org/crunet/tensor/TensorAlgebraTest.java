package org.crunet.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TensorAlgebraTest {

    private static final double ROUNDING = 1e-13;

    private final NDManager manager = NDManager.newBaseManager();
    private final Random random = new Random(3);

    @AfterEach
    void close() {
        manager.close();
    }

    /** Kolda and Bader's example, section 2.4: its frontal slices have the numbers 1 to 12 and 13 to 24 by columns. */
    private NDArray printed() {
        return Loops.each(place -> 1 + place[0] + 3 * place[1] + 12 * place[2], 3, 4, 2)
                .array(manager, DataType.FLOAT32);
    }

    private NDArray matrix(float[]... rows) {
        return manager.create(rows);
    }

    @Test
    void unfoldingsAreAsPrintedByKoldaAndBader() {
        NDArray x = printed();
        assertArrayEquals(new float[] {1, 4, 7, 10}, x.get("0, :, 0").toFloatArray());
        assertArrayEquals(new float[] {15, 18, 21, 24}, x.get("2, :, 1").toFloatArray());
        assertEquals(
                matrix(
                        new float[] {1, 4, 7, 10, 13, 16, 19, 22},
                        new float[] {2, 5, 8, 11, 14, 17, 20, 23},
                        new float[] {3, 6, 9, 12, 15, 18, 21, 24}),
                TensorAlgebra.unfold(x, 1));
        assertEquals(
                matrix(
                        new float[] {1, 2, 3, 13, 14, 15},
                        new float[] {4, 5, 6, 16, 17, 18},
                        new float[] {7, 8, 9, 19, 20, 21},
                        new float[] {10, 11, 12, 22, 23, 24}),
                TensorAlgebra.unfold(x, 2));
        assertEquals(
                matrix(
                        new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
                        new float[] {13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24}),
                TensorAlgebra.unfold(x, 3));
    }

    /** The same section multiplies it by a matrix in its first mode. */
    @Test
    void modeProductIsAsPrintedByKoldaAndBader() {
        NDArray y = TensorAlgebra.product(printed(), matrix(new float[] {1, 3, 5}, new float[] {2, 4, 6}), 1);
        assertEquals(matrix(new float[] {22, 49, 76, 103}, new float[] {28, 64, 100, 136}), y.get(":, :, 0"));
        assertEquals(matrix(new float[] {130, 157, 184, 211}, new float[] {172, 208, 244, 280}), y.get(":, :, 1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "3 4", "1 5", "3 4 2", "2 1 3", "2 3 4 5", "1 1 2 1", "2 3 1 2 3", "1 1 1 1 1"})
    void unfoldingFoldingAndProductsAreTheLoops(String sizes) {
        int[] shape =
                Arrays.stream(sizes.split(" ")).mapToInt(Integer::parseInt).toArray();
        Loops x = Loops.random(random, shape);
        NDArray array = x.array(manager);
        for (int mode = 1; mode <= shape.length; mode++) {
            NDArray unfolded = TensorAlgebra.unfold(array, mode);
            x.unfold(mode).assertAlmost(unfolded, 0);
            assertEquals(array, TensorAlgebra.fold(unfolded, mode, array.getShape()));
            for (int rows : new int[] {1, 4}) {
                Loops matrix = Loops.random(random, rows, shape[mode - 1]);
                NDArray product = TensorAlgebra.product(array, matrix.array(manager), mode);
                x.product(matrix, mode).assertAlmost(product, ROUNDING);
            }
        }
    }

    @Test
    void arraysThatAreNotContiguousAreReadRightly() {
        Loops x = Loops.random(random, 4, 3, 5);
        NDArray view =
                Loops.each(p -> x.at(p[2], p[1], p[0]), 5, 3, 4).array(manager).transpose(2, 1, 0);
        Loops matrix = Loops.random(random, 2, 3);
        x.unfold(2).assertAlmost(TensorAlgebra.unfold(view, 2), 0);
        x.product(matrix, 2).assertAlmost(TensorAlgebra.product(view, matrix.array(manager), 2), ROUNDING);
        assertEquals(x.norm(), TensorAlgebra.norm(view), ROUNDING * x.norm());
        NDArray unfolded = x.unfold(2).array(manager);
        x.assertAlmost(TensorAlgebra.fold(unfolded.transpose().duplicate().transpose(), 2, view.getShape()), 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"3 2 4 2", "1 1 5 1", "2 3 1 3", "1 4 1 4"})
    void kroneckerAndKhatriRaoAreTheLoops(String sizes) {
        int[] s = Arrays.stream(sizes.split(" ")).mapToInt(Integer::parseInt).toArray();
        Loops a = Loops.random(random, s[0], s[1]);
        Loops b = Loops.random(random, s[2], s[3]);
        a.khatriRao(b).assertAlmost(TensorAlgebra.khatriRao(a.array(manager), b.array(manager)), ROUNDING);
        Loops c = Loops.random(random, s[3], s[2]);
        a.kronecker(c).assertAlmost(TensorAlgebra.kronecker(a.array(manager), c.array(manager)), ROUNDING);
    }

    @Test
    void productsInDifferentModesCommuteAndInOneModeCompose() {
        NDArray x = random(3, 4, 2);
        NDArray a = random(5, 3);
        NDArray b = random(2, 4);
        NDArray c = random(3, 5);
        assertSame(
                TensorAlgebra.product(TensorAlgebra.product(x, a, 1), b, 2),
                TensorAlgebra.product(TensorAlgebra.product(x, b, 2), a, 1));
        assertSame(
                TensorAlgebra.product(TensorAlgebra.product(x, a, 1), c, 1), TensorAlgebra.product(x, c.matMul(a), 1));
        assertSame(a.matMul(TensorAlgebra.unfold(x, 1)), TensorAlgebra.unfold(TensorAlgebra.product(x, a, 1), 1));
    }

    /** {@code (A kron B)(C kron D) = AC kron BD}; {@code (A kr B)'(A kr B) = A'A * B'B}; Kolda and Bader, section 2.6. */
    @Test
    void kroneckerAndKhatriRaoIdentitiesHold() {
        NDArray a = random(3, 2);
        NDArray b = random(4, 2);
        NDArray c = random(2, 5);
        NDArray d = random(2, 3);
        assertSame(
                TensorAlgebra.kronecker(a, b).matMul(TensorAlgebra.kronecker(c, d)),
                TensorAlgebra.kronecker(a.matMul(c), b.matMul(d)));
        NDArray product = TensorAlgebra.khatriRao(a, b);
        assertSame(
                product.transpose().matMul(product),
                a.transpose().matMul(a).mul(b.transpose().matMul(b)));
    }

    /** {@code X(1) = A G(1) (C kron B)'} and {@code X(1) = A (C kr B)'}, and so on for the other modes. */
    @Test
    void tuckerAndCpTensorsUnfoldAsTheClassCommentSays() {
        NDArray core = random(2, 3, 2);
        List<NDArray> factors = List.of(random(4, 2), random(5, 3), random(3, 2));
        NDArray x = core;
        for (int mode = 1; mode <= 3; mode++) {
            x = TensorAlgebra.product(x, factors.get(mode - 1), mode);
        }
        List<NDArray> columns = List.of(random(4, 2), random(5, 2), random(3, 2));
        NDArray cp = Loops.each(p -> cp(columns, p), 4, 5, 3).array(manager);
        for (int mode = 1; mode <= 3; mode++) {
            int last = mode == 3 ? 1 : 2;
            int first = mode == 1 ? 1 : 0;
            NDArray kronecker = TensorAlgebra.kronecker(factors.get(last), factors.get(first));
            assertSame(
                    TensorAlgebra.unfold(x, mode),
                    factors.get(mode - 1)
                            .matMul(TensorAlgebra.unfold(core, mode))
                            .matMul(kronecker.transpose()));
            NDArray khatriRao = TensorAlgebra.khatriRao(columns.get(last), columns.get(first));
            assertSame(TensorAlgebra.unfold(cp, mode), columns.get(mode - 1).matMul(khatriRao.transpose()));
        }
    }

    private static double cp(List<NDArray> columns, int[] place) {
        double sum = 0;
        for (int r = 0; r < 2; r++) {
            double product = 1;
            for (int mode = 0; mode < 3; mode++) {
                product *= columns.get(mode).getDouble(place[mode], r);
            }
            sum += product;
        }
        return sum;
    }

    @Test
    void normsAndInnerProductsAreAddedUpInDoublePrecision() {
        Loops x = Loops.random(random, 3, 4, 2);
        Loops y = Loops.random(random, 3, 4, 2);
        assertEquals(x.inner(y), TensorAlgebra.inner(x.array(manager), y.array(manager)), ROUNDING * x.norm());
        assertEquals(x.norm(), TensorAlgebra.norm(x.array(manager)), ROUNDING * x.norm());
        assertEquals(
                x.relativeError(y), TensorAlgebra.relativeError(x.array(manager), y.array(manager)), ROUNDING * 10);
        NDArray floats = manager.create(new float[] {1e4f, 1e-4f});
        assertEquals(Math.sqrt(1e8 + 1e-8), TensorAlgebra.norm(floats), 1e-3 * 1e-12);
        NDArray large = manager.full(new Shape(2), 1e30f);
        assertEquals(Math.sqrt(2) * 1e30f, TensorAlgebra.norm(large), 1e17);
    }

    @Test
    void nothingIsLeftBehindByNumbers() {
        NDArray x = random(3, 4).toType(DataType.FLOAT32, false);
        int before = manager.getManagedArrays().size();
        TensorAlgebra.norm(x);
        TensorAlgebra.inner(x, x);
        TensorAlgebra.relativeError(x, x);
        assertEquals(before, manager.getManagedArrays().size());
    }

    @Test
    void whatDoesNotFitIsRefusedWithItsNumbers() {
        NDArray x = random(3, 4, 2);
        NDArray matrix = random(5, 4);
        assertRefused("modes 1 to 3, not 0", () -> TensorAlgebra.unfold(x, 0));
        assertRefused("modes 1 to 3, not 4", () -> TensorAlgebra.product(x, matrix, 4));
        assertRefused("modes 1 to 3, not -1", () -> TensorAlgebra.fold(matrix, -1, new Shape(3, 4, 2)));
        assertRefused("matrix: a mode-1 product with a tensor (3, 4, 2) needs 3 columns, not a matrix (5, 4)", () -> {
            TensorAlgebra.product(x, matrix, 1);
        });
        assertRefused("matrix: a matrix is needed, not an array (3, 4, 2)", () -> TensorAlgebra.product(x, x, 1));
        assertRefused("(4, 6), not (5, 4)", () -> TensorAlgebra.fold(matrix, 2, new Shape(3, 4, 2)));
        assertRefused("a: a matrix is needed, not an array (3, 4, 2)", () -> TensorAlgebra.kronecker(x, matrix));
        assertRefused("b: a matrix is needed, not an array (3, 4, 2)", () -> TensorAlgebra.khatriRao(matrix, x));
        assertRefused("b: ", () -> TensorAlgebra.khatriRao(matrix, random(5, 3)));
        assertRefused("y: ", () -> TensorAlgebra.inner(x, matrix));
        assertRefused("approximation: ", () -> TensorAlgebra.relativeError(x, matrix));
    }

    private static void assertRefused(String words, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(words), message);
    }

    private NDArray random(int... shape) {
        return Loops.random(random, shape).array(manager);
    }

    private static void assertSame(NDArray expected, NDArray actual) {
        Loops.of(expected).assertAlmost(actual, ROUNDING);
    }
}
