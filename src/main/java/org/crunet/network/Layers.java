package org.crunet.network;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.crunet.block.CollectiveGroup;

/** Lists the layers of a block from the outside in: what a table of layers shows. */
public final class Layers {

    private final List<Layer> rows = new ArrayList<>();
    private final Map<Parameter, String> firstUse = new IdentityHashMap<>();

    private Layers() {}

    /**
     * The leaves of a block in the order of its children; a block without children is its own only row.
     *
     * @param block any DJL block; output shapes are known once it is initialised
     * @return one row a layer
     */
    public static List<Layer> of(Block block) {
        Layers layers = new Layers();
        layers.visit("", block, "");
        return List.copyOf(layers.rows);
    }

    private void visit(String path, Block block, String shared) {
        if (block.getChildren().isEmpty()) {
            add(path.isEmpty() ? kind(path, block) : path, block, shared);
            return;
        }
        for (Pair<String, Block> child : block.getChildren()) {
            // DJL numbers its children: "02norm1"
            String name = child.getKey().replaceFirst("^\\d\\d", "");
            String below = path.isEmpty() ? name : path + "/" + name;
            visit(below, child.getValue(), sharing(block, child.getValue(), shared));
        }
    }

    private static String sharing(Block parent, Block child, String above) {
        if (parent instanceof CollectiveGroup group
                && child == group.shared()
                && group.units().size() > 1) {
            return "by " + group.units().size() + " units";
        }
        return above;
    }

    private void add(String path, Block block, String shared) {
        long own = 0;
        String sharedWith = shared;
        for (Parameter parameter : block.getDirectParameters().values()) {
            String first = firstUse.putIfAbsent(parameter, path);
            if (first != null) {
                sharedWith = "with " + first;
            } else if (parameter.requiresGradient() && parameter.getShape() != null) {
                own += parameter.getShape().size();
            }
        }
        rows.add(new Layer(path, kind(path, block), output(block), own, sharedWith));
    }

    private static String kind(String path, Block block) {
        if (block instanceof BatchNorm) {
            return "batch norm";
        }
        if (block instanceof Linear) {
            return "linear";
        }
        if (block instanceof LambdaBlock) {
            return path.substring(path.lastIndexOf('/') + 1);
        }
        boolean ours = block.getClass().getName().startsWith("org.crunet.");
        return ours ? block.toString() : block.getClass().getSimpleName();
    }

    private static Shape output(Block block) {
        if (!block.isInitialized() || block.getInputShapes() == null) {
            return null;
        }
        return block.getOutputShapes(block.getInputShapes())[0];
    }
}
