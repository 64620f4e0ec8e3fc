package org.crunet.network;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.util.Pair;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.crunet.block.Conv;
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
        checkStored(root, run, owned);
        owned.forEach((layer, path) -> require(
                run.contains(layer) || layer.getDirectParameters().isEmpty() || layer instanceof SharedKernels,
                () -> path + " (" + layer + ") has weights but is never run: leave it out, or run it in apply"));
    }

    /** A stored tensor that is not below the root was made for another network; one that is used by no kernel is in vain. */
    private static void checkStored(Block root, Set<Block> run, Map<Block, String> owned) {
        Set<Parameter> weights = Collections.newSetFromMap(new IdentityHashMap<>());
        weights.addAll(Weights.of(root).values());
        Set<Parameter> used = Collections.newSetFromMap(new IdentityHashMap<>());
        run.stream().filter(Conv.class::isInstance).map(Conv.class::cast).forEach(conv -> used.addAll(conv.stored()));
        used.forEach(stored -> require(
                weights.contains(stored),
                () -> "the stored tensor " + stored.getName()
                        + " was made for another network: make it inside the maker"));
        owned.keySet().stream()
                .filter(SharedKernels.class::isInstance)
                .flatMap(shared -> shared.getDirectParameters().values().stream())
                .forEach(stored -> require(
                        used.contains(stored),
                        () -> stored.getName() + " is stored but no kernel is computed from it: leave it out"));
    }

    /** What is in a block of another library is that one's own business. */
    private void visit(String path, Block block) {
        owned.putIfAbsent(block, path);
        if (block instanceof FlowBlock || block instanceof SequentialBlock) {
            for (Pair<String, Block> child : block.getChildren()) {
                String name = Layer.path(path, child.getKey());
                require(
                        block instanceof SequentialBlock || Layer.alone(block, child.getKey()),
                        () -> "(" + block + ") has two children called " + name + ": give them different names");
                visit(name, child.getValue());
            }
        }
    }
}
