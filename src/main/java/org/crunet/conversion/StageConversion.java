package org.crunet.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.crunet.base.Progress;
import org.crunet.block.CollectiveUnit;
import org.crunet.block.Conv;
import org.crunet.block.ResidualUnit;
import org.crunet.block.UnitGroup;
import org.crunet.data.ImageSet;
import org.crunet.network.Network;
import org.crunet.network.Weights;
import org.crunet.tensor.AlsSettings;
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
    private final UnitGroup group;

    StageConversion(Network original, Network made, String stage, double offset, NDManager scope) {
        this.original = original;
        this.made = made;
        this.stage = stage;
        this.offset = offset;
        this.scope = scope;
        trained = new TrainedStage(original, stage, scope);
        group = (UnitGroup) TrainedStage.parts(made).get(TrainedStage.place(made, stage));
    }

    List<Converted.Unit> run(ImageSet images, AlsSettings settings) {
        copyOthers(original, made, stage);
        List<NDArray> flow = trained.flow(images);
        CollectiveDecomposition factors = factorise(flow, settings);
        List<Converted.Unit> rows = new ArrayList<>();
        NDArray converted = flow.get(0);
        int units = trained.units().size();
        try (Progress progress = Progress.of("converting " + stage + " of " + original.name(), units)) {
            for (int i = 0; i < units; i++) {
                trained.stopIfInterrupted();
                converted = unit(i, flow, converted, factors.units().get(i).relativeError(), rows);
                progress.done(i + 1);
            }
        }
        rows.add(new Converted.Unit("shared", "", Double.NaN, Double.NaN, Double.NaN, 0, trainable(group.shared())));
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
    private CollectiveDecomposition factorise(List<NDArray> flow, AlsSettings settings) {
        NDArray root = trained.root(flow);
        Map<String, Conv> first = group.units().get(0).convs();
        Collective problem = Collective.of(trained.kernels(root), width(), new Rank(1, 1));
        CollectiveDecomposition found = problem.factorise(settings);
        List<Convolution> layers = found.units().get(0).layers();
        NDArray reduce = LinearKernels.unweighted(layers.get(0).weight(), root);
        Floats.copy(reduce, first.get("reduce").weight().getArray());
        Floats.copy(layers.get(1).weight(), first.get("core").weight().getArray());
        return found;
    }

    /** Converts one unit, whose input is what the converted units before it make, and gives its output. */
    private NDArray unit(int index, List<NDArray> flow, NDArray input, double kernelError, List<Converted.Unit> rows) {
        ResidualUnit from = trained.units().get(index);
        CollectiveUnit to = (CollectiveUnit) group.units().get(index);
        UnitConversion conversion = new UnitConversion(from, to, offset);
        try (NDManager own = scope.newSubManager()) {
            own.tempAttachAll(flow.get(index), flow.get(index + 1), input);
            NDArray output = conversion.fit(input, trained.inside(from, flow.get(index)));
            Shape core = from.main().get(1).weight().getShape();
            rows.add(new Converted.Unit(
                    "unit" + (index + 1),
                    core.get(0) + " x " + made.architecture().stage(stage).out() + " x " + core.get(2) + " x "
                            + core.get(3),
                    kernelError,
                    conversion.innerError(),
                    LeastSquares.relativeError(flow.get(index + 1), output),
                    trainable(from),
                    trainable(to)));
            return scope.ret(output);
        }
    }

    private int width() {
        return made.architecture().stage(stage).width();
    }

    private static long trainable(Block block) {
        return Weights.count(block, Parameter::requiresGradient);
    }

    /**
     * Running statistics of all batch norms behind the stage: those of one batch of all images. In training a batch norm
     * keeps a part of the old ones, here of zeros.
     */
    private void behind(NDArray output) {
        float kept = made.architecture().normalisation().momentum();
        List<Block> parts = TrainedStage.parts(made);
        NDArray x = output;
        for (Block part : parts.subList(TrainedStage.place(made, stage) + 1, parts.size())) {
            trained.stopIfInterrupted();
            List<NDArray> statistics = Weights.of(part).values().stream()
                    .filter(parameter -> !parameter.requiresGradient())
                    .map(Parameter::getArray)
                    .toList();
            statistics.forEach(array -> array.muli(0));
            x = part.forward(new ParameterStore(made.manager(), false), new NDList(x), true)
                    .singletonOrThrow();
            statistics.forEach(array -> array.divi(1 - kept));
        }
    }
}
