package org.crunet.comparison;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.crunet.network.Architecture;
import org.crunet.training.Recipe;

/**
 * A network with one combination of the values of a sweep.
 *
 * @param network with these values
 * @param recipe with these values
 * @param values by what they are of
 * @param summary what it came to on the images held back; null while it is not trained
 */
public record Setting(Architecture network, Recipe recipe, Map<String, Object> values, Summary summary) {

    /** Keeps its own copy of the values. */
    public Setting {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    @Override
    public String toString() {
        return network.name() + " with " + values + ": " + (summary == null ? "not trained" : Comparison.line(summary));
    }
}
