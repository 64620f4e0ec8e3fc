package org.crunet.spark;

import java.io.File;
import org.apache.spark.SparkEnv;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.DoubleAccumulator;
import org.crunet.comparison.Assignment;
import org.crunet.data.Splits;

/** Makes one training of a comparison, in a folder that Spark deletes if this process is killed, and counts its steps. */
record TrainingTask(Broadcast<Splits> data, DoubleAccumulator steps)
        implements Tasks.Task<Broadcast<Assignment>, Assignment.Trained> {

    @Override
    public Assignment.Trained of(Broadcast<Assignment> training) {
        EvaluationTask.forget();
        File folder = SparkEnv.get().blockManager().diskBlockManager().localDirs()[0];
        return training.value().train(data.value(), folder.toPath(), Tasks.onThisMachine(""), steps::add);
    }
}
