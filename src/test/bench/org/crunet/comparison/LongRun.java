package org.crunet.comparison;

import java.nio.file.Path;
import java.util.Locale;
import org.crunet.block.Sharing;
import org.crunet.data.ImageFolder;
import org.crunet.data.Splits;
import org.crunet.files.Csv;
import org.crunet.network.Architecture;
import org.crunet.network.Networks;
import org.crunet.network.Stage;
import org.crunet.network.Stem;
import org.crunet.training.Recipe;

/**
 * The comparison of notebook 06 on CIFAR-10, the table of which is {@code notebooks/06-cifar10.csv}: ten networks from three
 * seeds each, the first 1,000 training images of every class, ten epochs, 5,000 images to measure on. About two hours on two
 * cores; what is finished is kept, so it may be stopped and started again.
 *
 * <pre>
 * mvn -q test-compile dependency:build-classpath -Dmdep.outputFile=target/class-path
 * java -cp target/classes:target/test-classes:$(cat target/class-path) org.crunet.comparison.LongRun CIFAR-FOLDER RUNS-FOLDER TABLE.csv
 * </pre>
 *
 * <p>The folder holds {@code train/airplane/0000.jpg} and so on, and {@code val}.
 */
final class LongRun {

    private static final Recipe RECIPE = Recipe.QUICK.withEpochs(10);
    private static final long[] SEEDS = {1, 2, 3};
    private static final int PER_CLASS = 1000;

    private LongRun() {}

    /**
     * Runs it.
     *
     * @param args folder of the images, folder of the trainings, file of the table
     * @throws Exception if a file cannot be read or written
     */
    public static void main(String[] args) throws Exception {
        Splits data = ImageFolder.of(args[0]).size(32).limit(PER_CLASS).split();
        System.out.println(data);
        long begun = System.nanoTime();
        for (long seed : SEEDS) {
            for (Architecture network : networks()) {
                Comparison one = Compare.of(network).seeds(seed).in(args[1]).run(RECIPE, data);
                System.out.printf(Locale.ROOT, "%6.0f s: %s%n", (System.nanoTime() - begun) / 1e9, one.members());
            }
        }
        Comparison all = Compare.of(networks()).seeds(SEEDS).in(args[1]).run(RECIPE, data);
        Csv.write(all.members(), Path.of(args[2]));
        System.out.println(all);
    }

    /** The networks of notebook 06: three of equal size, and what changes when the collective one is changed. */
    static Architecture[] networks() {
        Architecture cru = Networks.smallCru(32)
                .withStem(Stem.small(24, 2))
                .withStages(Stage.residual(2, 24, 8, 48), Stage.collective(4, 60, 96), Stage.collective(4, 120, 192))
                .withName("CRU");
        return new Architecture[] {
            cru.withStages(Stage.residual(2, 14, 1, 48), Stage.residual(4, 27, 1, 96), Stage.residual(4, 53, 1, 192))
                    .withName("ResNet"),
            cru.withStages(Stage.residual(2, 24, 8, 48), Stage.residual(4, 48, 8, 96), Stage.residual(4, 96, 8, 192))
                    .withName("ResNeXt"),
            cru,
            widths(cru, 45).withoutSharing().withName("CRU, nothing shared, as large"),
            widths(cru, 40).withName("CRU, width 40, 80"),
            widths(cru, 90).withName("CRU, width 90, 180"),
            cru.withSharing("core", Sharing.OWN).withName("CRU, 1x1 shared"),
            cru.withSharing("reduce", Sharing.OWN).withName("CRU, 3x3 shared"),
            cru.withoutSharing().withName("CRU, nothing shared"),
            cru.withStage("conv3", stage -> stage.withGroupsOf(2))
                    .withStage("conv4", stage -> stage.withGroupsOf(2))
                    .withName("CRU, groups of 2"),
        };
    }

    private static Architecture widths(Architecture network, int width) {
        return network.withStage("conv3", stage -> stage.withWidth(width))
                .withStage("conv4", stage -> stage.withWidth(2 * width));
    }
}
