package org.crunet.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TuckerTest {

    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    private static int[] numbers(String text) {
        return Arrays.stream(text.split(" ")).mapToInt(Integer::parseInt).toArray();
    }

    @ParameterizedTest
    @CsvSource({"6 5 4, 3 2 2", "9 2, 2 2", "3 8 1 4, 2 3 1 2", "4 3 2 3 5, 2 2 2 2 2", "40 3 3, 5 2 3"})
    void factorsAreOrthonormalAndIterationBetweenHosvdAndAnNthRootOfIt(String sizes, String ranks) {
        Loops x = Loops.random(new Random(1), numbers(sizes));
        NDArray array = x.array(manager);
        Decomposition hosvd = Tucker.of(array, numbers(ranks)).hosvd();
        Decomposition hooi = Tucker.of(array, numbers(ranks)).factorise();
        int modes = numbers(sizes).length;
        assertTrue(hooi.relativeError() <= hosvd.relativeError() + 1e-9, hooi + " after " + hosvd);
        assertTrue(hosvd.relativeError() <= Math.sqrt(modes) * hooi.relativeError() + 1e-9);
        assertEquals(Convergence.Ending.DIRECT, hosvd.convergence().ending());
        assertEquals(Convergence.Ending.CONVERGED, hooi.convergence().ending());
        for (Decomposition found : List.of(hosvd, hooi)) {
            assertEquals(1, found.termCount());
            long parameters = IntStream.of(numbers(ranks)).reduce(1, (a, b) -> a * b);
            for (int mode = 1; mode <= modes; mode++) {
                NDArray factor = found.factor(mode);
                int rank = numbers(ranks)[mode - 1];
                Loops.each(place -> place[0] == place[1] ? 1 : 0, rank, rank)
                        .assertAlmost(factor.transpose().matMul(factor), 1e-12);
                parameters += factor.size();
            }
            assertEquals(parameters, found.parameters());
            DecompositionTest.assertTermsAddUp(found);
            coreIsTheProjection(x, found);
        }
    }

    /** {@code G = X x1 A1' x2 A2' ...}, and for orthonormal factors {@code ||X - X~||^2 = ||X||^2 - ||G||^2}. */
    private static void coreIsTheProjection(Loops x, Decomposition found) {
        List<Loops> transposed = found.terms().get(0).factors().stream()
                .map(factor -> Loops.of(factor.transpose()))
                .toList();
        Loops core = x.tucker(transposed);
        core.assertAlmost(found.terms().get(0).core(), 1e-12);
        double rest = Math.max(0, 1 - Math.pow(core.norm() / x.norm(), 2));
        assertEquals(Math.sqrt(rest), found.relativeError(), 1e-7);
    }

    @ParameterizedTest
    @CsvSource({"6 5 4", "20 4 5", "3 2 3 2 3", "1 4 4", "5 5"})
    void fullRanksAreExact(String sizes) {
        int[] full = numbers(sizes);
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            Loops x = Loops.random(new Random(2), full);
            Decomposition found = Tucker.of(x.array(manager, type), full).factorise();
            double rounding = type == DataType.FLOAT32 ? 2e-6 : 1e-13;
            assertTrue(found.relativeError() < rounding, found.toString());
            x.assertAlmost(found.rebuild(), 10 * rounding);
            assertEquals(Convergence.Ending.CONVERGED, found.convergence().ending());
        }
    }

    @Test
    void plantedRanksAreRecovered() {
        Random random = new Random(3);
        Loops x = Loops.random(random, 2, 3, 2)
                .tucker(List.of(Loops.random(random, 7, 2), Loops.random(random, 6, 3), Loops.random(random, 5, 2)));
        Decomposition found = Tucker.of(x.array(manager), 2, 3, 2).factorise();
        assertTrue(found.relativeError() < 1e-12, found.toString());
        assertTrue(Tucker.of(x.array(manager), 2, 2, 2).factorise().relativeError() > 1e-3);
    }

    /** The best matrix of a rank is known: Eckart and Young. */
    @Test
    void ofAMatrixItIsTheSingularValueDecomposition() {
        Random random = new Random(4);
        NDArray left = Tucker.of(Loops.random(random, 8, 4).array(manager), 4, 4)
                .hosvd()
                .factor(1);
        NDArray right = Tucker.of(Loops.random(random, 6, 4).array(manager), 4, 4)
                .hosvd()
                .factor(1);
        NDArray matrix = left.mul(manager.create(new double[] {8, 4, 2, 1})).matMul(right.transpose());
        double norm = Math.sqrt(64 + 16 + 4 + 1);
        double[] errors = {Math.sqrt(21) / norm, Math.sqrt(5) / norm, 1 / norm};
        for (int rank = 1; rank <= 3; rank++) {
            assertEquals(errors[rank - 1], Tucker.of(matrix, rank, rank).hosvd().relativeError(), 1e-12);
            assertEquals(errors[rank - 1], Cp.of(matrix, rank).factorise().relativeError(), 1e-6);
        }
    }

    @Test
    void channelsLeaveThePixelsAlone() {
        NDArray kernel = Loops.random(new Random(5), 6, 5, 3, 3).array(manager);
        Decomposition found = Tucker.channels(kernel, new Rank(2, 4)).factorise();
        assertEquals(6 * 4 + 5 * 2 + 4 * 2 * 9, found.parameters());
        Loops identity = Loops.each(place -> place[0] == place[1] ? 1 : 0, 3, 3);
        identity.assertAlmost(found.factor(3), 0);
        identity.assertAlmost(found.factor(4), 0);
        Decomposition all = Tucker.of(kernel, 4, 2, 3, 3).factorise();
        assertEquals(all.relativeError(), found.relativeError(), 1e-3);
        assertTrue(found.relativeError()
                < Tucker.of(kernel, 4, 2, 2, 3).factorise().relativeError());
    }

    @Test
    void ranksThatNoTensorNeedsAreRefused() {
        NDArray x = Loops.random(new Random(5), 6, 5, 4).array(manager);
        BlockTermsTest.assertRefused("ranks: that of mode 2 must be from 1 to 5 for the tensor (6, 5, 4)", () -> {
            Tucker.of(x, 6, 6, 4);
        });
        BlockTermsTest.assertRefused(
                "that of mode 3 must be from 1 to 4 for the tensor (6, 5, 4) and the ranks [6, 5, 0], not 0",
                () -> Tucker.of(x, 6, 5, 0));
        BlockTermsTest.assertRefused("ranks: that of mode 1 must be from 1 to 2", () -> Tucker.of(x, 3, 2, 1));
        BlockTermsTest.assertRefused("3 modes and needs as many ranks, not [2, 2]", () -> Tucker.of(x, 2, 2));
        BlockTermsTest.assertRefused("tensor: a tensor of two or more modes", () -> {
            Tucker.of(manager.create(new double[] {1, 2}), 1);
        });
        BlockTermsTest.assertRefused("rank: out=7", () -> Tucker.channels(x.expandDims(3), new Rank(5, 7)));
        BlockTermsTest.assertRefused("kernel: a kernel", () -> Tucker.channels(x, new Rank(1, 1)));
        BlockTermsTest.assertRefused("tensor: the tensor (6, 5, 4) is all zeros", () -> {
            Tucker.of(x.zerosLike(), 1, 1, 1);
        });
        BlockTermsTest.assertRefused("tensor: its norm must be from", () -> Tucker.of(x.mul(1e-150), 1, 1, 1));
        BlockTermsTest.assertRefused("too large to be squared", () -> Tucker.of(x.mul(1e200), 1, 1, 1));
    }
}
