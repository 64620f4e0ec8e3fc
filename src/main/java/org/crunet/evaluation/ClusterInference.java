package org.crunet.evaluation;

import ai.djl.pytorch.jni.JniUtils;
import java.io.Serializable;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.DoubleConsumer;
import java.util.stream.IntStream;
import org.crunet.base.Cluster;
import org.crunet.data.ImageSet;
import org.crunet.network.Classifier;
import org.crunet.torch.Precision;

/**
 * Runs a network on a cluster; the work is counted in images. A task has whole batches, so what comes of an image does not depend
 * on how many tasks there are.
 */
record ClusterInference(
        Classifier.Packed network, ImageSet images, boolean tenCrops, int batchSize, Precision precision)
        implements Cluster.Job<int[], ClusterInference.Answer> {

    /**
     * What comes of some images.
     *
     * @param rows probabilities by image
     * @param unreadable why, by image, of those that cannot be read
     */
    record Answer(LinkedHashMap<Integer, float[]> rows, LinkedHashMap<Integer, String> unreadable)
            implements Serializable {}

    /** As {@link Inference#probabilities(Classifier, ImageSet, int[], boolean, int, Precision, Inference.Rows)}. */
    void run(Cluster cluster, int[] which, Inference.Rows rows, DoubleConsumer worked) {
        int threads = JniUtils.getNumThreads();
        try {
            cluster.run(this, divided(which, cluster), worked, answer -> {
                answer.unreadable.forEach(images::leaveOut);
                answer.rows.forEach(rows::add);
            });
        } finally {
            JniUtils.setNumThreads(threads); // which tasks in this process have changed
        }
    }

    private List<int[]> divided(int[] which, Cluster cluster) {
        int batches = (which.length + batchSize - 1) / batchSize;
        int tasks = cluster.tasks(batches);
        int[] from = IntStream.rangeClosed(0, tasks)
                .map(i -> Math.min(which.length, batchSize * (int) ((long) batches * i / tasks)))
                .toArray();
        return IntStream.range(0, tasks)
                .mapToObj(i -> Arrays.copyOfRange(which, from[i], from[i + 1]))
                .toList();
    }

    @Override
    public Cluster.Work<int[], Answer> open() {
        Classifier opened = network.unpack();
        return (places, here) -> {
            Answer answer = new Answer(new LinkedHashMap<>(), new LinkedHashMap<>());
            JniUtils.setNumThreads(here.cores());
            Inference.probabilities(opened, images, places, tenCrops, batchSize, precision, (image, row) -> {
                answer.rows.put(image, row);
                here.worked(1);
            });
            IntStream.of(places)
                    .filter(i -> !answer.rows.containsKey(i))
                    .forEach(i -> answer.unreadable.put(i, why(i) + ", on " + here.machine()));
            return answer;
        };
    }

    /** Without the path. */
    private String why(int image) {
        String path = images.describe(image) + ": ";
        return images.problem(image).orElse(path + "it could not be read").substring(path.length());
    }
}
