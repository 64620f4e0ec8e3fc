package org.crunet.network;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.crunet.block.Unit;

/** Lists the layers of a block from the outside in: what a table of layers shows. */
final class Layers {

    private final List<Layer> rows = new ArrayList<>();
    private final Map<Parameter, String> firstUse = new IdentityHashMap<>();
    private final Map<Block, Integer> units = new IdentityHashMap<>();
    private final Map<Block, Ledger.Use> uses;
    private final long images;

    private Layers(Map<Block, Ledger.Use> uses, long images) {
        this.uses = uses;
        this.images = images;
    }

    static List<Layer> of(Block block) {
        Shape input = block.isInitialized() ? block.getInputShapes()[0] : null;
        return input == null ? of(block, Map.of(), 1) : cost("", block, input).layers();
    }

    /** What a block costs that is given an input of this shape. */
    static Cost cost(String name, Block block, Shape input) {
        Map<Block, Ledger.Use> uses = Ledger.of(block, input);
        boolean exact = uses.values().stream().noneMatch(use -> use.hides);
        return new Cost(name, of(block, uses, Math.max(1, input.get(0))), exact);
    }

    private static List<Layer> of(Block block, Map<Block, Ledger.Use> uses, long images) {
        Layers layers = new Layers(uses, images);
        Unit.in(block)
                .forEach(unit -> unit.convs().values().forEach(conv -> layers.units.merge(conv, 1, Integer::sum)));
        layers.visit("", block);
        return List.copyOf(layers.rows);
    }

    private void visit(String path, Block block) {
        if (block.getChildren().isEmpty() || !block.getDirectParameters().isEmpty()) {
            add(path.isEmpty() ? kind(path, block) : path, block);
        }
        for (Pair<String, Block> child : block.getChildren()) {
            visit(Layer.path(path, block, child.getKey()), child.getValue());
        }
    }

    private void add(String path, Block block) {
        long own = 0;
        long buffers = 0;
        int sharing = units.getOrDefault(block, 1);
        String shared = sharing > 1 ? "by " + sharing + " units" : "";
        for (Parameter parameter : block.getDirectParameters().values()) {
            String first = firstUse.putIfAbsent(parameter, path);
            long size = first != null || parameter.getShape() == null
                    ? 0
                    : parameter.getShape().size();
            shared = first == null ? shared : "with " + first;
            own += parameter.requiresGradient() ? size : 0;
            buffers += parameter.requiresGradient() ? 0 : size;
        }
        Ledger.Use use = uses.getOrDefault(block, new Ledger.Use());
        rows.add(new Layer(
                path,
                kind(path, block),
                use.output,
                use.times,
                own,
                buffers,
                use.multiplyAdds / images,
                Float.BYTES * use.keptElements / images,
                Float.BYTES * (own + buffers),
                shared,
                use.mixing));
    }

    private static String kind(String path, Block block) {
        if (block instanceof Linear) {
            return "linear";
        }
        if (block instanceof LambdaBlock) {
            return path.substring(path.lastIndexOf('.') + 1);
        }
        if (block instanceof Conv2d && block.isInitialized()) {
            return convolution(block.getDirectParameters().get("weight").getShape(), block.getInputShapes()[0].get(1));
        }
        boolean ours = block.getClass().getName().startsWith("org.crunet.");
        return ours ? block.toString() : block.getClass().getSimpleName();
    }

    /** One of DJL's, in the words of ours. */
    private static String convolution(Shape weight, long in) {
        long groups = in / weight.get(1);
        return "conv " + weight.get(2) + "x" + weight.get(3) + ", " + in + " -> " + weight.get(0)
                + (groups > 1 ? ", " + groups + " groups" : "");
    }
}
