package org.crunet.network;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.nn.core.Linear;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.crunet.block.BatchNorm;
import org.crunet.block.ChannelNorm;
import org.crunet.block.ChannelScale;
import org.crunet.block.Conv;
import org.crunet.block.Flow;
import org.crunet.block.FlowBlock;

/**
 * Runs a block over shapes and writes down what each layer costs.
 *
 * <p>Multiply-adds: convolutions and fully connected layers, a multiplication and its addition counted as one. Memory:
 * what the backward pass asks for, which is the input of a convolution, a batch norm, a max pool or a fully connected
 * layer, and the output of a ReLU; a sum and what only enters one are let go.
 */
final class Ledger implements Flow<Ledger.Value> {

    /** Something that flows, the layer that made it (none for the input), and whether the backward pass asks for it. */
    static final class Value {
        private final Shape shape;
        private final Block by;
        private boolean kept;

        private Value(Shape shape, Block by) {
            this.shape = shape;
            this.by = by;
        }
    }

    /** All uses of one layer. */
    static final class Use {
        int times;
        long multiplyAdds;
        long mixing;
        boolean hides;
        long keptElements;
        Shape output;
    }

    private final Map<Block, Use> uses = new IdentityHashMap<>();
    private final List<Value> values = new ArrayList<>();

    /** What each layer that is reached does in one forward pass of an input of this shape. */
    static Map<Block, Use> of(Block block, Shape input) {
        Ledger ledger = new Ledger();
        Value x = new Value(input, null);
        ledger.values.add(x);
        ledger.block(block, x);
        ledger.values.stream()
                .filter(value -> value.kept && value.by != null)
                .forEach(value -> ledger.use(value.by).keptElements += value.shape.size());
        return ledger.uses;
    }

    private Use use(Block block) {
        return uses.computeIfAbsent(block, b -> new Use());
    }

    private Value layer(Block block, Value x, Shape output, long multiplyAdds) {
        x.kept = true;
        Use use = use(block);
        if (x.by == null && use.times == 0) {
            use.keptElements += x.shape.size();
        }
        use.times++;
        use.multiplyAdds += multiplyAdds;
        use.output = output;
        return value(output, block);
    }

    private Value value(Shape shape, Block by) {
        Value value = new Value(shape, by);
        values.add(value);
        return value;
    }

    @Override
    public Value conv(Conv conv, Value x, int stride) {
        Shape y = conv.outputShape(x.shape, stride);
        use(conv).mixing += conv.kernel().multiplyAdds();
        return layer(conv, x, y, conv.kernel().shape().size() * y.get(0) * y.get(2) * y.get(3));
    }

    @Override
    public Value norm(BatchNorm norm, Value x) {
        return layer(norm, x, x.shape, 0);
    }

    @Override
    public Value concat(Value a, Value b) {
        return value(Flow.concatenated(a.shape, b.shape), a.by);
    }

    @Override
    public Value slice(Value x, int from, int to) {
        return value(Flow.sliced(x.shape, from, to), x.by);
    }

    @Override
    public Value scale(ChannelScale scale, Value x) {
        return layer(scale, x, x.shape, 0);
    }

    @Override
    public Value layerNorm(ChannelNorm norm, Value x) {
        return layer(norm, x, x.shape, 0);
    }

    @Override
    public Value pointwise(Pointwise function, Value x) {
        x.kept |= function == Pointwise.GELU;
        Value y = value(x.shape, x.by);
        y.kept = function != Pointwise.GELU;
        return y;
    }

    @Override
    public Value add(Value z, Value shortcut) {
        return value(z.shape, z.by);
    }

    @Override
    public Value zeroPad(Value x, int stride, int added) {
        return value(Flow.zeroPadded(x.shape, stride, added), x.by);
    }

    @Override
    public Value maxPool(Value x) {
        x.kept = true;
        return value(Flow.maxPooled(x.shape), x.by);
    }

    @Override
    public Value averagePool(Value x) {
        return value(new Shape(x.shape.get(0), x.shape.get(1)), x.by);
    }

    @Override
    public Value block(Block block, Value x) {
        if (block instanceof FlowBlock ours) {
            Value y = ours.apply(this, x);
            if (block.getChildren().isEmpty() && block.getDirectParameters().isEmpty()) {
                Use use = use(block);
                use.times++;
                use.output = y.shape;
            }
            return y;
        }
        if (block instanceof SequentialBlock chain) {
            Value y = x;
            for (Block child : chain.getChildren().values()) {
                y = block(child, y);
            }
            return y;
        }
        Shape y = block.getOutputShapes(new Shape[] {x.shape})[0];
        long places = block instanceof Linear
                ? y.size() / y.get(y.dimension() - 1)
                : block instanceof Convolution ? y.size() / y.get(1) : 0;
        Parameter weight = block.getDirectParameters().get("weight");
        use(block).hides = places == 0
                && (!block.getChildren().isEmpty()
                        || block.getDirectParameters().values().stream()
                                .anyMatch(parameter -> parameter.getShape().dimension() > 1));
        return layer(block, x, y, places == 0 ? 0 : weight.getShape().size() * places);
    }
}
