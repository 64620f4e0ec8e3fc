package org.crunet.training;

import static org.crunet.base.Errors.require;

import ai.djl.Device;
import org.crunet.data.Splits;
import org.crunet.network.Network;

/** Says what does not fit before time is spent on it. */
final class Checks {

    private Checks() {}

    static void device(Network network, Recipe recipe) {
        Device wanted = Devices.of(recipe).get(0);
        Device has = network.manager().getDevice();
        require(
                wanted.equals(has),
                network.name() + " is on " + has + " and the recipe says " + wanted + ": build it there, build(seed, "
                        + "Device." + (wanted.isGpu() ? "gpu(" + wanted.getDeviceId() + ")" : "cpu()")
                        + "), or change withDevice");
    }

    static void batch(Recipe recipe, Splits data) {
        int images = data.train().size();
        String smaller = images < 2 ? "" : "withBatchSize(" + Integer.highestOneBit(images) + ") or ";
        require(
                images >= recipe.batchSize(),
                "a batch of " + recipe.batchSize() + " does not fill from " + images + " training images: use "
                        + smaller + "more images");
    }
}
