package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.util.Pair;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import org.crunet.block.Watch;
import org.crunet.network.Network;
import org.crunet.network.Weights;

/** Finds where numbers first stop being numbers: in a weight, or in the output of a layer. */
final class NotFinite {

    private NotFinite() {}

    /** In words, for images that made the loss infinite or no number. */
    static String place(Network network, NDArray images) {
        Optional<String> weight = Weights.of(network.block()).entrySet().stream()
                .filter(entry -> !finite(entry.getValue().getArray()))
                .map(Map.Entry::getKey)
                .findFirst();
        return weight.map(name -> "the weight " + name + " has numbers that are not finite, since the step before")
                .orElseGet(() -> layer(network, images)
                        .map(name -> "the first numbers that are not finite come out of " + name)
                        .orElse("all layers give finite numbers, only the loss does not"));
    }

    private static Optional<String> layer(Network network, NDArray images) {
        Map<Block, String> names = new IdentityHashMap<>();
        name("", network.block(), names);
        String[] first = {null};
        try (NDManager scope = network.manager().newSubManager()) {
            Watch watch = new Watch(scope, (block, output) -> {
                if (first[0] == null && !finite(output)) {
                    first[0] = names.get(block);
                }
            });
            scope.tempAttachAll(images);
            network.forward(watch, images, true);
        }
        return Optional.ofNullable(first[0]);
    }

    private static void name(String path, Block block, Map<Block, String> names) {
        names.putIfAbsent(block, path.isEmpty() ? block.toString() : path);
        for (Pair<String, Block> child : block.getChildren()) {
            String own = child.getKey().replaceFirst("^\\d\\d", "");
            name(path.isEmpty() ? own : path + "." + own, child.getValue(), names);
        }
    }

    private static boolean finite(NDArray array) {
        try (NDArray size = array.abs();
                NDArray largest = size.max()) {
            return Float.isFinite(largest.getFloat());
        }
    }
}
