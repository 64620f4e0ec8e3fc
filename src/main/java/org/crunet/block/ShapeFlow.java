package org.crunet.block;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;

/** Shapes instead of arrays: what a block will compute, before it has weights. */
class ShapeFlow implements Flow<Shape> {

    /** Is told of every block before its output is computed. */
    protected void layer(Block block, Shape input) {}

    @Override
    public Shape conv(Conv conv, Shape x, int stride) {
        layer(conv, x);
        return conv.outputShape(x, stride);
    }

    @Override
    public Shape norm(BatchNorm norm, Shape x) {
        layer(norm, x);
        return x;
    }

    @Override
    public Shape pointwise(Pointwise function, Shape x) {
        return x;
    }

    @Override
    public Shape concat(Shape a, Shape b) {
        return Flow.concatenated(a, b);
    }

    @Override
    public Shape slice(Shape x, int from, int to) {
        return Flow.sliced(x, from, to);
    }

    @Override
    public Shape scale(ChannelScale scale, Shape x) {
        layer(scale, x);
        return x;
    }

    @Override
    public Shape layerNorm(ChannelNorm norm, Shape x) {
        layer(norm, x);
        return x;
    }

    @Override
    public Shape add(Shape z, Shape shortcut) {
        require(
                z.equals(shortcut),
                () -> "output " + z + " and shortcut " + shortcut + " are added: give them one shape");
        return z;
    }

    @Override
    public Shape zeroPad(Shape x, int stride, int added) {
        return Flow.zeroPadded(x, stride, added);
    }

    @Override
    public Shape maxPool(Shape x) {
        return Flow.maxPooled(x);
    }

    @Override
    public Shape averagePool(Shape x) {
        return new Shape(x.get(0), x.get(1));
    }

    @Override
    public Shape block(Block block, Shape x) {
        layer(block, x);
        return block.getOutputShapes(new Shape[] {x})[0];
    }
}
