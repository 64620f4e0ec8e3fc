package org.crunet.notebook;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.crunet.tensor.CollectiveDecomposition;
import org.crunet.tensor.Convergence;
import org.crunet.tensor.Decomposition;
import tech.tablesaw.api.Table;

/** Decompositions as drawings and as tables. */
final class DecompositionViews {

    /** One row of a table of decompositions. */
    record Summary(
            int terms, String core, double relativeError, long parameters, long dense, int sweeps, String ending) {}

    /** One row of a table of sweeps. */
    record Sweep(int sweep, double relativeError) {}

    private DecompositionViews() {}

    static Output one(Decomposition terms) {
        return Diagram.of(terms).captioned();
    }

    static Output several(CollectiveDecomposition terms) {
        return Diagram.of(terms).captioned();
    }

    static boolean areDecompositions(List<?> list) {
        return !list.isEmpty() && list.stream().allMatch(Decomposition.class::isInstance);
    }

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
        return new Summary(
                terms.size(),
                core(terms),
                terms.relativeError(),
                terms.parameters(),
                terms.shape().size(),
                terms.convergence().sweeps(),
                terms.convergence().ending().toString());
    }

    /** The size of each core, in the order of the modes. */
    static String core(Decomposition terms) {
        long[] shape = terms.cores().getShape().getShape();
        return String.join(
                " x ", LongStream.of(shape).skip(1).mapToObj(Long::toString).toList());
    }
}
