package org.crunet.network;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.crunet.block.Kernel;
import org.crunet.block.Kernels;
import org.crunet.block.Normalisation;
import org.crunet.block.Place;
import org.crunet.block.Sharing;
import org.crunet.block.Shortcut;

/**
 * The networks that share weights between residual units since, and those they are compared with, as they were published:
 * each with its size and error as printed. Some rows are of this library's own, and nothing is printed of them.
 */
public final class Relatives {

    private static final Normalisation PRE_ACTIVATION =
            Normalisation.TORCHVISION.withOrder(Normalisation.Order.PRE_ACTIVATION);

    private static final String FILTER_BASES = "ssregibility/Net_RL2";

    private static final List<String> MODES = List.of("_out", "_in", "_height", "_width");

    private Relatives() {}

    /**
     * A network and what was published of it.
     *
     * @param network what is built
     * @param printed its parameters as printed, such as {@code 0.27M}; empty if they are not
     * @param error top-1 error in percent as printed; NaN if none was found
     * @param source where that was printed
     */
    public record Row(Architecture network, String printed, double error, String source) {}

    /**
     * Makes a ResNet for CIFAR with basic units (He et al. 2015): a stem of 16 channels, stages of 16, 32 and 64.
     *
     * @param depth 6 n + 2 for n units a stage, such as 20
     * @param shortcut {@code PROJECTION}, called B, or {@code ZERO_PADDING}, called A
     * @return a new record, for 10 classes
     * @throws IllegalArgumentException if the depth is another; the message has the nearest
     */
    public static Architecture resNet(int depth, Shortcut shortcut) {
        String option = shortcut == Shortcut.ZERO_PADDING ? " (A)" : " (B)";
        return cifar(
                        "ResNet-" + depth + option,
                        Stem.small(16, 1),
                        Normalisation.TORCHVISION,
                        basic(units("a ResNet", depth, 2), 1))
                .withShortcut(shortcut);
    }

    /**
     * Makes the ResNet of 164 layers for CIFAR, with bottlenecks.
     *
     * @return a new record, for 10 classes
     */
    public static Architecture resNet164() {
        return cifar("ResNet-164", Stem.small(16, 1), Normalisation.TORCHVISION, bottlenecks(18));
    }

    /**
     * Makes a pre-activation ResNet for CIFAR with basic units (He et al. 2016): the stem is a convolution alone, and so is a
     * projection, which reads what the unit's first convolution reads.
     *
     * @param depth 6 n + 2 for n units a stage
     * @return a new record, for 10 classes
     * @throws IllegalArgumentException if the depth is another; the message has the nearest
     */
    public static Architecture preResNet(int depth) {
        return preActivation("PreResNet-" + depth, units("a pre-activation ResNet", depth, 2), 1);
    }

    /**
     * Makes the pre-activation ResNet of 164 layers for CIFAR, with the stride of a bottleneck in its first 1x1.
     *
     * @return a new record, for 10 classes
     */
    public static Architecture preResNet164() {
        return cifar("PreResNet-164", Stem.bare(16), PRE_ACTIVATION, bottlenecks(18))
                .withKind(Stage.Kind.EARLY_STRIDE_BOTTLENECK)
                .withShortcut(Shortcut.BARE_PROJECTION);
    }

    /**
     * Makes a Wide ResNet for CIFAR (Zagoruyko and Komodakis 2016).
     *
     * @param depth 6 n + 4 for n units a stage, such as 28
     * @param widening factor on the channels of the stages, such as 10
     * @return a new record, for 10 classes
     * @throws IllegalArgumentException if the depth is another; the message has the nearest
     */
    public static Architecture wideResNet(int depth, int widening) {
        return preActivation("WRN-" + depth + "-" + widening, units("a Wide ResNet", depth, 4), widening)
                .withStart("*norm*.weight", Start.UNIFORM);
    }

    /** Units of a stage, with two layers each. */
    private static int units(String network, int depth, int others) {
        int units = Math.max(1, (depth - others) / 6);
        int layers = 6 * units + others;
        require(
                depth == layers,
                () -> network + " with basic units has 6 n + " + others + " layers, such as " + layers + " or "
                        + (layers + 6) + ", not " + depth);
        return units;
    }

    private static Architecture preActivation(String name, int units, int widening) {
        return cifar(name, Stem.bare(16), PRE_ACTIVATION, basic(units, widening))
                .withShortcut(Shortcut.BARE_PROJECTION);
    }

