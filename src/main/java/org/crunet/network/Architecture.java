package org.crunet.network;

import static org.crunet.base.Errors.require;
import static org.crunet.base.Records.with;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.initializer.Initializer;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.base.Named;
import org.crunet.base.Names;
import org.crunet.base.Records;
import org.crunet.block.Chain;
import org.crunet.block.FlowBlock;
import org.crunet.block.Kernels;
import org.crunet.block.Normalisation;
import org.crunet.block.SharedKernels;
import org.crunet.block.Sharing;
import org.crunet.block.Shortcut;
import org.crunet.block.Unit;
import org.crunet.torch.Floats;

/**
 * One member of the family: stem, stages, then BN, ReLU, global average pool and a linear classifier (Table 1). Change a
 * field, get another member. Or a network of one's own, which is treated like one: {@link #of}.
 *
 * @param title what it is called, such as {@code CRU-Net-56 32x4d @x14}
 * @param variant what a change of sharing adds to the name, such as {@code without sharing}; empty for none
 * @param inputChannels channels of an image, 3 for RGB
 * @param imageSize height and width of an image in pixels
 * @param stem what stands before the first stage; {@link Stem#NONE} without stages
 * @param stages the runs of units; each after the first begins with stride 2; none in a network of one's own
 * @param head what stands behind the last stage; without stages it is the whole network
 * @param classes number of classes
 * @param normalisation setting of every batch norm
 * @param starts how weights begin that do not begin as others do; of several rules for one the last counts
 */
