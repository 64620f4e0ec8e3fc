package org.crunet.spark;

import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;

/** Says so, once, when a cluster has no core free for some time: Spark would wait in silence. */
final class Waiting {

    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

    private final JavaSparkContext spark;
    private long since = System.nanoTime();
    private boolean told;

    Waiting(JavaSparkContext spark) {
        this.spark = spark;
    }

    String master() {
        return spark.master();
    }

    void tell() {
        if (told || spark.isLocal()) {
            return;
        }
        if (spark.sc().getExecutorMemoryStatus().size() > 1) { // this process is one of them
            since = System.nanoTime();
        } else if (System.nanoTime() - since > PATIENCE) {
            told = true;
            String memory = spark.getConf().get("spark.executor.memory", "1g");
            String what = "waiting for a free core of " + master() + " with " + memory + " of memory";
            System.out.println(what + ", which others have or no worker has; stop ends the waiting");
        }
    }
}
