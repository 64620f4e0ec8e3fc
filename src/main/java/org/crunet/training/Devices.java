package org.crunet.training;

import static org.crunet.base.Errors.require;

import ai.djl.Device;
import ai.djl.engine.Engine;
import java.util.List;
import java.util.stream.IntStream;

/** Where a recipe trains. */
final class Devices {

    private Devices() {}

    /** The devices, the first of which holds the network. */
    static List<Device> of(Recipe recipe) {
        return of(recipe.device(), Engine.getInstance().getGpuCount());
    }

    static List<Device> of(String name, int gpus) {
        if (name.equals("cpu") || name.equals("auto") && gpus == 0) {
            return List.of(Device.cpu());
        }
        require(gpus > 0, "there is no GPU that PyTorch can use here: device=" + name + "; use withDevice(\"cpu\")");
        if (name.equals("auto")) {
            return IntStream.range(0, gpus).mapToObj(Device::gpu).toList();
        }
        int number = name.equals("gpu") ? 0 : Integer.parseInt(name.substring("gpu".length()));
        require(
                number < gpus,
                "there is no " + name + ", only " + gpus + (gpus == 1 ? " GPU" : " GPUs") + ", counted from gpu0");
        return List.of(Device.gpu(number));
    }
}
