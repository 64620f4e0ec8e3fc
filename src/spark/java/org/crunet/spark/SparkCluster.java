package org.crunet.spark;

import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.crunet.comparison.Assignment;
import org.crunet.comparison.TrainingCluster;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.evaluation.Inference;
import org.crunet.network.Classifier;

/** Evaluates on a cluster: each task runs whole batches, so what comes of an image does not depend on their number. */
final class SparkCluster implements TrainingCluster {

    /** At least so many tasks a core: a lost one costs little, and the last ones end at about the same time. */
    private static final int TASKS_A_CORE = 4;
    /** As a cluster gives its cores only once there are tasks for them. */
    private static final int TASKS_ELSEWHERE = 64;
    /** At most so many batches a task: a large set is kept, and its progress told, as it goes. */
    private static final int BATCHES_A_TASK = 32;

    /** A setting that is looked at for each evaluation: in how many tasks. */
    static final String PARTITIONS = "spark.crunet.partitions";

    private static final Pattern LOCAL = Pattern.compile("local(?:\\[\\s*([0-9]+|\\*)\\s*(?:,.*)?])?");

    private final JavaSparkContext spark;

    SparkCluster(JavaSparkContext spark) {
        this.spark = spark;
    }

    @Override
    public void evaluate(
            Classifier network,
            ImageSet images,
            int[] which,
            boolean tenCrops,
            int batchSize,
            Inference.Rows rows,
            DoubleConsumer worked) {
        int threads = JniUtils.getNumThreads();
        EvaluationTask.Job job =
                new EvaluationTask.Job(UUID.randomUUID(), network.toSerializable(), images, tenCrops, batchSize);
        Consumer<EvaluationTask.Answer> hear = answer -> {
            answer.unreadable().forEach(images::leaveOut);
            answer.rows().forEach(rows::add);
        };
        try (Counter done = new Counter(spark.sc(), worked)) {
            List<int[]> parts = parts(which, batchSize);
            withAll(job, sent -> Tasks.run(spark, parts, new EvaluationTask(sent, done.sum()), hear));
        } finally {
            EvaluationTask.forget(job.id());
            JniUtils.setNumThreads(threads); // which tasks in this process have changed for what follows
        }
    }

    @Override
    public void train(
            Splits data, List<Assignment> trainings, DoubleConsumer worked, Consumer<Assignment.Trained> done) {
        requireOneAtATime();
        requireMemory(trainings);
        try (Counter counter = new Counter(spark.sc(), worked)) {
            withAll(data, sent -> train(trainings, new TrainingTask(sent, counter.sum()), done));
        }
    }

    /**
     * Weights, optimizer state and best weights come back in this process's memory, some four times while they are unpacked, and
     * what was begun is there three times until it is sent. Without enough of it Spark would wait for ever.
     */
    private static void requireMemory(List<Assignment> trainings) {
        long begun = trainings.stream()
                .flatMap(training -> training.files().values().stream())
                .mapToLong(file -> file.length)
                .sum();
        for (Assignment training : trainings) {
            int copies = 2 + training.recipe().optimizer().memory();
            long weights = copies * Float.BYTES * training.network().cost().parameters();
            long needed =
                    (trainings.size() > 1 ? 5 : 4) * weights + 3 * begun; // one may wait until the last is written
            long given = Runtime.getRuntime().maxMemory();
            if (needed > given) {
                throw new IllegalArgumentException("a training of "
                        + training.network().name()
                        + " comes back through up to " + (needed >> 20) + " MiB of memory, and Java may use "
                        + (given >> 20)
                        + (begun == 0
                                ? ""
                                : "; " + (3 * begun >> 20) + " are for what was begun, and less if it ends here")
                        + ": start it with more, -Xmx" + ((needed >> 30) + 1)
                        + "g, or spark-submit with --driver-memory " + ((needed >> 30) + 1) + "g");
            }
        }
    }

    /** One that was begun comes with its files, which may be larger than what Spark sends with a task. */
    private void train(List<Assignment> trainings, TrainingTask task, Consumer<Assignment.Trained> done) {
        List<Broadcast<Assignment>> sent = trainings.stream().map(this::sent).toList();
        try {
            Tasks.run(spark, sent, task, done);
        } finally {
            sent.forEach(SparkCluster::destroy);
        }
    }

    /** What every process gets once, until the work is over. */
    private <T> void withAll(T what, Consumer<Broadcast<T>> work) {
        try {
            Broadcast<T> sent = sent(what);
            try {
                work.accept(sent);
            } finally {
                destroy(sent);
            }
        } catch (IllegalStateException | NullPointerException e) {
            if (spark.sc().isStopped()) { // by Spark, when a cluster does not answer any more
                throw SparkProvider.ended(spark.master(), e);
            }
            throw e;
        }
    }

    private <T> Broadcast<T> sent(T what) {
        return Tasks.uninterrupted(() -> spark.broadcast(what));
    }

    private static void destroy(Broadcast<?> sent) {
        Tasks.uninterrupted(() -> sent.destroy());
    }

    private void requireOneAtATime() {
        SparkConf settings = spark.getConf();
        String master = spark.master();
        Matcher local = LOCAL.matcher(master);
        int cores = local.matches()
                ? cores(local.group(1))
                : settings.getInt("spark.executor.cores", 1); // a process has so many
        int each = settings.getInt("spark.task.cpus", 1);
        if (cores / each > 1) {
            throw new IllegalArgumentException(
                    master
                            + (local.matches() ? "" : " with spark.executor.cores=" + cores)
                            + (each == 1 ? "" : " and spark.task.cpus=" + each)
                            + " would run two trainings in one process, and DJL collects gradients for one: use"
                            + " local-cluster[2,1,2048] on one machine, spark.executor.cores=1 on others, or leave out on(...)");
        }
    }

    private static int cores(String number) {
        return "*".equals(number)
                ? Runtime.getRuntime().availableProcessors()
                : number == null ? 1 : Integer.parseInt(number);
    }

    /** Places of the images of each task: batches are never divided. */
    private List<int[]> parts(int[] which, int batchSize) {
        int batches = (which.length + batchSize - 1) / batchSize;
        int least = spark.isLocal() ? 1 : TASKS_ELSEWHERE;
        int usual = Math.max(least, Math.max(TASKS_A_CORE * spark.defaultParallelism(), batches / BATCHES_A_TASK));
        int wanted = new SparkConf().getInt(PARTITIONS, usual);
        int tasks = Math.max(1, Math.min(wanted, batches));
        List<int[]> parts = new ArrayList<>();
        for (int i = 0; i < tasks; i++) {
            int from = batchSize * (int) ((long) batches * i / tasks);
            int to = batchSize * (int) ((long) batches * (i + 1) / tasks);
            parts.add(Arrays.copyOfRange(which, from, Math.min(to, which.length)));
        }
        return parts;
    }
}
