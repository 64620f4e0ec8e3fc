package org.crunet.training;

import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.crunet.data.Augmentation;
import org.crunet.data.ImageSet;
import org.crunet.data.Places365;
import org.crunet.data.Splits;
import org.crunet.network.Network;
import org.crunet.network.Networks;

/**
 * Training images a second of CRU-Net-56 at 224 x 224, from JPEG files with the authors' augmentation beside images in memory
 * that are not changed at all, in turns. Prints a line a round, then the ratio of the medians.
 *
 * <pre>
 * FileSpeed PLACES365_FOLDER ROUNDS IMAGES
 * </pre>
 */
final class FileSpeed {

    private FileSpeed() {}

    /**
     * Measures.
     *
     * @param arguments folder in the official layout, number of rounds, training images of each
     */
    public static void main(String... arguments) {
        ImageSet train =
                Places365.of(arguments[0]).nonEmptyClasses().images("train").first(Integer.parseInt(arguments[2]));
        Splits files = new Splits(train, train.first(8));
        Splits memory = new Splits(inMemory(train), inMemory(files.validation()));
        Recipe recipe = Recipe.AUTHORS.withEpochs(1).withBatchSize(8).withLearningRate(1e-3);
        try (Network network =
                Networks.CRU_NET_56.withClasses(train.classes().size()).build()) {
            Training.fit(network, memory, recipe, TrainingListener.SILENT);
            int rounds = Integer.parseInt(arguments[1]);
            double[] fromFiles = new double[rounds];
            double[] fromMemory = new double[rounds];
            for (int i = 0; i < rounds; i++) {
                fromFiles[i] = speed(network, files, recipe);
                fromMemory[i] = speed(network, memory, recipe.withAugmentation(Augmentation.NONE));
                System.out.printf(Locale.ROOT, "files %.3f, memory %.3f images/s%n", fromFiles[i], fromMemory[i]);
            }
            System.out.printf(Locale.ROOT, "ratio of medians %.4f%n", median(fromFiles) / median(fromMemory));
        }
    }

    private static double speed(Network network, Splits data, Recipe recipe) {
        return Training.fit(network, data, recipe, TrainingListener.SILENT)
                .history()
                .last()
                .imagesPerSecond();
    }

    private static ImageSet inMemory(ImageSet files) {
        byte[][] pixels =
                IntStream.range(0, files.size()).mapToObj(files::pixels).toArray(byte[][]::new);
        List<String> classes = files.classes();
        int[] labels = IntStream.range(0, files.size()).map(files::label).toArray();
        return new ImageSet(files.name(), classes, files.height(), files.width(), pixels, labels);
    }

    private static double median(double[] values) {
        return DoubleStream.of(values)
                .sorted()
                .skip(values.length / 2)
                .findFirst()
                .orElseThrow();
    }
}
