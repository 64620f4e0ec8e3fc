package org.crunet.spark;

import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.DoubleAccumulator;
import org.crunet.data.Splits;
import org.crunet.evaluation.Assignment;

/** Makes one training of a comparison, and counts its steps. */
record TrainingTask(Broadcast<Splits> data, DoubleAccumulator steps)
        implements Tasks.Task<Assignment, Assignment.Trained> {

    @Override
    public Assignment.Trained of(Assignment training) {
        EvaluationTask.forget();
        return training.train(data.value(), steps::add);
    }
}
