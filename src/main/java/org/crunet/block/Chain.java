package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import java.util.function.UnaryOperator;

/** Blocks one after the other, each with a name: DJL's own sequential block numbers its children but cannot name them. */
public final class Chain extends FlowBlock {

    /** Makes an empty chain, whose output is its input. */
    public Chain() {
        super(0);
    }

    /**
     * Appends a block.
     *
     * @param name what the table of layers calls it
     * @param block a block with one input and one output
     * @return this chain
     */
    public Chain then(String name, Block block) {
        addChildBlock(name, block);
        return this;
    }

    /**
     * Appends a function without weights.
     *
     * @param name what the table of layers calls it
     * @param function from one array to one array
     * @return this chain
     */
    public Chain then(String name, UnaryOperator<NDArray> function) {
        return then(name, LambdaBlock.singleton(function::apply, name));
    }

    @Override
    public <T> T apply(Flow<T> flow, T x) {
        T y = x;
        for (Block block : children.values()) {
            y = flow.block(block, y);
        }
        return y;
    }

    @Override
    public String toString() {
        return "chain of " + children.size() + " blocks";
    }
}
