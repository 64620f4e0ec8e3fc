package org.crunet.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.crunet.base.RecordedProgress;
import org.crunet.tensor.Convergence.Ending;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What all ways to factorise have in common. */
class DecompositionTest {

    private static final AlsSettings SHORT = AlsSettings.DEFAULT.withSweeps(30);

    /** The ways to factorise one kernel of at least six channels. */
    enum Method {
        TUCKER((kernel, settings) -> Tucker.of(kernel, 4, 3, 2, 3).factorise(settings)),
        CHANNELS((kernel, settings) -> Tucker.channels(kernel, new Rank(3, 4)).factorise(settings)),
        CP((kernel, settings) -> Cp.of(kernel, 5).factorise(settings)),
        BLOCK_TERMS(
                (kernel, settings) -> BlockTerms.of(kernel, 3, new Rank(2, 1)).factorise(settings)),
        COLLECTIVE((kernel, settings) -> Collective.of(List.of(kernel, kernel.mul(-2)), 3, new Rank(1, 2))
                .factorise(settings)
                .units()
                .get(0));

        private final java.util.function.BiFunction<NDArray, AlsSettings, Decomposition> method;

        Method(java.util.function.BiFunction<NDArray, AlsSettings, Decomposition> method) {
            this.method = method;
        }

        Decomposition factorise(NDArray kernel, AlsSettings settings) {
            return method.apply(kernel, settings);
        }

        boolean random() {
            return this != TUCKER && this != CHANNELS;
        }
    }

    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    private NDArray noise(DataType type) {
        return Loops.random(new Random(4), 7, 6, 3, 3).array(manager, type);
    }

    static void assertTermsAddUp(Decomposition found) {
        Loops sum = found.terms().stream()
                .map(term -> Loops.of(term.core())
                        .tucker(term.factors().stream().map(Loops::of).toList()))
                .reduce((a, b) -> a.plus(b, 1))
                .orElseThrow();
        double part = found.cores().getDataType() == DataType.FLOAT32 ? 1e-5 : 1e-12;
        sum.assertAlmost(found.rebuild(), part);
        assertEquals(found.termCount(), found.terms().size());
        Term first = found.terms().get(0);
        Loops.of(first.core())
                .tucker(first.factors().stream().map(Loops::of).toList())
                .assertAlmost(first.rebuild(), part);
    }

