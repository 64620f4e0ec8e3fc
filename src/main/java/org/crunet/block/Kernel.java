package org.crunet.block;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The weight of a convolution, {@code (out, in / groups, height, width)}: a stored tensor, or computed from stored ones, which
 * several kernels may have in common. A stored tensor belongs to the first convolution, or the shared kernels of a group,
 * that takes it.
 *
 * <pre>{@code
 * Kernel.stored("templates", new Shape(2, 64, 64, 3, 3)).mix(Kernel.stored("alpha", new Shape(2)))
 * shared.plus(Kernel.product(Kernel.stored("up", new Shape(64, 4)), Kernel.stored("down", new Shape(4, 576))))
 * }</pre>
 */
public final class Kernel {

    /** Computes a kernel from its parts. */
    private interface Expression {
        NDArray of(List<NDArray> parts);
    }

    private final String words;
    private final Shape shape;
    private final long multiplyAdds;
    private final List<Kernel> parts;
    private final Expression expression;
    private final Parameter parameter;
    private boolean owned;

    private Kernel(String words, Shape shape, long multiplyAdds, Expression expression, Kernel... parts) {
        this.words = words;
        this.shape = shape;
        this.multiplyAdds = multiplyAdds;
        this.expression = expression;
        this.parts = List.of(parts);
        parameter = null;
    }

    private Kernel(String name, Shape shape) {
        words = name;
        this.shape = shape;
        multiplyAdds = 0;
        expression = null;
        parts = List.of();
        parameter = Parameter.builder()
                .setName(name)
                .setType(Parameter.Type.WEIGHT)
                .optShape(shape)
                .build();
    }

    /**
     * Makes a stored tensor. It starts with normal numbers of variance {@code 2 / fan-in}, for {@code (..., in, height,
     * width)} the product of the last three, unless the architecture says otherwise.
     *
     * @param name its name below its owner's
     * @param shape any
     * @return a new tensor
     */
    public static Kernel stored(String name, Shape shape) {
        return new Kernel(name, shape);
    }

    /**
     * Adds templates up, {@code sum_j a_j T_j}.
     *
     * @param coefficients {@code (T)}, for this tensor's {@code (T, out, in, height, width)}
     * @return a kernel {@code (out, in, height, width)}
     */
    public Kernel mix(Kernel coefficients) {
        require(
                coefficients.shape.equals(new Shape(shape.get(0))),
                () -> "a mixture of " + shape + " needs coefficients (" + shape.get(0) + "), not "
                        + coefficients.shape);
        Shape one = shape.slice(1);
        return new Kernel(
                "mix of " + shape.get(0) + " " + words,
                one,
                shape.size(),
                parts -> parts.get(1)
                        .reshape(1, -1)
                        .matMul(parts.get(0).reshape(shape.get(0), one.size()))
                        .reshape(one),
                this,
                coefficients);
    }

    /**
     * Stacks kernels along their filters.
     *
     * @param kernels of one shape but for the first dimension
     * @return a kernel with the filters of all
     */
    public static Kernel concat(Kernel... kernels) {
        require(kernels.length > 0, "a stack needs one kernel or more");
        long filters = 0;
        for (Kernel kernel : kernels) {
            require(
                    kernel.shape.slice(1).equals(kernels[0].shape.slice(1)),
                    () -> "filters of one shape can be stacked: " + kernels[0].shape + " and " + kernel.shape);
            filters += kernel.shape.get(0);
        }
        Shape all = new Shape(filters).addAll(kernels[0].shape.slice(1));
        return new Kernel(
                "stack", all, 0, parts -> parts.stream().reduce(NDArray::concat).orElseThrow(), kernels);
    }

    /**
     * Takes the first filters and channels of a larger kernel.
     *
     * @param out number of filters
     * @param in number of channels of each
     * @return a kernel {@code (out, in, height, width)}
     */
    public Kernel slice(long out, long in) {
        require(shape.dimension() > 1, () -> "a slice is of a kernel (out, in, ...), not of " + shape);
        require(
                out > 0 && in > 0 && out <= shape.get(0) && in <= shape.get(1),
                () -> "a slice of " + shape + " has one and at most so many filters and channels: " + out + ", " + in);
        Shape part = new Shape(out, in).addAll(shape.slice(2));
        String places = ":" + out + ", :" + in;
        return new Kernel("slice of " + words, part, 0, parts -> parts.get(0).get(new NDIndex(places)), this);
    }

    /**
     * Adds another kernel.
     *
     * @param other of the same shape, or of the same number of numbers
     * @return a kernel of this one's shape
     */
    public Kernel plus(Kernel other) {
        require(
                shape.size() == other.shape.size(),
                () -> "kernels of one size can be added: " + shape + " and " + other.shape);
        return new Kernel(
                words + " + " + other.words,
                shape,
                0,
                parts -> parts.get(0).add(parts.get(1).reshape(shape)),
                this,
                other);
    }

