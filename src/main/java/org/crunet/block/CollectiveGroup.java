package org.crunet.block;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Collective residual units in a row that share their first two factors or, by {@link Sharing}, one of them:
 * {@code (N, in, H, W)} to {@code (N, C, (H - 1) / stride + 1, (W - 1) / stride + 1)}. A stage with several groups refreshes
 * the factors at each group's start.
 */
public final class CollectiveGroup extends FlowBlock {

    private final SharedFactors shared;
    private final CollectiveForm form;
    private final List<CollectiveUnit> units = new ArrayList<>();

    /**
     * Makes a group of {@code size} units; the first one takes the stride and, if need be, projects the input.
     *
     * @param size number of units that share
     * @param in channels of the input
     * @param out channels C of every unit's output
     * @param shared the factors they share, of C channels and the width D; what these lack each unit has for itself
     * @param stride step of the first unit in pixels
     * @param form the standard or the improved form of the units
     * @param separate whether a first unit with a stride has its own 3x3 and shortcut weights; the authors let it run the
     *     shared 3x3 and use one 1x1 for shortcut and input. Its 1x1 is the shared one, if there is one
     * @param norm setting of every batch norm
     * @throws IllegalArgumentException if the factors do not take C channels (the message has both shapes), a number is
     *     not positive, batch norm comes after the convolutions, or no unit would run a shared factor
     */
    public CollectiveGroup(
            int size,
            int in,
            int out,
            SharedFactors shared,
            int stride,
            CollectiveForm form,
            boolean separate,
            Normalisation norm) {
        super(in);
        require(size > 0, "a group needs at least one unit: size=" + size);
        require(norm.preActivation(), "collective units are pre-activation: order=" + norm.order());
        this.shared = addChildBlock("shared", shared);
        this.form = form;
        for (int i = 0; i < size; i++) {
            int from = i == 0 ? in : out;
            int by = i == 0 ? stride : 1;
            units.add(addChildBlock("unit" + (i + 1), new CollectiveUnit(from, out, by, shared, form, separate, norm)));
        }
        require(
                shared.core() == null || unitsWith(shared.core()) > 0,
                "no unit would run the shared 3x3, as the only one has a separate start: share the 1x1 alone,"
                        + " Sharing.REDUCE, or set separate=false");
    }

    /**
     * Makes a group that keeps channels and resolution, as in the middle of a stage: the improved form with both
     * factors shared, a channelwise 3x3 and the authors' batch norm.
     *
     * @param size number of units that share
     * @param channels channels C in and out
     * @param width width D of the units, which is also the cardinality of the shared 3x3
     */
    public CollectiveGroup(int size, int channels, int width) {
        this(
                size,
                channels,
                channels,
                new SharedFactors(channels, width, width),
                1,
                CollectiveForm.IMPROVED,
                false,
                Normalisation.AUTHORS);
    }

    /**
     * Returns what the units have in common.
     *
     * @return the shared factors, one object for the whole group
     */
    public SharedFactors shared() {
        return shared;
    }

    /**
     * Returns the form of the units.
     *
     * @return standard or improved (Fig. 3)
     */
    public CollectiveForm form() {
        return form;
    }

    /**
     * Returns the units, first to last.
     *
     * @return a list that cannot be changed
     */
    public List<CollectiveUnit> units() {
        return List.copyOf(units);
    }

    /**
     * Counts the units that have a factor in common; a first unit with a 3x3 of its own is not among those of the 3x3.
     *
     * @param factor one of the shared factors
     * @return number of units that run it
     */
    public int unitsWith(Conv factor) {
        return (int) units.stream().filter(unit -> unit.has(factor)).count();
    }

    @Override
    public <T> T apply(Flow<T> flow, T x) {
        T y = x;
        for (CollectiveUnit unit : units) {
            y = flow.block(unit, y);
        }
        return y;
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... shapes) {
        Shape out = getOutputShapes(shapes)[0];
        int channels = shared.sharing().reduce() ? shared.channels() : shared.width();
        shared.initialize(manager, type, new Shape(out.get(0), channels, out.get(2), out.get(3)));
        super.initializeChildBlocks(manager, type, shapes);
    }

    @Override
    public String toString() {
        return units.size() + " collective units, width " + shared.width();
    }
}
