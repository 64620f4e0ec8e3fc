package org.crunet.training;

import java.nio.file.Path;
import java.util.Locale;
import org.crunet.block.Shortcut;
import org.crunet.data.ImageFolder;
import org.crunet.data.Splits;
import org.crunet.network.Relatives;
import org.crunet.notebook.Tables;

/**
 * Trains ResNet-20 (B) on CIFAR-10 by a published short recipe, 30 epochs of a one-cycle rate, to see whether the trainer is
 * right: three seeds of it in PyTorch ended at 90.87, 90.96 and 90.79 % (abhiramasonny/jaithon,
 * examples/cifar_resnet/README.md). On image files that were JPEGs of quality 75 it ended at 86.9 %, and
 * {@code src/test/python/resnet20.py}, the same in plain PyTorch, at 86.7 %. One to two hours on two cores; what is finished is kept, so it may be stopped and started
 * again.
 *
 * <pre>
 * mvn -q test-compile dependency:build-classpath -Dmdep.outputFile=target/class-path
 * java -cp target/classes:target/test-classes:$(cat target/class-path) org.crunet.training.ResNet20 CIFAR-FOLDER RUNS-FOLDER TABLE.csv
 * </pre>
 *
 * <p>The folder holds {@code train/airplane/0000.jpg} and so on, and {@code val}.
 */
final class ResNet20 {

    /** The recipe: batches of 128 with the short one kept, the rate up to 0.2 in a quarter of the steps, then down to nothing. */
    static final Recipe ONE_CYCLE = Recipe.QUICK
            .withEpochs(30)
            .withBatchSize(128)
            .withShortBatch(true)
            .withLearningRate(0.2)
            .withSchedule(Schedule.oneCycle(0.25, 1. / 25, 1. / 250_000))
            .withDecayNormsAndBiases(true);

    private ResNet20() {}

    /**
     * Runs it.
     *
     * @param args folder of the images, folder of the training, file of the table
     * @throws Exception if a file cannot be read or written
     */
    public static void main(String[] args) throws Exception {
        Splits data = ImageFolder.of(args[0]).size(32).split().standardised();
        System.out.println(data);
        long begun = System.nanoTime();
        Run run = Training.in(args[1]).fit(Relatives.resNet(20, Shortcut.PROJECTION), data, ONE_CYCLE);
        Tables.of(run.history()).write().csv(args[2]);
        System.out.printf(Locale.ROOT, "%s%n%.0f s%n", run, (System.nanoTime() - begun) / 1e9);
        run.network().save(Path.of(args[1], "resnet20.safetensors"));
    }
}
