package org.crunet.network;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.crunet.block.Normalisation;
import org.crunet.files.Folders;

/**
 * The table of networks: every row of the paper's Table 1 and of its comparisons (with the stems, depths, widths and
 * cardinalities printed there), and small members for 32x32 and 64x64 images. All are pre-activation with the authors'
 * batch norm; {@link #original} gives the post-activation form that torchvision's weights are for.
 */
public final class Networks {

    /** ResNet-18: basic units. */
    public static final Architecture RESNET_18 = imagenet("ResNet-18", basic(2, 2, 2, 2));

    /** ResNet-34: basic units. */
    public static final Architecture RESNET_34 = imagenet("ResNet-34", basic(3, 4, 6, 3));

    /** Table 1, ResNet-50: bottlenecks with R = 1. */
    public static final Architecture RESNET_50 = imagenet("ResNet-50", bottlenecks(64, 1, 3, 4, 6, 3));

    /** ResNet-101. */
    public static final Architecture RESNET_101 = imagenet("ResNet-101", bottlenecks(64, 1, 3, 4, 23, 3));

    /** ResNet-152. */
    public static final Architecture RESNET_152 = imagenet("ResNet-152", bottlenecks(64, 1, 3, 8, 36, 3));

    /** ResNet-200 (He et al. 2016). */
    public static final Architecture RESNET_200 = imagenet("ResNet-200", bottlenecks(64, 1, 3, 24, 36, 3));

    /** WRN-50-2: the bottleneck twice as wide. */
    public static final Architecture WRN_50_2 = imagenet("WRN-50-2", bottlenecks(128, 1, 3, 4, 6, 3));

    /** Table 1, ResNeXt-50 32x4d: R = 32. */
    public static final Architecture RESNEXT_50 = imagenet("ResNeXt-50 32x4d", bottlenecks(128, 32, 3, 4, 6, 3));

    /** Table 1, ResNeXt-50 Nx1d: channelwise 3x3, R = D. */
    public static final Architecture RESNEXT_50_136X1D = imagenet(
            "ResNeXt-50 136x1d",
            Stage.residual(3, 136, 136, 256),
            Stage.residual(4, 272, 272, 512),
            Stage.residual(6, 544, 544, 1024),
            Stage.residual(3, 1088, 1088, 2048));

    /** ResNeXt-101 32x4d. */
    public static final Architecture RESNEXT_101 = imagenet("ResNeXt-101 32x4d", bottlenecks(128, 32, 3, 4, 23, 3));

    /** ResNeXt-101 64x4d. */
    public static final Architecture RESNEXT_101_64X4D =
            imagenet("ResNeXt-101 64x4d", bottlenecks(256, 64, 3, 4, 23, 3));

    /** Table 1, CRU-Net-56 32x4d @x14: conv4 is collective. */
    public static final Architecture CRU_NET_56 = imagenet(
            "CRU-Net-56 32x4d @x14",
            Stage.residual(3, 128, 32, 256),
            Stage.residual(4, 256, 32, 512),
            Stage.collective(6, 640, 1024),
            Stage.residual(3, 1024, 32, 2048));

    /** The same with own 3x3 and shortcut weights in the stride-2 unit. */
    public static final Architecture CRU_NET_56_SEPARATE = CRU_NET_56
            .withStage("conv4", stage -> stage.withSeparateStart(true))
            .withName("CRU-Net-56 32x4d @x14, separate start");

    /** CRU-Net-56 136x1d @x14: channelwise everywhere. */
    public static final Architecture CRU_NET_56_136X1D = imagenet(
            "CRU-Net-56 136x1d @x14",
            Stage.residual(3, 136, 136, 256),
            Stage.residual(4, 272, 272, 512),
            Stage.collective(6, 640, 1024),
            Stage.residual(3, 1088, 1088, 2048));

    /**
     * CRU-Net-56 tiny 32x4d. Its widths are not published, only its size, 48 MB: these are <em>inferred</em>, as half the
     * output channels of CRU-Net-56, the same 32x4d widths beside, and collective units as wide as their stage.
     */
    public static final Architecture CRU_NET_56_TINY = imagenet(
            "CRU-Net-56 tiny 32x4d @x14 (widths inferred)",
            Stage.residual(3, 128, 32, 128),
            Stage.residual(4, 256, 32, 256),
            Stage.collective(6, 512, 512),
            Stage.residual(3, 1024, 32, 1024));

    /** Table 1, CRU-Net-116 32x4d @x28x14: conv3 and conv4 are collective, conv4 in three groups of six. */
    public static final Architecture CRU_NET_116 = imagenet(
            "CRU-Net-116 32x4d @x28x14",
            Stage.residual(3, 128, 32, 256),
            Stage.collective(6, 352, 512),
            Stage.collective(18, 704, 1024).withGroupsOf(6),
            Stage.residual(3, 1024, 32, 2048));

