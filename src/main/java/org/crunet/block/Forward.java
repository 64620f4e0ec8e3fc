package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.ParameterStore;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.crunet.torch.Autocast;

/**
 * Arrays through one block. Each step lets go of what it was given, unless that is the block's input, which belongs to
 * the caller; DJL would hold every array until the batch is done.
 */
final class Forward implements Flow<NDArray> {

    private final ParameterStore store;
    private final boolean training;
    private final boolean half;
    private final NDArray input;
    /** What a step has been given already. */
    private final Set<NDArray> used = Collections.newSetFromMap(new IdentityHashMap<>());
    /** What one more step may take. */
    private final Map<NDArray, Integer> spare = new IdentityHashMap<>();

    Forward(ParameterStore store, boolean training, NDArray input) {
        this.store = store;
        this.training = training;
        half = store instanceof Store ours && ours.isHalf();
        this.input = input;
    }

    @Override
    public NDArray conv(Conv conv, NDArray x, int stride) {
        use(x);
        NDArray kernel = conv.kernel().value(weight -> value(weight, x), x.getManager());
        NDArray y = seen(conv, convolve(conv, x, kernel, null, stride));
        if (!conv.kernel().isStored()) {
            kernel.close();
        }
        return instead(x, y);
    }

    @Override
    public NDArray convNorm(Conv conv, int stride, BatchNorm norm, NDArray x) {
        if (!training && store instanceof FoldedNorms folded) {
            use(x);
            FoldedNorms.Kernel kernel = folded.of(conv, norm);
            return instead(x, convolve(conv, x, kernel.weight(), kernel.bias(), stride));
        }
        return norm(norm, conv(conv, x, stride));
    }

    private NDArray convolve(Conv conv, NDArray x, NDArray kernel, NDArray bias, int stride) {
        return half
                ? Autocast.bf16(x, kernel, bias, (a, weight, shift) -> conv.convolve(a, weight, shift, stride))
                : conv.convolve(x, kernel, bias, stride);
    }

    @Override
    public NDArray norm(BatchNorm norm, NDArray x) {
        return block(norm, x);
    }

    @Override
    public NDArray pointwise(Pointwise function, NDArray x) {
        use(x);
        return instead(
                x,
                switch (function) {
                    case RELU -> Activation.relu(x);
                    case GELU -> Activation.gelu(x);
                    case SIGMOID -> Activation.sigmoid(x);
                });
    }

    @Override
    public NDArray concat(NDArray a, NDArray b) {
        use(a);
        use(b);
        Flow.concatenated(a.getShape(), b.getShape());
        return instead(b, instead(a, NDArrays.concat(new NDList(a, b), 1)));
    }

    @Override
    public NDArray slice(NDArray x, int from, int to) {
        use(x);
        Flow.sliced(x.getShape(), from, to);
        return instead(x, x.get(new NDIndex(":, " + from + ":" + to)));
    }

    @Override
    public NDArray scale(ChannelScale scale, NDArray x) {
        use(x);
        return instead(x, seen(scale, scale.forward(x, value(scale.scale(), x))));
    }

    @Override
    public NDArray layerNorm(ChannelNorm norm, NDArray x) {
        use(x);
        return instead(x, seen(norm, norm.forward(x, value(norm.gamma(), x), value(norm.beta(), x))));
    }

    private NDArray value(Parameter parameter, NDArray x) {
        return store.getValue(parameter, x.getDevice(), training);
    }

    @Override
    public NDArray dropout(NDArray x, float rate) {
        use(x);
        return training ? instead(x, Dropout.dropout(x, rate, true).singletonOrThrow()) : instead(x, x);
    }

    @Override
    public NDArray add(NDArray z, NDArray shortcut) {
        use(z);
        use(shortcut);
        return instead(shortcut, instead(z, z.add(shortcut)));
    }

    /** Copies what is not channels last yet; libtorch reads the layout from the strides and keeps it from layer to layer. */
    @Override
    public NDArray channelsLast(NDArray x) {
        use(x);
        Shape shape = x.getShape();
        try (NDArray rows = x.transpose(0, 2, 3, 1);
                NDArray flat = rows.reshape(shape.size());
                NDArray pixels = flat.reshape(shape.get(0), shape.get(2), shape.get(3), shape.get(1))) {
            return instead(x, pixels.transpose(0, 3, 1, 2));
        }
    }

    @Override
    public NDArray keep(NDArray x) {
        spare.merge(x, 1, Integer::sum);
        return x;
    }

    @Override
    public NDArray zeroPad(NDArray x, int stride, int added) {
        use(x);
        try (NDArray pixels = x.get(new NDIndex(":, :, ::" + stride + ", ::" + stride))) {
            return instead(x, pixels.pad(new Shape(0, 0, 0, 0, added / 2, added - added / 2), 0));
        }
    }

    @Override
    public NDArray maxPool(NDArray x) {
        use(x);
        return instead(x, Pool.maxPool2d(x, new Shape(3, 3), new Shape(2, 2), new Shape(1, 1), false));
    }

    @Override
    public NDArray averagePool(NDArray x) {
        use(x);
        if (store instanceof Watch watch) {
            watch.averages(x);
        }
        return instead(x, Pool.globalAvgPool2d(x));
    }

    @Override
    public NDArray block(Block block, NDArray x) {
        use(x);
        return instead(x, seen(block, half ? half(block, x) : forward(block, x)));
    }

    private NDArray forward(Block block, NDArray x) {
        return block.forward(store, new NDList(x), training).singletonOrThrow();
    }

    /** Gives float32 to any block that is not known to be safe with bf16: DJL does not know the type. */
    private NDArray half(Block block, NDArray x) {
        if (block instanceof FlowBlock flows) {
            return flows.run(store, x, training);
        }
        if (block instanceof BatchNorm) {
            return forward(block, x);
        }
        if (block.getClass() == Conv2d.class || block.getClass() == Linear.class) {
            return half ? Autocast.bf16(x.getDevice(), () -> forward(block, x)) : forward(block, x);
        }
        NDArray single = Autocast.float32(x);
        NDArray y = forward(block, single);
        if (single != x && single != y) {
            single.close();
        }
        return y;
    }

    private NDArray seen(Block block, NDArray output) {
        if (store instanceof Watch watch) {
            watch.saw(block, output);
        }
        return output;
    }

    /** A step closes what it is given. */
    private void use(NDArray x) {
        if (spare.containsKey(x)) {
            spare.computeIfPresent(x, (value, times) -> times > 1 ? times - 1 : null);
        } else if (x != input && !used.add(x)) {
            throw new IllegalStateException(
                    "a value inside a block was used twice: say flow.keep(value) at its first use");
        }
    }

    /** Lets go of x, unless it is y: what was passed on as it is may be used once more. */
    private NDArray instead(NDArray x, NDArray y) {
        if (x == y) {
            if (!used.remove(x)) { // it was kept, and is once more
                spare.merge(x, 1, Integer::sum);
            }
        } else if (used.contains(x)) {
            x.close();
        }
        return y;
    }
}
