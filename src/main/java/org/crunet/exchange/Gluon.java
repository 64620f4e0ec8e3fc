package org.crunet.exchange;

import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.crunet.base.Records;
import org.crunet.network.Architecture;
import org.crunet.network.Graph;
import org.crunet.network.Network;

/**
 * Files that {@code save_parameters} of Gluon wrote, of gluoncv2's CRU-Nets: names follow its tree of blocks, a shared weight
 * stands under each unit that uses it (or, saved without duplicates, under one of them), and there is no graph.
 */
final class Gluon {

    /** Of every batch norm in gluoncv2's CRU-Nets; the files do not have it. */
    private static final float EPSILON = 1e-5f;

    /** Of a batch norm's parameters, those that are called otherwise. */
    private static final Map<String, String> WORDS = Map.of("weight", "gamma", "bias", "beta");

    private static final Map<String, String> ENDS = Map.of(
            "stem.conv", "features.0.conv.conv",
            "stem.norm", "features.0.conv.bn",
            "head.classifier", "output.1");
    private static final Map<String, List<String>> RESIDUAL = Map.of(
            "norm1", List.of("body.conv1.bn"),
            "reduce", List.of("body.conv1.conv"),
            "norm2", List.of("body.conv2.bn"),
            "core", List.of("body.conv2.conv"),
            "norm3", List.of("body.conv3.bn"),
            "expand", List.of("body.conv3.conv"),
            "shortcut_norm", List.of("identity_conv.bn"),
            "shortcut", List.of("identity_conv.conv"));
    private static final Map<String, List<String>> COLLECTIVE = Map.ofEntries(
            Map.entry("norm1", List.of("body.conv1.bn")),
            Map.entry("reduce", List.of("body.conv1.conv")),
            Map.entry("core", List.of("body.conv2")),
            Map.entry("norm2", List.of("body.conv3.bn")),
            Map.entry("mix", List.of("body.conv3.conv")),
            Map.entry("norm3", List.of("body.conv4.bn")),
            Map.entry("expand", List.of("body.conv4.conv")),
            Map.entry("project.norm", List.of("input_conv.bn")),
            Map.entry("project.conv", List.of("input_conv.conv", "identity_conv.conv")),
            Map.entry("project.shortcut_norm", List.of("identity_conv.bn")),
            Map.entry("project.shortcut", List.of("identity_conv.conv")));
    /** Stage, group, unit if not shared, layer. */
    private static final Pattern IN_STAGE =
            Pattern.compile("conv(\\d+)\\.(?:group(\\d+)\\.)?(?:unit(\\d+)|shared)\\.(.+)");

    private final Architecture architecture;
    private final Set<String> ours;

    private Gluon(Architecture architecture, Set<String> ours) {
        this.architecture = architecture;
        this.ours = ours;
    }

    /** Whether the names are those of a tree of blocks. */
    static boolean wrote(MxnetArrays arrays) {
        return arrays.entries().keySet().stream().anyMatch(name -> name.matches("(.+\\.)?features\\..+"));
    }

    static Network load(Architecture architecture, MxnetArrays arrays) {
        Architecture like =
                architecture.withNormalisation(Records.with(architecture.normalisation(), "epsilon", EPSILON));
        Map<String, String> keys = new LinkedHashMap<>();
        arrays.entries().keySet().forEach(name -> keys.put(name, name));
        Map<String, Shape> wanted = Graph.of(like).weights();
        return like.load(Renamed.read(wanted, arrays, keys, new Gluon(like, wanted.keySet())::names, ""));
    }

    /**
     * What the file calls a weight. {@code conv2.unit1.norm1.weight} is {@code features.1.0.body.conv1.bn.gamma}: their
     * {@code features.0} is the stem, stages follow from 1 on, and units count from 0. {@code conv4.shared.core.weight}
     * stands under every unit that uses it, {@code features.3.0.body.conv2.weight}, {@code features.3.1.body.conv2.weight}
     * and so on.
     */
    private List<String> names(String weight) {
        int dot = weight.lastIndexOf('.');
        String layer = weight.substring(0, dot);
        String end = weight.substring(dot);
        String theirEnd = layer.endsWith("norm") || layer.matches(".*norm\\d")
                ? "." + WORDS.getOrDefault(end.substring(1), end.substring(1))
                : end;
        return layers(layer, end).stream().map(name -> name + theirEnd).toList();
    }

    /** The same of a layer; {@code end} is that of the weight, to see which units have one of their own. */
    private List<String> layers(String layer, String end) {
        Matcher at = IN_STAGE.matcher(layer);
        if (!at.matches()) {
            return List.of(ENDS.getOrDefault(
                    layer, "features." + (architecture.stages().size() + 1) + ".bn"));
        }
        int stage = Integer.parseInt(at.group(1)) - 1;
        int size = architecture.stages().get(stage - 1).group();
        int before = at.group(2) == null ? 0 : (Integer.parseInt(at.group(2)) - 1) * size;
        if (at.group(3) != null) {
            int unit = before + Integer.parseInt(at.group(3)) - 1;
            return theirs(stage, layer, at.group(4)).stream()
                    .map(name -> "features." + stage + "." + unit + "." + name)
                    .toList();
        }
        String path = layer.substring(0, at.start(4)).replaceFirst("shared\\.$", "");
        int last = Math.min(size, architecture.stages().get(stage - 1).units() - before);
        return IntStream.range(0, last)
                .filter(unit -> !ours.contains(path + "unit" + (unit + 1) + "." + at.group(4) + end))
                .mapToObj(unit -> "features." + stage + "." + (before + unit) + "."
                        + COLLECTIVE.get(at.group(4)).get(0))
                .toList();
    }

    /** A layer's names below its unit. The projection's weight is the shortcut's too, unless that has its own. */
    private List<String> theirs(int stage, String layer, String part) {
        if (!architecture.stages().get(stage - 1).collective()) {
            return RESIDUAL.getOrDefault(part, List.of("body." + part));
        }
        List<String> found = COLLECTIVE.get(part);
        boolean own = ours.contains(layer.replaceFirst("project\\.conv$", "project.shortcut") + ".weight");
        return part.equals("project.conv") && own ? found.subList(0, 1) : found;
    }
}
