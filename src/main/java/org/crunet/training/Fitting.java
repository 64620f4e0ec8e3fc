package org.crunet.training;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.crunet.data.Batches;
import org.crunet.data.ImageSet;
import org.crunet.network.Network;
import org.crunet.network.Weights;
import org.crunet.torch.DeviceMemory;
import org.crunet.torch.Floats;
import org.crunet.torch.Gradients;

/** Finds how many images go through a network at a time where those of a step did not fit into memory. */
record Fitting(Network network, ImageSet images, Recipe recipe) {

    /** What to throw instead: what fits, and how to train with it. Anything else than a lack of memory is thrown as it is. */
    RuntimeException advised(EngineException failure) {
        if (!DeviceMemory.isExceeded(failure)) {
            return failure;
        }
        int together = recipe.batchSize() / recipe.accumulationSteps();
        String what = network.name() + " with " + together + " images at a time does not fit into the memory of "
                + network.manager().getDevice() + ": ";
        IntStream parts = IntStream.rangeClosed(recipe.accumulationSteps() + 1, recipe.batchSize() / 2)
                .filter(steps -> recipe.batchSize() % steps == 0);
        return new TrainingException(what
                + parts.filter(steps -> fits(recipe.batchSize() / steps))
                        .mapToObj(steps -> "use withBatchSize(" + recipe.batchSize() / steps
                                + "), which fits, or as many at a time, withAccumulationSteps(" + steps + ")")
                        .findFirst()
                        .orElse("no part of the batch does; use a smaller network or smaller images"));
    }

    /** Tried forward and backward; what batch norms have learned from it they forget. */
    private boolean fits(int count) {
        Map<String, float[]> before = new LinkedHashMap<>();
        Map<String, Parameter> weights = Weights.of(network.block());
        weights.forEach((name, weight) -> before.put(name, weight.getArray().toFloatArray()));
        try (NDManager scope = network.manager().newSubManager();
                var gradients = new Gradients.Recording()) {
            NDArray x = Batches.plain(scope, images, IntStream.range(0, count).toArray());
            gradients.backward(network.forward(recipe.precision(), x, true).sum());
            return true;
        } catch (EngineException full) {
            return false;
        } finally {
            weights.forEach((name, weight) -> Floats.set(before.get(name), weight.getArray()));
        }
    }
}
