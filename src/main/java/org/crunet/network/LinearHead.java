package org.crunet.network;

import ai.djl.nn.core.Linear;
import org.crunet.block.BatchNorm;
import org.crunet.block.Flow;
import org.crunet.block.FlowBlock;
import org.crunet.block.Normalisation;

/** BN and ReLU (pre-activation only), global average pool, classifier (Table 1). */
final class LinearHead extends FlowBlock {

    private final BatchNorm norm;
    private final Linear classifier;

    LinearHead(int in, int classes, Normalisation setting) {
        super(in);
        norm = setting.preActivation() ? addChildBlock("norm", setting.batchNorm()) : null;
        classifier =
                addChildBlock("classifier", Linear.builder().setUnits(classes).build());
    }

    @Override
    public <T> T apply(Flow<T> flow, T x) {
        return flow.block(classifier, flow.averagePool(norm == null ? x : flow.normRelu(norm, x)));
    }

    @Override
    public String toString() {
        return "head";
    }
}