    /**
     * Makes a ResNeXt-29 for CIFAR (Xie et al. 2016).
     *
     * @param cardinality number of block terms R
     * @param base channels of one in the first stage
     * @return a new record, for 10 classes
     */
    public static Architecture resNeXt29(int cardinality, int base) {
        Stage[] stages = new Stage[3];
        for (int i = 0; i < 3; i++) {
            stages[i] = Stage.residual(3, cardinality * base << i, cardinality, 256 << i);
        }
        String name = "ResNeXt-29 " + cardinality + "x" + base + "d";
        return cifar(name, Stem.small(64, 1), Normalisation.TORCHVISION, stages);
    }

    /**
     * Makes a Wide ResNet whose units but the first of a stage mix both 3x3 from templates that they have in common, by
     * coefficients of their own (soft sharing, Savarese and Maire 2019).
     *
     * @param depth 6 n + 4 for n units a stage
     * @param widening factor on the channels of the stages
     * @param templates number of templates of a stage
     * @return a new record, for 10 classes
     */
    public static Architecture softSharing(int depth, int widening, int templates) {
        Kernels.Maker mix = (place, shape) -> place.unit() == 0
                ? null
                : place.stored("templates", new Shape(templates).addAll(shape))
                        .mix(Kernel.stored("alpha", new Shape(templates)));
        String name = "mix of " + templates;
        return wideResNet(depth, widening)
                .withKernels("conv1", name, mix)
                .withKernels("conv2", name, mix)
                .withSharing("templates", Sharing.ALL_BUT_FIRST)
                .withStart("*.alpha", Start.ORTHOGONAL)
                .withName("SWRN-" + depth + "-" + widening + "-" + templates);
    }

    /**
     * Makes a network whose units but the first of a stage have filter bases, partly shared (Kang and Kim 2021).
     *
     * @param network post-activation with basic units, such as {@code resNet(32, Shortcut.ZERO_PADDING)}
     * @param shared number of shared filters S in the first stage; it grows with the channels
     * @param own number of own filters U of a unit there
     * @param twice whether each of a unit's two 3x3 has a shared basis of its own, printed with a star
     * @return a new record
     * @throws IllegalArgumentException if the network is another
     */
    public static Architecture filterBases(Architecture network, int shared, int own, boolean twice) {
        require(
                !network.normalisation().preActivation()
                        && network.stages().stream()
                                .allMatch(stage -> stage.equals(
                                        Stage.basic(stage.units(), stage.out()).withShortcut(stage.shortcut()))),
                () -> "filter bases are for a post-activation network of plain basic units, such as"
                        + " Relatives.resNet(32, Shortcut.ZERO_PADDING), not " + network.name());
        int first = network.stages().get(0).out();
        List<Stage> stages = new ArrayList<>();
        for (Stage old : network.stages()) {
            int factor = old.out() / first;
            Stage stage = Stage.of(
                    "filter bases S" + shared * factor + "U" + own * factor + (twice ? "*" : ""),
                    old.units(),
                    old.out(),
                    (place, here, norm) -> place.unit() == 0
                            ? Stage.Kind.BASIC.unit(place, here, norm)
                            : new FilterBasisUnit(place, shared * factor, own * factor, twice, norm));
            Stage once = stage.withSharing(twice ? "base1" : "base", Sharing.ALL_BUT_FIRST);
            stages.add((twice ? once.withSharing("base2", Sharing.ALL_BUT_FIRST) : once).withShortcut(old.shortcut()));
        }
        return network.withStages(stages.toArray(Stage[]::new))
                .withStart("*.shared.base*", Start.ORTHOGONAL)
                .withName(network.name().replaceFirst("[ ,].*", "") + "-S" + shared + "U" + own + (twice ? "*" : ""));
    }

    /**
     * Makes a CRU network for CIFAR, with stem, stages and batch norm of a pre-activation ResNet: channels of 16, 32 and 64,
     * collective units as in the paper, and the units of a stage one group.
     *
     * @param width width D of the first stage's units; it grows with the channels
     * @param units number of units of each stage
     * @return a new record, for 10 classes
     */
    public static Architecture cru(int width, int... units) {
        Stage[] stages = new Stage[units.length];
        Arrays.setAll(stages, i -> Stage.collective(units[i], width << i, 16 << i));
        Architecture network = cifar("CRU-Net", Stem.bare(16), PRE_ACTIVATION, stages);
        return network.withName("CRU-Net-" + network.depth());
    }