    static void assertNeverRises(Convergence convergence) {
        List<Double> errors = convergence.errors();
        for (int i = 1; i < errors.size(); i++) {
            assertTrue(errors.get(i) <= errors.get(i - 1), "sweep " + i + " of " + errors);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theTermsAreTheTensorAndItsErrorIsMeasuredOnThem(Method method) {
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            NDArray kernel = noise(type);
            Decomposition found = method.factorise(kernel, SHORT);
            assertTermsAddUp(found);
            assertThrows(IllegalArgumentException.class, () -> found.isFactorised(5));
            assertEquals(type, found.rebuild().getDataType());
            double measured = Loops.of(kernel).relativeError(Loops.of(found.rebuild()));
            assertEquals(measured, found.relativeError(), 1e-6);
            assertTrue(found.relativeError() > 0.1 && found.relativeError() < 1, found.toString());
            List<Double> errors = found.convergence().errors();
            if (method != Method.COLLECTIVE) {
                assertEquals(errors.get(errors.size() - 1), found.relativeError(), 1e-6);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void errorsNeverRise(Method method) {
        for (int seed = 1; seed <= 5; seed++) {
            Decomposition found = method.factorise(
                    noise(DataType.FLOAT64),
                    AlsSettings.DEFAULT.withSeed(seed).withStarts(1).withTolerance(0));
            assertNeverRises(found.convergence());
        }
    }

    @ParameterizedTest
    @EnumSource
    void resultsAreTheSameToTheBitForOneSeed(Method method) {
        Decomposition one = method.factorise(noise(DataType.FLOAT32), SHORT);
        Decomposition same = method.factorise(noise(DataType.FLOAT32), SHORT);
        assertEquals(one.cores(), same.cores());
        assertEquals(one.convergence(), same.convergence());
        for (int mode = 1; mode <= 4; mode++) {
            assertEquals(one.factor(mode), same.factor(mode));
        }
        Decomposition other = method.factorise(noise(DataType.FLOAT32), SHORT.withSeed(77));
        assertEquals(method.random(), !one.factor(1).equals(other.factor(1)));
    }

    @ParameterizedTest
    @EnumSource
    void itConvergesOrSaysThatTheSweepsWereUsedUp(Method method) {
        Convergence rough = method.factorise(noise(DataType.FLOAT64), AlsSettings.DEFAULT.withTolerance(0.05))
                .convergence();
        assertEquals(Ending.CONVERGED, rough.ending());
        assertTrue(rough.sweeps() < 200, rough.toString());
        List<Double> errors = rough.errors();
        double last = errors.get(errors.size() - 1);
        double before = errors.get(errors.size() - 2);
        assertTrue(before - last < 0.05 * before, errors.toString());

        Convergence cut = method.factorise(noise(DataType.FLOAT64), new AlsSettings(2, 0, 1, 1))
                .convergence();
        assertEquals(Ending.SWEEPS, cut.ending());
        assertEquals(2, cut.sweeps());
        assertEquals(1, cut.starts());
    }

    @ParameterizedTest
    @EnumSource
    void progressCountsTheSweepsOfAllStarts(Method method) {
        int starts = method.random() ? 3 : 1;
        NDArray kernel = noise(DataType.FLOAT64);
        RecordedProgress progress =
                RecordedProgress.of(() -> method.factorise(kernel, new AlsSettings(4, 0, 3, 1)), done -> {});
        assertEquals(LongStream.rangeClosed(1, starts * 4L).boxed().toList(), progress.done);
        assertEquals(starts * 4L, progress.total);
        assertTrue(progress.what.contains("(7, 6, 3, 3)"), progress.what);
        assertEquals(1, progress.closed);

        RecordedProgress early =
                RecordedProgress.of(() -> method.factorise(kernel, new AlsSettings(90, 0.3, 3, 1)), done -> {});
        assertTrue(early.done.get(early.done.size() - 1) <= early.total);
        assertEquals(early.done.stream().sorted().toList(), early.done);
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptEndsTheSearchWithTheFactorsSoFar(Method method) {
        NDArray kernel = noise(DataType.FLOAT64);
        Decomposition[] found = new Decomposition[1];
        RecordedProgress progress = RecordedProgress.of(
                () -> found[0] = method.factorise(kernel, new AlsSettings(1000, 0, 3, 1)),
                done -> interruptAt(3, done));
        assertTrue(Thread.interrupted(), "the next search is to end too");
        Convergence convergence = found[0].convergence();
        assertEquals(Ending.INTERRUPTED, convergence.ending());
        assertEquals(3, convergence.sweeps());
        assertEquals(1, progress.closed);
        Decomposition three = method.factorise(kernel, new AlsSettings(3, 0, 1, 1));
        assertEquals(three.rebuild(), found[0].rebuild());
        assertEquals(three.relativeError(), found[0].relativeError());
    }

    private static void interruptAt(long sweep, long done) {
        if (done == sweep) {
            Thread.currentThread().interrupt();
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptFromAnotherThreadIsHeard(Method method) throws InterruptedException {
        NDArray kernel = noise(DataType.FLOAT64);
        Ending[] ending = new Ending[1];
        Thread thread =
                new Thread(() -> ending[0] = method.factorise(kernel, new AlsSettings(Integer.MAX_VALUE, 0, 3, 1))
                        .convergence()
                        .ending());
        thread.start();
        thread.join(100);
        thread.interrupt();
        thread.join(20_000);
        assertFalse(thread.isAlive());
        assertNotNull(ending[0], "a result, most likely of an interrupted search");
    }

    /** Even an interrupt that came before the work: one sweep is made, so that the result is worth something. */
    @ParameterizedTest
    @EnumSource
    void anInterruptBeforehandLeavesOneSweep(Method method) {
        Thread.currentThread().interrupt();
        Decomposition found = method.factorise(noise(DataType.FLOAT64), AlsSettings.DEFAULT);
        assertTrue(Thread.interrupted());
        assertEquals(Ending.INTERRUPTED, found.convergence().ending());
        assertEquals(1, found.convergence().sweeps());
        assertTrue(found.relativeError() < 1, found.toString());
    }

    /** The better of two starts is kept, but that the second was cut short is said. */
    @ParameterizedTest
    @EnumSource(names = {"CP", "BLOCK_TERMS", "COLLECTIVE"})
    void anInterruptOfALaterStartIsSaidAndTheBestStartKept(Method method) {
        NDArray kernel = noise(DataType.FLOAT64);
        Decomposition[] found = new Decomposition[1];
        RecordedProgress.of(
                () -> found[0] = method.factorise(kernel, new AlsSettings(20, 0, 3, 1)), done -> interruptAt(12, done));
        Convergence convergence = found[0].convergence();
        assertEquals(Ending.INTERRUPTED, convergence.ending());
        assertEquals(2, convergence.starts());
        assertEquals(1, convergence.start());
        assertEquals(10, convergence.sweeps());
        assertTrue(convergence.toString().contains("interrupted after 10 sweeps, start 1 of 2 kept"), "" + convergence);
    }

    /** Several at once on one kernel, and several readers of one result. */
    @ParameterizedTest
    @EnumSource
    void threadsDoNotDisturbEachOther(Method method) {
        NDArray kernel = noise(DataType.FLOAT64);
        AlsSettings settings = new AlsSettings(5, 0, 2, 1);
        Decomposition alone = method.factorise(kernel, settings);
        Loops rebuilt = Loops.of(alone.rebuild());
        IntStream.range(0, 8).parallel().forEach(i -> {
            rebuilt.assertAlmost(method.factorise(kernel, settings).rebuild(), 1e-9);
            rebuilt.assertAlmost(alone.rebuild(), 1e-12);
        });
        rebuilt.assertAlmost(alone.rebuild(), 1e-12);
    }

    @Test
    void theBestOfTheStartsIsKept() {
        NDArray kernel = noise(DataType.FLOAT64);
        Function<Integer, Convergence> of = starts ->
                Cp.of(kernel, 9).factorise(new AlsSettings(10, 0, starts, 5)).convergence();
        double best = Double.POSITIVE_INFINITY;
        int kept = 0;
        for (int starts = 1; starts <= 6; starts++) {
            Convergence convergence = of.apply(starts);
            double last = convergence.errors().get(9);
            assertTrue(last <= best);
            assertTrue(convergence.start() == starts || convergence.start() == kept, convergence.toString());
            assertEquals(starts, convergence.starts());
            best = last;
            kept = convergence.start();
        }
        assertTrue(kept > 1, "a later start was better");
    }

    /** Of rank 3 but the limit of tensors of rank 2: columns grow without end, and the search says so or goes on. */
    @Test
    void aTensorWithoutABestApproximationIsReported() {
        Loops x = Loops.each(p -> p[0] + p[1] + p[2] == 1 ? 1 : 0, 2, 2, 2);
        Decomposition found = Cp.of(x.array(manager), 2).factorise(new AlsSettings(500, 0, 2, 1));
        assertNotEquals(Ending.INTERRUPTED, found.convergence().ending());
        assertNeverRises(found.convergence());
        assertTrue(found.relativeError() < 0.2, found.toString());
        assertTermsAddUp(found);
    }

    @Test
    void resultsDescribeThemselves() {
        NDArray kernel = noise(DataType.FLOAT32);
        String text = BlockTerms.of(kernel, 3, new Rank(2, 1))
                .factorise(new AlsSettings(2, 0, 2, 1))
                .toString();
        assertTrue(
                text.matches("3 terms of core 1 x 2 x 3 x 3: relative error 0\\.\\d+, 111 parameters of 378; "
                        + "stopped at the limit of sweeps, still gaining after 2 sweeps, start [12] of 2 kept"),
                text);
        assertTrue(Tucker.of(kernel, 1, 1, 1, 1).hosvd().toString().startsWith("one term of core 1 x 1 x 1 x 1"));
        assertEquals(
                "computed in one step",
                Convergence.without(Convergence.Ending.DIRECT).toString());
    }

    @Test
    void settingsAreChecked() {
        BlockTermsTest.assertRefused("sweeps must be at least 1: 0", () -> AlsSettings.DEFAULT.withSweeps(0));
        BlockTermsTest.assertRefused(
                "tolerance must not be negative: -1.0", () -> AlsSettings.DEFAULT.withTolerance(-1));
        BlockTermsTest.assertRefused("NaN", () -> AlsSettings.DEFAULT.withTolerance(Double.NaN));
        BlockTermsTest.assertRefused("starts must be at least 1: -3", () -> AlsSettings.DEFAULT.withStarts(-3));
        assertEquals(
                new AlsSettings(5, 0.1, 2, 9),
                AlsSettings.DEFAULT.withSeed(9).withStarts(2).withTolerance(0.1).withSweeps(5));
    }

    @Test
    void modesAreChecked() {
        Decomposition found = Tucker.of(noise(DataType.FLOAT32), 1, 1, 1, 1).hosvd();
        Stream.of(0, 5)
                .forEach(mode -> BlockTermsTest.assertRefused("modes 1 to 4, not " + mode, () -> found.factor(mode)));
        NDArray matrix = Loops.random(new Random(1), 4, 3).array(manager);
        Decomposition noKernel = Tucker.of(matrix, 2, 2).hosvd();
        BlockTermsTest.assertRefused("not a tensor (4, 3)", noKernel::layers);
        BlockTermsTest.assertRefused("not a tensor (4, 3)", noKernel::toBlock);
        BlockTermsTest.assertRefused("not a tensor (4, 3)", () -> noKernel.convolve(matrix));
    }

    /** A kernel ends an interrupted cell before its variable is assigned; what was found is to be had all the same. */
    @Test
    void theNewestResultIsKeptAlsoOfAnInterruptedSearch() throws InterruptedException {
        NDArray kernel = manager.randomNormal(new Shape(64, 64, 3, 3));
        Thread cell = new Thread(
                () -> BlockTerms.of(kernel, 16, new Rank(4, 4)).factorise(new AlsSettings(100_000, 0, 1, 1)));
        cell.start();
        Thread.sleep(300);
        cell.interrupt();
        Decomposition last = Decomposition.last();
        assertEquals(Ending.INTERRUPTED, last.convergence().ending());
        assertEquals(16, last.termCount());
        assertEquals(1, CollectiveDecomposition.last().units().size());
        cell.join();
    }
}