    /**
     * Multiplies number by number; where one has a dimension of 1, all along the other's. So factors make templates, {@code (R,
     * in, 1, 1)} times {@code (R, 1, height, 1)}, and a Kronecker product, {@code (c, 1, in, 1)} times {@code (1, d, 1, height)}.
     *
     * @param other of as many dimensions, each the same or 1 in one of the two
     * @return a kernel of the larger dimensions
     */
    public Kernel times(Kernel other) {
        int dimensions = shape.dimension();
        require(
                other.shape.dimension() == dimensions
                        && IntStream.range(0, dimensions).allMatch(i -> fit(shape.get(i), other.shape.get(i))),
                () -> "dimensions that are the same, or 1, can be multiplied: " + shape + " and " + other.shape);
        Shape larger = new Shape(IntStream.range(0, dimensions)
                .mapToLong(i -> Math.max(shape.get(i), other.shape.get(i)))
                .toArray());
        return new Kernel(
                words + " times " + other.words,
                larger,
                larger.size(),
                parts -> parts.get(0).mul(parts.get(1)),
                this,
                other);
    }

    private static boolean fit(long a, long b) {
        return a == b || a == 1 || b == 1;
    }

    /**
     * Multiplies two matrices, for a part of low rank.
     *
     * @param left {@code (m, r)}
     * @param right {@code (r, n)}
     * @return {@code (m, n)}
     */
    public static Kernel product(Kernel left, Kernel right) {
        require(
                left.shape.dimension() == 2 && right.shape.dimension() == 2 && left.shape.get(1) == right.shape.get(0),
                () -> "(m, r) times (r, n) is needed, not " + left.shape + " times " + right.shape);
        return new Kernel(
                "product of rank " + right.shape.get(0),
                new Shape(left.shape.get(0), right.shape.get(1)),
                left.shape.size() * right.shape.get(1),
                parts -> parts.get(0).matMul(parts.get(1)),
                left,
                right);
    }

    /**
     * Returns this kernel in another shape.
     *
     * @param newShape of as many numbers
     * @return a kernel of that shape
     */
    public Kernel reshape(Shape newShape) {
        require(
                newShape.size() == shape.size(),
                () -> "a shape of as many numbers is needed for " + shape + ", not " + newShape);
        return new Kernel(words, newShape, 0, parts -> parts.get(0).reshape(newShape), this);
    }

    /**
     * Returns the shape.
     *
     * @return of a convolution's {@code (out, in / groups, height, width)}
     */
    public Shape shape() {
        return shape;
    }

    /** Whether nothing is computed. */
    boolean isStored() {
        return parameter != null;
    }

    /** The stored tensor. */
    Parameter parameter() {
        require(isStored(), () -> "a " + words + " is computed, not stored: its parts are");
        return parameter;
    }

    /**
     * Counts what computing it once takes, its parts included.
     *
     * @return multiplications with their additions
     */
    public long multiplyAdds() {
        return multiplyAdds + parts.stream().mapToLong(Kernel::multiplyAdds).sum();
    }

    /** The stored tensors that it is computed from, each once. */
    Set<Kernel> stored() {
        Set<Kernel> stored = new LinkedHashSet<>();
        if (isStored()) {
            stored.add(this);
        }
        parts.forEach(part -> stored.addAll(part.stored()));
        return stored;
    }

    /** Whether somebody takes it now, who was not there before. */
    boolean taken() {
        boolean first = !owned;
        owned = true;
        return first;
    }

    /** The numbers as they are now: the stored array itself, or a new one of that manager. */
    NDArray value(Function<Parameter, NDArray> weights, NDManager owner) {
        if (isStored()) {
            return weights.apply(parameter);
        }
        try (NDManager scope = owner.newSubManager()) {
            NDArray value = computed(weights, scope);
            value.attach(owner);
            return value;
        }
    }

    /**
     * Computes the numbers as they are now; where gradients are recorded they reach what is stored.
     *
     * @param owner of the array
     * @return a view of what is stored, or what is computed from it
     */
    public NDArray value(NDManager owner) {
        return computed(Parameter::getArray, owner);
    }

    /** What is computed on the way belongs to the scope, through a view of each stored tensor that does. */
    private NDArray computed(Function<Parameter, NDArray> weights, NDManager scope) {
        if (isStored()) {
            NDArray view = weights.apply(parameter).reshape(shape);
            view.attach(scope);
            return view;
        }
        List<NDArray> values = new ArrayList<>();
        parts.forEach(part -> values.add(part.computed(weights, scope)));
        return expression.of(values);
    }

    @Override
    public String toString() {
        return words;
    }
}
