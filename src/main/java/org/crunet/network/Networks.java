package org.crunet.network;

import java.util.List;
import org.crunet.block.Normalisation;

/**
 * The table of networks: the columns of the paper's Table 1 (with the stems, depths, widths and cardinalities printed
 * there), and small members for 32x32 and 64x64 images.
 */
public final class Networks {

    /** Table 1, ResNet-50: bottlenecks with R = 1. */
    public static final Architecture RESNET_50 = imagenet(
            "ResNet-50",
            Stage.residual(3, 64, 1, 256),
            Stage.residual(4, 128, 1, 512),
            Stage.residual(6, 256, 1, 1024),
            Stage.residual(3, 512, 1, 2048));

    /** Table 1, ResNeXt-50 32x4d: R = 32. */
    public static final Architecture RESNEXT_50 = imagenet(
            "ResNeXt-50 32x4d",
            Stage.residual(3, 128, 32, 256),
            Stage.residual(4, 256, 32, 512),
            Stage.residual(6, 512, 32, 1024),
            Stage.residual(3, 1024, 32, 2048));

    /** Table 1, CRU-Net-56 32x4d @x14: conv4 is collective. */
    public static final Architecture CRU_NET_56 = imagenet(
            "CRU-Net-56 32x4d @x14",
            Stage.residual(3, 128, 32, 256),
            Stage.residual(4, 256, 32, 512),
            Stage.collective(6, 640, 1024),
            Stage.residual(3, 1024, 32, 2048));

    /** Table 1, CRU-Net-116 32x4d @x28x14: conv3 and conv4 are collective, conv4 in three groups of six. */
    public static final Architecture CRU_NET_116 = imagenet(
            "CRU-Net-116 32x4d @x28x14",
            Stage.residual(3, 128, 32, 256),
            Stage.collective(6, 352, 512),
            Stage.collective(18, 704, 1024).groupsOf(6),
            Stage.residual(3, 1024, 32, 2048));

    private Networks() {}

    /**
     * A small CRU network for small images, ours and not the paper's: three stages, the last two collective, with the
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
     * The ResNeXt twin of {@link #smallCru}: as many units, 3 % fewer parameters, nothing shared.
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

    private static Architecture imagenet(String name, Stage... stages) {
        return new Architecture(name, 3, 224, Stem.IMAGENET, List.of(stages), 1000, Normalisation.AUTHORS);
    }

    /** Above 48 pixels the stem halves the image, so that the first stage sees about 32x32. */
    private static Architecture small(String name, int imageSize, Stage... stages) {
        Stem stem = Stem.small(24, imageSize > 48 ? 2 : 1);
        return new Architecture(name, 3, imageSize, stem, List.of(stages), 10, Normalisation.AUTHORS);
    }
}
