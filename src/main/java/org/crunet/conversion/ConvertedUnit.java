package org.crunet.conversion;

/**
 * How far a converted unit is off: one row of a {@link Converted}. The errors of activations are those of their deviation
 * from each channel's mean, since the next batch norm takes the mean away.
 *
 * @param unit {@code unit1} and so on, or {@code shared}
 * @param kernel shape of the kernel that was factorised, {@code D x C x 3 x 3}; empty for what is shared
 * @param kernelError relative error of that kernel in the collective factorisation, in the metric of
 *     {@link Conversion#kernels(org.crunet.network.Network, String, org.crunet.data.ImageSet)}; NaN for what is shared
 * @param innerError relative error of what enters the unit's last batch norm, on the calibration images
 * @param outputError relative error of the unit's output, on the calibration images
 * @param parametersBefore trainable parameters of the trained unit
 * @param parametersAfter trainable parameters of its own that the converted unit has
 */
public record ConvertedUnit(
        String unit,
        String kernel,
        double kernelError,
        double innerError,
        double outputError,
        long parametersBefore,
        long parametersAfter) {}
