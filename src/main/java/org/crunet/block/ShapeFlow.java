package org.crunet.block;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;

/** Shapes instead of arrays: what a block will compute, before it has weights. */
class ShapeFlow implements Flow<Shape> {

    /** Hears of every block that is reached; its output is null when only the block can tell. */
    protected Shape layer(Block block, Shape input, Shape output) {
        return output == null ? block.getOutputShapes(new Shape[] {input})[0] : output;
    }

    @Override
    public Shape conv(Conv conv, Shape x, int stride) {
        return layer(conv, x, conv.outputShape(x, stride));
    }

    @Override
    public Shape norm(BatchNorm norm, Shape x) {
        return layer(norm, x, x);
    }

    @Override
    public Shape relu(Shape x) {
        return x;
    }

    @Override
    public Shape add(Shape z, Shape shortcut) {
        require(
                z.equals(shortcut),
                () -> "the residual function's output " + z + " and its shortcut " + shortcut
                        + " must have one shape: they are added");
        return z;
    }

    @Override
    public Shape channelsLast(Shape x) {
        return x;
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
        return layer(block, x, null);
    }
}
