package org.crunet.network;

import static org.crunet.base.Errors.require;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import java.lang.ref.Cleaner;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.crunet.base.Checksum;
import org.crunet.base.InUse;
import org.crunet.base.Names;
import org.crunet.base.Records;
import org.crunet.block.Conv;
import org.crunet.block.FoldedNorms;
import org.crunet.block.Store;
import org.crunet.block.Watch;
import org.crunet.files.Folders;
import org.crunet.torch.Gradients;
import org.crunet.torch.NativeSettings;
import org.crunet.torch.Precision;

/**
 * An initialised network, or any other block, with its weights: {@code (N, C, H, W)} in.
 *
 * <p>Its native memory is given back by {@link #close}, or once nothing refers to its block any more.
 */
public final class Network implements Classifier, AutoCloseable {

    static {
        NativeSettings.apply();
    }

    private static final Cleaner CLEANER = Cleaner.create();
    private static final Pattern OTHER_FORMAT = Pattern.compile(".*\\.(pth|pt|bin|onnx|params|npz|h5)(\\.tar)?");

    private final String name;
    private final Block block;
    private final Shape input;
    private final Architecture architecture;
    private final NDManager manager;
    private final InUse use;

    private Network(String name, Block block, Shape input, Architecture architecture, NDManager manager) {
        this.name = name;
        this.block = block;
        this.input = input;
        this.architecture = architecture;
        this.manager = manager;
        // DJL frees an array only when its manager is closed: without this, re-running a cell would leak a network.
        Cleaner.Cleanable memory = CLEANER.register(block, manager::close);
        use = new InUse(block, name + " was closed: build or open it again", memory::clean);
    }

    /**
     * Initialises any block with He-normal weights from seed 0, to look at it and run it.
     *
     * @param block a block that is not initialised
     * @param input shape of its input, {@code (N, C, H, W)}
     * @return the block with weights
     */
    public static Network of(Block block, Shape input) {
        return of(block.toString(), block, input, null, new HeNormal(0), null);
    }

    /** On a device, or where DJL puts arrays when that is null. */
    static Network of(Architecture architecture, Initializer weights, Device device) {
        return of(architecture.name(), architecture.block(), architecture.input(1), architecture, weights, device);
    }

