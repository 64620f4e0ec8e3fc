package org.crunet.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.crunet.tensor.Convergence.Ending;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a search stops, on errors that are made up. */
class SearchTest {

    private final List<Made> open = new ArrayList<>();

    /** Goes through given errors; the last one is that of all further sweeps. */
    private final class Made implements Search.State {

        private final double[] errors;
        private final int at;

        Made(double[] errors, int at) {
            this.errors = errors;
            this.at = at;
            open.add(this);
        }

        @Override
        public double error() {
            return errors[Math.min(at, errors.length - 1)];
        }

        @Override
        public Made sweep() {
            return new Made(errors, at + 1);
        }

        @Override
        public void close() {
            assertEquals(true, open.remove(this), "closed once");
        }
    }

    private Convergence search(AlsSettings settings, double[]... starts) {
        Search.Found<Made> found =
                Search.run("made up", settings.withStarts(starts.length), number -> new Made(starts[number - 1], 0));
        assertEquals(List.of(found.state()), open, "all others are closed");
        List<Double> errors = found.convergence().errors();
        assertEquals(
                errors.isEmpty() ? starts[0][0] : errors.get(errors.size() - 1),
                found.state().error());
        DecompositionTest.assertNeverRises(found.convergence());
        return found.convergence();
    }

    private static double[] numbers(String text) {
        return List.of(text.split(" ")).stream()
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    /** Of ten sweeps and a tolerance of 1e-3: an error that rises or is no number is not kept. */
    @ParameterizedTest
    @CsvSource({
        "Infinity 0.9 0.8 0.7 0.6999 0.1, CONVERGED, 4",
        "0.9 0.9, CONVERGED, 1",
        "Infinity 0.5 0.4 0.41 0.1, STALLED, 2",
        "Infinity 0.5 NaN, STALLED, 1",
        "0.5 0.6, STALLED, 0",
        "Infinity 0.5 0.50000000000001 0.1, CONVERGED, 1",
        "Infinity 1e-3 1e-8 1e-12, CONVERGED, 2",
        "Infinity 1e-3 0 0, CONVERGED, 2",
        "1 .9 .8 .7 .6 .5 .4 .3 .2 .1 .05 .04, SWEEPS, 10"
    })
    void everyEndingIsReached(String errors, Ending ending, int sweeps) {
        Convergence convergence = search(new AlsSettings(10, 1e-3, 1, 1), numbers(errors));
        assertEquals(ending, convergence.ending());
        assertEquals(sweeps, convergence.sweeps());
    }

    @Test
    void aToleranceOfZeroUsesUpTheSweepsUnlessItRises() {
        assertEquals(
                Ending.SWEEPS,
                search(new AlsSettings(10, 0, 1, 1), new double[] {0.5}).ending());
        open.clear();
        assertEquals(
                Ending.STALLED,
                search(new AlsSettings(10, 0, 1, 1), new double[] {0.5, 0.4, 0.5})
                        .ending());
    }

    @Test
    void theBestStartIsKeptAndAnExactOneIsTheLast() {
        double[] good = {1, 0.3, 0.2};
        double[] bad = {1, 0.5, 0.4};
        assertEquals(
                new Convergence(List.of(0.3, 0.2), Ending.SWEEPS, 2, 3),
                search(new AlsSettings(2, 0, 1, 1), bad, good, bad));
        open.clear();
        assertEquals(
                new Convergence(List.of(0.0), Ending.CONVERGED, 2, 2),
                search(new AlsSettings(2, 0, 1, 1), bad, new double[] {1, 0}, bad));
    }

    /** After ten sweeps, of six starts two go on; the one that was behind may win. */
    @Test
    void theBestThirdGoesOn() {
        double[][] starts = new double[6][];
        for (int i = 0; i < 6; i++) {
            starts[i] = new double[13];
            java.util.Arrays.fill(starts[i], 1, 13, 0.5 + 0.01 * i);
            starts[i][0] = 1;
        }
        starts[1][11] = 0.1;
        starts[1][12] = 0.1;
        starts[5][11] = 0.01;
        Convergence convergence = search(new AlsSettings(12, 0, 1, 1), starts);
        assertEquals(0.1, convergence.errors().get(11));
        assertEquals(2, convergence.start());
        assertEquals(6, convergence.starts());
    }
}
