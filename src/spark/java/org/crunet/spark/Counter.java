package org.crunet.spark;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleConsumer;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.util.DoubleAccumulator;
import scala.collection.Iterable;
import scala.jdk.javaapi.CollectionConverters;

/** A counter of Spark that is heard while tasks are running: executors tell it with every heartbeat. */
final class Counter extends SparkListener implements AutoCloseable {

    private final SparkContext spark;
    private final DoubleAccumulator sum;
    private final DoubleConsumer heard;
    private final Map<Long, Double> byTask = new ConcurrentHashMap<>();
    private volatile boolean closed;

    Counter(SparkContext spark, DoubleConsumer heard) {
        this.spark = spark;
        this.heard = heard;
        sum = spark.doubleAccumulator("done");
        spark.addSparkListener(this);
    }

    DoubleAccumulator sum() {
        return sum;
    }

    @Override
    public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
        CollectionConverters.asJava(update.accumUpdates()).forEach(task -> tell((Long) task._1(), task._4()));
    }

    private void tell(long task, Iterable<AccumulableInfo> counters) {
        CollectionConverters.asJava(counters).forEach(info -> {
            if (info.id() == sum.id() && info.update().isDefined()) {
                byTask.merge(task, ((Number) info.update().get()).doubleValue(), Math::max);
            }
        });
        if (closed) {
            return;
        }
        heard.accept(byTask.values().stream().mapToDouble(Double::doubleValue).sum());
    }

    /** Counts what ended; what a task did that failed is done again. */
    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        if (end.taskInfo().successful()) {
            tell(end.taskInfo().taskId(), end.taskInfo().accumulables());
        } else {
            byTask.remove(end.taskInfo().taskId());
        }
    }

    @Override
    public void close() {
        closed = true;
        Tasks.uninterrupted(() -> spark.removeSparkListener(this));
    }
}
