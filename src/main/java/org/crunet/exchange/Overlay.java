package org.crunet.exchange;

import static org.crunet.base.Errors.require;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.crunet.base.Records;
import org.crunet.network.Graph;
import org.crunet.network.Graph.Add;
import org.crunet.network.Graph.Convolution;
import org.crunet.network.Graph.Dense;
import org.crunet.network.Graph.Node;
import org.crunet.network.Graph.Norm;
import org.crunet.network.Graph.Operation;

/**
 * Two graphs, one laid over the other: which weight of theirs is which of ours. Two nodes are alike when they do the same to
 * inputs that are alike; what weights are called plays no part, nor in which order a sum has its terms.
 */
final class Overlay {

    /** By canonical texts, which are found fast also where their hashes are made alike. */
    private final Map<String, Integer> kinds = new HashMap<>();

    private final Graph ours;
    private final Graph theirs;
    private final List<Integer> ourKinds;
    private final List<Integer> theirKinds;

    private Overlay(Graph ours, Graph theirs) {
        this.ours = ours;
        this.theirs = theirs;
        ourKinds = kinds(ours);
        theirKinds = kinds(theirs);
    }

    /**
     * Returns the names of their weights by those of ours.
     *
     * @throws IllegalArgumentException if the graphs differ; the message has the first place
     */
    static Map<String, String> names(Graph ours, Graph theirs) {
        Overlay overlay = new Overlay(ours, theirs);
        overlay.requireAlike();
        return overlay.paired();
    }

    /** One number for all that are alike. */
    private List<Integer> kinds(Graph graph) {
        List<Integer> found = new ArrayList<>();
        for (Node node : graph.nodes()) {
            List<Integer> inputs =
                    node.inputs().stream().map(found::get).sorted().toList();
            String kind = Records.canonical(List.of(nameless(node.operation()), inputs));
            found.add(kinds.computeIfAbsent(kind, k -> kinds.size()));
        }
        return found;
    }

    /** What is done, without the names of weights; epsilons may differ, they are taken over. */
    private static Operation nameless(Operation operation) {
        if (operation instanceof Convolution conv) {
            return new Convolution("", conv.sizes(), conv.stride(), conv.padding(), conv.groups());
        }
        if (operation instanceof Norm norm) {
            return new Norm("", "", "", "", norm.channels(), 0);
        }
        return operation instanceof Dense dense ? new Dense("", "", dense.sizes()) : operation;
    }

    private void requireAlike() {
        if (ourKinds.get(ourKinds.size() - 1).equals(theirKinds.get(theirKinds.size() - 1))) {
            return;
        }
        Operation our = odd(ours, ourKinds, theirKinds);
        Operation their = odd(theirs, theirKinds, ourKinds);
        if (our instanceof Dense dense
                && their instanceof Dense other
                && dense.shape().get(1) == other.shape().get(1)) {
            String found = "the file is for " + other.shape().get(0) + " classes and the network for ";
            throw new IllegalArgumentException(found + dense.shape().get(0) + Renamed.classes(other.shape()));
        }
        throw new IllegalArgumentException("the graphs differ: the network " + (our == null ? "ends" : "has " + our)
                + " where the file " + (their == null ? "ends" : "has " + their));
    }

    /** Returns the first operation of a graph that the other does not have, null if there is none. */
    private static Operation odd(Graph graph, List<Integer> kinds, List<Integer> others) {
        Set<Integer> known = new HashSet<>(others);
        int at = 0;
        while (at < kinds.size() && known.contains(kinds.get(at))) {
            at++;
        }
        return at < kinds.size() ? graph.nodes().get(at).operation() : null;
    }

    /** From the output back to the input. */
    private Map<String, String> paired() {
        Map<String, String> names = new LinkedHashMap<>();
        Map<String, String> owners = new HashMap<>();
        Deque<int[]> pairs = new ArrayDeque<>();
        Set<List<Integer>> seen = new HashSet<>();
        pairs.add(new int[] {ours.nodes().size() - 1, theirs.nodes().size() - 1});
        while (!pairs.isEmpty()) {
            int[] pair = pairs.remove();
            if (seen.add(List.of(pair[0], pair[1]))) {
                Node our = ours.nodes().get(pair[0]);
                Node their = theirs.nodes().get(pair[1]);
                weights(our.operation(), their.operation(), names, owners);
                List<Integer> inputs = inOrder(our, their);
                for (int i = 0; i < inputs.size(); i++) {
                    pairs.add(new int[] {our.inputs().get(i), inputs.get(i)});
                }
            }
        }
        return names;
    }

    /** Their inputs, in the order of ours. */
    private List<Integer> inOrder(Node our, Node their) {
        boolean turned = our.operation() instanceof Add
                && !ourKinds.get(our.inputs().get(0))
                        .equals(theirKinds.get(their.inputs().get(0)));
        return turned ? List.of(their.inputs().get(1), their.inputs().get(0)) : their.inputs();
    }

    private static void weights(Operation our, Operation their, Map<String, String> names, Map<String, String> owners) {
        List<String> mine = Graph.weights(our);
        List<String> other = Graph.weights(their);
        for (int i = 0; i < mine.size(); i++) {
            String before = names.putIfAbsent(mine.get(i), other.get(i));
            if (before != null && !before.equals(other.get(i))) {
                throw Renamed.shared(mine.get(i), before, other.get(i));
            }
            String owner = owners.getOrDefault(other.get(i), mine.get(i));
            owners.put(other.get(i), owner);
            String own = "the file uses " + other.get(i)
                    + " in several places, and the network has weights of their own there, " + owner + " and ";
            require(
                    owner.equals(mine.get(i)),
                    own + mine.get(i)
                            + ": take an architecture that shares them, as Networks.CRU_NET_56, or withGroupsOf(units)");
        }
    }
}
