package org.crunet.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.crunet.base.Progress;
import org.crunet.data.ImageSet;
import org.crunet.network.Network;
import org.crunet.network.Weights;
import org.crunet.tensor.Als;
import org.crunet.tensor.Collective;
import org.crunet.tensor.CollectiveDecomposition;
import org.crunet.tensor.Convolution;
import org.crunet.tensor.Rank;
import org.crunet.torch.Floats;

/** Fills a network whose stage is collective from one whose stage is not, the activations of both side by side. */
final class StageConversion {

    private final Network original;
    private final Network made;
    private final String stage;
    private final double offset;
    private final NDManager scope;
    private final TrainedStage trained;
    private final Layerwise to;

    StageConversion(Network original, Network made, String stage, double offset, NDManager scope) {
        this.original = original;
        this.made = made;
        this.stage = stage;
        this.offset = offset;
        this.scope = scope;
        trained = new TrainedStage(original, stage, scope);
        to = Layerwise.of(made, stage, scope);
    }

    List<ConvertedUnit> run(ImageSet images, Als settings) {
        copyOthers(original, made, stage);
        List<NDArray> flow = trained.flow(images);
        CollectiveDecomposition factors = factorise(flow, settings);
        List<ConvertedUnit> rows = new ArrayList<>();
        NDArray converted = flow.get(0);
        try (Progress progress = Progress.of("converting " + stage + " of " + original.name(), trained.units())) {
            for (int number = 1; number <= trained.units(); number++) {
                trained.stopIfInterrupted();
                double kernelError = factors.units().get(number - 1).relativeError();
                converted = unit(number, flow, converted, kernelError, rows);
                progress.done(number);
            }
        }
        rows.add(new ConvertedUnit("shared", "", Double.NaN, Double.NaN, Double.NaN, 0, to.parameters("shared")));
        to.writeTo(made);
        behind(converted);
        return rows;
    }

    /** All weights but those of the stage. */
    static void copyOthers(Network from, Network to, String stage) {
        Map<String, Parameter> weights = Weights.of(from.block());
        Weights.of(to.block()).forEach((name, parameter) -> {
            if (!name.startsWith(stage + ".")) {
                Floats.copy(weights.get(name).getArray(), parameter.getArray());
            }
        });
    }

    /** The shared factors; the own ones are only to tell the error. */
    private CollectiveDecomposition factorise(List<NDArray> flow, Als settings) {
        NDArray root = new LinearKernels(trained.weights()).root(flow.subList(0, trained.units()));
        List<NDArray> stack = trained.kernels().stream()
                .map(kernel -> LinearKernels.weighted(kernel, root))
                .toList();
        int width = made.architecture().stage(stage).width();
        CollectiveDecomposition found =
                Collective.of(stack, width, new Rank(1, 1)).factorise(settings);
        List<Convolution> layers = found.units().get(0).layers();
        to.put("shared.reduce.weight", LinearKernels.unweighted(layers.get(0).weight(), root));
        to.put("shared.core.weight", layers.get(1).weight());
        return found;
    }

    /** Converts one unit, whose input is what the converted units before it make, and gives its output. */
    private NDArray unit(int number, List<NDArray> flow, NDArray input, double kernelError, List<ConvertedUnit> rows) {
        UnitConversion unit =
                new UnitConversion(trained.weights(), to, "unit" + number, trained.stride(number), offset);
        try (NDManager own = scope.newSubManager()) {
            own.tempAttachAll(flow.get(number - 1), flow.get(number), input);
            NDArray wanted = trained.inside(number, flow.get(number - 1));
            NDArray fitted = unit.fit(input, wanted);
            NDArray output = unit.converted(input, fitted);
            double innerError = unit.innerError(wanted, fitted);
            double outputError = LeastSquares.relativeError(flow.get(number), output);
            rows.add(unit.row(kernelError, innerError, outputError));
            return scope.ret(output);
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
                trained.stopIfInterrupted();
                List<NDArray> statistics = Weights.of(child.getValue()).values().stream()
                        .filter(parameter -> !parameter.requiresGradient())
                        .map(Parameter::getArray)
                        .toList();
                statistics.forEach(array -> array.muli(0));
                x = TrainedStage.forward(made, child.getValue(), x, true);
                statistics.forEach(array -> array.divi(1 - kept));
            }
            reached |= child.getKey().endsWith(stage);
        }
    }
}
