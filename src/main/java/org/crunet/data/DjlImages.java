package org.crunet.data;

import ai.djl.basicdataset.BasicDatasets;
import ai.djl.basicdataset.cv.classification.Cifar10;
import ai.djl.basicdataset.cv.classification.FashionMnist;
import ai.djl.ndarray.NDManager;
import ai.djl.repository.Repository;
import ai.djl.training.dataset.Dataset.Usage;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Images from DJL's data sets, copied into memory.
 *
 * <pre>{@code
 * var photographs = DjlImages.cifar10();
 * }</pre>
 */
public final class DjlImages {
    private static final List<String> CIFAR =
            List.of("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");
    private static final List<String> FASHION = List.of(
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot");

    private DjlImages() {}

    /**
     * Reads CIFAR-10, 50,000 photographs to learn from and 10,000 to measure on, 32 x 32; DJL downloads it the first time.
     *
     * @return both sets
     * @throws IllegalStateException if it cannot be downloaded
     */
    public static Splits cifar10() {
        return cifar10(BasicDatasets.REPOSITORY);
    }

    static Splits cifar10(Repository repository) {
        return both(
                "CIFAR-10",
                CIFAR,
                repository,
                (manager, usage) -> Cifar10.builder()
                        .optManager(manager)
                        .optRepository(repository)
                        .optUsage(usage)
                        .setSampling(1, false)
                        .build());
    }

    /**
     * Reads Fashion-MNIST, 60,000 pictures of clothes to learn from and 10,000 to measure on, 28 x 28, grey; DJL downloads it
     * the first time.
     *
     * @return both sets
     * @throws IllegalStateException if it cannot be downloaded
     */
    public static Splits fashionMnist() {
        return fashionMnist(BasicDatasets.REPOSITORY);
    }

    static Splits fashionMnist(Repository repository) {
        return both(
                "Fashion-MNIST",
                FASHION,
                repository,
                (manager, usage) -> FashionMnist.builder()
                        .optManager(manager)
                        .optRepository(repository)
                        .optUsage(usage)
                        .setSampling(1, false)
                        .build());
    }

    private static Splits both(
            String name,
            List<String> classes,
            Repository repository,
            BiFunction<NDManager, Usage, RandomAccessDataset> dataset) {
        try (NDManager manager = NDManager.newBaseManager()) {
            return new Splits(
                    of(name, classes, dataset.apply(manager, Usage.TRAIN)),
                    of(name, classes, dataset.apply(manager, Usage.TEST)));
        } catch (RuntimeException e) {
            boolean absent = e instanceof NullPointerException; // DJL throws it then
            String why = absent ? "it is not in " + repository.getBaseUri() : e.getMessage();
            throw new IllegalStateException(
                    name + " cannot be had from DJL: " + why + ". Offline? Go online once, DJL keeps a copy; or read"
                            + " image files with ImageFolder.of(\"/data/...\").size(32).split()",
                    e);
        }
    }

    /**
     * Reads any data set of labelled images. Its images have one size and shape {@code (H, W, C)}, {@code (C, H, W)} or
     * {@code (H, W)} with one channel or three; values from 0 to 255, or, if no value of a floating-point set is above 1, from
     * 0 to 1. The data set's own transforms are not applied.
     *
     * @param name what the images are, for titles
     * @param classes the names of the classes, in the order of the labels
     * @param dataset the data set
     * @return the set
     * @throws IllegalArgumentException if an image does not fit; the message has its number
     * @throws IllegalStateException if the data set cannot be read
     */
    public static ImageSet of(String name, List<String> classes, RandomAccessDataset dataset) {
        try {
            dataset.prepare();
            if (dataset.size() == 0) {
                throw new IOException("it has no images");
            }
            return new DjlReader(name, dataset).read(classes);
        } catch (IOException | TranslateException e) {
            throw new IllegalStateException("the data set \"" + name + "\" cannot be read: " + e.getMessage(), e);
        }
    }
}
