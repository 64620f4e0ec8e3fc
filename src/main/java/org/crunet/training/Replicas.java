package org.crunet.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.crunet.network.Network;
import org.crunet.network.Weights;
import org.crunet.torch.Gradients;

/**
 * The network on every device: itself on the first, copies of its weights on the others, which are made equal before a
 * step and whose gradients are added to the network's own after it. The running statistics are those of the first.
 */
final class Replicas implements AutoCloseable {

    private final NDManager manager;
    private final List<Copy> copies = new ArrayList<>();
    private final List<Replica> all = new ArrayList<>();

    Replicas(Network network, List<Device> devices) {
        manager = network.manager().newSubManager();
        List<Parameter> parameters = List.copyOf(Weights.of(network.block()).values());
        all.add(new Replica(devices.get(0), new ParameterStore(network.manager(), false)));
        for (Device device : devices.subList(1, devices.size())) {
            Copy copy = Gradients.off(() -> new Copy(manager.newSubManager(device), parameters, device));
            copies.add(copy);
            all.add(new Replica(device, copy));
        }
    }

    /** The network on one device. */
    record Replica(Device device, ParameterStore weights) {

        /** The images on this device, with a manager of it: DJL then makes there all that comes of them. */
        NDArray here(NDArray images) {
            NDManager owner = images.getManager().newSubManager(device);
            NDArray here = images.toDevice(device, false);
            here.attach(owner);
            return here;
        }
    }

    /** The weights of one device. */
    private static final class Copy extends ParameterStore {

        private final Map<Parameter, NDArray> arrays = new IdentityHashMap<>();

        Copy(NDManager manager, List<Parameter> parameters, Device device) {
            super(manager, true);
            for (Parameter parameter : parameters) {
                NDArray array = copy(parameter.getArray(), device);
                array.attach(manager);
                array.setRequiresGradient(parameter.requiresGradient());
                arrays.put(parameter, array);
            }
        }

        /** Whatever it says, toDevice does not copy to where the array is. */
        private static NDArray copy(NDArray array, Device device) {
            NDArray here = array.duplicate();
            NDArray there = here.toDevice(device, false);
            if (there != here) {
                here.close();
            }
            return there;
        }

        @Override
        public NDArray getValue(Parameter parameter, Device device, boolean training) {
            return arrays.get(parameter);
        }
    }

    /** One a device, the network's own first. */
    List<Replica> all() {
        return all;
    }

    /** Makes all copies equal to the network. */
    void refresh() {
        for (Copy copy : copies) {
            copy.arrays.forEach((parameter, array) -> {
                array.muli(0);
                try (NDArray there = parameter.getArray().toDevice(array.getDevice(), true)) {
                    array.addi(there);
                }
            });
        }
    }

    /** Adds the gradients of the copies to the network's, and forgets them. */
    void gather() {
        for (Copy copy : copies) {
            copy.arrays.forEach((parameter, array) -> {
                if (parameter.requiresGradient()) {
                    try (NDArray sum = parameter.getArray().getGradient();
                            NDArray gradient = array.getGradient();
                            NDArray here = gradient.toDevice(sum.getDevice(), true)) {
                        sum.addi(here);
                        gradient.muli(0);
                    }
                }
            });
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
