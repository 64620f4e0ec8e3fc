package org.crunet.notebook;

import ai.djl.nn.Block;
import ai.djl.util.Pair;
import java.util.List;
import org.crunet.block.Unit;
import org.crunet.block.UnitGroup;
import org.crunet.network.Architecture;
import org.crunet.tensor.CollectiveDecomposition;
import org.crunet.tensor.Decomposition;

/**
 * A drawing of a group of units after Fig. 3 of the paper, of a whole network stage by stage, or of block terms.
 *
 * <pre>{@code
 * Diagram.of(UnitGroup.collective(3, 96, 60))
 * Diagram.of(Networks.CRU_NET_116)
 * }</pre>
 */
public final class Diagram {
    private final String svg;
    private final String text;

    private Diagram(String svg, String text) {
        this.svg = svg;
        this.text = text;
    }

    /**
     * Draws a group: the units side by side, a shared kernel once as a bar across the units in a row that run it, and what a unit
     * has for itself as a box in it.
     *
     * @param group the units that share
     * @return the drawing; as a cell's last expression it is a picture
     */
    public static Diagram of(UnitGroup group) {
        return of(group.units());
    }

    private static Diagram of(List<Unit> units) {
        GroupDrawing drawing = GroupDrawing.of(units);
        return new Diagram(drawing.svg(), drawing.toString());
    }

    /**
     * Draws the units of a stage, as a group.
     *
     * @param architecture any network
     * @param stage such as {@code conv4}
     * @return the drawing; as a cell's last expression it is a picture
     * @throws IllegalArgumentException if it has no such stage; the message lists those it has
     */
    public static Diagram of(Architecture architecture, String stage) {
        architecture.stage(stage);
        Pair<String, Block> block = architecture.block().getChildren().stream()
                .filter(child -> child.getKey().endsWith(stage))
                .findFirst()
                .orElseThrow();
        return of(Unit.in(block.getValue()));
    }

    /**
     * Draws a network: a column a stage, a box a unit, and beside units that share a bar for the factors they share.
     *
     * @param architecture any network
     * @return the drawing; as a cell's last expression it is a picture
     */
    public static Diagram of(Architecture architecture) {
        return new Diagram(new NetworkDrawing(architecture).svg(), architecture.toString());
    }

    /**
     * Draws a decomposition: the tensor as the sum of its terms, sizes by the square root.
     *
     * @param terms what a tensor was factorised into
     * @return the drawing; as a cell's last expression it is a picture
     */
    public static Diagram of(Decomposition terms) {
        return new Diagram(new TermsDrawing(List.of(terms)).svg(), terms.toString());
    }

    /**
     * Draws kernels factorised together, one below the other: what they have in common is orange.
     *
     * @param terms what several kernels were factorised into
     * @return the drawing; as a cell's last expression it is a picture
     */
    public static Diagram of(CollectiveDecomposition terms) {
        return new Diagram(new TermsDrawing(terms.units()).svg(), terms.toString());
    }

    Output output() {
        return Output.drawing(svg, text, "");
    }

    /** The drawing with its text below. */
    Output captioned() {
        return Output.drawing(svg, text, Html.note(text));
    }

    @Override
    public String toString() {
        return text;
    }
}
