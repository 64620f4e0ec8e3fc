package org.crunet.notebook;

import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.crunet.tensor.Convergence;
import org.crunet.tensor.Decomposition;
import tech.tablesaw.api.Table;

/** Decompositions as tables. */
final class DecompositionViews {

    /** One row of a table of decompositions. */
    record Summary(
            int terms, String core, double relativeError, long parameters, long dense, int sweeps, String ending) {}

    /** One row of a table of sweeps. */
    record Sweep(int sweep, double relativeError) {}

    private DecompositionViews() {}

    static Table table(List<?> decompositions) {
        return Tables.of(decompositions.stream()
                .map(Decomposition.class::cast)
                .map(DecompositionViews::summary)
                .toList());
    }

    static Table table(Convergence convergence) {
        List<Double> errors = convergence.errors();
        return Tables.of(IntStream.range(0, errors.size())
                .mapToObj(i -> new Sweep(i + 1, errors.get(i)))
                .toList());
    }

    private static Summary summary(Decomposition terms) {
        int sweeps = terms.convergence().sweeps();
        String ending = terms.convergence().ending().toString();
        long dense = terms.shape().size();
        double error = terms.relativeError();
        return new Summary(terms.termCount(), core(terms), error, terms.parameters(), dense, sweeps, ending);
    }

    /** The size of each core, in the order of the modes. */
    static String core(Decomposition terms) {
        return sizes(terms.cores().getShape().slice(1));
    }

    /** As in {@code 64 x 48 x 3 x 3}. */
    static String sizes(Shape shape) {
        return LongStream.of(shape.getShape()).mapToObj(Long::toString).collect(Collectors.joining(" x "));
    }
}
