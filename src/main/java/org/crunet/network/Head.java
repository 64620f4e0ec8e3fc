package org.crunet.network;

import ai.djl.nn.core.Linear;
import org.crunet.block.BatchNorm;
import org.crunet.block.Flow;
import org.crunet.block.FlowBlock;
import org.crunet.block.Normalisation;

/** What stands after the last stage: BN and ReLU (pre-activation only), global average pool, classifier (Table 1). */
final class Head extends FlowBlock {

    private final BatchNorm norm;
    private final Linear classifier;

    Head(int in, int classes, Normalisation setting) {
        super(in);
        norm = setting.preActivation() ? addChildBlock("norm", setting.batchNorm()) : null;
        classifier =
                addChildBlock("classifier", Linear.builder().setUnits(classes).build());
    }

    /** Takes {@code (N, C, H, W)} to logits {@code (N, classes)}. */
    @Override
    public <T> T apply(Flow<T> flow, T x) {
        return flow.block(classifier, flow.averagePool(features(flow, x)));
    }

    private <T> T features(Flow<T> flow, T x) {
        return norm == null ? x : flow.normRelu(norm, x);
    }

    /** What is averaged, {@code (N, C, H, W)} of the same shape. */
    FlowBlock features() {
        return new FlowBlock(0) {
            @Override
            public <T> T apply(Flow<T> flow, T x) {
                return features(flow, x);
            }
        };
    }

    @Override
    public String toString() {
        return "head";
    }
}