    /**
     * Makes a network whose units have a matrix of low rank of their own, {@code (out, in height width)}, added to each kernel
     * that they share, at first zero (relaxed recursion, Bae et al. 2024).
     *
     * @param network one that shares
     * @param rank of what is added
     * @param roles those it is added to, such as {@code core}
     * @return a new record
     * @throws IllegalArgumentException if the units of no stage share one of the roles
     */
    public static Architecture lowRank(Architecture network, int rank, String... roles) {
        Architecture relaxed = network;
        for (String role : roles) {
            require(
                    network.stages().stream().anyMatch(stage -> stage.sharing().containsKey(role)),
                    () -> "no unit of " + network.name() + " shares " + role + ": first withSharing(\"" + role
                            + "\", map)");
            Kernels.Maker maker = (place, shape) -> !place.shares(role)
                    ? null
                    : place.stored(role, shape)
                            .plus(Kernel.product(
                                    Kernel.stored("up", new Shape(shape.get(0), rank)),
                                    Kernel.stored(
                                            "down",
                                            new Shape(rank, shape.slice(1).size()))));
            relaxed = relaxed.withKernels(role, "shared and rank " + rank, maker)
                    .withStart("*." + role + ".up", Start.ZERO);
        }
        return relaxed.withName(network.name() + " and rank " + rank);
    }

    /**
     * Makes a network in which units have the kernels of a role from one CP decomposition of them all (Kossaifi et al. 2020): for
     * n kernels {@code R (1 + n + out + in + height + width)} numbers, of which n R are the units' own.
     *
     * @param network any
     * @param role such as {@code conv2}
     * @param units which units have factors in common, such as {@code Sharing.ALL}; the kernels of others stay what they are
     * @param rank number of terms R
     * @return a new record
     */
    public static Architecture cp(Architecture network, String role, Sharing units, int rank) {
        Kernels.Maker maker = (place, shape) -> {
            Kernel weights = place.stored(role + "_lambda", new Shape(rank));
            Kernel terms = weights.times(Kernel.stored("own", weights.shape())).reshape(new Shape(rank, 1, 1, 1));
            for (int mode = 1; mode < 4; mode++) {
                long[] along = {rank, 1, 1, 1};
                along[mode] = shape.get(mode);
                terms = terms.times(factor(place, role, mode, rank, shape).reshape(new Shape(along)));
            }
            Kernel rows = terms.reshape(new Shape(rank, shape.slice(1).size()));
            return Kernel.product(factor(place, role, 0, rank, shape), rows).reshape(shape);
        };
        return jointly(network, role + "_lambda", role, units, "CP " + rank, maker);
    }

    /**
     * Makes a network in which units have the kernels of a role from one Tucker decomposition of them all: for n kernels {@code
     * abcde + n a + out b + in c + height d + width e} numbers, of which n a are the units' own.
     *
     * @param network any
     * @param role such as {@code conv2}
     * @param units as of {@link #cp}
     * @param ranks five: a of the units, b of the filters, c of the channels, d of the height and e of the width
     * @return a new record, whose factors begin orthonormal, those of several owners in a stage together
     */
    public static Architecture tucker(Architecture network, String role, Sharing units, int... ranks) {
        require(ranks.length == 5, () -> "five ranks are needed, not " + Arrays.toString(ranks));
        long[] all = IntStream.of(ranks).asLongStream().toArray();
        Kernels.Maker maker = (place, shape) -> {
            Shape cores = new Shape(all);
            Kernel core = place.stored(role + "_core", cores).mix(Kernel.stored("own", new Shape(all[0])));
            Kernel factors = null;
            for (int mode = 1; mode < 4; mode++) {
                long[] along = {1, 1, 1, 1, 1, 1};
                along[mode - 1] = all[mode + 1];
                along[mode + 2] = shape.get(mode);
                Kernel next = factor(place, role, mode, all[mode + 1], shape).reshape(new Shape(along));
                factors = factors == null ? next : factors.times(next);
            }
            Kernel rows = Kernel.product(
                    core.reshape(new Shape(all[1], cores.slice(2).size())),
                    factors.reshape(
                            new Shape(cores.slice(2).size(), shape.slice(1).size())));
            return Kernel.product(factor(place, role, 0, all[1], shape), rows).reshape(shape);
        };
        Architecture joint = jointly(network, role + "_core", role, units, "Tucker " + Arrays.toString(ranks), maker);
        String number = units.owners().isEmpty() ? "" : "*";
        for (String mode : MODES) {
            joint = joint.withStart("*." + role + mode + number, Start.ORTHOGONAL);
        }
        return joint;
    }

