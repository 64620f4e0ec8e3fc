package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.function.UnaryOperator;

/** Blocks one after the other, each with a name: DJL's own sequential block numbers its children but cannot name them. */
public final class Chain extends AbstractBlock {

    /** An empty chain: its output is its input. */
    public Chain() {}

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
    protected NDList forwardInternal(
            ParameterStore store, NDList inputs, boolean training, PairList<String, Object> params) {
        NDList x = inputs;
        for (Block block : children.values()) {
            NDList y = block.forward(store, x, training);
            if (x != inputs) {
                x.close();
            }
            x = y;
        }
        return x;
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        Shape[] shapes = inputShapes;
        for (Block block : children.values()) {
            shapes = block.getOutputShapes(shapes);
        }
        return shapes;
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputShapes) {
        Shape[] shapes = inputShapes;
        for (Block block : children.values()) {
            block.initialize(manager, type, shapes);
            shapes = block.getOutputShapes(shapes);
        }
    }

    @Override
    public String toString() {
        return "chain of " + children.size() + " blocks";
    }
}
