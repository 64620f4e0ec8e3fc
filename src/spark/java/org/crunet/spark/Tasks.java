package org.crunet.spark;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.spark.SimpleFutureAction;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.DiskBlockManager;
import org.apache.spark.util.DoubleAccumulator;
import org.crunet.base.Cluster;
import scala.Function1;
import scala.Function2;
import scala.collection.Iterator;
import scala.collection.immutable.Range$;
import scala.runtime.BoxedUnit;
import scala.util.Failure;

/** Runs the tasks of a job on a cluster, and hears what comes of each as soon as it is known. */
final class Tasks {

    private static final int PATIENCE_MILLISECONDS = 100;

    private Tasks() {}

    /** A task on its way. */
    @FunctionalInterface
    interface Part<T> extends Serializable {

        T task();
    }

    /** The result, or a mistake of the caller, which another try would not mend. */
    private record Told<R>(R result, String mistake) implements Serializable {}

    /** The work on a part, in the process that gets it. */
    record Each<T, R>(UUID id, Broadcast<Cluster.Job<T, R>> job, DoubleAccumulator done)
            implements Function1<Iterator<Part<T>>, Told<R>>, Cluster.Place, Serializable {

        @Override
        public Told<R> apply(Iterator<Part<T>> parts) {
            try {
                return new Told<>(Opened.done(id, job.value(), parts.next().task(), this), null);
            } catch (IllegalArgumentException mistake) {
                return new Told<>(null, String.valueOf(mistake.getMessage()));
            }
        }

        @Override
        public String machine() {
            return SparkEnv.get().blockManager().blockManagerId().host();
        }

        @Override
        public int cores() {
            return TaskContext.get().cpus();
        }

        /** Spark deletes it if the process is killed. */
        @Override
        public Path folder() {
            DiskBlockManager disk = SparkEnv.get().blockManager().diskBlockManager();
            return disk.localDirs()[0].toPath();
        }

        @Override
        public void worked(double work) {
            done.add(work);
        }
    }

    /**
     * Does something in a thread that nobody interrupts, and waits: otherwise Spark may break off when it connects, sends or
     * cleans up, and a later call waits for ever.
     */
    static <T> T uninterrupted(Supplier<T> work) {
        try {
            return elsewhere(work).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException why) {
                throw why;
            }
            throw new IllegalStateException("Spark failed: " + e.getCause(), e.getCause());
        }
    }

    static void uninterrupted(Runnable work) {
        uninterrupted(() -> {
            work.run();
            return null;
        });
    }

    /** Begins it in a thread of its own. */
    static <T> CompletableFuture<T> elsewhere(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, begun -> {
            Thread thread = new Thread(begun, "crunet spark");
            thread.setDaemon(true);
            thread.start();
        });
    }

    /**
     * Runs all of them; the results are told in this thread, in the order they come.
     *
     * @throws IllegalArgumentException as one of them does; the others are then stopped
     * @throws CancellationException if this thread is interrupted; the tasks are then stopped
     * @throws IllegalStateException if one of them fails again and again
     */
    static <T, R> void run(JavaSparkContext spark, List<Part<T>> parts, Each<T, R> each, Consumer<R> hear) {
        BlockingQueue<Told<R>> done = new LinkedBlockingQueue<>();
        SimpleFutureAction<BoxedUnit> job = submit(spark, parts, each, done);
        Waiting waiting = new Waiting(spark);
        try {
            for (int heard = 0; heard < parts.size(); heard++) {
                Told<R> one = next(done, job, waiting);
                if (one.mistake != null) {
                    hearRest(done, hear);
                    throw new IllegalArgumentException(one.mistake);
                }
                hear.accept(one.result);
            }
        } catch (InterruptedException e) {
            hearRest(done, hear);
            Thread.currentThread().interrupt();
            throw new CancellationException("Interrupted while " + spark.master() + " was at work");
        } finally {
            uninterrupted(() -> job.cancel());
        }
    }

    private static <T, R> SimpleFutureAction<BoxedUnit> submit(
            JavaSparkContext spark, List<Part<T>> parts, Each<T, R> each, BlockingQueue<Told<R>> done) {
        Function2<Object, Told<R>, BoxedUnit> add = (part, result) -> {
            done.add(result);
            return BoxedUnit.UNIT;
        };
        RDD<Part<T>> data = spark.parallelize(parts, parts.size()).rdd();
        spark.setLocalProperty("spark.job.interruptOnCancel", "true");
        return spark.sc().submitJob(data, each, Range$.MODULE$.apply(0, parts.size()), add, () -> BoxedUnit.UNIT);
    }

    /** What ended meanwhile is not lost. */
    private static <R> void hearRest(BlockingQueue<Told<R>> done, Consumer<R> hear) {
        done.stream().filter(one -> one.mistake == null).forEach(one -> hear.accept(one.result));
    }

    private static <R> Told<R> next(BlockingQueue<Told<R>> done, SimpleFutureAction<BoxedUnit> job, Waiting waiting)
            throws InterruptedException {
        while (true) {
            waiting.tell();
            boolean over = job.isCompleted();
            Told<R> one = done.poll(PATIENCE_MILLISECONDS, TimeUnit.MILLISECONDS);
            if (one != null) {
                return one;
            }
            if (over && job.value().get() instanceof Failure<?> failure) {
                Throwable why = failure.exception();
                throw new IllegalStateException(waiting.master() + " did not do its work: " + why.getMessage(), why);
            }
        }
    }
}