    /** A factor that units have in common: {@code (out, rank)}, or {@code (rank, in)} and so on. */
    private static Kernel factor(Place place, String role, int mode, long rank, Shape shape) {
        long size = shape.get(mode);
        return place.stored(role + MODES.get(mode), mode == 0 ? new Shape(size, rank) : new Shape(rank, size));
    }

    private static Architecture jointly(
            Architecture network, String first, String role, Sharing units, String name, Kernels.Maker maker) {
        Architecture joint = network.withKernels(
                        role, name, (place, shape) -> place.shares(first) ? maker.kernel(place, shape) : null)
                .withSharing(first, units);
        Stage[] stages = joint.stages().toArray(Stage[]::new);
        for (String mode : MODES) {
            Arrays.setAll(stages, i -> stages[i].withSharing(role + mode, units));
        }
        return joint.withStages(stages)
                .withStart("*." + role + ".own", Start.ORTHOGONAL)
                .withName(network.name() + ", " + role + " as " + name);
    }

    /**
     * Returns all of them.
     *
     * @return a row each, those that share nothing first
     */
    public static List<Row> all() {
        List<Row> rows = new ArrayList<>();
        String he = "He et al. 2015";
        rows.add(new Row(resNet(20, Shortcut.ZERO_PADDING), "0.27M", 8.75, he));
        rows.add(new Row(resNet(32, Shortcut.ZERO_PADDING), "0.46M", 7.51, he));
        rows.add(new Row(resNet(44, Shortcut.ZERO_PADDING), "0.66M", 7.17, he));
        rows.add(new Row(resNet(56, Shortcut.ZERO_PADDING), "0.85M", 6.97, he));
        rows.add(new Row(resNet(110, Shortcut.ZERO_PADDING), "1.7M", 6.43, he));
        String osmr = "osmr/imgclsmob";
        String chenyaofo = "chenyaofo/pytorch-cifar-models";
        rows.add(new Row(resNet(20, Shortcut.PROJECTION), "272,474", 5.97, osmr));
        rows.add(new Row(resNet(32, Shortcut.PROJECTION), "", 6.47, chenyaofo));
        rows.add(new Row(resNet(44, Shortcut.PROJECTION), "", 5.99, chenyaofo));
        rows.add(new Row(resNet(56, Shortcut.PROJECTION), "855,770", 4.52, osmr));
        rows.add(new Row(resNet(110, Shortcut.PROJECTION), "1,730,714", 3.69, osmr));
        rows.add(new Row(resNet164(), "1,704,154", 3.68, osmr));
        rows.add(new Row(preResNet(20), "272,282", 6.51, osmr));
        rows.add(new Row(preResNet(56), "855,578", 4.49, osmr));
        rows.add(new Row(preResNet(110), "1,730,522", 6.37, "He et al. 2016"));
        rows.add(new Row(preResNet164(), "1,703,258", 5.46, "He et al. 2016"));
        String wide = "Zagoruyko and Komodakis 2016";
        rows.add(new Row(wideResNet(16, 4), "2.7M", 5.02, wide));
        rows.add(new Row(wideResNet(40, 1), "0.6M", 6.85, wide));
        rows.add(new Row(wideResNet(40, 4), "8.9M", 4.53, wide));
        rows.add(new Row(wideResNet(28, 10), "36.5M", 4.00, wide));
        rows.add(new Row(resNeXt29(32, 4), "4,775,754", 3.15, osmr));
        rows.add(new Row(resNeXt29(8, 64), "34.4M", 3.65, "Xie et al. 2016"));
        rows.addAll(shaResNets());
        rows.addAll(sharedBottlenecks());
        rows.addAll(sharedBases());
        rows.add(new Row(cru(40, 2, 3, 6), "", Double.NaN, ""));
        rows.add(new Row(lowRank(cru(39, 2, 3, 6), 4, "reduce", "core"), "", Double.NaN, ""));
        rows.add(new Row(softSharing(28, 1, 4), "", Double.NaN, ""));
        rows.add(new Row(softSharing(28, 10, 4), "", Double.NaN, ""));
        rows.add(new Row(softSharing(28, 14, 2), "33.5M", 2.53, "lolemacs/soft-sharing, with cutout; widths inferred"));
        return List.copyOf(rows);
    }

