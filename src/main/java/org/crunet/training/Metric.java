package org.crunet.training;

import java.io.Serializable;
import org.crunet.base.Named;
import org.crunet.network.Network;

/**
 * A number of one's own, measured after every epoch.
 *
 * @param name what it is called, also in tables and charts; it takes the place of the code in the identity of a training
 * @param measure how it is measured
 */
public record Metric(String name, Measure measure) implements Named, Serializable {

    /** Measures a network. */
    public interface Measure extends Serializable {

        /**
         * Measures it.
         *
         * @param network as it is evaluated; not to be changed or closed
         * @return any number
         */
        double of(Network network);
    }

    /** Checks that there is a name. */
    public Metric {
        Named.require(name, measure);
    }

    @Override
    public String toString() {
        return name;
    }
}
