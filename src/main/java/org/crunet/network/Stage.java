package org.crunet.network;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.initializer.Initializer;
import java.io.Serializable;
import java.util.List;
import org.crunet.block.Chain;
import org.crunet.block.CollectiveForm;
import org.crunet.block.CollectiveGroup;
import org.crunet.block.Normalisation;
import org.crunet.block.ResidualUnit;
import org.crunet.block.SharedFactors;
import org.crunet.block.Sharing;
import org.crunet.tensor.Decomposition;
import org.crunet.tensor.Rank;

/**
 * A run of units at one resolution: a cell of Table 1.
 *
 * @param kind what the units are
 * @param units number of units
 * @param width width D of the units' 3x3 convolution
 * @param cardinality number of block terms R of the 3x3
 * @param out output channels C of every unit
 * @param group number of units in a row that share their factors, refreshed after them; 0 for units that cannot share
 * @param sharing which factors those units share; both for units that cannot share
 * @param separateStart whether a collective unit with a stride has its own 3x3 and shortcut weights; the authors share both
 */
public record Stage(
        Kind kind, int units, int width, int cardinality, int out, int group, Sharing sharing, boolean separateStart)
        implements Serializable {

    /** What a unit is made of. */
    public enum Kind {
        /** Two plain 3x3 convolutions. */
        BASIC(2),
        /** 1x1, 3x3 with cardinality, 1x1. */
        BOTTLENECK(3),
        /** The collective residual unit in its standard form (Fig. 3, left). */
        STANDARD_CRU(3),
        /** The collective residual unit in its improved form (Fig. 3, right): all published networks. */
        CRU(4);

        private final int depth;

        Kind(int depth) {
            this.depth = depth;
        }

        boolean collective() {
            return this == STANDARD_CRU || this == CRU;
        }
    }

    /**
     * Checks the fields against each other.
     *
     * @param kind any
     * @param units positive
     * @param width positive multiple of the cardinality
     * @param cardinality positive; 1 for basic units
     * @param out positive
     * @param group from 1 to the number of units for collective units, 0 for the others
     * @param sharing both for units that are not collective
     * @param separateStart any
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
        if (kind == Kind.BASIC && cardinality != 1) {
            throw new IllegalArgumentException("basic units have cardinality 1: cardinality=" + cardinality);
        }
        if (separateStart && !kind.collective()) {
            throw new IllegalArgumentException("separateStart is for collective units: kind=" + kind);
        }
        if (sharing != Sharing.BOTH && !kind.collective()) {
            throw new IllegalArgumentException(
                    "sharing is for collective units: sharing=" + sharing + ", kind=" + kind);
        }
        if (group < 0 || group > units || group > 0 != kind.collective()) {
            throw new IllegalArgumentException(
                    "group must be from 1 to the units of a collective stage, and 0 in others:" + " group=" + group
                            + ", units=" + units + ", kind=" + kind);
        }
    }

    /**
     * Basic units: two 3x3 convolutions each, as in ResNet-18 and 34.
     *
     * @param units number of units
     * @param out output channels C, and the width
     * @return the stage
     */
    public static Stage basic(int units, int out) {
        return new Stage(Kind.BASIC, units, out, 1, out, 0, Sharing.BOTH, false);
    }

    /**
     * Bottlenecks, each with weights of its own.
     *
     * @param units number of units
     * @param width width D
     * @param cardinality number of block terms R
     * @param out output channels C
     * @return the stage
     */
    public static Stage residual(int units, int width, int cardinality, int out) {
        return new Stage(Kind.BOTTLENECK, units, width, cardinality, out, 0, Sharing.BOTH, false);
    }

    /**
     * Collective units that all share one pair of factors, in the improved form, with a channelwise 3x3 ({@code R = D}).
     *
     * @param units number of units
     * @param width width D
     * @param out output channels C
     * @return the stage
     */
    public static Stage collective(int units, int width, int out) {
        return new Stage(Kind.CRU, units, width, width, out, units, Sharing.BOTH, false);
    }

    /**
     * The same stage with units of another kind; collective ones share over the whole stage unless they did before.
     *
     * @param newKind what the units are
     * @return the changed stage
     */
    public Stage withKind(Kind newKind) {
        int newGroup = newKind.collective() ? group > 0 ? group : units : 0;
        Sharing newSharing = newKind.collective() ? sharing : Sharing.BOTH;
        boolean separate = separateStart && newKind.collective();
        return new Stage(newKind, units, width, cardinality, out, newGroup, newSharing, separate);
    }

    /**
     * The same stage with another number of units; a group that was the whole stage still is, and so is one that was larger.
     *
     * @param newUnits number of units
     * @return the changed stage
     */
    public Stage withUnits(int newUnits) {
        int newGroup = group == units ? newUnits : Math.min(group, newUnits);
        return new Stage(kind, newUnits, width, cardinality, out, newGroup, sharing, separateStart);
    }

    /**
     * The same stage with another width; a channelwise 3x3 stays channelwise.
     *
     * @param newWidth width D
     * @return the changed stage
     */
    public Stage withWidth(int newWidth) {
        int newCardinality = cardinality == width ? newWidth : cardinality;
        return new Stage(kind, units, newWidth, newCardinality, out, group, sharing, separateStart);
    }

    /**
     * The same stage with another cardinality.
     *
     * @param newCardinality number of block terms R
     * @return the changed stage
     */
    public Stage withCardinality(int newCardinality) {
        return new Stage(kind, units, width, newCardinality, out, group, sharing, separateStart);
    }

    /**
     * The same stage with other output channels.
     *
     * @param newOut output channels C
     * @return the changed stage
     */
    public Stage withOut(int newOut) {
        return new Stage(kind, units, width, cardinality, newOut, group, sharing, separateStart);
    }

    /**
     * The same stage with factors refreshed after every {@code size} units; 1 shares nothing.
     *
     * @param size number of units that share
     * @return the changed stage
     */
    public Stage groupsOf(int size) {
        return new Stage(kind, units, width, cardinality, out, size, sharing, separateStart);
    }

    /**
     * The same stage with other factors in common; {@link #groupsOf}(1) has none.
     *
     * @param newSharing both (the paper's choice), the 1x1 or the 3x3
     * @return the changed stage
     */
    public Stage withSharing(Sharing newSharing) {
        return new Stage(kind, units, width, cardinality, out, group, newSharing, separateStart);
    }

    /**
     * The same stage with or without own weights for a first unit with a stride.
     *
     * @param separate whether that unit has its own 3x3 and shortcut weights
     * @return the changed stage
     */
    public Stage withSeparateStart(boolean separate) {
        return new Stage(kind, units, width, cardinality, out, group, sharing, separate);
    }

    /**
     * Whether the units share factors.
     *
     * @return true for collective units, also in groups of one
     */
    public boolean collective() {
        return kind.collective();
    }

    /** Whether there are units with a factor in common. */
    boolean shares() {
        return group > 1;
    }

    /** Convolutions on the main path. */
    int depth() {
        return units * kind.depth;
    }

    Block build(int in, int stride, Normalisation norm) {
        return collective() ? groups(in, stride, norm) : residualUnits(in, stride, norm);
    }

    private Block residualUnits(int in, int stride, Normalisation norm) {
        Chain stage = new Chain();
        for (int i = 1; i <= units; i++) {
            int from = i == 1 ? in : out;
            int by = i == 1 ? stride : 1;
            stage.then(
                    "unit" + i,
                    kind == Kind.BASIC
                            ? ResidualUnit.basic(from, out, width, by, norm)
                            : ResidualUnit.bottleneck(from, out, width, cardinality, by, norm));
        }
        return stage;
    }

    /** One group is the stage itself, several are numbered. */
    private Block groups(int in, int stride, Normalisation norm) {
        if (group == units) {
            return group(units, in, stride, norm);
        }
        Chain stage = new Chain();
        for (int done = 0; done < units; done += group) {
            int size = Math.min(group, units - done);
            stage.then("group" + (done / group + 1), group(size, done == 0 ? in : out, done == 0 ? stride : 1, norm));
        }
        return stage;
    }

    private Block group(int size, int in, int stride, Normalisation norm) {
        boolean ownCore = separateStart && stride > 1;
        Sharing used = size == 1 && ownCore ? Sharing.REDUCE : sharing;
        SharedFactors shared = new SharedFactors(out, width, cardinality, used);
        CollectiveForm form = kind == Kind.CRU ? CollectiveForm.IMPROVED : CollectiveForm.STANDARD;
        return new CollectiveGroup(size, in, out, shared, stride, form, separateStart, norm);
    }

    /** Read from the weights of a unit in the middle of the stage. */
    ResidualFunction residualFunction(String network, String name, Normalisation norm) {
        Block block = withUnits(1).build(out, 1, norm);
        try (Network unit = Network.of(network, block, new Shape(1, out, 1, 1), Initializer.ZEROS)) {
            List<Decomposition> terms = collective()
                    ? List.of(((CollectiveGroup) block).units().get(0).terms(unit.manager()))
                    : ((ResidualUnit) block.getChildren().get(0).getValue()).terms(unit.manager());
            Shape cores = terms.get(0).cores().getShape();
            long shared = shares() ? convolutions(((CollectiveGroup) block).shared()) : 0;
            return new ResidualFunction(
                    network,
                    name,
                    terms.size(),
                    terms.get(0).size(),
                    new Rank((int) cores.get(2), (int) cores.get(1)),
                    terms.stream().mapToLong(kernel -> kernel.rebuild().size()).sum(),
                    convolutions(unit.block()) - shared,
                    shared);
        }
    }

    private static long convolutions(Block block) {
        return Weights.of(block).values().stream()
                .filter(parameter -> parameter.getShape().dimension() == 4)
                .mapToLong(parameter -> parameter.getShape().size())
                .sum();
    }

    @Override
    public String toString() {
        return units + " x (" + unit() + ") -> " + out
                + (collective() && group < units ? ", in groups of " + group : "")
                + (shares() && sharing != Sharing.BOTH
                        ? ", sharing the " + (sharing == Sharing.CORE ? "3x3" : "1x1") + " only"
                        : "")
                + (separateStart ? ", separate start" : "");
    }

    private String unit() {
        return switch (kind) {
            case BASIC -> "3x3, 3x3, " + width;
            case BOTTLENECK -> width + ", R = " + cardinality;
            case STANDARD_CRU, CRU ->
                (kind == Kind.CRU ? "CRU " : "standard CRU ")
                        + width
                        + (cardinality == width ? "" : ", R = " + cardinality);
        };
    }
}
