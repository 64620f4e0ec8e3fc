package org.crunet.network;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.util.Pair;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.crunet.block.FlowBlock;
import org.crunet.block.SharedKernels;

/** Who owns what is run: a block that belongs to nobody would not be trained nor saved, one that is never run would be in vain. */
final class Owners {

    private final Map<Block, String> owned = new IdentityHashMap<>();

    private Owners(Block root) {
        visit("", root);
    }

    /** Refuses a block with layers that are run but not owned, or owned but not run. */
    static void check(Block root, Shape input) {
        Map<Block, String> owned = new Owners(root).owned;
        Set<Block> run = Ledger.of(root, input).keySet();
        run.forEach(layer -> require(
                owned.containsKey(layer),
                () -> "(" + root + ") runs (" + layer
                        + "), which no block owns: addChildBlock(name, ...) where it is made"));
        owned.forEach((layer, path) -> require(
                run.contains(layer) || layer.getDirectParameters().isEmpty() || layer instanceof SharedKernels,
                () -> path + " (" + layer + ") has weights but is never run: leave it out, or run it in apply"));
    }

    /** What is in a block of another library is that one's own business. */
    private void visit(String path, Block block) {
        owned.putIfAbsent(block, path);
        if (block instanceof FlowBlock || block instanceof SequentialBlock) {
            for (Pair<String, Block> child : block.getChildren()) {
                visit(Layer.path(path, child.getKey()), child.getValue());
            }
        }
    }
}
