package org.crunet.comparison;

import java.util.Set;
import java.util.TreeSet;
import org.crunet.base.Records;

/**
 * A row of a study that was made once more.
 *
 * @param kept as it was
 * @param again as it is now
 */
public record Reproduction(Row kept, Row again) {

    private static final Set<String> OF_THE_MACHINE = Set.of("seconds", "machine", "commit");

    /**
     * Tells whether it is the same training to the bit.
     *
     * @return whether the weights are the same
     */
    public boolean toTheBit() {
        return kept.weights().equals(again.weights()) && !kept.weights().isEmpty();
    }

    /** Whether it is, or else what differs, with both values. */
    @Override
    public String toString() {
        String what = kept.network() + ", seed " + kept.seed() + ": ";
        if (toTheBit()) {
            return what + "the same weights, to the bit";
        }
        var before = Records.fields(kept);
        Set<String> differing = new TreeSet<>();
        Records.fields(again).forEach((field, value) -> {
            if (!OF_THE_MACHINE.contains(field) && !field.equals("weights") && !value.equals(before.get(field))) {
                differing.add(field + " was " + before.get(field) + " and is " + value);
            }
        });
        String machines = kept.machine().equals(again.machine())
                ? ""
                : "; made on " + kept.machine() + ", again on " + again.machine();
        return what + "other weights; " + String.join(", ", differing) + machines;
    }
}
