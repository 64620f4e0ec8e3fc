package org.crunet.tensor;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.crunet.torch.Gradients;

/**
 * Several kernels factorised together, {@code W_u = sum_r G_r x1 A4_r(u) x2 A3_r}: they have the input factor and the cores
 * in common, and each its own output factor. This is what a collective residual unit is made from; the kernels stacked by
 * their output channels are one tensor, and this is its block term decomposition.
 *
 * <p>{@code Collective.of(kernels, 64, new Rank(1, 1)).factorise()}. Other choices of what is common, to compare with:
 * {@link #sharing}.
 */
public final class Collective {

    private final List<NDArray> kernels;
    private final int terms;
    private final Rank rank;
    private final Set<Factor> shared;

    private Collective(List<NDArray> kernels, int terms, Rank rank, Set<Factor> shared) {
        this.kernels = kernels;
        this.terms = terms;
        this.rank = rank;
        this.shared = shared;
    }

    /**
     * Makes the problem for kernels that share their input factor and cores.
     *
     * @param kernels each {@code (out, in, height, width)}; they may differ in out only
     * @param terms number of terms R: the cardinality
     * @param rank size of every core
     * @return what is to be factorised
     * @throws IllegalArgumentException if there is no kernel, one is zero or not finite, they differ in shape, or terms or
     *     rank are larger than any stack of this shape needs; the message has the number of the kernel and the value
     */
    public static Collective of(List<NDArray> kernels, int terms, Rank rank) {
        require(!kernels.isEmpty(), "kernels: at least one is needed");
        Shape first = kernels.get(0).getShape();
        DataType type = kernels.get(0).getDataType();
        long out = 0;
        for (int i = 0; i < kernels.size(); i++) {
            String argument = kernels.size() == 1 ? "kernel" : "kernels.get(" + i + ")";
            NDArray kernel = kernels.get(i);
            Shape shape = kernel.getShape();
            Checks.kernel(kernel, argument);
            Checks.tensor(kernel, argument);
            require(
                    shape.slice(1).equals(first.slice(1)) && kernel.getDataType() == type,
                    argument + ": kernels that share must have one type, input and size, those of the first, " + type
                            + " " + first + ", not " + kernel.getDataType() + " " + shape);
            out += shape.get(0);
        }
        Shape stack = new Shape(out, first.get(1), first.get(2), first.get(3));
        Checks.rank(rank, stack);
        Checks.terms(terms, rank, stack);
        return new Collective(List.copyOf(kernels), terms, rank, EnumSet.of(Factor.IN, Factor.CORE));
    }

    /**
     * Returns this problem with other factors in common: none is a factorisation of each kernel for itself.
     *
     * @param factors what the kernels have in common
     * @return what is to be factorised
     * @throws IllegalArgumentException if the output factor is to be common and the kernels differ in their output channels
     */
    public Collective sharing(Factor... factors) {
        Set<Factor> chosen = EnumSet.noneOf(Factor.class);
        chosen.addAll(Arrays.asList(factors));
        List<Shape> shapes = kernels.stream().map(NDArray::getShape).distinct().toList();
        require(
                shapes.size() == 1 || !chosen.contains(Factor.OUT),
                "factors: the output factor cannot be common to kernels of other output channels: " + shapes);
        return new Collective(kernels, terms, rank, chosen);
    }

    /**
     * Factorises by alternating least squares, with {@link AlsSettings#DEFAULT}; for large kernels with fewer starts and
     * sweeps, about half a minute on two cores.
     *
     * @return one decomposition a kernel
     */
    public CollectiveDecomposition factorise() {
        return factorise(affordable());
    }

    AlsSettings affordable() {
        long numbers = kernels.stream().mapToLong(NDArray::size).sum();
        return AlsSettings.affordable(numbers, (long) terms * Math.max(rank.in(), rank.out()));
    }

    /** The decomposition of a single kernel; of one term, it is Tucker's. */
    Decomposition only(AlsSettings settings) {
        return terms == 1
                ? Tucker.channels(kernels.get(0), rank).factorise(settings)
                : factorise(settings).units().get(0);
    }

    /**
     * Factorises by alternating least squares over all kernels at once. The relative error of them all cannot rise; a
     * kernel with large numbers counts for more.
     *
     * @param settings how long, and from how many starts
     * @return one decomposition a kernel
     */
    public CollectiveDecomposition factorise(AlsSettings settings) {
        return CollectiveDecomposition.NEWEST.of(() -> search(settings));
    }

    private CollectiveDecomposition search(AlsSettings settings) {
        return Gradients.off(() -> {
            try (NDManager scope = kernels.get(0).getManager().newSubManager()) {
                List<NDArray> doubles = Doubles.each(kernels, kernel -> Doubles.of(kernel, scope));
                BlockAls als = new BlockAls(doubles, terms, rank, shared);
                Random random = new Random(settings.seed());
                AlsSettings starts = terms == 1 ? settings.withStarts(1) : settings;
                return result(Search.run("Block terms of " + name(), starts, number -> als.start(random)));
            }
        });
    }

    @Override
    public String toString() {
        return terms + " terms of core " + rank + " of " + name() + ": call factorise()";
    }

    private String name() {
        String one = kernels.get(0).getShape().toString();
        return kernels.size() == 1 ? one : kernels.size() + " kernels " + one;
    }

    private CollectiveDecomposition result(Search.Found<BlockAls.Factors> found) {
        try (BlockAls.Factors factors = found.state().normalised()) {
            List<NDArray> outs = given(factors.out);
            List<NDArray> ins = given(factors.in);
            Shape pixels = kernels.get(0).getShape().slice(2);
            List<NDArray> cores = given(factors.cores.stream()
                    .map(core -> core.reshape(core.getShape().slice(0, 3).addAll(pixels)))
                    .toList());
            List<Decomposition> units = new ArrayList<>();
            for (int i = 0; i < kernels.size(); i++) {
                List<NDArray> own = Arrays.asList(BlockAls.of(outs, i), BlockAls.of(ins, i), null, null);
                units.add(new Decomposition(kernels.get(i), BlockAls.of(cores, i), own, found.convergence()));
            }
            return new CollectiveDecomposition(units, kernels, found.convergence());
        }
    }

    private List<NDArray> given(List<NDArray> arrays) {
        return arrays.stream().map(array -> Doubles.give(array, kernels.get(0))).toList();
    }
}
