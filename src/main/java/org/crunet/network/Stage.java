package org.crunet.network;

import static org.crunet.base.Errors.require;
import static org.crunet.base.Records.with;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.initializer.Initializer;
import java.io.Serializable;
import java.util.List;
import java.util.function.Function;
import org.crunet.block.Chain;
import org.crunet.block.CollectiveForm;
import org.crunet.block.CollectiveGroup;
import org.crunet.block.CollectiveUnit;
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
        BASIC(2, null),
        /** 1x1, 3x3 with cardinality, 1x1. */
        BOTTLENECK(3, null),
        /** The collective residual unit in its standard form (Fig. 3, left). */
        STANDARD_CRU(3, CollectiveForm.STANDARD),
        /** The collective residual unit in its improved form (Fig. 3, right): all published networks. */
        CRU(4, CollectiveForm.IMPROVED);

        private final int depth;
        private final CollectiveForm form;

        /** The convolutions of a unit on the main path, and its form if it is collective. */
        Kind(int depth, CollectiveForm form) {
            this.depth = depth;
            this.form = form;
        }

        boolean collective() {
            return form != null;
        }
    }

    /** Checks the fields against each other; throws IllegalArgumentException with those that do not fit. */
    public Stage {
        require(
                units > 0 && width > 0 && cardinality > 0 && out > 0,
                "units, width, cardinality and out must be positive: units=" + units + ", width=" + width
                        + ", cardinality=" + cardinality + ", out=" + out);
        require(
                width % cardinality == 0,
                "cardinality must divide the width: cardinality=" + cardinality + ", width=" + width);
        require(kind != Kind.BASIC || cardinality == 1, "basic units have cardinality 1: cardinality=" + cardinality);
        boolean collective = kind.collective();
        require(collective || !separateStart, "separateStart is for collective units: kind=" + kind);
        require(
                collective || sharing == Sharing.BOTH,
                "sharing is for collective units: sharing=" + sharing + ", kind=" + kind);
        require(
                collective ? group > 0 && group <= units : group == 0,
                "group must be from 1 to the units of a collective stage, and 0 in others: group=" + group + ", units="
                        + units + ", kind=" + kind);
    }

    /**
     * Makes a stage of basic units: two 3x3 convolutions each, as in ResNet-18 and 34.
     *
     * @param units number of units
     * @param out output channels C, and the width
     * @return a new record
     */
    public static Stage basic(int units, int out) {
        return new Stage(Kind.BASIC, units, out, 1, out, 0, Sharing.BOTH, false);
    }

    /**
     * Makes a stage of bottlenecks, each with weights of its own.
     *
     * @param units number of units
     * @param width width D
     * @param cardinality number of block terms R
     * @param out output channels C
     * @return a new record
     */
    public static Stage residual(int units, int width, int cardinality, int out) {
        return new Stage(Kind.BOTTLENECK, units, width, cardinality, out, 0, Sharing.BOTH, false);
    }

    /**
     * Makes a stage of collective units that all share one pair of factors, in the improved form, with a channelwise
     * 3x3 ({@code R = D}).
     *
     * @param units number of units
     * @param width width D
     * @param out output channels C
     * @return a new record
     */
    public static Stage collective(int units, int width, int out) {
        return new Stage(Kind.CRU, units, width, width, out, units, Sharing.BOTH, false);
    }

    /**
     * Returns this stage with units of another kind; collective ones share over the whole stage unless they did before.
     *
     * @param newKind what the units are
     * @return a new record
     */
    public Stage withKind(Kind newKind) {
        int newGroup = newKind.collective() ? group > 0 ? group : units : 0;
        Sharing newSharing = newKind.collective() ? sharing : Sharing.BOTH;
        boolean separate = separateStart && newKind.collective();
        return new Stage(newKind, units, width, cardinality, out, newGroup, newSharing, separate);
    }

    /**
     * Returns this stage with another number of units; a group that was the whole stage still is, and so is one that
     * was larger.
     *
     * @param newUnits number of units
     * @return a new record
     */
    public Stage withUnits(int newUnits) {
        int newGroup = group == units ? newUnits : Math.min(group, newUnits);
        return new Stage(kind, newUnits, width, cardinality, out, newGroup, sharing, separateStart);
    }

    /**
     * Returns this stage with another width; a channelwise 3x3 stays channelwise.
     *
     * @param newWidth width D
     * @return a new record
     */
    public Stage withWidth(int newWidth) {
        int newCardinality = cardinality == width ? newWidth : cardinality;
        return new Stage(kind, units, newWidth, newCardinality, out, group, sharing, separateStart);
    }

    /**
     * Returns this stage with another cardinality.
     *
     * @param newCardinality number of block terms R
     * @return a new record
     */
    public Stage withCardinality(int newCardinality) {
        return with(this, "cardinality", newCardinality);
    }

    /**
     * Returns this stage with other output channels.
     *
     * @param newOut output channels C
     * @return a new record
     */
    public Stage withOut(int newOut) {
        return with(this, "out", newOut);
    }

    /**
     * Returns this stage with factors refreshed after every {@code size} units; 1 shares nothing.
     *
     * @param size number of units that share
     * @return a new record
     */
    public Stage withGroupsOf(int size) {
        return with(this, "group", size);
    }

    /**
     * Returns this stage with other factors in common; {@link #withGroupsOf}(1) has none.
     *
     * @param newSharing both (the paper's choice), the 1x1 or the 3x3
     * @return a new record
     */
    public Stage withSharing(Sharing newSharing) {
        return with(this, "sharing", newSharing);
    }

    /**
     * Returns this stage with or without own weights for a first unit with a stride.
     *
     * @param separate whether that unit has its own 3x3 and shortcut weights
     * @return a new record
     */
    public Stage withSeparateStart(boolean separate) {
        return with(this, "separateStart", separate);
    }

    /**
     * Returns whether the units are collective.
     *
     * @return true also for groups of one, which share nothing
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
            stage.then("unit" + i, i == 1 ? residualUnit(in, stride, norm) : residualUnit(out, 1, norm));
        }
        return stage;
    }

    private ResidualUnit residualUnit(int in, int stride, Normalisation norm) {
        return kind == Kind.BASIC
                ? ResidualUnit.basic(in, out, width, stride, norm)
                : ResidualUnit.bottleneck(in, out, width, cardinality, stride, norm);
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

    private CollectiveGroup group(int size, int in, int stride, Normalisation norm) {
        boolean ownCore = separateStart && stride > 1;
        Sharing used = size == 1 && ownCore ? Sharing.REDUCE : sharing;
        SharedFactors shared = new SharedFactors(out, width, cardinality, used);
        return new CollectiveGroup(size, in, out, shared, stride, kind.form, separateStart, norm);
    }

    /** Read from the weights of a unit in the middle of the stage. */
    ResidualFunction residualFunction(String network, String name, Normalisation norm) {
        if (!collective()) {
            ResidualUnit unit = residualUnit(out, 1, norm);
            return residualFunction(network, name, unit, 0, unit::terms);
        }
        CollectiveGroup alone = group(1, out, 1, norm);
        CollectiveUnit unit = alone.units().get(0);
        long shared = shares() ? convolutions(alone.shared()) : 0;
        return residualFunction(network, name, alone, shared, manager -> List.of(unit.terms(manager)));
    }

    private ResidualFunction residualFunction(
            String network, String name, Block block, long shared, Function<NDManager, List<Decomposition>> read) {
        try (Network unit = Network.of(network, block, new Shape(1, out, 1, 1), Initializer.ZEROS)) {
            List<Decomposition> terms = read.apply(unit.manager());
            Shape cores = terms.get(0).cores().getShape();
            return new ResidualFunction(
                    network,
                    name,
                    terms.size(),
                    terms.get(0).termCount(),
                    new Rank((int) cores.get(2), (int) cores.get(1)),
                    terms.stream().mapToLong(kernel -> kernel.shape().size()).sum(),
                    convolutions(block) - shared,
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
                + (shares() && !sharing.remark().isEmpty() ? ", " + sharing.remark() : "")
                + (separateStart ? ", separate start" : "");
    }

    private String unit() {
        return switch (kind) {
            case BASIC -> "3x3, 3x3, " + width;
            case BOTTLENECK -> width + ", R = " + cardinality;
            case STANDARD_CRU -> "standard CRU " + widthAndTerms();
            case CRU -> "CRU " + widthAndTerms();
        };
    }

    private String widthAndTerms() {
        return width + (cardinality == width ? "" : ", R = " + cardinality);
    }
}
