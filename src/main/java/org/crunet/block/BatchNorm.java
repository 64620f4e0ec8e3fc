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
 * <p>DJL's own block hides its epsilon and swaps two axes around the operator, so that its output is a view. The arithmetic
 * is DJL's.
 */
public final class BatchNorm extends AbstractBlock {

    /** In DJL's call: the channels are the second axis, as in PyTorch. */
    private static final int DEFAULT_AXIS = -1;

    private final Normalisation setting;
    private final Parameter gamma = parameter("gamma", Parameter.Type.GAMMA, true);
    private final Parameter beta = parameter("beta", Parameter.Type.BETA, true);
    private final Parameter runningMean = parameter("runningMean", Parameter.Type.RUNNING_MEAN, false);
    private final Parameter runningVar = parameter("runningVar", Parameter.Type.RUNNING_VAR, false);

    BatchNorm(Normalisation setting) {
        this.setting = setting;
    }

    private Parameter parameter(String name, Parameter.Type type, boolean trained) {
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
                DEFAULT_AXIS,
                setting.momentum(),
                setting.epsilon(),
                training);
    }

    /**
     * Returns the number that is added to the variance before its root is taken.
     *
     * @return the setting's epsilon
     */
    public float epsilon() {
        return setting.epsilon();
    }

    /**
     * Returns the scale.
     *
     * @return gamma, of shape {@code (C)}
     */
    public Parameter gamma() {
        return gamma;
    }

    /**
     * Returns the shift.
     *
     * @return beta, of shape {@code (C)}
     */
    public Parameter beta() {
        return beta;
    }

    /**
     * Returns the mean that evaluation takes away.
     *
     * @return of shape {@code (C)}
     */
    public Parameter runningMean() {
        return runningMean;
    }

    /**
     * Returns the variance that evaluation divides by.
     *
     * @return of shape {@code (C)}
     */
    public Parameter runningVar() {
        return runningVar;
    }

    /**
     * Computes what evaluation multiplies a channel by, {@code gamma / sqrt(var + epsilon)}.
     *
     * @return a new array {@code (C)}, the caller's to close
     */
    public NDArray scale() {
        try (NDArray variance = runningVar.getArray().add(setting.epsilon());
                NDArray deviation = variance.sqrt()) {
            return gamma.getArray().div(deviation);
        }
    }

    /** What evaluation adds to a channel {@code (C)} that was multiplied by this scale, the caller's to close. */
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
