package org.crunet.exchange;

import static org.crunet.base.Errors.require;

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

/** Weights found by the names that another program gives them. */
final class Renamed {

    private static final String CLASSIFIER = "head.classifier.weight";

    private Renamed() {}

    /**
     * Reads the numbers of a network's weights.
     *
     * @param wanted the shapes by our names
     * @param keys what the file calls each of their names
     * @param theirs their names of one of ours: several if they write a shared weight several times
     * @param fix what to do if they do not fit
     * @throws IllegalArgumentException if something is missing, surplus or of another shape, or copies of one weight differ
     */
    static Map<String, float[]> read(
            Map<String, Shape> wanted,
            TensorFile file,
            Map<String, String> keys,
            Function<String, List<String>> theirs,
            String fix) {
        Map<String, List<String>> found = new LinkedHashMap<>();
        Set<String> needed = new LinkedHashSet<>();
        List<String> misshapen = new ArrayList<>();
        wanted.forEach((ours, shape) -> {
            List<String> names = theirs.apply(ours);
            List<String> present = names.stream().filter(keys::containsKey).toList();
            found.put(ours, present);
            needed.addAll(present.isEmpty() ? names.subList(0, 1) : present);
            for (String name : present) {
                Shape has = file.entries().get(keys.get(name)).shape();
                if (!has.equals(shape)) {
                    boolean classes = ours.equals(CLASSIFIER) && has.dimension() == 2 && has.get(1) == shape.get(1);
                    misshapen.add(name + " is " + has + ", not " + shape + (classes ? classes(has) : ""));
                }
            }
        });
        String misfit = Names.misfit(needed, keys.keySet(), misshapen);
        require(misfit.isEmpty(), () -> misfit + fix);
        Map<String, float[]> values = new LinkedHashMap<>();
        found.forEach((ours, names) -> {
            float[] numbers = file.floats(keys.get(names.get(0)));
            for (String copy : names.subList(1, names.size())) {
                if (!Arrays.equals(numbers, file.floats(keys.get(copy)))) {
                    throw shared(ours, names.get(0), copy);
                }
            }
            values.put(ours, numbers);
        });
        return values;
    }

    /** Returns what to do about a classifier's weights of another shape. */
    static String classes(Shape found) {
        return ": take architecture.withClasses(" + found.get(0) + ")";
    }

    /** Returns that one weight of ours is several of theirs. */
    static IllegalArgumentException shared(String ours, String first, String second) {
        String stage = ours.split("\\.")[0];
        return new IllegalArgumentException("the network uses " + ours + " in several places, and the file has weights"
                + " of their own there, " + first + " and " + second
                + ": if it is the first unit that has its own, take"
                + " architecture.withStage(\"" + stage + "\", stage -> stage.withSeparateStart(true)), as"
                + " Networks.CRU_NET_56_SEPARATE is made; if fewer units share, stage.withGroupsOf(units)");
    }
}
