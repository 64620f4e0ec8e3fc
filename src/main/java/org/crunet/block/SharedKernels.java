package org.crunet.block;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The convolutions that several units run, in the standard case of a collective group the input factor {@code A3} (1x1, C to
 * D) and the cores {@code G_r} (3x3, D to D, cardinality R). They are owned here once and units only refer to them, so
 * each weight is listed, saved and updated once.
 */
public final class SharedKernels extends FlowBlock {

    private final Map<String, Conv> convs = new HashMap<>();
    private final Map<String, Kernel> stored = new HashMap<>();
    private final Map<String, String> users = new HashMap<>();

    /** Makes a place for kernels; units put them there. */
    public SharedKernels() {
        super(0);
    }

    /** Returns the convolution of this name, made for the first unit that asks; the others must want the same shape. */
    Conv conv(String name, String unit, Conv wanted) {
        Conv conv = convs.computeIfAbsent(name, n -> addChildBlock(n, wanted));
        String first = users.putIfAbsent(name, unit);
        Shape shape = conv.kernel().shape();
        require(
                shape.equals(wanted.kernel().shape()) && conv.groups() == wanted.groups(),
                () -> first + " and " + unit + " cannot share " + name + ": " + shape + " and "
                        + wanted.kernel().shape());
        return conv;
    }

    /** The same for a tensor that kernels are computed from. */
    Kernel stored(String name, String unit, Shape shape) {
        Kernel kernel = stored.computeIfAbsent(name, n -> {
            Kernel made = Kernel.stored(name, shape);
            made.taken();
            addParameter(made.parameter());
            return made;
        });
        String first = users.putIfAbsent(name, unit);
        require(
                shape.equals(kernel.shape()),
                () -> first + " and " + unit + " cannot share " + name + ": " + kernel.shape() + " and " + shape);
        return kernel;
    }

    /**
     * Returns the convolutions that are shared.
     *
     * @return in the order in which units ask for them
     */
    public List<Conv> convs() {
        return children.values().stream().map(Conv.class::cast).toList();
    }

    /**
     * Returns whether there are none.
     *
     * @return true if no unit shares
     */
    public boolean isEmpty() {
        return convs.isEmpty() && stored.isEmpty();
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... shapes) {
        for (Block conv : children.values()) {
            conv.initialize(manager, type, new Shape(1, ((Conv) conv).in(), 1, 1));
        }
    }

    /** {@inheritDoc} Passes on what it is given: units run its convolutions. */
    @Override
    public <T> T apply(Flow<T> flow, T x) {
        return x;
    }

    @Override
    public String toString() {
        return "shared "
                + Stream.concat(convs().stream().map(Conv::kernel), stored.values().stream())
                        .map(kernel -> kernel.shape().toString())
                        .collect(Collectors.joining(", "));
    }
}
