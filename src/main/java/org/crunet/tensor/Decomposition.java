package org.crunet.tensor;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.crunet.torch.Gradients;

/**
 * A tensor as a sum of R Tucker terms, {@code X = sum_r G_r x1 A1_r x2 A2_r ... xN AN_r}: the generalised block term
 * decomposition that all the others are cases of. {@code R = 1} is Tucker, cores of one number are CP, and factors left out
 * are the identity. For a kernel {@code (out, in, height, width)}, {@code A1} is the paper's {@code A4} and {@code A2} its
 * {@code A3}.
 *
 * <p>The factors of all terms stand side by side: {@code factor(n)} is {@code (In, R rn)}. They belong to the manager of the
 * tensor that was factorised and have its type.
 */
public final class Decomposition {

    static final Newest<Decomposition> NEWEST = new Newest<>();

    private final Shape shape;
    private final NDArray cores;
    private final List<NDArray> factors;
    private final double relativeError;
    private final Convergence convergence;

    /** A null among the factors is the identity. */
    Decomposition(NDArray tensor, NDArray cores, List<NDArray> factors, Convergence convergence) {
        this(tensor.getShape(), cores, factors, error(tensor, cores, factors), convergence);
    }

    private Decomposition(
            Shape shape, NDArray cores, List<NDArray> factors, double relativeError, Convergence convergence) {
        this.shape = shape;
        this.cores = cores;
        this.factors = factors;
        this.relativeError = relativeError;
        this.convergence = convergence;
    }

    /** Factors that were not found by factorising, but are what they are. */
    static Decomposition read(Shape shape, NDArray cores, List<NDArray> factors) {
        return new Decomposition(shape, cores, factors, 0, Convergence.without(Convergence.Ending.READ));
    }

    private static double error(NDArray tensor, NDArray cores, List<NDArray> factors) {
        return Gradients.off(() -> {
            try (NDManager scope = tensor.getManager().newSubManager()) {
                NDArray doubleCores = Doubles.of(cores, scope);
                List<NDArray> doubles = Doubles.each(factors, factor -> Doubles.of(factor, scope));
                return TensorAlgebra.relativeError(Doubles.of(tensor, scope), Doubles.rebuild(doubleCores, doubles));
            }
        });
    }

    /**
     * Returns the newest result of {@code factorise()} in this process, also of one that was interrupted: a kernel may
     * end an interrupted cell before its variable is assigned. Waits for a search that is just stopping.
     *
     * @return the decomposition; usable as long as the manager of its tensor is open
     * @throws IllegalStateException if nothing was factorised yet
     */
    public static Decomposition last() {
        return NEWEST.get();
    }

    /**
     * Returns the number of terms R.
     *
     * @return at least 1
     */
    public int termCount() {
        return (int) cores.getShape().get(0);
    }

    /**
     * Returns the cores of all terms.
     *
     * @return {@code (R, r1, ..., rN)}
     */
    public NDArray cores() {
        return cores;
    }

    /**
     * Returns the factors of all terms in one mode, side by side.
     *
     * @param mode n, from 1 to N
     * @return {@code (In, R rn)}; for a mode that was left alone, the identity R times
     * @throws IllegalArgumentException if there is no such mode
     */
    public NDArray factor(int mode) {
        NDArray factor = given(mode);
        return factor != null ? factor : identities((int) shape.get(mode - 1));
    }

    /** Null of a mode that was left alone. */
    private NDArray given(int mode) {
        require(
                mode >= 1 && mode <= factors.size(),
                "mode: a tensor " + shape + " has modes 1 to " + factors.size() + ", not " + mode);
        return factors.get(mode - 1);
    }

    private NDArray identities(int n) {
        try (NDArray one = cores.getManager().eye(n, n, 0, cores.getDataType())) {
            return one.tile(new long[] {1, termCount()});
        }
    }

    /**
     * Returns whether a mode has a factor, or was left alone.
     *
     * @param mode n, from 1 to N
     * @return false if its factor is the identity
     * @throws IllegalArgumentException if there is no such mode
     */
    public boolean isFactorised(int mode) {
        return given(mode) != null;
    }

    /**
     * Returns the terms one by one, each of which can be rebuilt.
     *
     * @return R Tucker terms, whose sum is {@link #rebuild}
     */
    public List<Term> terms() {
        List<NDArray[]> split = IntStream.rangeClosed(1, factors.size())
                .mapToObj(mode -> factor(mode).split(termCount(), 1).toArray(NDArray[]::new))
                .toList();
        return IntStream.range(0, termCount())
                .mapToObj(r -> new Term(
                        cores.get(r), split.stream().map(parts -> parts[r]).toList()))
                .toList();
    }

