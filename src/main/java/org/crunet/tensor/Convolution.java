package org.crunet.tensor;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Conv2d;

/**
 * A convolution without bias: a dense kernel, or one of the layers that its factors are read as.
 *
 * @param name what it does: {@code dense}, or {@code reduce}, {@code core}, {@code expand}
 * @param weight {@code (out, in / groups, height, width)}
 * @param groups number of groups: of block terms, in the core
 * @param down whether it takes the vertical stride
 * @param across whether it takes the horizontal stride
 */
public record Convolution(String name, NDArray weight, int groups, boolean down, boolean across) {

    /**
     * Makes the convolution with a dense kernel.
     *
     * @param kernel {@code (out, in, height, width)}
     * @return the convolution
     * @throws IllegalArgumentException if the kernel has not four dimensions
     */
    public static Convolution dense(NDArray kernel) {
        Checks.kernel(kernel, "kernel");
        return new Convolution("dense", kernel, 1, true, true);
    }

    /** A 1x1 between channels. */
    static Convolution pointwise(String name, NDArray matrix) {
        return new Convolution(name, matrix.expandDims(2).expandDims(3), 1, false, false);
    }

    /**
     * Runs it at stride 1, padded by half the kernel.
     *
     * @param x {@code (N, in, H, W)}
     * @return {@code (N, out, H, W)} for a kernel of odd size
     * @throws IllegalArgumentException if the input has other channels or another type
     */
    public NDArray apply(NDArray x) {
        return apply(x, 1);
    }

    /**
     * Runs it, padded by half the kernel.
     *
     * @param x {@code (N, in, H, W)}
     * @param stride step in pixels
     * @return {@code (N, out, (H - 1) / stride + 1, (W - 1) / stride + 1)} for a kernel of odd size
     * @throws IllegalArgumentException if the input has other channels or another type, or the stride is not positive
     */
    public NDArray apply(NDArray x, int stride) {
        Checks.stride(stride);
        long in = weight.getShape().get(1) * groups;
        require(
                x.getShape().dimension() == 4 && x.getShape().get(1) == in && x.getDataType() == weight.getDataType(),
                () -> "x: (" + this + ") takes (N, " + in + ", H, W) of type " + weight.getDataType() + ", not "
                        + x.getDataType() + " " + x.getShape());
        return Conv2d.conv2d(x, weight, null, step(stride), half(), new Shape(1, 1), groups)
                .singletonOrThrow();
    }

    private Shape step(int stride) {
        return new Shape(down ? stride : 1, across ? stride : 1);
    }

    /** Half the kernel, down and across. */
    private Shape half() {
        return new Shape(weight.getShape().get(2) / 2, weight.getShape().get(3) / 2);
    }

    /** Makes a DJL block of it, with its own copy of the weight, which the given manager owns. */
    Block block(int stride, NDManager owner) {
        Checks.stride(stride);
        Conv2d block = Conv2d.builder()
                .setKernelShape(weight.getShape().slice(2))
                .setFilters((int) weight.getShape().get(0))
                .optStride(step(stride))
                .optPadding(half())
                .optGroups(groups)
                .optBias(false)
                .build();
        NDArray copy = weight.duplicate();
        copy.attach(owner);
        block.getDirectParameters().get("weight").setArray(copy);
        return block;
    }

    @Override
    public String toString() {
        Shape shape = weight.getShape();
        return name + ": conv " + shape.get(2) + "x" + shape.get(3) + ", " + shape.get(1) * groups + " -> "
                + shape.get(0) + (groups > 1 ? ", " + groups + " groups" : "");
    }
}