    /** One convolution for all units of a stage but the first, or but a first one with a stride (Boulch 2017). */
    private static List<Row> shaResNets() {
        String source = "aboulch/sharesnet";
        return List.of(
                new Row(sha(preResNet164(), "core", Sharing.ALL_BUT_FIRST, "ShaResNet-164"), "0.93M", 6.2, source),
                new Row(sha(wideResNet(28, 1), "conv2", Sharing.ALL_BUT_FIRST, "Sha WRN-28-1"), "", Double.NaN, ""),
                new Row(sha(wideResNet(40, 4), "conv2", Sharing.ALL_BUT_FIRST, "Sha WRN-40-4"), "5.85M", 5.1, source),
                new Row(
                        sha(wideResNet(28, 10).withClasses(100), "conv2", Sharing.ALL_BUT_FIRST, "Sha WRN-28-10"),
                        "26.86M",
                        20.2,
                        source + ", CIFAR-100"),
                new Row(imagenet(Networks.RESNET_34, "conv2", Sharing.ALL, "ShaResNet-34"), "13.6M", 28.25, source),
                new Row(imagenet(Networks.RESNET_50, "core", Sharing.STRIDE_1, "ShaResNet-50"), "20.5M", 24.61, source),
                new Row(
                        imagenet(Networks.RESNET_101, "core", Sharing.STRIDE_1, "ShaResNet-101"),
                        "29.4M",
                        22.91,
                        source),
                new Row(
                        imagenet(Networks.RESNET_152, "core", Sharing.STRIDE_1, "ShaResNet-152"),
                        "36.8M",
                        22.23,
                        source));
    }

    /** The bottlenecks of deeply shared filter bases (Kang and Kim 2021). */
    private static List<Row> sharedBottlenecks() {
        Architecture shared = imagenet(Networks.RESNET_50, "core", Sharing.ALL_BUT_FIRST, "ResNet50-Shared");
        return List.of(
                new Row(shared, "20.51M", 23.64, FILTER_BASES),
                new Row(
                        sha(shared, "expand", Sharing.ALL_BUT_FIRST, "ResNet50-Shared++"),
                        "18.26M",
                        23.95,
                        FILTER_BASES),
                new Row(
                        imagenet(Networks.RESNET_101, "core", Sharing.ALL_BUT_FIRST, "ResNet101-Shared"),
                        "29.47M",
                        22.31,
                        FILTER_BASES));
    }

    private static List<Row> sharedBases() {
        Architecture small = resNet(32, Shortcut.ZERO_PADDING);
        Architecture deep = resNet(56, Shortcut.ZERO_PADDING);
        return List.of(
                new Row(filterBases(small, 8, 1, false), "0.15M", 8.08, FILTER_BASES),
                new Row(filterBases(small, 16, 1, false), "0.20M", 7.43, FILTER_BASES),
                new Row(filterBases(small, 16, 1, true), "0.24M", 6.93, FILTER_BASES),
                new Row(filterBases(deep, 16, 1, true), "0.31M", 6.30, FILTER_BASES),
                new Row(
                        filterBases(Networks.original(Networks.RESNET_34), 48, 1, true),
                        "11.79M",
                        26.67,
                        FILTER_BASES));
    }

    private static Architecture sha(Architecture network, String role, Sharing map, String name) {
        return network.withSharing(role, map).withName(name);
    }

    private static Architecture imagenet(Architecture network, String role, Sharing map, String name) {
        return sha(Networks.original(network), role, map, name);
    }

    private static Architecture cifar(String name, Stem stem, Normalisation normalisation, Stage... stages) {
        return new Architecture(name, "", 3, 32, stem, List.of(stages), Head.linear(), 10, normalisation, List.of());
    }

    private static Stage[] basic(int units, int widening) {
        return new Stage[] {
            Stage.basic(units, 16 * widening), Stage.basic(units, 32 * widening), Stage.basic(units, 64 * widening)
        };
    }

    private static Stage[] bottlenecks(int units) {
        return new Stage[] {
            Stage.residual(units, 16, 1, 64), Stage.residual(units, 32, 1, 128), Stage.residual(units, 64, 1, 256)
        };
    }
}
