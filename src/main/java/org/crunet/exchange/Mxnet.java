package org.crunet.exchange;

import static org.crunet.base.Errors.require;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.crunet.block.Normalisation;
import org.crunet.network.Architecture;
import org.crunet.network.Graph;
import org.crunet.network.Graph.Norm;
import org.crunet.network.Network;

/**
 * Networks that MXNet trained: its files of arrays ({@code .params}) with the graph that goes with them
 * ({@code -symbol.json}), such as those the paper's authors released.
 *
 * <pre>{@code
 * var network = Mxnet.load(Networks.CRU_NET_116, Path.of("crunet116-0000.params"));   // with crunet116-symbol.json beside it
 * }</pre>
 *
 * <p>Which array is which weight is read from the graph, not guessed from names, unless Gluon's {@code save_parameters} wrote
 * the file, which has no graph and names after the tree of blocks. Batch norms get the file's epsilon; scales
 * that MXNet fixes ({@code fix_gamma}) are ones.
 */
public final class Mxnet {

    private Mxnet() {}

    /**
     * Loads arrays with the graph beside them, {@code x-symbol.json} for {@code x-0000.params}; or, without a graph, those
     * that {@code save_parameters} wrote of gluoncv2's CRU-Nets, whose names tell where they belong. In these every batch
     * norm has the epsilon 1e-5, gluoncv2's.
     *
     * @param architecture the network they are for
     * @param params file of arrays
     * @return the network with their weights, its batch norms with their epsilon
     * @throws IllegalArgumentException if there is no graph where one is needed, or it does not fit; the message lists what is
     *     missing, surplus or of another shape
     * @throws java.io.UncheckedIOException if a file cannot be read or is damaged
     */
    public static Network load(Architecture architecture, Path params) {
        try (MxnetArrays arrays = MxnetArrays.open(params)) {
            if (Gluon.wrote(arrays)) {
                return Gluon.load(architecture, arrays);
            }
        } catch (IllegalArgumentException e) {
            throw misfit(architecture, params, e);
        }
        String name = params.getFileName().toString();
        Path symbol = params.resolveSibling(name.replaceFirst("(-\\d{4,})?\\.params$", "") + "-symbol.json");
        require(
                Files.isRegularFile(symbol),
                () -> "No graph " + symbol.toAbsolutePath() + " goes with " + name
                        + ": put it there, or name it, Mxnet.load(architecture, params, symbol)");
        return load(architecture, params, symbol);
    }

    /**
     * Loads arrays with their graph.
     *
     * @param architecture the network they are for
     * @param params file of arrays
     * @param symbol file of the graph, in JSON
     * @return the network with their weights, its batch norms with their epsilon
     * @throws IllegalArgumentException if they do not fit; the message lists what is missing, surplus or of another shape
     * @throws java.io.UncheckedIOException if a file cannot be read or is damaged
     */
    public static Network load(Architecture architecture, Path params, Path symbol) {
        try (MxnetArrays arrays = MxnetArrays.open(params)) {
            Map<String, String> keys = keys(arrays);
            MxnetSymbol.Read read = MxnetSymbol.read(symbol, architecture);
            double[] epsilons = norms(read.graph()).mapToDouble(Norm::epsilon).toArray();
            Architecture like = architecture.withNormalisation(epsilon(architecture, epsilons));
            Graph graph = Graph.of(like);
            Map<String, String> names = Overlay.names(graph, read.graph());
            Map<String, float[]> values = Renamed.read(
                    graph.weights(),
                    arrays,
                    keys,
                    ours -> List.of(names.get(ours)),
                    "; take the graph that was saved with the arrays");
            return like.load(adjusted(values, names, read, like.normalisation().epsilon()));
        } catch (IllegalArgumentException e) {
            throw misfit(architecture, params, e);
        }
    }

    private static IllegalArgumentException misfit(Architecture architecture, Path params, IllegalArgumentException e) {
        return new IllegalArgumentException(
                params.toAbsolutePath() + " does not fit " + architecture.name() + ": " + e.getMessage(), e);
    }

    /** Their key by the graph's name: {@code export} puts {@code arg:} and {@code aux:} before it. */
    private static Map<String, String> keys(MxnetArrays arrays) {
        Map<String, String> keys = new LinkedHashMap<>();
        for (String key : arrays.entries().keySet()) {
            String before = keys.put(key.replaceFirst("^(arg|aux):", ""), key);
            require(
                    before == null,
                    () -> "it has two arrays for one weight, " + before + " and " + key + ": leave out the wrong one");
        }
        return keys;
    }

    private static Stream<Norm> norms(Graph graph) {
        return graph.nodes().stream()
                .map(Graph.Node::operation)
                .filter(Norm.class::isInstance)
                .map(Norm.class::cast);
    }

    /** One for all batch norms; where a file has several, the smallest, and the rest is added to the variances. */
    private static Normalisation epsilon(Architecture architecture, double[] epsilons) {
        Normalisation own = architecture.normalisation();
        double smallest = DoubleStream.of(epsilons).min().orElse(own.epsilon());
        return new Normalisation(own.order(), (float) smallest, own.momentum());
    }

    /** Fixed scales are ones; a larger epsilon than the network's goes into the variance. */
    private static Map<String, float[]> adjusted(
            Map<String, float[]> values, Map<String, String> names, MxnetSymbol.Read read, float epsilon) {
        Map<String, Float> more = new HashMap<>();
        norms(read.graph()).forEach(norm -> more.put(norm.variance(), (float) (norm.epsilon() - epsilon)));
        names.forEach((ours, theirs) -> {
            float[] numbers = values.get(ours);
            if (read.ones().contains(theirs)) {
                Arrays.fill(numbers, 1);
            }
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] += more.getOrDefault(theirs, 0f);
            }
        });
        return values;
    }
}
