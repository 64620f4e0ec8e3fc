package org.crunet.network;

import static org.crunet.base.Errors.require;
import static org.crunet.base.Errors.shortened;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.crunet.base.Names;
import org.crunet.base.Records;
import org.crunet.block.Conv;
import org.crunet.files.Safetensors;
import org.crunet.torch.Floats;

/**
 * The weights of a block by name, each once however many units share it, in files that Python reads with
 * {@code safetensors.torch.load_file}.
 *
 * <p>Names are the paths of the table of layers with PyTorch's words for the parameters: {@code conv4.unit3.expand.weight},
 * {@code conv4.shared.core.weight}, {@code conv4.unit3.norm1.running_mean}.
 */
public final class Weights {

    private static final Map<String, String> WORDS = Map.of(
            "gamma", "weight",
            "beta", "bias",
            "runningMean", "running_mean",
            "runningVar", "running_var");
    private static final String FORMAT = "format";
    private static final String OURS = "crunet 1";
    private static final String CHECKPOINT = "crunet checkpoint";

    private Weights() {}

    /**
     * Lists the distinct parameters of a block by name, running statistics among them.
     *
     * @param block any DJL block
     * @return in the order of the table of layers
     */
    public static Map<String, Parameter> of(Block block) {
        Map<String, Parameter> named = new LinkedHashMap<>();
        collect("", block, named, Collections.newSetFromMap(new IdentityHashMap<>()));
        return named;
    }

    /** The convolutions of a block by the names of their kernels, stored or computed. */
    static Map<String, Conv> kernels(Block block) {
        Map<String, Conv> named = new LinkedHashMap<>();
        kernels("", block, named);
        return named;
    }

    private static void kernels(String path, Block block, Map<String, Conv> named) {
        if (block instanceof Conv conv && !named.containsValue(conv)) {
            named.put(Layer.path(path, "weight"), conv);
        }
        for (Pair<String, Block> child : block.getChildren()) {
            kernels(Layer.path(path, block, child.getKey()), child.getValue(), named);
        }
    }

    private static void collect(String path, Block block, Map<String, Parameter> named, Set<Parameter> seen) {
        for (Pair<String, Parameter> entry : block.getDirectParameters()) {
            if (seen.add(entry.getValue())) {
                named.put(Layer.path(path, WORDS.getOrDefault(entry.getKey(), entry.getKey())), entry.getValue());
            }
        }
        for (Pair<String, Block> child : block.getChildren()) {
            collect(Layer.path(path, block, child.getKey()), child.getValue(), named, seen);
        }
    }

    /**
     * Counts the numbers in the distinct parameters of a block.
     *
     * @param block an initialised block
     * @param counted which parameters to count
     * @return the sum of their sizes
     */
    public static long count(Block block, Predicate<Parameter> counted) {
        return of(block).values().stream()
                .filter(counted)
                .mapToLong(parameter -> parameter.getShape().size())
                .sum();
    }

    /** Writes the weights: whole or not at all, with a checksum; what has one dimension, as norms have it, stays as it is. */
    static void save(Network network, Path file, DataType kernels) {
        try (NDManager scope = NDManager.newBaseManager(Device.cpu())) {
            Map<String, NDArray> arrays = new LinkedHashMap<>();
            of(network.block()).forEach((name, parameter) -> {
                NDArray array = parameter.getArray();
                boolean same =
                        array.getDataType() == kernels || array.getShape().dimension() < 2;
                arrays.put(name, same ? array : converted(name, array, kernels, scope));
            });
            Safetensors.write(file, arrays, about(network));
        }
    }

    private static NDArray converted(String name, NDArray array, DataType type, NDManager scope) {
        NDArray converted = array.toType(type, true);
        converted.attach(scope);
        try (NDArray sizes = array.abs();
                NDArray largest = sizes.max()) {
            float most = largest.getFloat();
            require(type != DataType.FLOAT16 || most < 65_520, () -> name + " has " + most + ", too much for " + type);
        }
        return converted;
    }

    /**
     * Returns what a file of weights says of the network they are of.
     *
     * @param network any
     * @return texts by what they are of
     */
    public static Map<String, String> about(Network network) {
        Map<String, String> about = new LinkedHashMap<>();
        about.put(FORMAT, OURS);
        about.put("network", network.name());
        network.key().ifPresent(key -> about.put("architecture", key));
        about.put("input", Records.toJson(network.input().getShape()));
        return about;
    }

    /** Reads the weights into the network; nothing is changed unless everything fits. */
    static void load(Network network, Path file) {
        Map<String, Parameter> wanted = of(network.block());
        try (Safetensors weights = Safetensors.open(file)) {
            requireWeights(weights, file);
            Map<String, Shape> shapes = new LinkedHashMap<>();
            weights.entries()
                    .keySet()
                    .forEach(name -> shapes.put(name, weights.entry(name).shape()));
            String from = shortened(weights.metadata().getOrDefault("network", "another network"));
            Shape bias = shapes.get("head.classifier.bias");
            String classes = bias == null ? "with as many classes" : "withClasses(" + bias.size() + ")";
            String fix = shapes.containsKey("fc.weight") ? ", or Torchvision.load for torchvision's. " : ". ";
            String message = file.toAbsolutePath() + " does not fit " + network.name() + "; it was saved from "
                    + (from.equals(network.name()) ? "another network of this name" : from)
                    + ": build that, " + classes + fix;
            requireFit(message, wanted, shapes, Shape::equals);
            wanted.forEach((name, parameter) -> Floats.set(weights.floats(name), parameter.getArray()));
        }
    }

    /** Puts numbers into the network; nothing is changed unless everything fits. */
    static void set(Network network, Map<String, float[]> weights) {
        Map<String, Parameter> wanted = of(network.block());
        Map<String, Shape> sizes = new LinkedHashMap<>();
        weights.forEach((name, numbers) -> sizes.put(name, new Shape(numbers.length)));
        String message = "the weights do not fit " + network.name() + ". ";
        requireFit(message, wanted, sizes, (has, shape) -> has.size() == shape.size());
        wanted.forEach((name, parameter) -> Floats.set(weights.get(name), parameter.getArray()));
    }

    /** No checkpoint; and a file of ours without a checksum has lost it. */
    private static void requireWeights(Safetensors weights, Path file) {
        String format = weights.metadata().getOrDefault(FORMAT, "");
        Path path = file.toAbsolutePath();
        require(
                !format.startsWith(CHECKPOINT),
                () -> path + " is a checkpoint: load best.safetensors beside it, or go on with Training.in(\""
                        + path.getParent() + "\").fit(...)");
        require(
                !format.equals(OURS) || weights.metadata().containsKey(Safetensors.CHECKSUM),
                () -> path + " has lost its checksum: copy it again or take an older one");
    }

    private static void requireFit(
            String message, Map<String, Parameter> wanted, Map<String, Shape> found, BiPredicate<Shape, Shape> alike) {
        List<String> misshapen = new ArrayList<>();
        wanted.forEach((name, parameter) -> {
            Shape has = found.getOrDefault(name, parameter.getShape());
            if (!alike.test(has, parameter.getShape())) {
                misshapen.add(name + " is " + has + ", not " + parameter.getShape());
            }
        });
        String misfit = Names.misfit(wanted.keySet(), found.keySet(), misshapen);
        require(misfit.isEmpty(), () -> message + misfit);
    }
}
