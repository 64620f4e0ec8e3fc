package org.crunet.base;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;

/**
 * Other processes that do tasks for this one, for which a name such as {@code spark://host:7077} stands. What comes of a task is
 * the same there as here, to the last bit.
 */
public interface Cluster {

    /** Names this process. */
    String HERE = "here";

    /** A variable of the environment with the name of a cluster, for calls that name none. */
    String VARIABLE = "CRUNET_MASTER";

    /**
     * Does tasks, and returns when all are done; one that is lost with its process is done again.
     *
     * @param <T> a task, which can be serialised
     * @param <R> its result, which can be serialised
     * @param job what the tasks share; every process gets it once
     * @param tasks in any number
     * @param worked hears now and then how much has been done, as {@link Place#worked} counts it
     * @param done hears each result as soon as it is there, in the calling thread
     * @throws java.util.concurrent.CancellationException if the thread is interrupted; the tasks are then stopped
     * @throws IllegalArgumentException if a task throws it; or if this cluster would do two in one process, and the job forbids it
     * @throws IllegalStateException if the cluster fails again and again
     */
    <T, R> void run(Job<T, R> job, List<T> tasks, DoubleConsumer worked, Consumer<R> done);

    /**
     * Returns into how many tasks work is best divided: enough for all cores, and few enough that starting them costs little.
     *
     * @param pieces how many pieces the work has
     * @return from 1 to their number
     */
    int tasks(int pieces);

    /**
     * What the tasks of a call share.
     *
     * @param <T> a task
     * @param <R> its result
     */
    interface Job<T, R> extends Serializable {

        /**
         * Opens in a process what the tasks need, once before the first; it is let go when the job is over.
         *
         * @return what does a task
         */
        Work<T, R> open();

        /**
         * Returns why a process may do only one of its tasks at a time.
         *
         * @return such as {@code two trainings on one processor, which train one after the other}; empty if it may
         */
        default String alone() {
            return "";
        }
    }

    /**
     * Does a task.
     *
     * @param <T> a task
     * @param <R> its result
     */
    @FunctionalInterface
    interface Work<T, R> {

        /**
         * Does one.
         *
         * @param task which
         * @param place where it is done
         * @return what comes of it
         */
        R of(T task, Place place);
    }

    /** The process that does a task. */
    interface Place {

        /**
         * Returns the name of its machine.
         *
         * @return a name or an address
         */
        String machine();

        /**
         * Returns how many cores a task may use.
         *
         * @return 1 or more
         */
        int cores();

        /**
         * Returns a folder for temporary files, which is deleted when the process ends, also when it is killed.
         *
         * @return a folder that is there
         */
        Path folder();

        /**
         * Counts work as done.
         *
         * @param work how much more, in any unit
         */
        void worked(double work);
    }

    /**
     * Connects to a cluster by its name.
     *
     * @param master {@link #HERE}, or as Apache Spark names them: {@code local[2]}, {@code spark://host:7077}, {@code yarn},
     *     {@code k8s://https://host:443}; blank for what the environment says, or else here
     * @return the cluster, or nothing for this process
     * @throws IllegalArgumentException if there can be none of that name
     * @throws IllegalStateException if it does not answer, or this program was started without Spark; the message says what to
     *     add
     */
    static Optional<Cluster> at(String master) {
        if (isHere(master)) {
            return Optional.empty();
        }
        String name = meant(master);
        Provider provider = ServiceLoader.load(Provider.class, Cluster.class.getClassLoader())
                .findFirst()
                .orElseThrow(() ->
                        new IllegalStateException(name + " is a cluster of Apache Spark, and this program has no Spark:"
                                + " start Jupyter by MAVEN_PROFILES=spark environment/start.sh, build with mvn -Pspark, or"
                                + " run it on(\"" + HERE + "\")"));
        return Optional.of(provider.at(name));
    }

    /**
     * Tells whether a name means this process.
     *
     * @param master as for {@link #at}
     * @return whether {@link #at} gives nothing
     */
    static boolean isHere(String master) {
        return meant(master).equals(HERE);
    }

    private static String meant(String master) {
        String variable = System.getenv().getOrDefault(VARIABLE, HERE);
        return (!master.isBlank() ? master : !variable.isBlank() ? variable : HERE).strip();
    }

    /** Reaches clusters by their names; found by {@link ServiceLoader}. */
    interface Provider {

        /**
         * Connects to a cluster.
         *
         * @param master its name
         * @return the cluster, connected
         * @throws IllegalArgumentException if there can be none of that name
         * @throws IllegalStateException if it does not answer
         */
        Cluster at(String master);
    }
}
