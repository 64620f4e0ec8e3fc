package org.crunet.spark;

import ai.djl.pytorch.jni.JniUtils;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.DoubleAccumulator;
import org.crunet.data.ImageSet;
import org.crunet.evaluation.Inference;
import org.crunet.network.Classifier;

/** Runs some images; the network is opened once in every process. */
final class EvaluationTask implements Tasks.Task<int[], EvaluationTask.Answer> {

    private static final long serialVersionUID = 1;

    private static final ReadWriteLock AT_WORK = new ReentrantReadWriteLock();
    private static UUID job;
    private static UUID over;
    private static Classifier network;

    private final Broadcast<Job> sent;
    private final DoubleAccumulator done;

    /** With a counter of images. */
    EvaluationTask(Broadcast<Job> sent, DoubleAccumulator done) {
        this.sent = sent;
        this.done = done;
    }

    /** What all tasks need; the id is no other's, as Spark's own are once its context was made anew. */
    record Job(UUID id, Classifier.Packed network, ImageSet images, boolean tenCrops, int batchSize)
            implements Serializable {}

    /**
     * What came of some images.
     *
     * @param rows probabilities by image
     * @param unreadable why, by image, of those that cannot be read
     */
    record Answer(LinkedHashMap<Integer, float[]> rows, LinkedHashMap<Integer, String> unreadable)
            implements Serializable {}

    @Override
    public Answer of(int[] places) {
        AT_WORK.readLock().lock();
        try {
            return answer(sent.value(), places);
        } finally {
            AT_WORK.readLock().unlock();
        }
    }

    private Answer answer(Job all, int... places) {
        Answer answer = new Answer(new LinkedHashMap<>(), new LinkedHashMap<>());
        Classifier opened = open(all);
        JniUtils.setNumThreads(TaskContext.get().cpus());
        Inference.probabilities(opened, all.images, places, all.tenCrops, all.batchSize, (image, row) -> {
            answer.rows.put(image, row);
            done.add(1);
        });
        IntStream.of(places)
                .filter(i -> !answer.rows.containsKey(i))
                .forEach(i -> answer.unreadable.put(i, why(all.images, i)));
        return answer;
    }

    private static String why(ImageSet images, int i) {
        String path = images.describe(i) + ": ";
        String line = images.problem(i).orElse(path + "it could not be read");
        return Tasks.onThisMachine(line.substring(path.length()));
    }

    private static synchronized Classifier open(Job of) {
        if (of.id.equals(over)) {
            throw new CancellationException("the evaluation is over");
        }
        if (!of.id.equals(job)) {
            network = of.network.unpack();
            job = of.id;
        }
        return network;
    }

    /** Lets the network of an evaluation go that is over, once its tasks in this process have ended; none begins any more. */
    static void forget(UUID ended) {
        AT_WORK.writeLock().lock();
        try {
            over = ended;
            if (ended.equals(job)) {
                forget();
            }
        } finally {
            AT_WORK.writeLock().unlock();
        }
    }

    /** Lets the network go; an evaluation that needs it opens it again. */
    static synchronized void forget() {
        job = null;
        network = null;
    }
}
