package org.crunet.exchange;

import static org.crunet.base.Errors.quoted;
import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.crunet.data.Batches;
import org.crunet.files.Safetensors;
import org.crunet.files.TensorFile;
import org.crunet.network.Architecture;
import org.crunet.network.Graph;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.network.Stage;
import org.crunet.network.Stem;
import org.crunet.torch.Floats;

/**
 * ResNet, ResNeXt and Wide ResNet as torchvision writes them, and those who train its networks, such as the ResNets that the
 * makers of Places365 publish.
 *
 * <pre>{@code
 * var network = Torchvision.load(Networks.RESNET_50.withClasses(365), Path.of("resnet50_places365.pth.tar"));
 * }</pre>
 *
 * <p>Their form is the post-activation one, with the stride in the 3x3 convolution and a projection with batch norm. They
 * were trained on images normalised by the mean (0.485, 0.456, 0.406) and the deviation (0.229, 0.224, 0.225) of numbers
 * from 0 to 1. Here they take images of this library: the first convolution and the running mean behind it are changed so
 * that both say the same, but for the border, where the zeros around an image stand for a mean colour that differs by at
 * most 0.003.
 *
 * <p>What a file cannot tell: names and shapes of weights say nothing about pooling, strides, the order of colours or how
 * images were normalised. The {@code wideresnet18} of Places365 is a ResNet-18 without the max pool, and others have the stride
 * in another convolution or take images from 0 to 255. A checkpoint that names its network, as
 * {@link PytorchFile#architecture} finds it, or as {@code ARCH_places365.pth.tar}, is compared; for all others, a few images
 * whose classes are known show it:
 *
 * <pre>{@code
 * Evaluation.of(network, places.images("val")).expectTop1(0.5, 0.6);
 * }</pre>
 */
public final class Torchvision {

    private static final Map<String, String> ENDS =
            Map.of("stem.conv", "conv1", "stem.norm", "bn1", "head.classifier", "fc");
    /** The layers of a bottleneck, then those of a basic unit that are called otherwise. */
    private static final Map<String, String> LAYERS = Map.ofEntries(
            Map.entry("reduce", "conv1"),
            Map.entry("core", "conv2"),
            Map.entry("expand", "conv3"),
            Map.entry("norm1", "bn1"),
            Map.entry("norm2", "bn2"),
            Map.entry("norm3", "bn3"),
            Map.entry("shortcut", "downsample.0"),
            Map.entry("shortcut_norm", "downsample.1"),
            Map.entry("conv1", "conv1"),
            Map.entry("conv2", "conv2"));

    private static final Pattern IN_STAGE = Pattern.compile("conv(\\d+)\\.unit(\\d+)\\.(\\w+)\\.(\\w+)");

    /** Those of this name have a max pool, but for {@code wideresnet}, as Places365 calls it. */
    private static final Pattern RESNET = Pattern.compile("(?:wide_?)?(?:resnet|resnext)\\d");

    /** As timm calls those with another layer, without weights, beside the strides. */
    private static final Pattern SMOOTHING = Pattern.compile("resnet(?:blur|aa)\\d");

    /** Whose weights are no ResNet's. */
    private static final Pattern OTHERS =
            Pattern.compile("alexnet|vgg|densenet|googlenet|inception|mobilenet|efficientnet|pre_?act");

    private static final Pattern PLACES = Pattern.compile("(\\w+)_places365", Pattern.CASE_INSENSITIVE);

    /** How many batches a norm has seen, how many epochs an average (SWA, EMA) is of. */
    private static final Pattern COUNTER = Pattern.compile("(?:.*\\.)?(?:num_batches_tracked|n_averaged)");

    private static final int COLOURS = 3;
    private static final float[] MEAN = {0.485f, 0.456f, 0.406f};
    private static final float[] DEVIATION = {0.229f, 0.224f, 0.225f};

    private Torchvision() {}

    /**
     * Loads the weights of a network of torchvision's, or of a checkpoint with them under {@code state_dict} or
     * {@code model}, also with {@code module.}, {@code _orig_mod.} or anything else before every name.
     *
     * @param architecture the network they are for, without collective stages; its {@linkplain Networks#original
     *     post-activation form} is taken
     * @param file {@code .safetensors}, or anything that {@code torch.save} wrote; see {@link PytorchFile}
     * @return the network with their weights
     * @throws IllegalArgumentException if they do not fit, the message lists what is missing, surplus or of another shape; or if
     *     the file says that they are of a network that computes something else with them
     * @throws java.io.UncheckedIOException if the file cannot be read or is damaged
     */
    public static Network load(Architecture architecture, Path file) {
        Network network = asTheyAre(architecture, file);
        takeOurs(network.weight("stem.conv.weight"), network.weight("stem.norm.running_mean"));
        return network;
    }

