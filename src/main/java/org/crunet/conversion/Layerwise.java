package org.crunet.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv2d;
import java.util.LinkedHashMap;
import java.util.Map;
import org.crunet.network.Network;
import org.crunet.network.Weights;
import org.crunet.torch.Floats;

/** Copies of the weights of a stage, by names such as {@code unit1.expand.weight}, and single layers computed with them. */
final class Layerwise {

    private final String stage;
    private final float epsilon;
    private final Map<String, NDArray> arrays = new LinkedHashMap<>();
    private final Map<String, Long> trainable = new LinkedHashMap<>();

    private Layerwise(String stage, float epsilon) {
        this.stage = stage;
        this.epsilon = epsilon;
    }

    static Layerwise of(Network network, String stage, NDManager owner) {
        Layerwise copies =
                new Layerwise(stage, network.architecture().normalisation().epsilon());
        Weights.of(network.block()).forEach((name, parameter) -> {
            if (name.startsWith(stage + ".")) {
                copies.add(name.substring(stage.length() + 1), parameter, owner);
            }
        });
        return copies;
    }

    private void add(String name, Parameter parameter, NDManager owner) {
        NDArray copy = parameter.getArray().duplicate();
        copy.setRequiresGradient(false);
        copy.attach(owner);
        arrays.put(name, copy);
        trainable.put(name, parameter.requiresGradient() ? copy.size() : 0);
    }

    /** Puts the copies into a network of the same architecture. */
    void writeTo(Network network) {
        Map<String, Parameter> parameters = Weights.of(network.block());
        arrays.forEach((name, array) ->
                Floats.copy(array, parameters.get(stage + "." + name).getArray()));
    }

    boolean has(String name) {
        return arrays.containsKey(name);
    }

    NDArray get(String name) {
        return arrays.get(name);
    }

    void put(String name, NDArray array) {
        Floats.copy(array, arrays.get(name));
    }

    /** The first rows of a larger array. */
    void putFirst(String name, NDArray rows) {
        Floats.copy(rows, get(name));
    }

    /** The four arrays of a batch norm of another stage. */
    void putNorm(String name, Layerwise from, String norm) {
        for (String part : new String[] {".weight", ".bias", ".running_mean", ".running_var"}) {
            put(name + part, from.get(norm + part));
        }
    }

    /** Trainable parameters whose names begin so. */
    long parameters(String prefix) {
        return trainable.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(prefix + "."))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    /** The factor {@code (C)} that a batch norm multiplies a channel by. */
    NDArray scale(String norm) {
        return get(norm + ".weight").div(deviation(norm));
    }

    /** The root {@code (C)} of a batch norm's running variance. */
    NDArray deviation(String norm) {
        return get(norm + ".running_var").add(epsilon).sqrt();
    }

    NDArray normRelu(String norm, NDArray x) {
        NDArray scale = scale(norm);
        NDArray shift = get(norm + ".bias").sub(get(norm + ".running_mean").mul(scale));
        return Activation.relu(x.mul(scale.reshape(1, -1, 1, 1)).add(shift.reshape(1, -1, 1, 1)));
    }

    /** Sets the running statistics of a batch norm to those of its input. */
    void estimate(String norm, NDArray x) {
        NDArray rows = LeastSquares.rows(x);
        NDArray mean = rows.mean(new int[] {1}, true);
        put(norm + ".running_mean", mean.flatten().toType(x.getDataType(), false));
        NDArray variance = rows.sub(mean).square().mean(new int[] {1});
        put(norm + ".running_var", variance.toType(x.getDataType(), false));
    }

    /** Padded by half the kernel; the number of groups follows from the shapes. */
    NDArray conv(String name, NDArray x, int stride) {
        NDArray kernel = get(name + ".weight");
        Shape shape = kernel.getShape();
        int groups = (int) (x.getShape().get(1) / shape.get(1));
        Shape half = new Shape(shape.get(2) / 2, shape.get(3) / 2);
        return Conv2d.conv2d(x, kernel, null, new Shape(stride, stride), half, new Shape(1, 1), groups)
                .singletonOrThrow();
    }
}