    /** With an architecture, or without one when that is null. */
    static Network of(
            String name, Block block, Shape input, Architecture architecture, Initializer weights, Device device) {
        require(
                Weights.of(block).values().stream().noneMatch(Parameter::isInitialized),
                () -> "the block has weights already: make a new one of " + name + ", with all that is in it");
        NDManager manager = NDManager.newBaseManager(device);
        block.setInitializer(weights, Parameter.Type.WEIGHT);
        try {
            return Gradients.off(() -> {
                block.initialize(manager, DataType.FLOAT32, input);
                Owners.check(block, input);
                return new Network(name, block, input, architecture, manager);
            });
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    /**
     * Returns what it is called.
     *
     * @return the architecture's name
     */
    @Override
    public String name() {
        return name;
    }

    /**
     * Returns the DJL block that computes it.
     *
     * @return the block, initialised
     */
    public Block block() {
        return block;
    }

    /**
     * Returns the shape it was initialised for.
     *
     * @return {@code (N, C, H, W)}
     */
    @Override
    public Shape input() {
        return input;
    }

    /**
     * Returns what it was built from.
     *
     * @return the architecture; change a field to get a relative
     * @throws IllegalStateException if it was built around a block, {@link #of(Block, Shape)}
     */
    public Architecture architecture() {
        if (architecture == null) {
            throw new IllegalStateException(name + " has no architecture, only a block: use Architecture.build()");
        }
        return architecture;
    }

    /**
     * Returns the owner of its weights; arrays made from it live as long as the network.
     *
     * @return the manager
     */
    @Override
    public NDManager manager() {
        return manager;
    }

    /**
     * Runs the network as in evaluation: batch norm by its running statistics, no gradients recorded.
     *
     * @param images {@code (N, C, H, W)}
     * @return the block's output, for a whole network logits {@code (N, classes)}; owned by the input's manager
     */
    @Override
    public NDArray forward(NDArray images) {
        return Gradients.off(() -> forward(images, false));
    }

    /**
     * Does work during which the network's memory is not freed, even if another thread closes it meanwhile: that then happens
     * at the end of the work.
     *
     * @param <T> what comes out
     * @param work what to do with the network and its weights
     * @return the work's result
     * @throws IllegalStateException if the network was closed
     */
    public <T> T inUse(Supplier<T> work) {
        return use.inside(work::get);
    }

    /**
     * Runs the network; gradients are recorded where a gradient collector is open.
     *
     * @param images {@code (N, C, H, W)}
     * @param training whether batch norm uses the batch's statistics and updates its running ones
     * @return the block's output, owned by the input's manager
     * @throws IllegalStateException if the network was closed
     */
    public NDArray forward(NDArray images, boolean training) {
        return forward(Precision.FLOAT32, images, training);
    }

    /**
     * Runs the network as {@link #forward(NDArray, boolean)}, with other numbers in convolutions and linear layers.
     *
     * @param precision FLOAT32, TF32 or BF16, as {@link #precision} tells
     * @param images {@code (N, C, H, W)}
     * @param training whether batch norm uses the batch's statistics and updates its running ones
     * @return the block's output in float32, owned by the input's manager
     * @throws IllegalStateException if the network was closed, or libtorch exports no autocast here
     */
    public NDArray forward(Precision precision, NDArray images, boolean training) {
        return forward(new Store(manager, precision), images, training);
    }

    /**
     * Runs the network as {@link #forward(NDArray, boolean)}, with weights from a store: copies on another device, or
     * the network's own with someone looking on.
     *
     * @param store gives the weights
     * @param images {@code (N, C, H, W)}
     * @param training whether batch norm uses the batch's statistics and updates its running ones
     * @return the block's output, owned by the input's manager
     * @throws IllegalStateException if the network was closed
     */
    public NDArray forward(ParameterStore store, NDArray images, boolean training) {
        Objects.requireNonNull(images, "images is null");
        Precision precision = store instanceof Store ours ? ours.precision() : Precision.FLOAT32;
        return inUse(() -> {
            precision.prepare(manager.getDevice());
            return block.forward(store, new NDList(images), training).singletonOrThrow();
        });
    }

    /**
     * Computes what the classifier sees, before it is averaged over the pixels: in a network of the paper the output of the last
     * stage, in pre-activation after the last batch norm and ReLU.
     *
     * @param images {@code (N, C, H, W)}
     * @return {@code (N, D, h, w)}, owned by the input's manager
     * @throws IllegalStateException if the network was closed
     * @throws IllegalArgumentException if it has no global average pool
     */
    public NDArray features(NDArray images) {
        requireOpen();
        return Gradients.off(() -> {
            Deque<NDArray> averaged = new ArrayDeque<>();
            Watch watch = new Watch(manager, (layer, output) -> {}, x -> averaged.add(x.duplicate()));
            forward(watch, images, false).close();
            require(
                    !averaged.isEmpty(),
                    () -> name + " averages nowhere, so it has no features: end it with flow.averagePool");
            NDArray last = averaged.removeLast();
            averaged.forEach(NDArray::close);
            return last;
        });
    }

    /**
     * Returns the weights by which the averages of the {@link #features} become logits.
     *
     * @return {@code (classes, D)}, the array itself
     * @throws IllegalArgumentException if the network does not end in a global average pool and a linear layer
     */
    public NDArray classifier() {
        List<Graph.Node> nodes = Graph.of(this).nodes();
        Graph.Node last = nodes.get(nodes.size() - 1);
        boolean linear = last.operation() instanceof Graph.Dense
                && nodes.get(last.inputs().get(0)).operation() instanceof Graph.AveragePool;
        require(linear, () -> name + " does not end in flow.averagePool and a linear layer, as Head.linear() does");
        return weight(Graph.weights(last.operation()).get(0));
    }

    /**
     * {@inheritDoc}
     *
     * <p>On a CPU one thread a core is faster than one operation on all cores, most of all for small networks.
     */
    @Override
    public int threads() {
        return manager.getDevice().isGpu() ? 1 : JniUtils.getNumThreads();
    }

    @Override
    public void requireOpen() {
        use.requireOpen();
    }

    @Override
    public String fingerprint() {
        return inUse(this::sum);
    }

    private String sum() {
        MessageDigest digest = Checksum.digest();
        digest.update(Records.canonical(structure()).getBytes(StandardCharsets.UTF_8));
        Weights.of(block).forEach((weight, parameter) -> {
            digest.update(weight.getBytes(StandardCharsets.UTF_8));
            digest.update(parameter.getArray().toByteBuffer(false));
        });
        return Checksum.hex(digest);
    }

    /** The key of its architecture, if it has one, and no units of one's own without a name. */
    Optional<String> key() {
        try {
            return Optional.ofNullable(architecture).map(Architecture::key);
        } catch (IllegalArgumentException nameless) {
            return Optional.empty();
        }
    }

    /** What it computes, without what it is called: its architecture, or else the graph of its block. */
    private Record structure() {
        if (architecture != null) {
            return architecture.withName("network");
        }
        try {
            Graph graph = Graph.of(this);
            require(
                    Weights.of(block).keySet().containsAll(graph.weights().keySet()),
                    "a graph does not say how a kernel is computed: build an Architecture");
            return graph;
        } catch (IllegalArgumentException e) {
            String fix = ", or keep no evaluation of it in a folder";
            throw new IllegalArgumentException("it cannot be told what " + name + " does: " + e.getMessage() + fix, e);
        }
    }

    /**
     * Makes the network ready for many batches: with batch norm folded into the convolutions before it, which is some
     * percent faster and takes up to the memory of the weights once more. Outputs differ by rounding.
     *
     * @return what runs it, to be closed; the weights must not change while it is open
     */
    @Override
    public Folded folded() {
        return folded(Precision.FLOAT32);
    }

    @Override
    public Precision precision(Precision wanted) {
        return wanted.on(manager.getDevice());
    }

    @Override
    public Folded folded(Precision precision) {
        FoldedNorms norms = inUse(() -> new FoldedNorms(manager, precision));
        return Folded.of(use, norms::close, images -> Gradients.off(() -> forward(norms, images, false)));
    }

    /** The architecture with the weights by name. */
    private record Weighted(Architecture architecture, LinkedHashMap<String, float[]> weights) implements Packed {

        @Override
        public Network unpack() {
            return architecture.load(weights);
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>What is made of code of one's own is sent as what it computes.
     *
     * @throws IllegalStateException if it was closed
     * @throws IllegalArgumentException if it has a block whose operations are not known; the message names it
     */
    @Override
    public Packed toSerializable() {
        return inUse(this::packed);
    }

    private Packed packed() {
        if (architecture == null || !architecture.ownCode().isEmpty()) {
            Traced traced = Traced.of(this);
            try (Network there = traced.unpack()) {
                requireSame("what is sent of it", there::forward);
            }
            return traced;
        }
        LinkedHashMap<String, float[]> all = new LinkedHashMap<>();
        Weights.of(block)
                .forEach((name, weight) -> all.put(name, weight.getArray().toFloatArray()));
        return new Weighted(architecture(), all);
    }

    /**
     * Throws unless something else computes what this network does, on an image of noise: a block that goes round its steps
     * computes what neither a file nor another machine has.
     *
     * @param what what else, in words
     * @param other takes images to logits
     * @throws IllegalArgumentException if the numbers are apart by more than rounding
     */
    public void requireSame(String what, UnaryOperator<NDArray> other) {
        try (NDManager scope = manager.newSubManager()) {
            double[] noise = new Random(0).doubles(input.size(), -2, 2).toArray();
            NDArray images = scope.create(noise, input).toType(DataType.FLOAT32, false);
            NDArray wanted = forward(images);
            NDArray found = other.apply(images);
            float largest = wanted.abs().max().getFloat();
            float apart = wanted.sub(found).abs().max().getFloat();
            double rounding = images.getDevice().isGpu() ? 1e-2 : 1e-3; // not measured on a GPU
            require(
                    apart <= rounding * largest,
                    () -> what + " would compute other numbers than " + name + ", apart by " + apart
                            + " where the largest is " + largest + ": let every apply(flow, x) compute by flow alone");
        }
    }

    /**
     * Returns a weight by its name, such as {@code conv4.unit2.core.weight}.
     *
     * @param name a name of {@link Weights#of}: the path in the table of layers and the parameter's name
     * @return the array itself, which changes when the network is trained and is closed with it, also when nothing refers to
     *     the network any more: keep that in a variable
     * @throws IllegalArgumentException if there is no such weight; the message has some that are called alike
     */
    public NDArray weight(String name) {
        requireOpen();
        Map<String, Parameter> weights = Weights.of(block);
        require(weights.containsKey(name), () -> none("weight", name, weights));
        return weights.get(name).getArray();
    }

    /**
     * Computes a convolution's kernel, which may be stored or computed from what is stored.
     *
     * @param name path of the convolution and {@code weight}, such as {@code conv4.unit2.core.weight}
     * @return a copy, owned by the network's manager
     * @throws IllegalArgumentException if there is no such convolution
     */
    public NDArray kernel(String name) {
        Map<String, Conv> kernels = Weights.kernels(block);
        require(kernels.containsKey(name), () -> none("kernel", name, kernels));
        return inUse(() -> kernels.get(name).copy(manager));
    }

    private String none(String what, String wanted, Map<String, ?> all) {
        return "there is no " + what + " " + wanted + " in " + name + ": "
                + Names.near(wanted, List.copyOf(all.keySet()));
    }

    /**
     * Counts distinct trainable parameters, each shared weight once.
     *
     * @return the number
     */
    public long parameters() {
        return Weights.count(block, Parameter::requiresGradient);
    }

    /**
     * Saves the weights and running statistics in the safetensors format, each once, by names such as
     * {@code conv4.unit3.expand.weight}: whole or not at all, with a checksum.
     *
     * @param file where to, such as {@code scenes.safetensors}; an existing file is replaced
     * @throws IllegalArgumentException if its name is that of another format
     * @throws java.io.UncheckedIOException if it cannot be written; the file that was there before stays as it is
     */
    public void save(Path file) {
        require(
                !OTHER_FORMAT.matcher(file.toString()).matches(),
                () -> "this writes safetensors, not what " + file + " says: give a name such as scenes.safetensors");
        inUse(() -> {
            Weights.save(this, file, DataType.FLOAT32);
            return this;
        });
    }

    /**
     * Writes a folder as hubs for weights have it, which {@link Networks#load} reads: {@code config.json}, which says what the
     * network is, {@code README.md}, its card, and {@code model.safetensors}.
     *
     * @param folder made when it is not there
     * @param card what is to be known of the weights
     * @throws IllegalArgumentException if the network has no architecture
     * @throws java.io.UncheckedIOException if it cannot be written
     */
    public void publish(String folder, ModelCard card) {
        publish(folder, card, DataType.FLOAT32);
    }

    /**
     * Writes such a folder with kernels in another format: {@code FLOAT16} takes half the room, and a network that is read from it
     * computes in single precision with what was written.
     *
     * @param folder made when it is not there
     * @param card what is to be known of the weights, as they are written
     * @param kernels the format of what has two dimensions or more
     * @throws IllegalArgumentException if the network has no architecture, or a weight is too large for the format
     * @throws java.io.UncheckedIOException if it cannot be written
     */
    public void publish(String folder, ModelCard card, DataType kernels) {
        inUse(() -> {
            Published.write(this, architecture, card, Folders.named(folder), kernels);
            return this;
        });
    }

    /**
     * Reads the weights from a file that was saved from a network of this architecture, here or in Python.
     *
     * @param file a safetensors file
     * @return this network
     * @throws IllegalArgumentException if it does not fit; the message lists names and shapes, and nothing was changed
     * @throws java.io.UncheckedIOException if it cannot be read or is damaged
     */
    public Network load(Path file) {
        return inUse(() -> {
            Weights.load(this, file);
            return this;
        });
    }

    /**
     * Counts what the network costs, for one image.
     *
     * @return parameters, multiply-adds, activations and file size, in all, by stage and by layer
     */
    public Cost cost() {
        return Layers.cost(name, block, input);
    }

    /**
     * Returns the distinct parameters that training changes: all but the running statistics of batch norm.
     *
     * @return each parameter once by its name, however many units share it, in the order of the table of layers
     */
    public Map<String, Parameter> trainable() {
        Map<String, Parameter> trainable = Weights.of(block);
        trainable.values().removeIf(parameter -> !parameter.requiresGradient());
        return trainable;
    }

    /** Frees the weights, as soon as nobody is using them any more; the network cannot run any more. */
    @Override
    public void close() {
        use.close();
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s: %,d parameters, input %s", name, parameters(), input);
    }
}