    /** CRU-Net-116 wider 64x4d @x28x14. Its widths are <em>inferred</em> from the published size, 318 MB. */
    public static final Architecture CRU_NET_116_WIDER = imagenet(
            "CRU-Net-116 wider 64x4d @x28x14 (widths inferred)",
            Stage.residual(3, 256, 64, 256),
            Stage.collective(6, 576, 512),
            Stage.collective(18, 1152, 1024).withGroupsOf(6),
            Stage.residual(3, 2048, 64, 2048));

    private static final List<Architecture> ALL = List.of(
            RESNET_18,
            RESNET_34,
            RESNET_50,
            RESNET_101,
            RESNET_152,
            RESNET_200,
            WRN_50_2,
            RESNEXT_50,
            RESNEXT_50_136X1D,
            RESNEXT_101,
            RESNEXT_101_64X4D,
            CRU_NET_56,
            CRU_NET_56_SEPARATE,
            CRU_NET_56_136X1D,
            CRU_NET_56_TINY,
            CRU_NET_116,
            CRU_NET_116_WIDER);

    private Networks() {}

    /**
     * Returns every network of the paper, smallest family first.
     *
     * @return the rows of the table, for 1000 classes at 224x224
     */
    public static List<Architecture> all() {
        return ALL;
    }

    /**
     * Returns the original post-activation form of a network, with torchvision's setting of batch norm: the form that
     * torchvision's weights of ResNet, Wide ResNet and ResNeXt are for.
     *
     * @param network one without collective stages
     * @return a new record, its name saying so
     * @throws IllegalArgumentException if a stage is collective
     */
    public static Architecture original(Architecture network) {
        return network.withNormalisation(Normalisation.TORCHVISION).withName(network.name() + ", post-activation");
    }

    /**
     * Makes a small CRU network for small images, ours and not the paper's: three stages, the last two collective, with the
     * paper's ratio of width to channels (640 to 1024).
     *
     * @param imageSize height and width in pixels, such as 32 or 64
     * @return the architecture, for 10 classes
     */
    public static Architecture smallCru(int imageSize) {
        return small(
                "small CRU-Net",
                imageSize,
                Stage.residual(2, 24, 8, 48),
                Stage.collective(3, 60, 96),
                Stage.collective(3, 120, 192));
    }

    /**
     * Makes the ResNeXt twin of {@link #smallCru}: as many units, 3 % fewer parameters, nothing shared.
     *
     * @param imageSize height and width in pixels, such as 32 or 64
     * @return the architecture, for 10 classes
     */
    public static Architecture smallResNeXt(int imageSize) {
        return small(
                "small ResNeXt",
                imageSize,
                Stage.residual(2, 24, 8, 48),
                Stage.residual(3, 48, 8, 96),
                Stage.residual(3, 96, 8, 192));
    }

    /**
     * Reads a network that {@link Network#publish} wrote.
     *
     * @param folder with {@code config.json} and {@code model.safetensors}
     * @return a network ready to run and to train further
     * @throws IllegalArgumentException if the files are of no network, or it has code of one's own, which no file has
     * @throws java.io.UncheckedIOException if they cannot be read
     */
    public static Network load(String folder) {
        return Published.load(Folders.named(folder));
    }

    private static Stage[] basic(int... units) {
        return stages(i -> Stage.basic(units[i], 64 << i));
    }

    /** Widths double from stage to stage, and every stage has the same cardinality. */
    private static Stage[] bottlenecks(int width, int cardinality, int... units) {
        return stages(i -> Stage.residual(units[i], width << i, cardinality, 256 << i));
    }

    private static Stage[] stages(IntFunction<Stage> stage) {
        return IntStream.range(0, 4).mapToObj(stage).toArray(Stage[]::new);
    }

    private static Architecture imagenet(String name, Stage... stages) {
        return new Architecture(
                name,
                "",
                3,
                224,
                Stem.IMAGENET,
                List.of(stages),
                Head.linear(),
                1000,
                Normalisation.AUTHORS,
                List.of());
    }

    /** Above 48 pixels the stem halves the image, so that the first stage sees about 32x32. */
    private static Architecture small(String name, int imageSize, Stage... stages) {
        Stem stem = Stem.small(24, imageSize > 48 ? 2 : 1);
        return new Architecture(
                name, "", 3, imageSize, stem, List.of(stages), Head.linear(), 10, Normalisation.AUTHORS, List.of());
    }
}
