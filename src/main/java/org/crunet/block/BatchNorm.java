package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

/**
 * Batch normalisation over the channels of {@code (N, C, H, W)}: {@code gamma (x - mean) / sqrt(var + epsilon) + beta}, by
 * the batch's statistics in training, which update the running ones, and by the running ones in evaluation.
 *
 * <p>DJL's own block does not tell its epsilon, and swaps two axes before and behind the operator: its output is a view,
 * and a ReLU that changes a view in place makes the backward pass a third slower. The arithmetic is DJL's.
 */
public final class BatchNorm extends AbstractBlock {

    private static final int CHANNELS_ARE_WHERE_TORCH_HAS_THEM = -1;

    private final Normalisation setting;
    private final Parameter gamma = parameter("gamma", Parameter.Type.GAMMA);
    private final Parameter beta = parameter("beta", Parameter.Type.BETA);
    private final Parameter runningMean = parameter("runningMean", Parameter.Type.RUNNING_MEAN);
    private final Parameter runningVar = parameter("runningVar", Parameter.Type.RUNNING_VAR);

    BatchNorm(Normalisation setting) {
        this.setting = setting;
    }

    private Parameter parameter(String name, Parameter.Type type) {
        boolean trained = type == Parameter.Type.GAMMA || type == Parameter.Type.BETA;
        return addParameter(Parameter.builder()
                .setName(name)
                .setType(type)
                .optRequiresGrad(trained)
                .build());
    }

    @Override
    public void prepare(Shape[] inputShapes) {
        for (Parameter parameter : parameters.values()) {
            parameter.setShape(new Shape(inputShapes[0].get(1)));
        }
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store, NDList inputs, boolean training, PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        return ai.djl.nn.norm.BatchNorm.batchNorm(
                x,
                store.getValue(runningMean, x.getDevice(), training),
                store.getValue(runningVar, x.getDevice(), training),
                store.getValue(gamma, x.getDevice(), training),
                store.getValue(beta, x.getDevice(), training),
                CHANNELS_ARE_WHERE_TORCH_HAS_THEM,
                setting.momentum(),
                setting.epsilon(),
                training);
    }

    /**
     * What is added to the variance before its root is taken.
     *
     * @return the setting's epsilon
     */
    public float epsilon() {
        return setting.epsilon();
    }

    /** By running statistics the same is {@code scale x + shift}: the scale {@code (C)}, the caller's to close. */
    NDArray scale() {
        try (NDArray variance = runningVar.getArray().add(setting.epsilon());
                NDArray deviation = variance.sqrt()) {
            return gamma.getArray().div(deviation);
        }
    }

    /** The shift {@code (C)} that goes with the scale, the caller's to close. */
    NDArray shift(NDArray scale) {
        try (NDArray moved = runningMean.getArray().mul(scale)) {
            return beta.getArray().sub(moved);
        }
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {inputShapes[0]};
    }

    @Override
    public String toString() {
        return "batch norm";
    }
}
