package org.crunet.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CpTest {

    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    private static List<Loops> columns(Random random, int rank, int... shape) {
        return IntStream.of(shape)
                .mapToObj(size -> Loops.random(random, size, rank))
                .toList();
    }

    private static Loops sum(List<Loops> columns) {
        int[] shape = columns.stream().mapToInt(column -> column.size(1)).toArray();
        return Loops.each(
                place -> {
                    double sum = 0;
                    for (int r = 0; r < columns.get(0).size(2); r++) {
                        double product = 1;
                        for (int mode = 0; mode < place.length; mode++) {
                            product *= columns.get(mode).at(place[mode], r);
                        }
                        sum += product;
                    }
                    return sum;
                },
                shape);
    }

    @ParameterizedTest
    @CsvSource({"6 5 4, 3", "5 6 3 3, 4", "3 4 3 2 4, 3", "10 2 9, 2", "7 6 5, 1"})
    void plantedColumnsAreRecoveredUpToScaleAndOrder(String sizes, int rank) {
        int[] shape =
                Arrays.stream(sizes.split(" ")).mapToInt(Integer::parseInt).toArray();
        List<Loops> planted = columns(new Random(1), rank, shape);
        Decomposition found = Cp.of(sum(planted).array(manager), rank).factorise(AlsSettings.DEFAULT.withStarts(20));
        assertTrue(found.relativeError() < 1e-6, found.toString());
        assertEquals((long) rank * IntStream.of(shape).sum(), found.parameters());
        DecompositionTest.assertTermsAddUp(found);
        List<Integer> order = new ArrayList<>();
        for (int r = 0; r < rank; r++) {
            order.add(match(planted, r, found));
        }
        assertEquals(rank, order.stream().distinct().count(), order.toString());
    }

    /** The term whose columns are parallel to the planted ones in every mode. */
    private static int match(List<Loops> planted, int r, Decomposition found) {
        for (int other = 0; other < found.termCount(); other++) {
            double least = 1;
            for (int mode = 1; mode <= planted.size(); mode++) {
                Loops a = planted.get(mode - 1).columns(r, r + 1);
                Loops b = Loops.of(found.factor(mode)).columns(other, other + 1);
                least = Math.min(least, Math.abs(a.inner(b)) / (a.norm() * b.norm()));
            }
            if (least > 1 - 1e-8) {
                return other;
            }
        }
        throw new AssertionError("term " + r + " is not among those found: " + found);
    }

    /** The columns of a term have the same norm in all modes, and the cores are ones. */
    @Test
    void columnsAreBalanced() {
        NDArray x = Loops.random(new Random(1), 6, 5, 4).array(manager).mul(1000);
        Decomposition found = Cp.of(x, 3).factorise();
        assertEquals(manager.ones(new Shape(3, 1, 1, 1)).toType(x.getDataType(), false), found.cores());
        Loops norms = Loops.of(found.factor(1).square().sum(new int[] {0}));
        norms.assertAlmost(found.factor(2).square().sum(new int[] {0}), 1e-12);
        norms.assertAlmost(found.factor(3).square().sum(new int[] {0}), 1e-12);
    }

    /** One sweep by the textbook: {@code A = X(1) (C kr B) (C'C * B'B)^-1}, and so on, and the error of what it gives. */
    @Test
    void aSweepIsTheTextbooksFromGivenFactors() {
        Random random = new Random(6);
        NDArray x = Loops.random(random, 6, 5, 4).array(manager);
        List<NDArray> factors = new ArrayList<>(
                columns(random, 3, 6, 5, 4).stream().map(f -> f.array(manager)).toList());
        Decomposition found = new Cp(x, 3, factors).factorise(new AlsSettings(2, 0, 7, 1));
        for (int sweep = 0; sweep < 2; sweep++) {
            for (int mode = 1; mode <= 3; mode++) {
                NDArray last = factors.get(mode == 3 ? 1 : 2);
                NDArray first = factors.get(mode == 1 ? 1 : 0);
                NDArray gram =
                        last.transpose().matMul(last).mul(first.transpose().matMul(first));
                NDArray right = TensorAlgebra.unfold(x, mode).matMul(TensorAlgebra.khatriRao(last, first));
                factors.set(mode - 1, right.matMul(gram.inverse()));
            }
            Loops approximation = sum(factors.stream().map(Loops::of).toList());
            assertEquals(
                    Loops.of(x).relativeError(approximation),
                    found.convergence().errors().get(sweep),
                    1e-10);
        }
        sum(factors.stream().map(Loops::of).toList()).assertAlmost(found.rebuild(), 1e-9);
        assertEquals(1, found.convergence().starts());
    }

    @Test
    void theLargestRankIsExactAndLargerOnesAreRefused() {
        NDArray x = Loops.random(new Random(5), 3, 4, 2).array(manager);
        assertTrue(Cp.of(x, 6).factorise().relativeError() < 1e-3);
        BlockTermsTest.assertRefused(
                "rank: it must be from 1 to 6, enough for any tensor (3, 4, 2), not 7", () -> Cp.of(x, 7));
        BlockTermsTest.assertRefused("not 0", () -> Cp.of(x, 0));
        BlockTermsTest.assertRefused("not -1", () -> Cp.of(x, -1));
        BlockTermsTest.assertRefused("tensor: the tensor (3, 4, 2) is all zeros", () -> Cp.of(x.zerosLike(), 1));
    }

    @Test
    void aStartOfZerosIsNoCrash() {
        NDArray x = Loops.random(new Random(5), 3, 4, 2).array(manager);
        List<NDArray> zeros = columns(new Random(1), 2, 3, 4, 2).stream()
                .map(f -> f.array(manager).zerosLike())
                .toList();
        assertEquals(1, new Cp(x, 2, zeros).factorise().relativeError(), 1e-12);
    }

    @Test
    void whatIsNullIsNamed() {
        Map<String, Executable> calls = Map.of(
                "tensor", () -> Cp.of(null, 2),
                "kernel", () -> BlockTerms.of(null, 2, new Rank(1, 1)),
                "weight", () -> BlockTerms.read(null));
        calls.forEach((name, call) -> assertEquals(
                name + " is null",
                assertThrows(NullPointerException.class, call).getMessage()));
    }
}
