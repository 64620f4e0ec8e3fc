package org.crunet.network;

import java.io.Serializable;
import org.crunet.base.Named;
import org.crunet.block.Normalisation;
import org.crunet.block.Place;
import org.crunet.block.Unit;

/**
 * Units of one's own for a stage. Their name says what they are wherever a run is recognised.
 *
 * @param name what they are called
 * @param maker makes a unit at its place
 */
public record OwnUnits(String name, Maker maker) implements Stage.Units, Named {

    /** Makes units. */
    @FunctionalInterface
    public interface Maker extends Serializable {

        /**
         * Makes a unit.
         *
         * @param place its input, its stride, and what it shares
         * @param stage where it stands
         * @param norm setting and place of every batch norm
         * @return a new unit
         */
        Unit unit(Place place, Stage stage, Normalisation norm);
    }

    /** Throws IllegalArgumentException if the name is blank. */
    public OwnUnits {
        Named.require(name, maker);
    }

    /** Returns whether the names are alike. */
    @Override
    public boolean equals(Object other) {
        return other instanceof OwnUnits units && units.name.equals(name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public Unit unit(Place place, Stage stage, Normalisation norm) {
        return maker.unit(place, stage, norm);
    }

    @Override
    public String words(Stage stage) {
        return name;
    }
}
