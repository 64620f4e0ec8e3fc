package org.crunet.spark;

import static org.crunet.base.Errors.require;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.crunet.base.Cluster;

/** A cluster of Apache Spark; also threads of this process, which Spark names {@code local[2]}. */
final class SparkCluster implements Cluster {

    /** At least so many tasks a core: a lost one costs little, and the last ones end at about the same time. */
    private static final int TASKS_A_CORE = 4;
    /** As a cluster gives its cores only once there are tasks for them. */
    private static final int TASKS_ELSEWHERE = 64;
    /** At most so many pieces a task: of a large set, what is there is told as it goes. */
    private static final int PIECES_A_TASK = 32;

    /** A setting that is looked at for each call: in how many tasks. */
    static final String PARTITIONS = "spark.crunet.partitions";

    private static final Pattern LOCAL = Pattern.compile("local(?:\\[\\s*([0-9]+|\\*)\\s*(?:,.*)?])?");

    private final JavaSparkContext spark;

    SparkCluster(JavaSparkContext spark) {
        this.spark = spark;
    }

    @Override
    public int tasks(int pieces) {
        int least = spark.isLocal() ? 1 : TASKS_ELSEWHERE;
        int usual = Math.max(least, Math.max(TASKS_A_CORE * spark.defaultParallelism(), pieces / PIECES_A_TASK));
        return Math.max(1, Math.min(new SparkConf().getInt(PARTITIONS, usual), pieces));
    }

    @Override
    public <T, R> void run(Job<T, R> job, List<T> tasks, DoubleConsumer worked, Consumer<R> done) {
        boolean alone = !job.alone().isEmpty();
        if (alone) {
            requireOneAtATime(job.alone());
        }
        UUID id = UUID.randomUUID(); // no other's, as Spark's own are once its context was made anew
        try (Counter counter = new Counter(spark.sc(), worked)) {
            List<Broadcast<?>> sent = new ArrayList<>();
            try {
                Broadcast<Job<T, R>> shared = send(job, sent);
                List<Tasks.Part<T>> parts = new ArrayList<>();
                for (T task : tasks) { // long ones may be larger than what Spark sends with a task
                    parts.add(alone ? send(task, sent)::value : () -> task);
                }
                Tasks.run(spark, parts, new Tasks.Each<>(id, shared, counter.sum()), done);
            } finally {
                sent.forEach(one -> Tasks.uninterrupted(() -> one.destroy()));
            }
        } catch (IllegalStateException | NullPointerException e) {
            if (spark.sc().isStopped()) { // by Spark, when a cluster does not answer any more
                throw SparkProvider.ended(spark.master(), e);
            }
            throw e;
        } finally {
            Opened.forget(id);
        }
    }

    /** What a process gets once, until the work is over. */
    private <T> Broadcast<T> send(T what, List<Broadcast<?>> sent) {
        Broadcast<T> one = Tasks.uninterrupted(() -> spark.broadcast(what));
        sent.add(one);
        return one;
    }

    private void requireOneAtATime(String why) {
        String master = spark.master();
        Matcher local = LOCAL.matcher(master);
        int cores = local.matches()
                ? cores(local.group(1))
                : spark.getConf().getInt("spark.executor.cores", 1); // a process has so many
        int each = spark.getConf().getInt("spark.task.cpus", 1);
        require(
                cores / each <= 1,
                master + (local.matches() ? "" : " with spark.executor.cores=" + cores)
                        + (each == 1 ? "" : " and spark.task.cpus=" + each) + " would run " + why
                        + ": use local-cluster[2,1,2048] on one machine, spark.executor.cores=1 on others, or leave out"
                        + " on(...)");
    }

    private static int cores(String number) {
        return "*".equals(number)
                ? Runtime.getRuntime().availableProcessors()
                : number == null ? 1 : Integer.parseInt(number);
    }
}
