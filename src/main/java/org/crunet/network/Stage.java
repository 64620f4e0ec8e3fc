package org.crunet.network;

import ai.djl.nn.Block;
import org.crunet.block.Chain;
import org.crunet.block.CollectiveGroup;
import org.crunet.block.Normalisation;
import org.crunet.block.ResidualUnit;

/**
 * A run of units at one resolution: a cell of Table 1.
 *
 * @param units number of units
 * @param width width D of the units' 3x3 convolution
 * @param cardinality number of block terms R of the 3x3
 * @param out output channels C of every unit
 * @param group number of units in a row that share their factors, refreshed after them; 0 for residual units
 */
public record Stage(int units, int width, int cardinality, int out, int group) {

    /**
     * Checks the fields against each other.
     *
     * @param units positive
     * @param width positive multiple of the cardinality
     * @param cardinality positive
     * @param out positive
     * @param group from 0 to the number of units
     * @throws IllegalArgumentException if a field does not fit; the message has the field and the values
     */
    public Stage {
        if (Math.min(Math.min(units, width), Math.min(cardinality, out)) < 1) {
            throw new IllegalArgumentException("units, width, cardinality and out must be positive: units=" + units
                    + ", width=" + width + ", cardinality=" + cardinality + ", out=" + out);
        }
        if (width % cardinality != 0) {
            throw new IllegalArgumentException(
                    "cardinality must divide the width: cardinality=" + cardinality + ", width=" + width);
        }
        if (group < 0 || group > units) {
            throw new IllegalArgumentException("group must be 0 (no sharing) or at most the units of its stage: group="
                    + group + ", units=" + units);
        }
    }

    /**
     * Plain residual units, each with weights of its own.
     *
     * @param units number of units
     * @param width width D
     * @param cardinality number of block terms R
     * @param out output channels C
     * @return the stage
     */
    public static Stage residual(int units, int width, int cardinality, int out) {
        return new Stage(units, width, cardinality, out, 0);
    }

    /**
     * Collective units that all share one pair of factors, with a channelwise 3x3 ({@code R = D}).
     *
     * @param units number of units
     * @param width width D
     * @param out output channels C
     * @return the stage
     */
    public static Stage collective(int units, int width, int out) {
        return new Stage(units, width, width, out, units);
    }

    /**
     * The same stage with factors refreshed after every {@code size} units; 1 shares nothing.
     *
     * @param size number of units that share
     * @return the changed stage
     */
    public Stage groupsOf(int size) {
        return new Stage(units, width, cardinality, out, size);
    }

    /**
     * Whether the units share factors.
     *
     * @return true for collective units, also in groups of one
     */
    public boolean collective() {
        return group > 0;
    }

    /** Convolutions on the main path: CRU units have 4, others 3. */
    int depth() {
        return units * (collective() ? 4 : 3);
    }

    Block build(int in, int stride, Normalisation norm) {
        Chain stage = new Chain();
        int step = collective() ? group : 1;
        for (int first = 1; first <= units; first += step) {
            int from = first == 1 ? in : out;
            int by = first == 1 ? stride : 1;
            if (collective()) {
                String name = "group" + ((first - 1) / group + 1);
                int size = Math.min(group, units - first + 1);
                stage.then(name, new CollectiveGroup(size, from, out, width, cardinality, by, norm));
            } else {
                stage.then("unit" + first, new ResidualUnit(from, out, width, cardinality, by, norm));
            }
        }
        return stage;
    }

    @Override
    public String toString() {
        String kind = collective() ? "CRU " + width : width + ", R = " + cardinality;
        String groups = collective() && group < units ? ", in groups of " + group : "";
        return units + " x (" + kind + ") -> " + out + groups;
    }
}
