package org.crunet.conversion;

import java.util.List;
import java.util.Locale;
import org.crunet.network.Network;

/**
 * A network in which one stage was made collective, and how well that went.
 *
 * @param network the new network, to evaluate, to train further, to close
 * @param stage the stage that was converted
 * @param units one row a unit, and one for what they share
 */
public record Converted(Network network, String stage, List<Unit> units) {

    /**
     * The errors of a converted unit, those of activations being of their deviation from each channel's mean, since the
     * next batch norm takes the mean away.
     *
     * @param unit {@code unit1} and so on, or {@code shared}
     * @param kernel shape of the kernel that was factorised, {@code D x C x 3 x 3}; empty for what is shared
     * @param kernelError relative error of that kernel in the collective factorisation, in the metric of
     *     {@link Conversion#kernels(Network, String, org.crunet.data.ImageSet)}; NaN for what is shared
     * @param innerError relative error of what enters the unit's last batch norm, on the calibration images
     * @param outputError relative error of the unit's output, on the calibration images
     * @param parametersBefore trainable parameters of the trained unit
     * @param parametersAfter trainable parameters of its own that the converted unit has
     */
    public record Unit(
            String unit,
            String kernel,
            double kernelError,
            double innerError,
            double outputError,
            long parametersBefore,
            long parametersAfter) {}

    /** Keeps its own copy of the rows. */
    public Converted {
        units = List.copyOf(units);
    }

    @Override
    public String toString() {
        long before = units.stream().mapToLong(Unit::parametersBefore).sum();
        long after = units.stream().mapToLong(Unit::parametersAfter).sum();
        return String.format(
                Locale.ROOT,
                "%s: %,d parameters instead of %,d in the stage, %,d instead of %,d in all",
                network.name(),
                after,
                before,
                network.parameters(),
                network.parameters() - after + before);
    }
}
