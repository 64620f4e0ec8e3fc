package org.crunet.block;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.ArrayList;
import java.util.List;

/**
 * Collective residual units in a row that share their first two factors: {@code (N, in, H, W)} to
 * {@code (N, out, H / stride, W / stride)}. A stage with several groups refreshes the factors at each group's start.
 */
public final class CollectiveGroup extends AbstractBlock {

    private final SharedFactors shared;
    private final List<CollectiveUnit> units = new ArrayList<>();

    /**
     * A group of {@code size} units; the first one takes the stride and, if need be, projects the input.
     *
     * @param size number of units that share
     * @param in channels of the input
     * @param out channels C of every unit's output
     * @param width width D of the units
     * @param cardinality number of block terms R of the shared 3x3; {@code R = width} in the published networks
     * @param stride step of the first unit in pixels
     * @param norm setting of every batch norm
     * @throws IllegalArgumentException if a number is not positive or the cardinality does not divide the width
     */
    public CollectiveGroup(int size, int in, int out, int width, int cardinality, int stride, Normalisation norm) {
        if (size < 1) {
            throw new IllegalArgumentException("a group needs at least one unit: size=" + size);
        }
        shared = addChildBlock("shared", new SharedFactors(out, width, cardinality));
        for (int i = 0; i < size; i++) {
            CollectiveUnit unit = new CollectiveUnit(i == 0 ? in : out, out, i == 0 ? stride : 1, shared, norm);
            units.add(addChildBlock("unit" + (i + 1), unit));
        }
    }

    /**
     * A group that keeps channels and resolution, as in the middle of a stage, with the authors' batch norm.
     *
     * @param size number of units that share
     * @param channels channels C in and out
     * @param width width D of the units, which is also the cardinality of the shared 3x3
     */
    public CollectiveGroup(int size, int channels, int width) {
        this(size, channels, channels, width, width, 1, Normalisation.AUTHORS);
    }

    /**
     * What the units have in common.
     *
     * @return the shared factors, one object for the whole group
     */
    public SharedFactors shared() {
        return shared;
    }

    /**
     * The units, first to last.
     *
     * @return a list that cannot be changed
     */
    public List<CollectiveUnit> units() {
        return List.copyOf(units);
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store, NDList inputs, boolean training, PairList<String, Object> params) {
        NDList x = inputs;
        for (CollectiveUnit unit : units) {
            NDList y = unit.forward(store, x, training);
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
        for (CollectiveUnit unit : units) {
            shapes = unit.getOutputShapes(shapes);
        }
        return shapes;
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputShapes) {
        shared.initialize(manager, type, getOutputShapes(inputShapes)[0]);
        Shape[] shapes = inputShapes;
        for (CollectiveUnit unit : units) {
            unit.initialize(manager, type, shapes);
            shapes = unit.getOutputShapes(shapes);
        }
    }

    @Override
    public String toString() {
        return units.size() + " collective units, width " + shared.width();
    }
}
