package org.crunet.block;

/**
 * The beginning of a collective stage, after the authors' definition: one 1x1 weight, used twice. At full resolution it makes
 * the input of the residual function, at the unit's stride it is the shortcut; each use has its own BN and ReLU.
 *
 * <p>With a separate start and a stride, the shortcut has a weight of its own. Which factors the units of the group share
 * makes no difference: these weights are the first unit's in any case.
 */
public final class Projection extends FlowBlock {

    private final int stride;
    private final BatchNorm norm;
    private final BatchNorm shortcutNorm;
    private final Conv conv;
    private final Conv shortcut;

    Projection(int in, int out, int stride, boolean separate, Normalisation norm) {
        super(in);
        this.stride = stride;
        this.norm = addChildBlock("norm", norm.batchNorm());
        shortcutNorm = addChildBlock("shortcut_norm", norm.batchNorm());
        conv = addChildBlock("conv", new Conv(in, out, 1, 1, 1));
        shortcut = separate ? addChildBlock("shortcut", new Conv(in, out, 1, 1, stride)) : conv;
    }

    /**
     * Returns the batch norm before the 1x1 at full resolution.
     *
     * @return over the channels of the unit's input
     */
    public BatchNorm norm() {
        return norm;
    }

    /**
     * Returns the batch norm before the shortcut.
     *
     * @return over the channels of the unit's input
     */
    public BatchNorm shortcutNorm() {
        return shortcutNorm;
    }

    /**
     * Returns the 1x1 at full resolution, which without a separate start is also the shortcut's.
     *
     * @return the convolution
     */
    public Conv conv() {
        return conv;
    }

    /** Computes what enters the residual function: {@code (N, in, H, W)} to {@code (N, out, H, W)}. */
    @Override
    public <T> T apply(Flow<T> flow, T x) {
        return flow.conv(conv, flow.normRelu(norm, x));
    }

    /** {@code (N, in, H, W)} to {@code (N, out, (H - 1) / stride + 1, (W - 1) / stride + 1)}. */
    <T> T shortcut(Flow<T> flow, T x) {
        return flow.conv(shortcut, flow.normRelu(shortcutNorm, x), stride);
    }

    @Override
    public String toString() {
        return "projection at strides 1 and " + stride + (shortcut == conv ? ", one weight" : ", two weights");
    }
}