public record Architecture(
        String title,
        String variant,
        int inputChannels,
        int imageSize,
        Stem stem,
        List<Stage> stages,
        Head head,
        int classes,
        Normalisation normalisation,
        List<Start.Rule> starts)
        implements Serializable {

    /** Keeps its own copy of the stages; throws IllegalArgumentException with the field and the value that does not fit. */
    public Architecture {
        Objects.requireNonNull(title, "name is null");
        Objects.requireNonNull(variant, "variant is null");
        Objects.requireNonNull(stem, "stem is null");
        stages = List.copyOf(Objects.requireNonNull(stages, "stages is null"));
        Objects.requireNonNull(head, "head is null");
        Objects.requireNonNull(normalisation, "normalisation is null");
        starts = List.copyOf(starts);
        require(!title.isBlank(), "name must not be blank");
        require(inputChannels > 0, "inputChannels must be positive: " + inputChannels);
        require(imageSize > 0, "imageSize must be positive: " + imageSize);
        require(
                stages.isEmpty() == stem.equals(Stem.NONE),
                "a stem and stages, or neither for a network of one's own: stem=" + stem + ", stages=" + stages);
        require(classes > 1, "classes must be at least 2: " + classes);
        require(
                normalisation.preActivation() || stages.stream().noneMatch(Stage::collective),
                "collective units have batch norm before their convolutions: first withNormalisation(Normalisation.AUTHORS)");
        if (stages.stream()
                .anyMatch(stage -> !stage.collective() && !stage.sharing().isEmpty())) {
            blocks(stages, stem.channels(), normalisation, new SharedKernels());
        }
    }

    /**
     * Describes a network of one's own, any block from images to logits. The name says what it is wherever a run is
     * recognised: a changed network takes a new one.
     *
     * <pre>{@code
     * Architecture.of("tiny", 32, 10, (in, classes, norm) -> new Tiny(in, classes))
     * }</pre>
     *
     * @param name what it is called
     * @param imageSize height and width of an image in pixels
     * @param classes number of classes
     * @param network makes it: {@code (N, in, H, W)} to logits {@code (N, classes)}, where in is 3 unless
     *     {@link #withInputChannels} says otherwise. {@code flow.channelsLast} as its first step makes it faster. What it
     *     shares inside is its own business: {@link #withoutSharing} does not know it
     * @return a new record
     * @throws IllegalArgumentException if the name is blank, or a number is not positive
     */
    public static Architecture of(String name, int imageSize, int classes, Head network) {
        return new Architecture(
                name,
                "",
                3,
                imageSize,
                Stem.NONE,
                List.of(),
                Head.named(name, network),
                classes,
                Normalisation.AUTHORS,
                List.of());
    }

    /**
     * Returns what it is called, the variant included.
     *
     * @return such as {@code CRU-Net-56 32x4d @x14 without sharing}
     */
    public String name() {
        return variant.isEmpty() ? title : title + " " + variant;
    }

    /**
     * Returns what tells it from others, whatever it is called and for however many classes and pixels it is.
     *
     * @return 16 hexadecimal digits
     * @throws IllegalArgumentException if its units are one's own and have no name
     */
    public String key() {
        return Records.key(withName("network").withClasses(2).withImageSize(1));
    }

    /**
     * Returns this network with another name.
     *
     * @param name what it is called
     * @return a new record
     */
    public Architecture withName(String name) {
        return with(with(this, "title", name), "variant", "");
    }

    /**
     * Returns this network for another number of classes.
     *
     * @param newClasses number of classes
     * @return a new record
     */
    public Architecture withClasses(int newClasses) {
        return with(this, "classes", newClasses);
    }

    /**
     * Returns this network for images of another size; the weights stay what they are.
     *
     * @param pixels height and width in pixels
     * @return a new record
     */
    public Architecture withImageSize(int pixels) {
        return with(this, "imageSize", pixels);
    }

    /**
     * Returns this network with other stages.
     *
     * @param newStages the stages, first to last
     * @return a new record
     */
    public Architecture withStages(Stage... newStages) {
        return with(this, "stages", List.of(newStages));
    }

    /**
     * Returns this network with one stage changed, as in {@code withStage("conv4", stage -> stage.withWidth(704))}, and the same
     * name: {@link #withName} gives it another.
     *
     * @param stage its name as in Table 1, from {@code conv2} on
     * @param change makes the new stage from the old one
     * @return a new record
     * @throws IllegalArgumentException if there is no such stage; the message names those there are
     */
    public Architecture withStage(String stage, UnaryOperator<Stage> change) {
        Stage[] changed = stages.toArray(Stage[]::new);
        int index = index(stage);
        changed[index] = Objects.requireNonNull(change.apply(changed[index]), "the changed stage is null");
        return withStages(changed);
    }

    /**
     * Returns a stage by its name.
     *
     * @param stage its name as in Table 1, from {@code conv2} on
     * @return the stage
     * @throws IllegalArgumentException if there is no such stage; the message names those there are
     */
    public Stage stage(String stage) {
        return stages.get(index(stage));
    }

    /**
     * Returns the residual function of a stage as a choice of R and core size.
     *
     * @param stage its name as in Table 1, from {@code conv2} on
     * @return read from the weights of a unit, built as the network builds it
     * @throws IllegalArgumentException if there is no such stage; the message names those there are
     */
    public ResidualFunction residualFunction(String stage) {
        return stage(stage).residualFunction(name(), stage, normalisation);
    }

    private int index(String stage) {
        List<String> names = IntStream.range(0, stages.size())
                .mapToObj(Architecture::stageName)
                .toList();
        int index = names.indexOf(stage);
        require(index >= 0, "there is no stage " + stage + " in " + name() + ", only " + names);
        return index;
    }

    /**
     * Returns this network with another stem.
     *
     * @param newStem what stands before the first stage
     * @return a new record
     */
    public Architecture withStem(Stem newStem) {
        return with(this, "stem", newStem);
    }

    /**
     * Returns this network with something else behind its last stage.
     *
     * @param newHead such as {@code Head.named("two layers", (in, classes, norm) -> ...)}
     * @return a new record
     */
    public Architecture withHead(Head newHead) {
        return with(this, "head", newHead);
    }

    /**
     * Returns this network for images with another number of channels.
     *
     * @param channels channels of an image, such as 1 for grey
     * @return a new record
     */
    public Architecture withInputChannels(int channels) {
        return with(this, "inputChannels", channels);
    }

    /**
     * Returns this network with batch norm set otherwise, such as {@code Normalisation.TORCHVISION} for the original form.
     *
     * @param newNormalisation setting and place of every batch norm
     * @return a new record
     */
    public Architecture withNormalisation(Normalisation newNormalisation) {
        return with(this, "normalisation", newNormalisation);
    }

    /**
     * Returns this network with weights that begin otherwise, all of a stage together.
     *
     * @param pattern their names with {@code *} for any text, such as {@code *.alpha}; of several that match the last counts
     * @param start how they begin
     * @return a new record
     */
    public Architecture withStart(String pattern, Start start) {
        List<Start.Rule> all = new ArrayList<>(starts);
        all.add(new Start.Rule(pattern, start));
        return with(this, "starts", all);
    }

    private Architecture eachStage(UnaryOperator<Stage> change) {
        return with(this, "stages", stages.stream().map(change).toList());
    }

    /**
     * Returns this network with units of another kind in all stages.
     *
     * @param kind what the units are
     * @return a new record
     */
    public Architecture withKind(Stage.Units kind) {
        return eachStage(stage -> stage.withKind(kind));
    }

    /**
     * Returns this network with something else around the units that change channels or resolution, in all stages.
     *
     * @param shortcut what
     * @return a new record
     */
    public Architecture withShortcut(Shortcut shortcut) {
        return eachStage(stage -> stage.withShortcut(shortcut));
    }

    /**
     * Returns this network with the widths D of its stages scaled alike to have about so many parameters; channels C stay.
     *
     * @param budget number of parameters
     * @return the nearest that the widths allow
     * @throws IllegalArgumentException if widths of one are too many, or widths change nothing
     */
    public Architecture forParameters(long budget) {
        require(
                scaled(0).parameters() <= budget,
                () -> name() + " has " + scaled(0).parameters() + " parameters beside its widths, more than " + budget
                        + ": take fewer units or channels");
        require(
                scaled(2).parameters() > parameters(),
                () -> "the widths of its stages do not change the size of " + name());
        double fits = 0;
        double tooWide = 1;
        while (scaled(tooWide).parameters() <= budget) {
            tooWide *= 2;
        }
        while (tooWide - fits > 1e-3 * tooWide) {
            double middle = (fits + tooWide) / 2;
            if (scaled(middle).parameters() <= budget) {
                fits = middle;
            } else {
                tooWide = middle;
            }
        }
        Architecture below = scaled(fits);
        Architecture above = scaled(tooWide);
        return budget - below.parameters() <= above.parameters() - budget ? below : above;
    }

    /** Widths stay multiples of the cardinality, unless a 3x3 is channelwise. */
    private Architecture scaled(double factor) {
        return eachStage(stage -> {
            int step = stage.cardinality() == stage.width() ? 1 : stage.cardinality();
            return stage.withWidth(step * (int) Math.max(1, Math.round(factor * stage.width() / step)));
        });
    }

    /**
     * Returns this network with another map from unit to owner in a role, in all stages whose units have it.
     *
     * @param role a convolution of a unit, such as {@code core} of a bottleneck or {@code conv2} of a basic unit, or a tensor that
     *     a formula of {@link #withKernels} asks for by {@code place.stored}
     * @param map such as {@code Sharing.ALL_BUT_FIRST}
     * @return a new record, its name saying so
     * @throws IllegalArgumentException if no stage has such units, shapes do not agree, or each unit runs what it ran before
     */
    public Architecture withSharing(String role, Sharing map) {
        Objects.requireNonNull(role, "role is null");
        Objects.requireNonNull(map, "map is null");
        List<Stage> changed = new ArrayList<>();
        Set<String> roles = new TreeSet<>();
        for (FlowBlock block : stageBlocks(new SharedKernels())) {
            Stage stage = stages.get(changed.size());
            Set<String> here = new TreeSet<>();
            Unit.in(block).forEach(unit -> here.addAll(unit.roles()));
            changed.add(here.contains(role) ? stage.withSharing(role, map) : stage);
            roles.addAll(here);
        }
        require(
                roles.contains(role),
                () -> "no unit has a role " + role + ": there are " + roles
                        + ", and those of place.stored behind withKernels");
        Architecture other = with(with(this, "stages", changed), "variant", role + " " + map);
        require(
                !other.owners(role).equals(owners(role)) || other.parameters() != parameters(),
                () -> role + " is " + map + " already in all of " + name());
        return other;
    }

    /** For each unit the number of the first that runs its kernel in a role. */
    private List<Integer> owners(String role) {
        List<Object> kernels = new ArrayList<>();
        for (int i = 0; i < stages.size(); i++) {
            String across =
                    stages.get(i).sharing().getOrDefault(role, Sharing.OWN).across();
            for (int owner : stages.get(i).owners(role, i > 0)) {
                Object own = List.of(kernels.size());
                Object shared = across.isEmpty() ? List.of(i, owner) : across;
                kernels.add(owner < 0 ? own : shared);
            }
        }
        return kernels.stream().map(kernels::indexOf).toList();
    }

    /**
     * Returns this network with kernels that are computed in a role, in all stages.
     *
     * @param role a part of a unit, such as {@code conv1}
     * @param name what is computed, by which a run is recognised: a changed formula takes a new name
     * @param maker makes the kernel of a unit, from what {@link org.crunet.block.Place#stored} gives it
     * @return a new record
     */
    public Architecture withKernels(String role, String name, Kernels.Maker maker) {
        return eachStage(stage -> stage.withKernels(role, name, maker));
    }

    /**
     * Returns this network with weights of its own for every unit; collective units are groups of one.
     *
     * @return a new record, its name saying so; this one if nothing is shared
     */
    public Architecture withoutSharing() {
        if (stages.stream().noneMatch(Stage::shares)) {
            return this;
        }
        return with(eachStage(Stage::withoutSharing), "variant", "without sharing");
    }

    /**
     * Lists what is code of one's own, which other machines do not have.
     *
     * @return the names of units, kernels and heads that are not this library's
     */
    public List<String> ownCode() {
        return code().filter(Architecture::isOwn).map(Named::name).distinct().toList();
    }

    /** Whether it is not this library's. */
    static boolean isOwn(Named code) {
        return code instanceof OwnUnits units && !ours(units.maker())
                || code instanceof Kernels kernels && !ours(kernels.maker())
                || code instanceof Head.Own own && !ours(own.head());
    }

    /** What in it is code with a name. */
    Stream<Named> code() {
        Stream<Object> parts = stages.stream()
                .flatMap(stage -> Stream.concat(Stream.of(stage.kind()), stage.kernels().values().stream()));
        return Stream.concat(parts, Stream.of(head))
                .filter(Named.class::isInstance)
                .map(Named.class::cast);
    }

    /** Whether it comes from where this class comes from. */
    private static boolean ours(Object code) {
        return code.getClass().getProtectionDomain().equals(Architecture.class.getProtectionDomain());
    }

    /**
     * Counts the depth as the paper does: convolutions on the main path and the classifier; in a network of one's own all
     * layers that multiply, each as often as it runs.
     *
     * @return the number in the network's name
     */
    public int depth() {
        if (stages.isEmpty()) {
            return cost().layers().stream()
                    .filter(layer -> layer.multiplyAdds() > 0)
                    .mapToInt(Layer::uses)
                    .sum();
        }
        return 2 + Unit.in(block()).stream().mapToInt(Unit::depth).sum();
    }

    /**
     * Returns the shape of a batch.
     *
     * @param images number of images N
     * @return {@code (N, C, H, W)}
     */
    public Shape input(int images) {
        return new Shape(images, inputChannels, imageSize, imageSize);
    }

    /**
     * Initialises the network with seed 0.
     *
     * @return a network ready to run and to train
     */
    public Network build() {
        return build(0);
    }

    /**
     * Initialises the network: weights by He et al. from the seed alone, so the same seed gives the same network.
     *
     * @param seed any number
     * @return a network ready to run and to train
     */
    public Network build(long seed) {
        return build(seed, null);
    }

    /**
     * Initialises the network on a device: the same weights wherever they are.
     *
     * @param seed any number
     * @param device such as {@code Device.cpu()} or {@code Device.gpu(1)}
     * @return a network ready to run and to train
     * @throws IllegalArgumentException if weights cannot begin as {@link #withStart} says; the message has their names
     */
    public Network build(long seed, Device device) {
        Network network = Network.of(this, new HeNormal(seed), device);
        try {
            starts.forEach(rule ->
                    begin(network, rule, new Random(seed ^ rule.weights().hashCode())));
            return network;
        } catch (IllegalArgumentException e) {
            network.close();
            throw e;
        }
    }

    private static void begin(Network network, Start.Rule rule, Random random) {
        Map<String, Map<String, Parameter>> stages = new LinkedHashMap<>();
        Names.matching(rule.weights(), Weights.of(network.block()))
                .forEach((weight, parameter) -> stages.computeIfAbsent(
                                weight.split("\\.")[0], stage -> new LinkedHashMap<>())
                        .put(weight, parameter));
        stages.values().forEach(together -> {
            Map<String, Shape> shapes = new LinkedHashMap<>();
            together.forEach((weight, parameter) -> shapes.put(weight, parameter.getShape()));
            Iterator<float[]> drawn = rule.start().draw(shapes, random).iterator();
            together.values().forEach(parameter -> Floats.set(drawn.next(), parameter.getArray()));
        });
    }

    /**
     * Builds the network with weights from a file, as {@link Network#save} or Python wrote it.
     *
     * @param file a safetensors file
     * @return a network ready to run and to train further
     * @throws IllegalArgumentException if the file does not fit; the message lists names and shapes
     * @throws java.io.UncheckedIOException if it cannot be read or is damaged
     */
    public Network load(Path file) {
        return Network.of(this, Initializer.ZEROS, null).load(file);
    }

    /**
     * Builds the network with given weights.
     *
     * @param weights numbers by the names of {@link Weights#of}, last dimension fastest; copied
     * @return a network ready to run and to train further
     * @throws IllegalArgumentException if they do not fit; the message lists names and sizes
     */
    public Network load(Map<String, float[]> weights) {
        Network network = Network.of(this, Initializer.ZEROS, null);
        try {
            Weights.set(network, weights);
            return network;
        } catch (IllegalArgumentException e) {
            network.close();
            throw e;
        }
    }

    /**
     * Counts distinct trainable parameters, each shared weight once.
     *
     * @return the number
     */
    public long parameters() {
        return cost().parameters();
    }

    /**
     * Counts what this network costs, for one image, on the network itself without weights.
     *
     * @return parameters, multiply-adds, activations and file size, in all, by stage and by layer
     */
    public Cost cost() {
        try (Network network = planned()) {
            return network.cost();
        }
    }

    /** The network with its shapes but without memory for its weights, to count. */
    Network planned() {
        Initializer none =
                (manager, shape, type) -> manager.zeros(new Shape(1), type).broadcast(shape);
        return Network.of(this, none, null);
    }

    /**
     * Makes the network as a DJL block, not initialised: {@code (N, C, H, W)} to logits {@code (N, classes)}.
     *
     * @return a new block with weights of its own; its children are {@code stem}, {@code conv2}, {@code conv3} and so on as
     *     in Table 1, and {@code head}; {@code shared} before them has what stages have in common. Without stages it is the
     *     head's block itself
     */
    public Block block() {
        if (stages.isEmpty()) {
            return head.block(inputChannels, classes, normalisation);
        }
        SharedKernels across = new SharedKernels();
        List<FlowBlock> blocks = stageBlocks(across);
        Chain network = across.isEmpty() ? new Chain() : new Chain().then("shared", across);
        network.then("stem", stem.block(inputChannels, normalisation));
        for (int i = 0; i < blocks.size(); i++) {
            network.then(stageName(i), blocks.get(i));
        }
        int in = stages.get(stages.size() - 1).out();
        return network.then("head", head.block(in, classes, normalisation));
    }

    private List<FlowBlock> stageBlocks(SharedKernels across) {
        return blocks(stages, stem.channels(), normalisation, across);
    }

    /** Made once also where only shapes are compared. */
    private static List<FlowBlock> blocks(List<Stage> stages, int channels, Normalisation norm, SharedKernels across) {
        List<FlowBlock> blocks = new ArrayList<>();
        int in = channels;
        for (Stage stage : stages) {
            blocks.add(stage.build(in, blocks.isEmpty() ? 1 : 2, norm, across));
            in = stage.out();
        }
        return blocks;
    }

    /**
     * Returns what a stage is called; Table 1 counts the stem's convolution as the first.
     *
     * @param index its place in the stages, from 0
     * @return such as {@code conv2}
     */
    public static String stageName(int index) {
        return "conv" + (index + 2);
    }

    @Override
    public String toString() {
        return IntStream.range(0, stages.size())
                .mapToObj(i -> "  " + stageName(i) + ": " + stages.get(i))
                .collect(Collectors.joining("\n", name() + ", " + classes + " classes, " + imageSize + " px\n", ""));
    }
}