    /**
     * Adds up the terms.
     *
     * @return the shape of the tensor that was factorised
     */
    public NDArray rebuild() {
        return Gradients.off(() -> {
            try (NDManager scope = cores.getManager().newSubManager()) {
                return scope.ret(Doubles.rebuild(Doubles.view(cores, scope), views(scope)));
            }
        });
    }

    /** The factors for work whose arrays a scope owns. */
    private List<NDArray> views(NDManager scope) {
        return Doubles.each(factors, factor -> Doubles.view(factor, scope));
    }

    /**
     * Returns how far the rebuilt tensor is off, {@code ||X - sum|| / ||X||}, measured on the factors as they are, in double
     * precision.
     *
     * @return 0 for none at all
     */
    public double relativeError() {
        return relativeError;
    }

    /**
     * Counts the numbers in the factors and cores; cores of one number each are absorbed in a factor, as in CP.
     *
     * @return the number, to compare with the tensor's {@code getShape().size()}
     */
    public long parameters() {
        return arrays().stream().mapToLong(NDArray::size).sum();
    }

    /** The arrays that are counted. */
    List<NDArray> arrays() {
        boolean absorbed = cores.size() == termCount() && !factors.contains(null);
        Stream<NDArray> counted = absorbed ? factors.stream() : Stream.concat(factors.stream(), Stream.of(cores));
        return counted.filter(Objects::nonNull).toList();
    }

    /**
     * Returns how the search for the factors went.
     *
     * @return errors by sweep and why it ended
     */
    public Convergence convergence() {
        return convergence;
    }

    /**
     * Reads the factors of a kernel as layers: 1x1 ({@code reduce}), 3x3 with R groups ({@code core}), 1x1 ({@code expand}).
     * A CP of all four modes has one filter a channel, down and across after each other.
     *
     * @return convolutions whose succession is the convolution with the rebuilt kernel
     * @throws IllegalArgumentException if the tensor is no kernel {@code (out, in, height, width)}
     */
    public List<Convolution> layers() {
        NDManager owner = cores.getManager();
        try (NDManager scope = owner.newSubManager()) {
            List<Convolution> layers = layers(scope);
            layers.forEach(layer -> layer.weight().attach(owner));
            return layers;
        }
    }

    private List<Convolution> layers(NDManager scope) {
        return FactorLayers.layers(shape, Doubles.view(cores, scope), views(scope));
    }

    /**
     * Convolves with the layers, at stride 1 and padded by half the kernel.
     *
     * @param x {@code (N, in, H, W)}
     * @return {@code (N, out, H, W)} for a kernel of odd size
     */
    public NDArray convolve(NDArray x) {
        return convolve(x, 1);
    }

    /**
     * Convolves with the layers, padded by half the kernel.
     *
     * @param x {@code (N, in, H, W)}
     * @param stride step in pixels
     * @return {@code (N, out, (H - 1) / stride + 1, (W - 1) / stride + 1)} for a kernel of odd size
     */
    public NDArray convolve(NDArray x, int stride) {
        try (NDManager scope = x.getManager().newSubManager()) {
            NDArray y = Doubles.view(x, scope);
            for (Convolution layer : layers(scope)) {
                y = layer.apply(y, stride);
            }
            return scope.ret(y);
        }
    }

    /**
     * Makes a DJL block of the layers, at stride 1 and padded by half the kernel.
     *
     * @return {@code (N, in, H, W)} to {@code (N, out, H, W)}, with its own copy of the weights
     */
    public Block toBlock() {
        return toBlock(1);
    }

    /**
     * Makes a DJL block of the layers, padded by half the kernel.
     *
     * @param stride step in pixels
     * @return {@code (N, in, H, W)} to {@code (N, out, (H - 1) / stride + 1, (W - 1) / stride + 1)}, with its own copy of
     *     the weights, which the manager of the factors owns
     */
    public Block toBlock(int stride) {
        return Gradients.off(() -> {
            NDManager owner = cores.getManager();
            try (NDManager scope = owner.newSubManager()) {
                return FactorLayers.block(layers(scope), stride, owner);
            }
        });
    }

    /**
     * Returns the shape of the tensor.
     *
     * @return {@code (I1, ..., IN)}
     */
    public Shape shape() {
        return shape;
    }

    @Override
    public String toString() {
        String size = LongStream.of(cores.getShape().slice(1).getShape())
                .mapToObj(Long::toString)
                .collect(Collectors.joining(" x "));
        String error = convergence.ending() == Convergence.Ending.READ
                ? ""
                : String.format(Locale.ROOT, "relative error %.4g, ", relativeError);
        return String.format(
                Locale.ROOT,
                "%s of core %s: %s%,d parameters of %,d; %s",
                termCount() == 1 ? "one term" : termCount() + " terms",
                size,
                error,
                parameters(),
                shape.size(),
                convergence);
    }
}
