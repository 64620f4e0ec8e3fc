package org.crunet.exchange;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.crunet.base.Names;
import org.crunet.files.TensorFile;
import org.crunet.network.Architecture;
import org.crunet.network.Graph;
import org.crunet.network.Network;

/** Weights found by the names that another program gives them. */
final class Renamed {

    private static final String CLASSIFIER = "head.classifier.weight";

    private final TensorFile file;
    private final Map<String, String> keys;
    private final Map<String, Shape> wanted;
    private final Map<String, List<String>> theirs = new LinkedHashMap<>();

    /**
     * @param keys what the file calls each of their names
     * @param theirs their names of one of ours: several if they write a shared weight several times
     */
    private Renamed(
            TensorFile file,
            Map<String, String> keys,
            Map<String, Shape> wanted,
            Function<String, List<String>> theirs) {
        this.file = file;
        this.keys = keys;
        this.wanted = wanted;
        wanted.keySet().forEach(ours -> this.theirs.put(ours, theirs.apply(ours)));
    }

    /**
     * Builds the network with the file's numbers.
     *
     * @param names their names of one of ours, given all of ours
     * @throws IllegalArgumentException if something is missing, surplus or of another shape, or copies of one weight differ
     */
    static Network load(
            Architecture architecture,
            TensorFile file,
            Map<String, String> keys,
            Function<Set<String>, Function<String, List<String>>> names) {
        Map<String, Shape> wanted = Graph.of(architecture).weights();
        Renamed renamed = new Renamed(file, keys, wanted, names.apply(wanted.keySet()));
        renamed.requireFit();
        Map<String, float[]> values = new LinkedHashMap<>();
        wanted.keySet().forEach(ours -> values.put(ours, renamed.numbers(ours)));
        return architecture.load(values);
    }

    private List<String> present(String ours) {
        return theirs.get(ours).stream().filter(keys::containsKey).toList();
    }

    private void requireFit() {
        Set<String> needed = new LinkedHashSet<>();
        List<String> misshapen = new ArrayList<>();
        wanted.forEach((ours, shape) -> {
            List<String> present = present(ours);
            needed.addAll(present.isEmpty() ? theirs.get(ours).subList(0, 1) : present);
            for (String name : present) {
                Shape found = file.entries().get(keys.get(name)).shape();
                if (!found.equals(shape)) {
                    misshapen.add(name + " is " + found + ", not " + shape + hint(ours, found, shape));
                }
            }
        });
        String misfit = Names.misfit(needed, keys.keySet(), misshapen);
        if (!misfit.isEmpty()) {
            throw new IllegalArgumentException(misfit);
        }
    }

    private static String hint(String ours, Shape found, Shape wanted) {
        boolean classes = ours.equals(CLASSIFIER) && found.dimension() == 2 && found.get(1) == wanted.get(1);
        return classes ? classes(found) : "";
    }

    /** What to do about a classifier's weights of another shape. */
    static String classes(Shape found) {
        return ": take architecture.withClasses(" + found.get(0) + ")";
    }

    /** One weight of ours is several of theirs. */
    static IllegalArgumentException shared(String ours, String first, String second) {
        String stage = ours.split("\\.")[0];
        return new IllegalArgumentException("the network uses " + ours + " in several places, and the file has weights"
                + " of their own there, " + first + " and " + second
                + ": if it is the first unit that has its own, take"
                + " architecture.withStage(\"" + stage + "\", stage -> stage.withSeparateStart(true)), as"
                + " Networks.CRU_NET_56_SEPARATE is made; if fewer units share, stage.withGroupsOf(units)");
    }

    private float[] numbers(String ours) {
        List<String> names = present(ours);
        float[] numbers = file.floats(keys.get(names.get(0)));
        for (String copy : names.subList(1, names.size())) {
            if (!Arrays.equals(numbers, file.floats(keys.get(copy)))) {
                throw shared(ours, names.get(0), copy);
            }
        }
        return numbers;
    }
}
