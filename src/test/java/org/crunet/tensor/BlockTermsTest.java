package org.crunet.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlockTermsTest {

    /** Every second to fourth start finds the planted terms, in some thirty sweeps; the first that does is the last. */
    private static final AlsSettings MANY = new AlsSettings(150, 3e-3, 25, 1);

    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    /** Terms, core (out, in), kernel (out, in, height, width): square, tall, wide, without pixels to speak of. */
    @ParameterizedTest
    @CsvSource({
        "1, 3, 2, 12, 10, 3, 3", "3, 2, 2, 12, 10, 3, 3", "4, 2, 3, 16, 18, 3, 3", "6, 1, 1, 8, 8, 3, 3",
        "2, 4, 3, 20, 7, 3, 3", "3, 2, 2, 24, 12, 1, 5", "3, 2, 1, 7, 9, 5, 5", "8, 1, 1, 12, 16, 2, 2"
    })
    void plantedTermsAreRecoveredFromRandomStarts(int terms, int m, int l, int out, int in, int height, int width) {
        for (int seed = 1; seed <= 2; seed++) {
            Planted planted = Planted.kernel(new Random(seed), terms, new Rank(l, m), out, in, height, width);
            NDArray kernel = planted.kernel(0).array(manager);
            Decomposition found = BlockTerms.of(kernel, terms, new Rank(l, m)).factorise(MANY.withSeed(seed + 100));
            assertTrue(found.relativeError() < 1e-6, seed + ": " + found);
            assertEquals(terms, found.termCount());
            planted.matches(found, 0, 1e-4);
            planted.kernel(0).assertAlmost(found.rebuild(), 1e-5);
            assertEquals(
                    (long) terms * (out * m + in * l + m * l * height * width), found.parameters(), found.toString());
        }
    }

    @Test
    void oneTermIsTuckerOfTheChannelsWhichNothingOfThisFormBeats() {
        Loops noise = Loops.random(new Random(5), 9, 8, 3, 3);
        NDArray kernel = noise.array(manager);
        Rank rank = new Rank(3, 4);
        Decomposition tucker = Tucker.channels(kernel, rank).factorise();
        assertEquals(
                tucker.relativeError(),
                BlockTerms.of(kernel, 1, rank).factorise().relativeError());
        double collective = Collective.of(List.of(kernel), 1, rank)
                .factorise(AlsSettings.DEFAULT.withTolerance(1e-10))
                .relativeError();
        assertEquals(tucker.relativeError(), collective, 1e-4);
        Planted planted = Planted.kernel(new Random(6), 1, rank, 9, 8, 3, 3);
        assertTrue(tucker.relativeError() < noise.relativeError(planted.kernel(0)));
    }

    /** With cores of one channel, every term is a rank-one term of (out, in, pixels). */
    @Test
    void coresOfOneChannelAreACpOfThePixels() {
        NDArray kernel = Loops.random(new Random(5), 6, 5, 3, 3).array(manager);
        for (int terms : new int[] {1, 3, 6}) {
            double cp = Cp.of(kernel.reshape(6, 5, 9), terms)
                    .factorise(AlsSettings.DEFAULT.withTolerance(1e-4))
                    .relativeError();
            double blocks = BlockTerms.of(kernel, terms, new Rank(1, 1))
                    .factorise(AlsSettings.DEFAULT.withTolerance(1e-4))
                    .relativeError();
            assertEquals(cp, blocks, 0.02, terms + " terms");
        }
    }

    @Test
    void moreTermsAreNoWorseAndTheMostAreExact() {
        NDArray kernel = Loops.random(new Random(8), 6, 4, 3, 3).array(manager, DataType.FLOAT32);
        double before = 1;
        for (int terms = 1; terms <= 6; terms++) {
            Decomposition found = BlockTerms.of(kernel, terms, new Rank(2, 2)).factorise();
            assertTrue(found.relativeError() < Math.max(before, 1e-5), terms + ": " + found);
            before = found.relativeError();
        }
        assertTrue(before < 1e-4, "six terms are blocks cut from the kernel: " + before);
    }

    /** More unknowns in the cores than are solved for directly. */
    @Test
    void manyCoresAreFoundByConjugateGradients() {
        NDArray kernel = Loops.random(new Random(9), 64, 64, 1, 3).array(manager, DataType.FLOAT32);
        Decomposition found = BlockTerms.of(kernel, 9, new Rank(16, 16)).factorise(new AlsSettings(5, 1e-6, 1, 1));
        DecompositionTest.assertNeverRises(found.convergence());
        List<Double> errors = found.convergence().errors();
        assertTrue(errors.get(errors.size() - 1) < errors.get(0), errors.toString());
        assertEquals(errors.get(errors.size() - 1), found.relativeError(), 1e-5);
    }

    /** {@code W[o, i] = sum_r A4_r[o, m] G_r[m, l] A3_r[i, l]} of the three weights of a bottleneck. */
    @ParameterizedTest
    @CsvSource({"1, 3, 2, 5, 4, 3, 3", "4, 2, 3, 6, 5, 3, 1", "3, 1, 1, 2, 7, 5, 5"})
    void weightsOfABottleneckAreReadAsTheirTerms(int terms, int m, int l, int out, int in, int height, int width) {
        Random random = new Random(2);
        Loops reduce = Loops.random(random, terms * l, in, 1, 1);
        Loops core = Loops.random(random, terms * m, l, height, width);
        Loops expand = Loops.random(random, out, terms * m, 1, 1);
        Loops dense = Loops.each(
                place -> {
                    double sum = 0;
                    for (int r = 0; r < terms; r++) {
                        for (int a = 0; a < m; a++) {
                            for (int b = 0; b < l; b++) {
                                sum += expand.at(place[0], r * m + a, 0, 0)
                                        * core.at(r * m + a, b, place[2], place[3])
                                        * reduce.at(r * l + b, place[1], 0, 0);
                            }
                        }
                    }
                    return sum;
                },
                out,
                in,
                height,
                width);
        NDArray middle = core.array(manager);
        Decomposition read = BlockTerms.read(reduce.array(manager), middle, expand.array(manager));
        assertEquals(terms, read.termCount());
        assertEquals(0, read.relativeError());
        assertEquals(Convergence.Ending.READ, read.convergence().ending());
        dense.assertAlmost(read.rebuild(), 1e-13);
        DecompositionTest.assertTermsAddUp(read);
        reduce.assertAlmost(read.layers().get(0).weight(), 0);
        core.assertAlmost(read.layers().get(1).weight(), 0);
        expand.assertAlmost(read.layers().get(2).weight(), 0);
        assertEquals(terms, read.layers().get(1).groups());
    }

    @Test
    void weightsThatDoNotFollowOnEachOtherAreRefused() {
        NDArray reduce = manager.ones(new Shape(6, 5, 1, 1));
        NDArray core = manager.ones(new Shape(4, 3, 3, 3));
        NDArray expand = manager.ones(new Shape(7, 4, 1, 1));
        assertEquals(2, BlockTerms.read(reduce, core, expand).termCount());
        assertRefused("(6, 5, 3, 3)", () -> BlockTerms.read(manager.ones(new Shape(6, 5, 3, 3)), core, expand));
        assertRefused("(7, 5, 1, 1)", () -> BlockTerms.read(manager.ones(new Shape(7, 5, 1, 1)), core, expand));
        assertRefused("(2, 5, 1, 1)", () -> BlockTerms.read(manager.ones(new Shape(2, 5, 1, 1)), core, expand));
        assertRefused("(5, 3, 3, 3)", () -> BlockTerms.read(reduce, manager.ones(new Shape(5, 3, 3, 3)), expand));
        assertRefused("(7, 5, 1, 1)", () -> BlockTerms.read(reduce, core, manager.ones(new Shape(7, 5, 1, 1))));
        assertRefused("(7, 4, 3, 3)", () -> BlockTerms.read(reduce, core, manager.ones(new Shape(7, 4, 3, 3))));
        assertRefused("(7, 4)", () -> BlockTerms.read(reduce, core, manager.ones(new Shape(7, 4))));
        assertRefused("not [float64, float32, float32]", () -> {
            BlockTerms.read(reduce.toType(DataType.FLOAT64, true), core, expand);
        });
    }

    @Test
    void whatCannotBeFactorisedIsRefusedWithItsName() {
        NDArray kernel = Loops.random(new Random(2), 6, 4, 3, 3).array(manager);
        assertRefused("kernel: a kernel (out, in, height, width) is needed, not an array (6, 4, 9)", () -> {
            BlockTerms.of(kernel.reshape(6, 4, 9), 1, new Rank(1, 1));
        });
        assertRefused("terms: at least one is needed, not 0", () -> BlockTerms.of(kernel, 0, new Rank(1, 1)));
        assertRefused("terms: 25 terms", () -> BlockTerms.of(kernel, 25, new Rank(1, 1)));
        assertRefused("rank: in=5", () -> BlockTerms.of(kernel, 1, new Rank(5, 5)));
        assertRefused("rank: out=7", () -> BlockTerms.of(kernel, 1, new Rank(4, 7)));
        assertRefused("in=0", () -> new Rank(0, 1));
        assertRefused("out=-2", () -> new Rank(1, -2));
        NDArray narrow = Loops.random(new Random(2), 6, 4, 1, 1).array(manager);
        assertRefused("rank: a core of in=1, out=2 over 1 pixels", () -> BlockTerms.of(narrow, 1, new Rank(1, 2)));
        assertRefused("kernel: the tensor (6, 4, 3, 3) is all zeros", () -> {
            BlockTerms.of(kernel.zerosLike(), 1, new Rank(1, 1));
        });
        assertRefused("kernel: ", () -> BlockTerms.of(kernel.toType(DataType.INT32, true), 1, new Rank(1, 1)));
    }

    @Test
    void whatIsNotANumberIsSaidWithItsPlace() {
        for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            float[] values = new float[6 * 4 * 3 * 3];
            Arrays.fill(values, 1);
            values[4 * 9 + 9 + 5] = value;
            NDArray kernel = manager.create(values, new Shape(6, 4, 3, 3));
            List<Executable> all = new ArrayList<>();
            all.add(() -> BlockTerms.of(kernel, 2, new Rank(1, 1)));
            all.add(() -> Cp.of(kernel, 2));
            all.add(() -> Tucker.of(kernel, 1, 1, 1, 1));
            all.add(() -> Tucker.channels(kernel, new Rank(1, 1)));
            all.add(() -> Collective.of(List.of(kernel.onesLike(), kernel), 2, new Rank(1, 1)));
            all.forEach(call -> assertRefused(
                    "1 of its 216 numbers are NaN or infinite, the first is " + value + " at [1, 1, 1, 2]", call));
            assertRefused("kernels.get(1): ", all.get(4));
        }
    }

    static void assertRefused(String words, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(words), message);
    }
}
