package org.crunet.tensor;

import ai.djl.ndarray.NDArray;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Kernels as sums of block terms that they have in part in common: one array, however many kernels refer to it. */
public final class CollectiveDecomposition {

    static final Newest<CollectiveDecomposition> NEWEST = new Newest<>();

    private final List<Decomposition> units;
    private final double relativeError;
    private final Convergence convergence;

    CollectiveDecomposition(List<Decomposition> units, List<NDArray> kernels, Convergence convergence) {
        this.units = List.copyOf(units);
        this.convergence = convergence;
        double errors = 0;
        double squares = 0;
        for (int i = 0; i < units.size(); i++) {
            double square = TensorAlgebra.inner(kernels.get(i), kernels.get(i));
            errors += square * Math.pow(units.get(i).relativeError(), 2);
            squares += square;
        }
        relativeError = Math.sqrt(errors / squares);
    }

    /**
     * Returns the newest result of {@code Collective.factorise()} in this process, also of one that was interrupted: a
     * kernel may end an interrupted cell before its variable is assigned. Waits for a search that is just stopping.
     *
     * @return the decomposition; usable as long as the manager of its kernels is open
     * @throws IllegalStateException if nothing was factorised yet
     */
    public static CollectiveDecomposition last() {
        return NEWEST.get();
    }

    /**
     * Returns one decomposition a kernel, in their order; what they share is the same array.
     *
     * @return a list that cannot be changed
     */
    public List<Decomposition> units() {
        return units;
    }

    /**
     * Adds up the terms of every kernel.
     *
     * @return each {@code (out, in, height, width)}
     */
    public List<NDArray> rebuild() {
        return units.stream().map(Decomposition::rebuild).toList();
    }

    /**
     * Returns how far all rebuilt kernels together are off.
     *
     * @return the norm of all differences by that of all kernels
     */
    public double relativeError() {
        return relativeError;
    }

    /**
     * Counts the numbers in all factors and cores, each array once.
     *
     * @return the number
     */
    public long parameters() {
        Set<NDArray> arrays = Collections.newSetFromMap(new IdentityHashMap<>());
        units.forEach(unit -> arrays.addAll(unit.arrays()));
        return arrays.stream().mapToLong(NDArray::size).sum();
    }

    /**
     * Returns how the search for the factors went.
     *
     * @return errors by sweep and why it ended
     */
    public Convergence convergence() {
        return convergence;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d kernels, %d terms each: relative error %.4g, %,d parameters of %,d; %s",
                units.size(),
                units.get(0).termCount(),
                relativeError,
                parameters(),
                units.stream().mapToLong(unit -> unit.shape().size()).sum(),
                convergence);
    }
}
