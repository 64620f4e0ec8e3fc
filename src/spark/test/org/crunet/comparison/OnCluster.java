package org.crunet.comparison;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleConsumer;
import org.crunet.base.Cluster;
import org.crunet.data.Splits;
import org.crunet.network.Architecture;
import org.crunet.training.Recipe;

/** Trainings on a cluster, whose files and progress a test hears. */
public final class OnCluster {

    private OnCluster() {}

    /** One of each recipe, begun with some files; the files that came of each, by its number, in the order they came. */
    public static Map<Integer, Map<String, byte[]>> train(
            Cluster cluster,
            Splits data,
            Architecture network,
            List<Recipe> recipes,
            double work,
            Map<String, byte[]> begun,
            DoubleConsumer worked) {
        List<Assignment> all = new ArrayList<>();
        for (Recipe recipe : recipes) {
            Planned one = new Planned(all.size(), network, recipe, work);
            all.add(new Assignment(one, 1, new LinkedHashMap<>(begun)));
        }
        Map<Integer, Map<String, byte[]>> came = new LinkedHashMap<>();
        cluster.run(
                new Assignment.Job(data),
                all,
                worked,
                trained -> came.put(trained.training().number(), trained.files()));
        return came;
    }
}
