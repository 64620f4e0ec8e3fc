package org.crunet.evaluation;

import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.DoubleConsumer;
import org.crunet.data.ImageSet;
import org.crunet.network.Classifier;

/**
 * Other processes that evaluate and train, for which a name such as {@code spark://host:7077} stands. Whoever names
 * a master need not know them; the results are the same to the last bit.
 */
public interface Cluster {

    /** Names this process. */
    String HERE = "here";

    /** A variable of the environment with the name of a cluster, for calls that name none. */
    String VARIABLE = "CRUNET_MASTER";

    /**
     * Runs a network over images, as {@link Inference#probabilities(Classifier, ImageSet, int[], boolean, int, Inference.Rows)}.
     *
     * @param network what to run
     * @param images where the images are; of files that stay where they are, every machine must see the paths
     * @param which places of the images
     * @param tenCrops whether to average over ten crops of each
     * @param batchSize number of images that are run together
     * @param rows hears the probabilities of each image, in the calling thread or one at a time
     * @param worked hears now and then how many of them have been run
     * @throws java.util.concurrent.CancellationException if the thread is interrupted; the work is then stopped
     * @throws IllegalArgumentException as there
     * @throws IllegalStateException if the network was closed, or the cluster fails again and again
     * @throws UnsupportedOperationException if the network cannot be sent
     */
    void evaluate(
            Classifier network,
            ImageSet images,
            int[] which,
            boolean tenCrops,
            int batchSize,
            Inference.Rows rows,
            DoubleConsumer worked);

    /**
     * A cluster by its name.
     *
     * @param master {@link #HERE}, or as Apache Spark names them: {@code local[2]}, {@code spark://host:7077}, {@code yarn},
     *     {@code k8s://https://host:443}; nothing for what the environment says, or else here
     * @return the cluster, or nothing for this process
     * @throws IllegalStateException if another place than here is named and this program was started without Spark; the message
     *     says what to add
     */
    static Optional<Cluster> at(String master) {
        if (isHere(master)) {
            return Optional.empty();
        }
        String name = meant(master);
        Provider provider = ServiceLoader.load(Provider.class, Cluster.class.getClassLoader())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(name
                        + " is a cluster of Apache Spark, which this program was started without: start Jupyter by"
                        + " MAVEN_PROFILES=spark sh environment/start.sh, build with mvn -Pspark, or run it here,"
                        + " on(\"" + HERE + "\")"));
        return Optional.of(provider.at(name));
    }

    /**
     * Whether a name means this process.
     *
     * @param master as for {@link #at}
     * @return whether {@link #at} gives nothing
     */
    static boolean isHere(String master) {
        return meant(master).equals(HERE);
    }

    private static String meant(String master) {
        String variable = System.getenv().getOrDefault(VARIABLE, "");
        return (!master.isBlank() ? master : !variable.isBlank() ? variable : HERE).strip();
    }

    /** Reaches clusters by their names; found by {@link ServiceLoader}. */
    interface Provider {

        /**
         * A cluster.
         *
         * @param master its name
         * @return the cluster, connected
         * @throws IllegalArgumentException if there can be none of that name
         * @throws IllegalStateException if it does not answer
         */
        Cluster at(String master);
    }
}
