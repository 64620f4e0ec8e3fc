package org.crunet.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.crunet.data.Batches;
import org.crunet.data.ImageSet;
import org.crunet.network.Network;

/** A stage of bottlenecks: its kernels, and what flows through it. */
final class TrainedStage {

    private static final int BATCH = 64;

    private final Network network;
    private final String stage;
    private final NDManager scope;
    private final Layerwise weights;
    private final int units;

    /** Copies the stage's weights; what is computed with them belongs to the scope too. */
    TrainedStage(Network network, String stage, NDManager scope) {
        this.network = network;
        this.stage = stage;
        this.scope = scope;
        weights = Layerwise.of(network, stage, scope);
        units = network.architecture().stage(stage).units();
    }

    Layerwise weights() {
        return weights;
    }

    int units() {
        return units;
    }

    int stride(int number) {
        return number == 1 && !stage.equals("conv2") ? 2 : 1;
    }

    private static String name(int number, String layer) {
        return "unit" + number + "." + layer;
    }

    /** One {@code (D, C, 3, 3)} a unit. */
    List<NDArray> kernels() {
        LinearKernels kernels = new LinearKernels(weights);
        return IntStream.rangeClosed(1, units)
                .mapToObj(number -> kernels.of("unit" + number))
                .toList();
    }

    /** What enters each unit, and last what leaves the stage: {@code (N, channels, H, W)}. */
    List<NDArray> flow(ImageSet images) {
        List<NDArray> inputs = new ArrayList<>();
        inputs.add(before(images));
        for (int number = 1; number <= units; number++) {
            stopIfInterrupted();
            NDArray x = inputs.get(number - 1);
            try (NDManager own = scope.newSubManager()) {
                own.tempAttachAll(x);
                inputs.add(scope.ret(after(number, x)));
            }
        }
        return inputs;
    }

    /** What enters the stage, for all images. */
    private NDArray before(ImageSet images) {
        NDList parts = new NDList();
        for (int first = 0; first < images.size(); first += BATCH) {
            stopIfInterrupted();
            int[] batch = IntStream.range(first, Math.min(first + BATCH, images.size()))
                    .toArray();
            try (NDManager own = scope.newSubManager()) {
                NDArray x = Batches.plain(own, images, batch);
                for (Pair<String, Block> child : network.block().getChildren()) {
                    if (child.getKey().endsWith(stage)) {
                        break;
                    }
                    x = forward(network, child.getValue(), x, false);
                }
                parts.add(scope.ret(x));
            }
        }
        return NDArrays.concat(parts, 0);
    }

    static NDArray forward(Network network, Block block, NDArray x, boolean training) {
        ParameterStore store = new ParameterStore(network.manager(), false);
        return block.forward(store, new NDList(x), training).singletonOrThrow();
    }

    /** What enters the last batch norm of a unit: {@code (N, in, H, W)} to {@code (N, D, H / stride, W / stride)}. */
    NDArray inside(int number, NDArray x) {
        NDArray z = weights.conv(name(number, "reduce"), weights.normRelu(name(number, "norm1"), x), 1);
        return weights.conv(name(number, "core"), weights.normRelu(name(number, "norm2"), z), stride(number));
    }

    private NDArray after(int number, NDArray x) {
        NDArray z = weights.normRelu(name(number, "norm3"), inside(number, x));
        return weights.conv(name(number, "expand"), z, 1).add(shortcut(number, x));
    }

    private NDArray shortcut(int number, NDArray x) {
        return weights.has(name(number, "shortcut.weight"))
                ? weights.conv(
                        name(number, "shortcut"), weights.normRelu(name(number, "shortcut_norm"), x), stride(number))
                : x;
    }

    void stopIfInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("Interrupted while running " + stage + " of " + network.name());
        }
    }
}
