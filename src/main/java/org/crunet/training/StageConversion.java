package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.crunet.data.Batches;
import org.crunet.data.ImageSet;
import org.crunet.network.Network;
import org.crunet.network.Weights;
import org.crunet.tensor.Als;
import org.crunet.tensor.Collective;
import org.crunet.tensor.CollectiveDecomposition;
import org.crunet.tensor.Convolution;
import org.crunet.tensor.Progress;
import org.crunet.tensor.Rank;

/** Fills a network whose stage is collective from one whose stage is not, the activations of both side by side. */
final class StageConversion {

    private static final int BATCH = 64;

    private final Network original;
    private final Network made;
    private final String stage;
    private final double offset;
    private final NDManager scope;
    private final Layerwise from;
    private final Layerwise to;
    private final int units;

    /** What enters the next unit, in the trained network and in the converted one. */
    private record Flows(NDArray trained, NDArray converted) {}

    StageConversion(Network original, Network made, String stage, double offset, NDManager scope) {
        this.original = original;
        this.made = made;
        this.stage = stage;
        this.offset = offset;
        this.scope = scope;
        from = Layerwise.of(original, stage, scope);
        to = Layerwise.of(made, stage, scope);
        units = made.architecture().stage(stage).units();
    }

    List<ConvertedUnit> run(ImageSet images, Als settings) {
        copyOthers();
        CollectiveDecomposition factors = factorise(settings);
        List<ConvertedUnit> rows = new ArrayList<>();
        NDArray input = before(images);
        Flows flows = new Flows(input, input);
        try (Progress progress = Progress.of("converting " + stage + " of " + original.name(), units)) {
            for (int number = 1; number <= units; number++) {
                stopIfInterrupted();
                flows = unit(number, flows, factors.units().get(number - 1).relativeError(), rows);
                progress.done(number);
            }
        }
        rows.add(new ConvertedUnit("shared", "", Double.NaN, Double.NaN, Double.NaN, 0, to.parameters("shared")));
        to.writeTo(made);
        behind(flows.converted());
        return rows;
    }

    private void copyOthers() {
        Map<String, Parameter> trained = Weights.of(original.block());
        Weights.of(made.block()).forEach((name, parameter) -> {
            if (!name.startsWith(stage + ".")) {
                trained.get(name).getArray().copyTo(parameter.getArray());
            }
        });
    }

    /** The shared factors; the own ones are only to tell the error. */
    private CollectiveDecomposition factorise(Als settings) {
        LinearKernels kernels = new LinearKernels(from);
        List<NDArray> stack = IntStream.rangeClosed(1, units)
                .mapToObj(number -> kernels.of("unit" + number))
                .toList();
        int width = made.architecture().stage(stage).width();
        CollectiveDecomposition found =
                Collective.of(stack, width, new Rank(1, 1)).factorise(settings);
        List<Convolution> layers = found.units().get(0).layers();
        to.put("shared.reduce.weight", layers.get(0).weight());
        to.put("shared.core.weight", layers.get(1).weight());
        return found;
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
                for (Pair<String, Block> child : original.block().getChildren()) {
                    if (child.getKey().endsWith(stage)) {
                        break;
                    }
                    x = forward(original, child.getValue(), x, false);
                }
                parts.add(scope.ret(x));
            }
        }
        return NDArrays.concat(parts, 0);
    }

    private static NDArray forward(Network network, Block block, NDArray x, boolean training) {
        ParameterStore store = new ParameterStore(network.manager(), false);
        return block.forward(store, new NDList(x), training).singletonOrThrow();
    }

    private Flows unit(int number, Flows flows, double kernelError, List<ConvertedUnit> rows) {
        int stride = number == 1 && !stage.equals("conv2") ? 2 : 1;
        UnitConversion unit = new UnitConversion(from, to, "unit" + number, stride, offset);
        try (NDManager own = scope.newSubManager()) {
            own.tempAttachAll(flows.trained(), flows.converted());
            NDArray wanted = unit.wanted(flows.trained());
            NDArray fitted = unit.fit(flows.converted(), wanted);
            NDArray trained = unit.trained(flows.trained(), wanted);
            NDArray converted = unit.converted(flows.converted(), fitted);
            double innerError = unit.innerError(wanted, fitted);
            double outputError = LeastSquares.relativeError(trained, converted);
            rows.add(unit.row(kernelError, innerError, outputError));
            return new Flows(scope.ret(trained), scope.ret(converted));
        }
    }

    /**
     * Running statistics of all batch norms behind the stage: those of one batch of all images. In training a batch norm
     * keeps a part of the old ones, here of zeros.
     */
    private void behind(NDArray output) {
        float kept = made.architecture().normalisation().momentum();
        NDArray x = output;
        boolean reached = false;
        for (Pair<String, Block> child : made.block().getChildren()) {
            if (reached) {
                stopIfInterrupted();
                List<NDArray> statistics = Weights.of(child.getValue()).values().stream()
                        .filter(parameter -> !parameter.requiresGradient())
                        .map(Parameter::getArray)
                        .toList();
                statistics.forEach(array -> array.muli(0));
                x = forward(made, child.getValue(), x, true);
                statistics.forEach(array -> array.divi(1 - kept));
            }
            reached |= child.getKey().endsWith(stage);
        }
    }

    private void stopIfInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("Interrupted while converting " + stage + " of " + original.name());
        }
    }
}