    /** As {@code x' = a x + b} for each colour, with x normalised as here and x' as there: a goes into the kernel, b into the mean. */
    private static void takeOurs(NDArray kernel, NDArray mean) {
        float[] weights = kernel.toFloatArray();
        float[] means = mean.toFloatArray();
        int places = weights.length / means.length / COLOURS;
        for (int i = 0; i < weights.length; i++) {
            int colour = i / places % COLOURS;
            float b = (Batches.mean(colour) / 255 - MEAN[colour]) / DEVIATION[colour];
            means[i / places / COLOURS] -= weights[i] * b;
            weights[i] /= 255 * Batches.SCALE * DEVIATION[colour];
        }
        Floats.set(weights, kernel);
        Floats.set(means, mean);
    }

    /** For images normalised as there. */
    static Network asTheyAre(Architecture architecture, Path file) {
        String misfit = file.toAbsolutePath() + " does not fit " + architecture.name();
        boolean collective = architecture.stages().stream().anyMatch(Stage::collective);
        require(!collective, misfit + ": torchvision has no collective units; take a ResNet, ResNeXt or WRN");
        Architecture original =
                architecture.normalisation().preActivation() ? Networks.original(architecture) : architecture;
        try (TensorFile tensors =
                file.toString().endsWith(".safetensors") ? Safetensors.open(file) : PytorchFile.open(file)) {
            return load(original, tensors, file);
        }
    }

    private static Network load(Architecture original, TensorFile tensors, Path file) {
        Map<String, String> keys = new LinkedHashMap<>();
        tensors.entries().keySet().stream()
                .filter(key -> !COUNTER.matcher(key).matches())
                .forEach(key -> keys.put(key, key));
        try {
            named(tensors, file).ifPresent(name -> requireSame(name, original));
            Map<String, Shape> wanted = Graph.of(original).weights();
            return original.load(Renamed.read(wanted, tensors, keys, ours -> List.of(theirs(ours)), ""));
        } catch (IllegalArgumentException e) {
            String misfit = file.toAbsolutePath() + " does not fit " + original.name() + ": ";
            throw new IllegalArgumentException(misfit + e.getMessage(), e);
        }
    }

    /** What the file says it is of: by its content, or by its name as Places365 gives it. */
    private static Optional<String> named(TensorFile tensors, Path file) {
        Matcher published = PLACES.matcher(file.getFileName().toString());
        Optional<String> said = tensors instanceof PytorchFile checkpoint
                ? checkpoint.architecture()
                : PytorchFile.ARCHITECTURE.stream()
                        .map(((Safetensors) tensors).metadata()::get)
                        .filter(Objects::nonNull)
                        .findFirst();
        return said.or(() -> published.find() ? Optional.of(published.group(1)) : Optional.empty());
    }

    /** Refuses those whose weights would fit, and mean something else. */
    private static void requireSame(String name, Architecture original) {
        String lower = name.toLowerCase(Locale.ROOT);
        String smooth =
                "it is of " + quoted(name) + ", which smooths maps where it halves them, and no network here does";
        require(!SMOOTHING.matcher(lower).find(), smooth);
        require(!OTHERS.matcher(lower).find(), "it is of " + quoted(name) + ", another network");
        boolean pool = !lower.contains("wideresnet");
        Stem stem = original.stem();
        String other = "it is of " + quoted(name) + (pool ? ", with" : ", without") + " a max pool behind the first"
                + " convolution: take architecture.withStem(new Stem(" + stem.channels() + ", " + stem.kernel() + ", "
                + stem.stride() + ", " + pool + ", " + stem.normed() + "))";
        require(stem.pool() == pool || !RESNET.matcher(lower).find(), other);
    }

    private static String theirs(String ours) {
        Matcher at = IN_STAGE.matcher(ours);
        if (!at.matches()) {
            int dot = ours.lastIndexOf('.');
            return ENDS.get(ours.substring(0, dot)) + ours.substring(dot);
        }
        int stage = Integer.parseInt(at.group(1)) - 1;
        int unit = Integer.parseInt(at.group(2)) - 1;
        return "layer" + stage + "." + unit + "." + LAYERS.get(at.group(3)) + "." + at.group(4);
    }
}
