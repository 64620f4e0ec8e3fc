package org.crunet.network;

import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import org.crunet.block.BatchNorm;
import org.crunet.block.ChannelNorm;
import org.crunet.block.Conv;
import org.crunet.block.Flow;
import org.crunet.block.FlowBlock;
import org.crunet.block.Kernel;
import org.crunet.block.Normalisation;
import org.crunet.block.Place;
import org.crunet.block.Sharing;
import org.crunet.block.Shortcut;
import org.crunet.block.Unit;

/** Ways to share, each as one would write it in a cell. */
public final class Schemes {

    private Schemes() {}

    private static final Architecture SMALL = Relatives.resNet(20, Shortcut.PROJECTION)
            .withImageSize(16)
            .withClasses(8)
            .withStages(Stage.basic(3, 8), Stage.basic(3, 16));

    /** The second 3x3 of all units but the first of a stage. */
    public static Architecture shaResNet() {
        return SMALL.withSharing("conv2", Sharing.ALL_BUT_FIRST).withName("ShaResNet");
    }

    /** Filter bases, half shared. */
    public static Architecture filterBases() {
        return Relatives.filterBases(SMALL, 4, 1, false);
    }

    /** Mixtures of two templates. */
    public static Architecture softSharing() {
        return SMALL.withKernels("conv1", "mix of 2", Schemes::mix)
                .withKernels("conv2", "mix of 2", Schemes::mix)
                .withSharing("templates", Sharing.ALL_BUT_FIRST)
                .withName("soft sharing");
    }

    private static Kernel mix(Place place, Shape shape) {
        Shape templates = new Shape(2).addAll(shape);
        return place.unit() == 0
                ? null
                : place.stored("templates", templates).mix(Kernel.stored("alpha", new Shape(2)));
    }

    /** A collective unit whose cores are the shared ones and a part of rank 2 of its own. */
    public static Architecture lowRankCru() {
        return Networks.smallCru(16)
                .withClasses(8)
                .withStages(Stage.collective(3, 12, 16).withCardinality(1))
                .withKernels(
                        "core",
                        "rank 2",
                        (place, shape) -> place.stored("core", shape)
                                .plus(Kernel.product(
                                        Kernel.stored("up", new Shape(shape.get(0), 2)),
                                        Kernel.stored(
                                                "down",
                                                new Shape(2, shape.slice(1).size())))))
                .withName("CRU and rank 2");
    }

    /** A ConvNeXt unit whose two 1x1 all units of a stage share. */
    static final class Next extends Unit {
        private final Conv depthwise;
        private final ChannelNorm norm;
        private final Conv up;
        private final Conv down;

        Next(Place place, int c) {
            super(place, "ConvNeXt unit", "");
            depthwise = conv("depthwise", c, c, 7, c, 1);
            norm = addChildBlock("norm", new ChannelNorm(c));
            up = conv("up", c, 4 * c, 1, 1, 1);
            down = conv("down", 4 * c, c, 1, 1, 1);
        }

        @Override
        public <T> T apply(Flow<T> f, T x) {
            return f.add(f.conv(down, f.gelu(f.conv(up, f.layerNorm(norm, f.conv(depthwise, x))))), x);
        }
    }

    /** Stages of them. */
    public static Architecture convNeXt() {
        Stage stage = Stage.of("ConvNeXt", 3, 8, (place, s, norm) -> new Next(place, s.out()))
                .withSharing("up", Sharing.ALL)
                .withSharing("down", Sharing.ALL);
        return SMALL.withStem(Stem.small(8, 2)).withStages(stage).withName("shared ConvNeXt");
    }

    /** Every second 3x3 of both stages is a slice of one large kernel. */
    public static Architecture slices() {
        return SMALL.withKernels(
                        "conv2",
                        "slice",
                        (place, shape) ->
                                place.stored("large", new Shape(16, 16, 3, 3)).slice(shape.get(0), shape.get(1)))
                .withSharing("large", Sharing.across("large"))
                .withName("slices of one kernel");
    }

    /** The second 3x3 of all units of a stage from one CP decomposition. */
    public static Architecture cp() {
        return Relatives.cp(SMALL, "conv2", Sharing.ALL, 5).withName("CP");
    }

    /** Both 3x3 of all units but the first of a stage, each from a Tucker decomposition. */
    public static Architecture tucker() {
        Architecture first = Relatives.tucker(SMALL, "conv1", Sharing.ALL_BUT_FIRST, 2, 4, 5, 3, 2);
        return Relatives.tucker(first, "conv2", Sharing.ALL_BUT_FIRST, 1, 6, 3, 2, 3)
                .withName("Tucker");
    }

    /** Units 1 and 3 run one kernel, unit 2 another. */
    public static Architecture colouring() {
        return SMALL.withSharing("conv2", Sharing.of(0, 1, 0)).withName("free colouring");
    }

    /** All of them. */
    public static List<Architecture> all() {
        return List.of(
                shaResNet(),
                filterBases(),
                softSharing(),
                lowRankCru(),
                convNeXt(),
                slices(),
                cp(),
                tucker(),
                colouring(),
                whole());
    }

    /** A whole network: one 3x3, run three times. */
    private static final class Whole extends FlowBlock {
        private final FlowBlock stem;
        private final Conv conv;
        private final BatchNorm[] norms = new BatchNorm[3];
        private final FlowBlock head;

        Whole(int in, int classes, Normalisation norm) {
            super(in);
            stem = addChildBlock("stem", Stem.small(8, 1).block(in, norm));
            conv = addChildBlock("conv", new Conv(8, 8, 3, 1, 1));
            Arrays.setAll(norms, i -> addChildBlock("norm" + (i + 1), norm.batchNorm()));
            head = addChildBlock("head", Head.linear().block(8, classes, norm));
        }

        @Override
        public <T> T apply(Flow<T> flow, T x) {
            T z = flow.block(stem, x);
            for (BatchNorm norm : norms) {
                z = flow.add(flow.conv(conv, flow.normRelu(norm, flow.keep(z))), z);
            }
            return flow.block(head, z);
        }
    }

    /** A network of one's own. */
    public static Architecture whole() {
        return Architecture.of("one 3x3 for all", 16, 8, Whole::new);
    }

    /** A unit in which half of the numbers are dropped. */
    private static final class Dropping extends Unit {
        private final Conv conv;

        Dropping(Place place) {
            super(place, "dropping unit", "");
            conv = conv("conv", 16, 16, 3, 1, 1);
        }

        @Override
        public <T> T apply(Flow<T> flow, T x) {
            return flow.add(flow.dropout(flow.conv(conv, x), 0.5f), x);
        }
    }

    /** A stage for 16 channels, no way to share, in which numbers are dropped. */
    public static Stage dropping() {
        return Stage.of("dropping", 2, 16, (place, stage, norm) -> new Dropping(place));
    }
}
