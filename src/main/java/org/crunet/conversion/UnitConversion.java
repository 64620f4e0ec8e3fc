package org.crunet.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;

/** A trained bottleneck and the collective unit that takes its place; the shared factors are there already. */
final class UnitConversion {

    private final Layerwise from;
    private final Layerwise to;
    private final String unit;
    private final int stride;
    private final double offset;
    private final boolean projects;

    UnitConversion(Layerwise from, Layerwise to, String unit, int stride, double offset) {
        this.from = from;
        this.to = to;
        this.unit = unit;
        this.stride = stride;
        this.offset = offset;
        projects = from.has(unit + ".shortcut.weight");
        carryOver();
    }

    private String name(String layer) {
        return unit + "." + layer;
    }

    /** What both have: the first batch norm, the shortcut, and all behind the mix, as far as it is not wider. */
    private void carryOver() {
        to.putNorm(name(projects ? "project.norm" : "norm1"), from, name("norm1"));
        if (projects) {
            to.putNorm(name("project.shortcut_norm"), from, name("shortcut_norm"));
            to.put(name("project.conv.weight"), from.get(name("shortcut.weight")));
        }
        to.putFirst(name("norm3.weight"), from.get(name("norm3.weight")));
        to.putFirst(name("norm3.bias"), from.get(name("norm3.bias")));
        NDArray expand = from.get(name("expand.weight"));
        long surplus = to.get(name("expand.weight")).getShape().get(1)
                - expand.getShape().get(1);
        NDArray without = expand.getManager().zeros(new Shape(expand.getShape().get(0), surplus, 1, 1));
        to.put(name("expand.weight"), surplus == 0 ? expand : expand.concat(without, 1));
    }

    /** Fits the mix, and estimates statistics on the way; gives what enters the last batch norm. */
    NDArray fit(NDArray x, NDArray wanted) {
        NDArray features = features(projects ? projected(x) : x);
        to.putFirst(name("mix.weight"), LeastSquares.pointwise(wanted, features));
        NDArray fitted = to.conv(name("mix"), features, 1);
        to.estimate(name("norm3"), fitted);
        return fitted;
    }

    /** What enters the residual function; the batch norm behind lifts it over the bend of the ReLU and keeps its scale. */
    private NDArray projected(NDArray x) {
        NDArray projected = to.conv(name("project.conv"), to.normRelu(name("project.norm"), x), 1);
        to.estimate(name("norm1"), projected);
        NDArray deviation = to.deviation(name("norm1"));
        to.put(name("norm1.weight"), deviation);
        to.put(name("norm1.bias"), deviation.mul(offset));
        return projected;
    }

    /** What the shared factors, batch norm and ReLU make of it. */
    private NDArray features(NDArray x) {
        NDArray z = to.conv("shared.core", to.conv("shared.reduce", to.normRelu(name("norm1"), x), 1), stride);
        to.estimate(name("norm2"), z);
        NDArray ones = to.get(name("norm2.weight")).onesLike();
        to.put(name("norm2.weight"), ones);
        to.put(name("norm2.bias"), ones.mul(offset));
        return to.normRelu(name("norm2"), z);
    }

    /** The collective unit's output. */
    NDArray converted(NDArray x, NDArray fitted) {
        NDArray shortcut =
                projects ? to.conv(name("project.conv"), to.normRelu(name("project.shortcut_norm"), x), stride) : x;
        return to.conv(name("expand"), to.normRelu(name("norm3"), fitted), 1).add(shortcut);
    }

    /** Of the channels that both have. */
    double innerError(NDArray wanted, NDArray fitted) {
        return LeastSquares.relativeError(
                wanted, fitted.get(new NDIndex(":, :" + wanted.getShape().get(1))));
    }

    ConvertedUnit row(double kernelError, double innerError, double outputError) {
        Shape core = from.get(name("core.weight")).getShape();
        long in = to.get("shared.reduce.weight").getShape().get(1);
        String kernel = core.get(0) + " x " + in + " x " + core.get(2) + " x " + core.get(3);
        return new ConvertedUnit(
                unit, kernel, kernelError, innerError, outputError, from.parameters(unit), to.parameters(unit));
    }
}
