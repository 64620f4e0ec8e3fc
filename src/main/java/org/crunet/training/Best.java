package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.crunet.network.Network;
import org.crunet.network.Weights;
import org.crunet.torch.Floats;

/** The weights after the epoch of the highest validation top-1, the first of those that are equal. */
public final class Best {

    private final Network trained;
    private final Epoch epoch;
    private final Map<String, float[]> weights;

    Best(Network trained, Epoch epoch, Map<String, float[]> weights) {
        this.trained = trained;
        this.epoch = epoch;
        this.weights = weights;
    }

    /** Copies the weights as they are now. */
    static Best now(Network network, Epoch epoch) {
        Map<String, float[]> weights = new LinkedHashMap<>();
        Weights.of(network.block())
                .forEach((name, parameter) ->
                        weights.put(name, parameter.getArray().toFloatArray()));
        return new Best(network, epoch, weights);
    }

    boolean isBelow(Epoch other) {
        return epoch.validationTop1() < other.validationTop1();
    }

    /**
     * Returns the epoch these weights are from.
     *
     * @return its row of the history
     */
    public Epoch epoch() {
        return epoch;
    }

    /**
     * Returns a network with these weights, beside the one that was trained on.
     *
     * @return a new network of the same architecture
     * @throws IllegalStateException if the network was built around a block and has no architecture
     */
    public Network network() {
        Network network = trained.architecture().build(0, trained.manager().getDevice());
        Map<String, Parameter> parameters = Weights.of(network.block());
        weights.forEach(
                (name, values) -> Floats.set(values, parameters.get(name).getArray()));
        return network;
    }

    /** The weights as arrays, to be saved. */
    Map<String, NDArray> arrays(NDManager manager) {
        Map<String, Parameter> parameters = Weights.of(trained.block());
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        weights.forEach((name, values) ->
                arrays.put(name, manager.create(values, parameters.get(name).getShape())));
        return arrays;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT, "the weights of epoch %d, top-1 %.1f %%", epoch.epoch(), 100 * epoch.validationTop1());
    }
}
