package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.crunet.network.Network;
import org.crunet.network.Weights;
import org.crunet.torch.Floats;

/** The exponential average of a network's weights and running statistics over the steps, which begins as the first step's. */
final class Average implements AutoCloseable {

    private final NDManager manager;
    private final Map<String, Parameter> weights;
    private final Map<String, NDArray> averages = new LinkedHashMap<>();
    private final float added;

    Average(Network network, double kept) {
        manager = network.manager().newSubManager();
        weights = Weights.of(network.block());
        added = (float) (1 - kept);
        weights.forEach((name, weight) -> averages.put(name, weight.getArray().zerosLike()));
        averages.values().forEach(zeros -> zeros.attach(manager));
    }

    /** To be kept, by names of their own. */
    Map<String, NDArray> state() {
        Map<String, NDArray> state = new LinkedHashMap<>();
        averages.forEach((name, array) -> state.put("average." + name, array));
        return state;
    }

    void add(boolean first) {
        weights.forEach((name, weight) -> {
            float[] values = weight.getArray().toFloatArray();
            float[] average = averages.get(name).toFloatArray();
            for (int i = 0; i < values.length; i++) {
                average[i] = first ? values[i] : Math.fma(added, values[i] - average[i], average[i]);
            }
            Floats.set(average, averages.get(name));
        });
    }

    /** Does work while the averages are in the network. */
    <T> T in(Supplier<T> work) {
        swap();
        try {
            return work.get();
        } finally {
            swap();
        }
    }

    /** Puts the averages where the weights are, and these where the averages were. */
    void swap() {
        weights.forEach((name, weight) -> {
            float[] values = weight.getArray().toFloatArray();
            Floats.copy(averages.get(name), weight.getArray());
            Floats.set(values, averages.get(name));
        });
    }

    @Override
    public void close() {
        manager.close();
    }
}
