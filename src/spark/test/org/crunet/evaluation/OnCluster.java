package org.crunet.evaluation;

import java.util.function.DoubleConsumer;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;
import org.crunet.base.Cluster;
import org.crunet.data.ImageSet;
import org.crunet.network.Classifier;
import org.crunet.torch.Precision;

/** An evaluation on a cluster, whose rows and progress a test hears. */
public final class OnCluster {

    private OnCluster() {}

    public static void run(
            Cluster cluster, Classifier network, ImageSet images, ObjIntConsumer<float[]> rows, DoubleConsumer worked) {
        int[] every = IntStream.range(0, images.size()).toArray();
        new ClusterInference(network.toSerializable(), images, false, Inference.BATCH, Precision.FLOAT32)
                .run(cluster, every, (image, row) -> rows.accept(row, image), worked);
    }
}
