package org.crunet.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.crunet.block.BatchNorm;
import org.crunet.block.CollectiveUnit;
import org.crunet.block.Projection;
import org.crunet.block.ResidualUnit;
import org.crunet.block.Watch;
import org.crunet.torch.Floats;

/** A trained bottleneck and the collective unit that takes its place; the shared factors have their weights already. */
final class UnitConversion {

    private final ResidualUnit from;
    private final CollectiveUnit to;
    private final double offset;
    private double innerError;

    UnitConversion(ResidualUnit from, CollectiveUnit to, double offset) {
        this.from = from;
        this.to = to;
        this.offset = offset;
        carryOver();
    }

    /** What both have: the first batch norm, the shortcut, and all behind the mix, as far as it is not wider. */
    private void carryOver() {
        Projection projection = to.projection();
        copy(from.norms().get(0), projection == null ? to.norms().get(0) : projection.norm());
        if (projection != null) {
            copy(from.shortcutNorm(), projection.shortcutNorm());
            put(from.shortcut().weight().getArray(), projection.conv().weight());
        }
        BatchNorm last = to.norms().get(2);
        put(from.norms().get(2).gamma().getArray(), last.gamma());
        put(from.norms().get(2).beta().getArray(), last.beta());
        Shape wide = to.expand().weight().getShape();
        Shape narrow = from.main().get(2).weight().getShape();
        try (NDManager scope = last.gamma().getArray().getManager().newSubManager()) {
            NDArray without = scope.zeros(new Shape(wide.get(0), wide.get(1) - narrow.get(1), 1, 1));
            put(from.main().get(2).copy(scope).concat(without, 1), to.expand().weight());
        }
    }

    private static void copy(BatchNorm norm, BatchNorm to) {
        put(norm.gamma().getArray(), to.gamma());
        put(norm.beta().getArray(), to.beta());
        put(norm.runningMean().getArray(), to.runningMean());
        put(norm.runningVar().getArray(), to.runningVar());
    }

    /** Puts numbers into a parameter, from its first on. */
    private static void put(NDArray numbers, Parameter parameter) {
        Floats.copy(numbers, parameter.getArray());
    }

    /**
     * Runs the collective unit and sets on the way what is not set yet, each layer as soon as its input is known.
     *
     * @param x what enters the unit
     * @param wanted what is to enter its last batch norm
     * @return the unit's output
     */
    NDArray fit(NDArray x, NDArray wanted) {
        BatchNorm first = to.norms().get(0);
        BatchNorm middle = to.norms().get(1);
        Parameter mix = to.mix().weight();
        Map<Block, Consumer<NDArray>> then = new IdentityHashMap<>();
        if (to.projection() != null) {
            then.put(
                    to.projection().conv(),
                    z -> lift(first, estimate(first, z).add(first.epsilon()).sqrt()));
        }
        then.put(to.core(), z -> lift(middle, estimate(middle, z).onesLike()));
        then.put(middle, z -> put(LeastSquares.pointwise(wanted, Activation.relu(z)), mix));
        then.put(to.mix(), z -> {
            estimate(to.norms().get(2), z);
            NDArray common = z.get(new NDIndex(":, :" + wanted.getShape().get(1)));
            innerError = LeastSquares.relativeError(wanted, common);
        });
        Watch watch = new Watch(to.expand().weight().getArray().getManager(), (block, output) -> {
            Consumer<NDArray> next = then.remove(block); // a projection's 1x1 runs once more, as the shortcut
            if (next != null) {
                next.accept(output);
            }
        });
        return TrainedStage.forward(watch, to, x);
    }

    /** Sets the running statistics of a batch norm to those of its input, and returns the variance. */
    private static NDArray estimate(BatchNorm norm, NDArray x) {
        NDArray rows = LeastSquares.rows(x);
        NDArray mean = rows.mean(new int[] {1}, true);
        NDArray variance = rows.sub(mean).square().mean(new int[] {1}).toType(x.getDataType(), false);
        put(mean.flatten().toType(x.getDataType(), false), norm.runningMean());
        put(variance, norm.runningVar());
        return variance;
    }

    /** Lifts what a batch norm makes over the bend of the ReLU behind it. */
    private void lift(BatchNorm norm, NDArray scale) {
        put(scale, norm.gamma());
        put(scale.mul(offset), norm.beta());
    }

    /** Of what enters the last batch norm, in the channels that both have. */
    double innerError() {
        return innerError;
    }
}
