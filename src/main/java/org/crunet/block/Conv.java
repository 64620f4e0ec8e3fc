package org.crunet.block;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv2d;
import java.util.List;
import java.util.Set;
import org.crunet.torch.Gradients;

/**
 * A 2-D convolution without bias: {@code (N, in, H, W)} to {@code (N, out, (H - 1) / stride + 1, (W - 1) / stride + 1)},
 * zero-padded by half the kernel.
 *
 * <p>DJL's {@link Conv2d} block fixes its stride and owns its weight; a shared factor runs at two strides with one
 * weight, so this block takes the stride with the call and leaves the arithmetic to DJL.
 */
public final class Conv extends FlowBlock {

    /**
     * Channels below which the backward pass of a 1x1 with a stride in libtorch 2.7.1 writes past its memory on some processors
     * (seen with up to 7 channels of 8 numbers a register, without Java too).
     */
    private static final int FEW = 16;

    private final int in;
    private final int out;
    private final int size;
    private final int groups;
    private final int stride;
    private final Kernel kernel;

    /**
     * Makes a convolution whose weight has the shape {@code (out, in / groups, size, size)}.
     *
     * @param in input channels
     * @param out output channels
     * @param size height and width of the kernel in pixels, odd
     * @param groups number of groups the channels are split into: the cardinality
     * @param stride step in pixels, at least 1
     * @throws IllegalArgumentException if a number is not positive, the size even, or the groups do not divide both
     *     channel counts
     */
    public Conv(int in, int out, int size, int groups, int stride) {
        this(in, out, size, groups, stride, stored(in, out, size, groups));
    }

    private static Kernel stored(int in, int out, int size, int groups) {
        return Kernel.stored("weight", new Shape(out, groups > 0 ? in / groups : in, size, size));
    }

    /**
     * Makes a convolution with a kernel that may be computed.
     *
     * @param in input channels
     * @param out output channels
     * @param size height and width of the kernel in pixels, odd
     * @param groups number of groups the channels are split into: the cardinality
     * @param stride step in pixels, at least 1
     * @param kernel {@code (out, in / groups, size, size)}; what of it is stored and belongs to nobody yet belongs to this
     *     convolution
     * @throws IllegalArgumentException if a number is not positive, the size even, the groups do not divide both
     *     channel counts, or the kernel has another shape
     */
    public Conv(int in, int out, int size, int groups, int stride, Kernel kernel) {
        super(in);
        require(
                in > 0 && out > 0 && groups > 0 && stride > 0 && size % 2 == 1,
                () -> "positive in, out, groups and stride and an odd size are needed: in=" + in + ", out=" + out
                        + ", size=" + size + ", groups=" + groups + ", stride=" + stride);
        require(
                in % groups == 0 && out % groups == 0,
                "groups must divide the input and output channels: groups=" + groups + ", in=" + in + ", out=" + out);
        this.in = in;
        this.out = out;
        this.size = size;
        this.groups = groups;
        this.stride = stride;
        this.kernel = kernel;
        require(
                kernel.shape().equals(new Shape(out, in / groups, size, size)),
                () -> "a kernel " + new Shape(out, in / groups, size, size) + " is needed, not " + kernel.shape());
        kernel.stored()
                .forEach(part -> require(
                        part.shape().size() > 0, () -> part + " needs one number or more, not " + part.shape()));
        List<Parameter> own = kernel.stored().stream()
                .filter(Kernel::taken)
                .map(Kernel::parameter)
                .toList();
        List<String> names = own.stream().map(Parameter::getName).toList();
        require(
                Set.copyOf(names).size() == names.size(),
                () -> "the stored tensors of a kernel need different names: " + names);
        own.forEach(this::addParameter);
    }

    /**
     * Returns what the kernel is computed from.
     *
     * @return the parameters that are stored, its own and those it has in common with others
     */
    public List<Parameter> stored() {
        return kernel.stored().stream().map(Kernel::parameter).toList();
    }

    /**
     * Returns the kernel that is stored.
     *
     * @return the parameter of shape {@code (out, in / groups, size, size)}
     * @throws IllegalArgumentException if it is computed from others
     */
    public Parameter weight() {
        return kernel.parameter();
    }

    /**
     * Returns the kernel.
     *
     * @return {@code (out, in / groups, size, size)}, stored or computed
     */
    public Kernel kernel() {
        return kernel;
    }

    /**
     * Copies the kernel as it is now, without gradients.
     *
     * @param owner of the copy
     * @return an array {@code (out, in / groups, size, size)}
     */
    public NDArray copy(NDManager owner) {
        NDArray copy = Gradients.off(() -> {
            NDArray value = kernel.value(Parameter::getArray, owner);
            return kernel.isStored() ? value.duplicate() : value;
        });
        copy.attach(owner);
        return copy;
    }

    /**
     * Returns the step in pixels.
     *
     * @return the stride of a plain {@code forward}
     */
    public int stride() {
        return stride;
    }

    /**
     * Returns the channels it takes.
     *
     * @return number of input channels
     */
    public int in() {
        return in;
    }

    /**
     * Returns the cardinality.
     *
     * @return number of groups the channels are split into
     */
    public int groups() {
        return groups;
    }

    NDArray convolve(NDArray x, NDArray kernel, NDArray bias, int strideNow) {
        requireChannels(x.getShape());
        if (size == 1 && strideNow > 1 && in < FEW) {
            try (NDArray pixels = x.get(new NDIndex(":, :, ::" + strideNow + ", ::" + strideNow))) {
                return convolve(pixels, kernel, bias, 1);
            }
        }
        Shape step = new Shape(strideNow, strideNow);
        Shape padding = new Shape(size / 2, size / 2);
        return Conv2d.conv2d(x, kernel, bias, step, padding, new Shape(1, 1), groups)
                .singletonOrThrow();
    }

    /**
     * Returns the shape of the output at a stride of the caller's.
     *
     * @param input {@code (N, in, H, W)}
     * @param strideNow step in pixels
     * @return {@code (N, out, (H - 1) / stride + 1, (W - 1) / stride + 1)}
     * @throws IllegalArgumentException if the input has another number of channels
     */
    public Shape outputShape(Shape input, int strideNow) {
        requireChannels(input);
        return new Shape(input.get(0), out, (input.get(2) - 1) / strideNow + 1, (input.get(3) - 1) / strideNow + 1);
    }

    @Override
    public <T> T apply(Flow<T> flow, T x) {
        return flow.conv(this, x);
    }

    @Override
    public String toString() {
        return "conv " + size + "x" + size + ", " + in + " -> " + out + (groups > 1 ? ", " + groups + " groups" : "")
                + (stride > 1 ? ", stride " + stride : "")
                + (kernel.isStored() ? "" : ", " + kernel);
    }
}
