package org.crunet.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CollectiveTest {

    private static final AlsSettings MANY = new AlsSettings(150, 3e-3, 30, 1);
    private static final Set<Factor> PAPER = Set.of(Factor.IN, Factor.CORE);

    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    private List<NDArray> arrays(Planted planted, int count) {
        return IntStream.range(0, count)
                .mapToObj(kernel -> planted.kernel(kernel).array(manager))
                .toList();
    }

    /**
     * Kernels with one input factor and one list of cores: every term comes back, and with it the span of its input factor,
     * which is all that is determined of it; of a single column, that is the column up to its scale.
     */
    @ParameterizedTest
    @CsvSource({"1, 1, 5, 3, 3", "1, 2, 3, 3, 3", "2, 2, 2, 3, 3", "1, 1, 4, 1, 3", "2, 1, 3, 5, 5"})
    void plantedSharedFactorsAreRecovered(int l, int m, int terms, int height, int width) {
        int[] out = {6, 9, 7};
        Rank rank = new Rank(l, m);
        Planted planted = Planted.stack(new Random(11), terms, rank, PAPER, 10, height, width, out);
        CollectiveDecomposition found =
                Collective.of(arrays(planted, 3), terms, rank).factorise(MANY);
        assertTrue(found.relativeError() < 1e-6, found.toString());
        int[] first = planted.matches(found.units().get(0), 0, 1e-4);
        for (int kernel = 0; kernel < 3; kernel++) {
            Decomposition unit = found.units().get(kernel);
            assertTrue(Arrays.equals(first, planted.matches(unit, kernel, 1e-4)), "the same order in all kernels");
            assertSame(found.units().get(0).factor(2), unit.factor(2));
            assertSame(found.units().get(0).cores(), unit.cores());
            for (int r = 0; r < terms; r++) {
                Term term = unit.terms().get(first[r]);
                assertSpan(planted.in(kernel, r), term.factor(2));
                assertSpan(planted.out(kernel, r), term.factor(1));
                if (l * m == 1) {
                    assertSpan(column(planted.core(kernel, r)), term.core().reshape(-1, 1));
                }
            }
        }
        long parameters = 10L * terms * l + (long) terms * m * l * height * width + 22L * terms * m;
        assertEquals(parameters, found.parameters());
        assertTrue(found.toString().contains("3 kernels, " + terms + " terms each"), found.toString());
    }

    /** Columns of the one are combinations of columns of the other, whatever the basis. */
    private void assertSpan(Loops planted, NDArray found) {
        NDArray gram = found.transpose().matMul(found);
        NDArray projected = found.matMul(
                Doubles.solve(gram, planted.array(manager).transpose().matMul(found))
                        .transpose());
        assertTrue(planted.relativeError(Loops.of(projected)) < 1e-4);
    }

    private static Loops column(Loops core) {
        return Loops.each(
                place -> core.at(0, 0, place[0] / core.size(4), place[0] % core.size(4)),
                core.size(3) * core.size(4),
                1);
    }

    static Stream<Set<Factor>> choices() {
        return Planted.choices().stream();
    }

    @ParameterizedTest
    @Tag("slow")
    @MethodSource("choices")
    void everyChoiceOfWhatIsSharedIsFoundAndCounted(Set<Factor> shared) {
        Rank rank = new Rank(2, 1);
        int terms = 3;
        Planted planted = Planted.stack(new Random(13), terms, rank, shared, 9, 3, 3, 8, 8);
        List<NDArray> kernels = arrays(planted, 2);
        CollectiveDecomposition found = Collective.of(kernels, terms, rank)
                .sharing(shared.toArray(Factor[]::new))
                .factorise(MANY.withStarts(60));
        assertTrue(found.relativeError() < 1e-6, shared + ": " + found);
        Decomposition one = found.units().get(0);
        Decomposition two = found.units().get(1);
        assertEquals(shared.contains(Factor.OUT), one.factor(1) == two.factor(1));
        assertEquals(shared.contains(Factor.IN), one.factor(2) == two.factor(2));
        assertEquals(shared.contains(Factor.CORE), one.cores() == two.cores());
        long out = 8 * terms;
        long in = 9 * terms * 2;
        long core = terms * 2 * 9;
        assertEquals(
                (shared.contains(Factor.OUT) ? 1 : 2) * out
                        + (shared.contains(Factor.IN) ? 1 : 2) * in
                        + (shared.contains(Factor.CORE) ? 1 : 2) * core,
                found.parameters());
        for (int kernel = 0; kernel < 2; kernel++) {
            Loops.of(kernels.get(kernel)).assertAlmost(found.rebuild().get(kernel), 1e-5);
            assertTrue(found.units().get(kernel).relativeError() < 1e-5);
        }
        DecompositionTest.assertNeverRises(found.convergence());
    }

    /** What is shared restricts what can be said: fewer parameters, no smaller an error. */
    @Test
    void sharingMoreIsNoBetter() {
        List<NDArray> kernels = Stream.of(1, 2, 3)
                .map(seed -> Loops.random(new Random(seed), 6, 5, 3, 3).array(manager))
                .toList();
        Collective collective = Collective.of(kernels, 2, new Rank(2, 2));
        AlsSettings settings = AlsSettings.DEFAULT.withTolerance(1e-5);
        CollectiveDecomposition none = collective.sharing().factorise(settings);
        CollectiveDecomposition in = collective.sharing(Factor.IN).factorise(settings);
        CollectiveDecomposition paper = collective.factorise(settings);
        CollectiveDecomposition all = collective.sharing(Factor.values()).factorise(settings);
        assertTrue(none.relativeError() < in.relativeError());
        assertTrue(in.relativeError() < paper.relativeError());
        assertTrue(paper.relativeError() < all.relativeError());
        assertTrue(none.parameters() > in.parameters() && in.parameters() > paper.parameters());
        assertTrue(paper.parameters() > all.parameters());
    }

    @Test
    void oneKernelIsItsBlockTerms() {
        NDArray kernel = Loops.random(new Random(1), 6, 5, 3, 3).array(manager);
        CollectiveDecomposition found =
                Collective.of(List.of(kernel), 3, new Rank(2, 1)).factorise();
        Decomposition blocks = BlockTerms.of(kernel, 3, new Rank(2, 1)).factorise();
        assertEquals(blocks.rebuild(), found.rebuild().get(0));
        assertEquals(blocks.parameters(), found.parameters());
        assertEquals(blocks.relativeError(), found.relativeError(), 1e-15);
    }

    /** The kernels with the input factor and cores in common are one kernel, their outputs one after the other. */
    @Test
    void kernelsThatShareAreOneKernelOfAllTheirOutputs() {
        NDArray a = Loops.random(new Random(1), 4, 5, 3, 3).array(manager);
        NDArray b = Loops.random(new Random(2), 6, 5, 3, 3).array(manager);
        AlsSettings settings = AlsSettings.DEFAULT.withStarts(6);
        CollectiveDecomposition two =
                Collective.of(List.of(a, b), 3, new Rank(1, 1)).factorise(settings);
        Decomposition one = BlockTerms.of(a.concat(b), 3, new Rank(1, 1)).factorise(settings);
        assertEquals(one.relativeError(), two.relativeError(), 5e-3);
        assertEquals(one.parameters(), two.parameters());
    }

    @Test
    void theErrorOfAllIsThatOfTheirStack() {
        NDArray a = Loops.random(new Random(1), 4, 5, 3, 3).array(manager, DataType.FLOAT32);
        NDArray b = a.mul(0.1).add(Loops.random(new Random(2), 4, 5, 3, 3).array(manager, DataType.FLOAT32));
        CollectiveDecomposition found =
                Collective.of(List.of(a, b), 2, new Rank(1, 1)).factorise();
        NDArray rebuilt = found.rebuild().get(0).concat(found.rebuild().get(1));
        double measured = Loops.of(a.concat(b)).relativeError(Loops.of(rebuilt));
        assertEquals(measured, found.relativeError(), 1e-6);
        List<Double> errors = found.convergence().errors();
        assertEquals(errors.get(errors.size() - 1), found.relativeError(), 1e-6);
        assertEquals(
                Loops.of(b).relativeError(Loops.of(found.rebuild().get(1))),
                found.units().get(1).relativeError(),
                1e-6);
        found.units().forEach(DecompositionTest::assertTermsAddUp);
    }

    /** A core may have more outputs than one of the kernels, as long as all of them together have as many. */
    @Test
    void aKernelMayHaveFewerOutputsThanTheCore() {
        List<NDArray> kernels = Stream.of(1, 2, 3)
                .map(seed -> Loops.random(new Random(seed), 2, 6, 3, 3).array(manager))
                .toList();
        for (int terms = 1; terms <= 2; terms++) {
            CollectiveDecomposition found =
                    Collective.of(kernels, terms, new Rank(3, 5)).factorise();
            assertEquals(
                    new Shape(2, 5L * terms), found.units().get(0).factor(1).getShape());
            double separate = found.relativeError();
            assertTrue(separate < 0.9, found.toString());
            found.units().forEach(DecompositionTest::assertTermsAddUp);
        }
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() {
        NDArray a = Loops.random(new Random(1), 4, 5, 3, 3).array(manager);
        NDArray b = Loops.random(new Random(1), 6, 5, 3, 3).array(manager);
        Rank one = new Rank(1, 1);
        BlockTermsTest.assertRefused("kernels: at least one", () -> Collective.of(List.of(), 1, one));
        BlockTermsTest.assertRefused("kernels.get(1): kernels that share", () -> {
            Collective.of(List.of(a, Loops.random(new Random(1), 4, 6, 3, 3).array(manager)), 1, one);
        });
        BlockTermsTest.assertRefused("kernels.get(1): kernels that share", () -> {
            Collective.of(List.of(a, Loops.random(new Random(1), 4, 5, 1, 3).array(manager)), 1, one);
        });
        BlockTermsTest.assertRefused("kernels.get(1): kernels that share", () -> {
            Collective.of(List.of(a, a.toType(DataType.FLOAT32, true)), 1, one);
        });
        BlockTermsTest.assertRefused("kernels.get(1): the tensor (4, 5, 3, 3) is all zeros", () -> {
            Collective.of(List.of(a, a.zerosLike()), 1, one);
        });
        BlockTermsTest.assertRefused("terms: at least one", () -> {
            Collective.of(List.of(a, b), 0, one);
        });
        BlockTermsTest.assertRefused("terms: 51 terms", () -> Collective.of(List.of(a, b), 51, one));
        BlockTermsTest.assertRefused("rank: in=6", () -> Collective.of(List.of(a, b), 1, new Rank(6, 6)));
        BlockTermsTest.assertRefused("factors: the output factor", () -> {
            Collective.of(List.of(a, b), 1, one).sharing(Factor.OUT);
        });
    }
}
