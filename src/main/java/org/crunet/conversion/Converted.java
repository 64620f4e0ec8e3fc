package org.crunet.conversion;

import java.util.List;
import java.util.Locale;
import org.crunet.network.Network;

/**
 * A network in which one stage was made collective, and how well that went.
 *
 * @param network the new network, to evaluate, to train further, to close
 * @param stage the stage that was converted
 * @param units one row a unit, and one for what they share
 */
public record Converted(Network network, String stage, List<ConvertedUnit> units) {

    /** Keeps its own copy of the rows. */
    public Converted {
        units = List.copyOf(units);
    }

    @Override
    public String toString() {
        long before = units.stream().mapToLong(ConvertedUnit::parametersBefore).sum();
        long after = units.stream().mapToLong(ConvertedUnit::parametersAfter).sum();
        return String.format(
                Locale.ROOT,
                "%s: %,d parameters instead of %,d in the stage, %,d instead of %,d in all",
                network.name(),
                after,
                before,
                network.parameters(),
                network.parameters() - after + before);
    }
}
