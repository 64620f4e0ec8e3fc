package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.crunet.block.SharedKernels;
import org.crunet.block.Watch;
import org.crunet.network.Layer;
import org.crunet.network.Network;
import org.crunet.network.Weights;
import org.crunet.torch.Floats;
import org.crunet.torch.Precision;

/** Finds where numbers first stop being finite: in a weight, or in the output of a layer. */
final class NotFinite {

    private NotFinite() {}

    /** In words, for images whose loss is infinite or no number. */
    static String place(Network network, NDArray images, boolean training, Precision precision) {
        // A training pass does not read running statistics, but may have spoilt them.
        Map<String, Parameter> weights = training ? network.trainable() : Weights.of(network.block());
        return first("the weight", weights, weight -> finite(weight.getArray()))
                .or(() -> layer(network, images, training, precision)
                        .map(name -> "the first numbers that are not finite come out of " + name))
                .orElse("all layers give finite numbers, only the loss does not");
    }

    /** The first running statistic that is not finite, in words; training never reads them, so no loss tells. */
    static Optional<String> statistic(Network network) {
        Map<String, Parameter> statistics = Weights.of(network.block());
        statistics.values().removeIf(Parameter::requiresGradient);
        return first("the running statistic", statistics, statistic -> allFinite(statistic.getArray()));
    }

    /** The first in the order of the layers, in words. */
    static <T> Optional<String> first(String kind, Map<String, T> all, Predicate<T> finite) {
        return all.keySet().stream()
                .filter(name -> !finite.test(all.get(name)))
                .findFirst()
                .map(name -> kind + " " + name + " has numbers that are not finite");
    }

    private static Optional<String> layer(Network network, NDArray images, boolean training, Precision precision) {
        First first = new First();
        first.name("", network.block(), false);
        try (NDManager scope = network.manager().newSubManager()) {
            scope.tempAttachAll(images);
            first.accept(network.block(), network.forward(new Watch(scope, first, precision), images, training));
        }
        return Optional.ofNullable(first.layer);
    }

    /** The first block that gives such numbers and, if units share it, the unit it was in, which ends next. */
    private static final class First implements BiConsumer<Block, NDArray> {

        private final Map<Block, String> names = new IdentityHashMap<>();
        private final Set<Block> shared = Collections.newSetFromMap(new IdentityHashMap<>());
        private String layer;
        private boolean placed;

        void name(String path, Block block, boolean sharedByUnits) {
            names.putIfAbsent(block, path.isEmpty() ? block.toString() : path);
            if (sharedByUnits) {
                shared.add(block);
            }
            for (Pair<String, Block> child : block.getChildren()) {
                name(Layer.path(path, child.getKey()), child.getValue(), block instanceof SharedKernels);
            }
        }

        @Override
        public void accept(Block block, NDArray output) {
            if (layer == null && !finite(output)) {
                layer = names.get(block);
                placed = !shared.contains(block);
            } else if (layer != null && !placed && !block.getChildren().isEmpty()) {
                layer += " in " + names.get(block);
                placed = true;
            }
        }
    }

    /** Of a small array, number by number: this is asked for every batch norm at every step. */
    private static boolean allFinite(NDArray array) {
        try (Floats numbers = Floats.of(array)) {
            float[] all = new float[numbers.size()];
            numbers.get(0, all, all.length);
            float sum = 0;
            for (float number : all) {
                sum += number - number; // 0, or NaN
            }
            return sum == 0;
        }
    }

    private static boolean finite(NDArray array) {
        try (NDArray size = array.abs();
                NDArray largest = size.max()) {
            return Float.isFinite(largest.getFloat());
        }
    }
}
