package org.crunet.exchange;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
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
     * @param prefixed what the file calls each of their names; what stands before all of them, such as {@code module.} or
     *     {@code _orig_mod.}, may be taken away
     * @param theirs their names of one of ours: several if they write a shared weight several times
     * @param fix what to do if they do not fit
     * @throws IllegalArgumentException if something is missing, surplus or of another shape, or copies of one weight differ
     */
    static Map<String, float[]> read(
            Map<String, Shape> wanted,
            TensorFile file,
            Map<String, String> prefixed,
            Function<String, List<String>> theirs,
            String fix) {
        Set<String> possible = new HashSet<>();
        wanted.keySet().forEach(ours -> possible.addAll(theirs.apply(ours)));
        Map<String, String> keys = bare(prefixed, possible);
        Map<String, List<String>> found = new LinkedHashMap<>();
        Set<String> needed = new LinkedHashSet<>();
        List<String> misshapen = new ArrayList<>();
        wanted.forEach((ours, shape) -> {
            List<String> names = theirs.apply(ours);
            List<String> present = names.stream().filter(keys::containsKey).toList();
            found.put(ours, present);
            needed.addAll(present.isEmpty() ? names.subList(0, 1) : present);
            for (String name : present) {
                Shape has = file.entry(keys.get(name)).shape();
                if (!has.equals(shape)) {
                    misshapen.add(name + " is " + has + ", not " + shape + fix(ours, has, shape));
                }
            }
        });
        String misfit = Names.misfit(needed, keys.keySet(), misshapen);
        require(misfit.isEmpty(), () -> misfit + fix);
        Map<String, float[]> values = new LinkedHashMap<>();
        found.forEach((ours, names) -> values.put(ours, one(ours, names, name -> file.floats(keys.get(name)))));
        return values;
    }

    /** Without what stands before all names, if more of them are then among those that are possible. */
    private static Map<String, String> bare(Map<String, String> keys, Set<String> possible) {
        String first = keys.isEmpty() ? "" : keys.keySet().iterator().next();
        int common = first.length();
        for (String key : keys.keySet()) {
            while (!key.regionMatches(0, first, 0, common)) {
                common--;
            }
        }
        int prefix = first.lastIndexOf('.', common - 1) + 1;
        Map<String, String> bare = new LinkedHashMap<>();
        keys.forEach((key, there) -> bare.put(key.substring(prefix), there));
        return count(bare, possible) > count(keys, possible) ? bare : keys;
    }

    private static long count(Map<String, String> keys, Set<String> possible) {
        return keys.keySet().stream().filter(possible::contains).count();
    }

    private static String fix(String ours, Shape has, Shape shape) {
        boolean classes = ours.equals(CLASSIFIER) && has.dimension() == 2 && has.get(1) == shape.get(1);
        return classes ? classes(has) : "";
    }

    /** Returns the numbers that all copies of a weight have. */
    private static float[] one(String ours, List<String> names, Function<String, float[]> numbers) {
        float[] first = numbers.apply(names.get(0));
        for (String copy : names.subList(1, names.size())) {
            if (!Arrays.equals(first, numbers.apply(copy))) {
                throw shared(ours, names.get(0), copy);
            }
        }
        return first;
    }

    /** Returns what to do about a classifier's weights of another shape. */
    static String classes(Shape found) {
        return ": take architecture.withClasses(" + found.get(0) + ")";
    }

    /** Returns that one weight of ours is several of theirs. */
    static IllegalArgumentException shared(String ours, String first, String second) {
        String stage = ours.split("\\.")[0];
        return new IllegalArgumentException("the network uses " + ours + " in several places, and the file has weights"
                + " of their own there, " + first + " and " + second + ": take architecture.withStage(\"" + stage
                + "\", stage -> stage.withSeparateStart(true)), as Networks.CRU_NET_56_SEPARATE is made, or"
                + " stage.withGroupsOf(units)");
    }
}
