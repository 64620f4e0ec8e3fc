package org.crunet.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.crunet.block.Conv;
import org.crunet.block.ResidualUnit;
import org.crunet.block.Unit;
import org.crunet.block.Watch;
import org.crunet.data.Batches;
import org.crunet.data.ImageSet;
import org.crunet.network.Network;

/** A stage of bottlenecks: its kernels, and what flows through it. */
final class TrainedStage {

    private static final int BATCH = 64;

    private final Network network;
    private final String stage;
    private final NDManager scope;
    private final List<ResidualUnit> units;
    private final ParameterStore store;

    /** What is computed belongs to the scope. */
    TrainedStage(Network network, String stage, NDManager scope) {
        this.network = network;
        this.stage = stage;
        this.scope = scope;
        units = Unit.in(parts(network).get(place(network, stage))).stream()
                .map(ResidualUnit.class::cast)
                .toList();
        store = new ParameterStore(network.manager(), false);
    }

    /** Stem, stages and head. */
    static List<Block> parts(Network network) {
        return network.block().getChildren().values();
    }

    /** The place of a stage among the parts of a network. */
    static int place(Network network, String stage) {
        List<String> names = network.block().getChildren().keys();
        return IntStream.range(0, names.size())
                .filter(i -> names.get(i).endsWith(stage))
                .findFirst()
                .orElseThrow();
    }

    List<ResidualUnit> units() {
        return units;
    }

    /** One {@code (D, C, 3, 3)} a unit. */
    List<NDArray> kernels() {
        LinearKernels kernels = new LinearKernels(scope);
        return units.stream().map(kernels::of).toList();
    }

    /** The kernels as the images see them, by the {@link #root} of their covariance. */
    List<NDArray> kernels(NDArray root) {
        return kernels().stream()
                .map(kernel -> LinearKernels.weighted(kernel, root))
                .toList();
    }

    /** The root of the covariance of what the kernels take, for the {@link #flow} through the stage. */
    NDArray root(List<NDArray> flow) {
        return new LinearKernels(scope).root(units, flow);
    }

    /** What enters each unit, and last what leaves the stage: {@code (N, channels, H, W)}. */
    List<NDArray> flow(ImageSet images) {
        List<NDArray> inputs = new ArrayList<>();
        inputs.add(before(images));
        for (ResidualUnit unit : units) {
            stopIfInterrupted();
            NDArray x = inputs.get(inputs.size() - 1);
            try (NDManager own = scope.newSubManager()) {
                own.tempAttachAll(x);
                inputs.add(scope.ret(forward(store, unit, x)));
            }
        }
        return inputs;
    }

    /** What enters the stage, for all images. */
    private NDArray before(ImageSet images) {
        NDList batches = new NDList();
        for (int first = 0; first < images.size(); first += BATCH) {
            stopIfInterrupted();
            int[] batch = IntStream.range(first, Math.min(first + BATCH, images.size()))
                    .toArray();
            try (NDManager own = scope.newSubManager()) {
                NDArray x = Batches.plain(own, images, batch);
                for (Block part : parts(network).subList(0, place(network, stage))) {
                    x = forward(store, part, x);
                }
                batches.add(scope.ret(x));
            }
        }
        return NDArrays.concat(batches, 0);
    }

    /** What a block makes of an array, as in evaluation. */
    static NDArray forward(ParameterStore store, Block block, NDArray x) {
        return block.forward(store, new NDList(x), false).singletonOrThrow();
    }

    /** What enters the last batch norm of a unit: {@code (N, in, H, W)} to {@code (N, D, H / stride, W / stride)}. */
    NDArray inside(ResidualUnit unit, NDArray x) {
        Conv core = unit.main().get(1);
        NDList found = new NDList();
        Watch watch = new Watch(network.manager(), (block, output) -> {
            if (block == core) {
                found.add(output.duplicate());
            }
        });
        forward(watch, unit, x);
        return found.singletonOrThrow();
    }

    void stopIfInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("Interrupted while running " + stage + " of " + network.name());
        }
    }
}
