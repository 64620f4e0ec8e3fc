package org.crunet.comparison;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import org.crunet.data.Splits;
import org.crunet.evaluation.Cluster;

/** Other processes that train, too. */
public interface TrainingCluster extends Cluster {

    /**
     * Makes trainings of a comparison, never two in one process at a time: DJL collects gradients for one.
     *
     * @param data images to learn from and to measure on
     * @param trainings which
     * @param worked hears now and then how much of the work of this call is done, in steps of an average network
     * @param done hears of each as soon as it is made, in the calling thread
     * @throws java.util.concurrent.CancellationException if the thread is interrupted; those at work are then stopped
     * @throws IllegalArgumentException if this cluster would run two in one process
     * @throws IllegalStateException if it fails again and again
     */
    void train(Splits data, List<Assignment> trainings, DoubleConsumer worked, Consumer<Assignment.Trained> done);
}
