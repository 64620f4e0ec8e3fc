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
import scala.jdk.javaapi.CollectionConverters;

/** A counter of Spark that is heard while tasks are running: executors tell it with every heartbeat. */
final class Counter extends SparkListener implements AutoCloseable {

    private final SparkContext spark;
    private final DoubleAccumulator sum;
    private final DoubleConsumer heard;
    private final Map<Long, Double> byTask = new ConcurrentHashMap<>();

    Counter(SparkContext spark, DoubleConsumer heard) {
        this.spark = spark;
        this.heard = heard;
        sum = spark.doubleAccumulator("steps");
        spark.addSparkListener(this);
    }

    DoubleAccumulator sum() {
        return sum;
    }

    @Override
    public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
        CollectionConverters.asJava(update.accumUpdates())
                .forEach(task -> CollectionConverters.asJava(task._4()).stream()
                        .filter(info -> info.id() == sum.id() && info.update().isDefined())
                        .forEach(info -> tell((Long) task._1(), info)));
    }

    private void tell(long task, AccumulableInfo info) {
        byTask.put(task, ((Number) info.update().get()).doubleValue());
        heard.accept(byTask.values().stream().mapToDouble(Double::doubleValue).sum());
    }

    /** What a task did that failed is done again. */
    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        if (!end.taskInfo().successful()) {
            byTask.remove(end.taskInfo().taskId());
        }
    }

    @Override
    public void close() {
        Tasks.uninterrupted(() -> spark.removeSparkListener(this));
    }
}
