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
        if (told) {
            return;
        }
        boolean hasSome = spark.sc().getExecutorMemoryStatus().size() > 1; // this process is one of them
        if (hasSome || spark.isLocal()) {
            since = System.nanoTime();
        } else if (System.nanoTime() - since > PATIENCE) {
            told = true;
            System.out.println("waiting for a free core of " + master() + ": others have all of them, or no worker has "
                    + spark.getConf().get("spark.executor.memory", "1g") + " of memory; stop ends the waiting");
        }
    }
}
