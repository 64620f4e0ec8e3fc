package org.crunet.data;

import static org.crunet.base.Errors.require;

import ai.djl.basicdataset.BasicDatasets;
import ai.djl.basicdataset.cv.classification.Cifar10;
import ai.djl.basicdataset.cv.classification.FashionMnist;
import ai.djl.ndarray.NDManager;
import ai.djl.repository.Repository;
import ai.djl.training.dataset.Dataset.Usage;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Images from DJL's data sets.
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
     * CIFAR-10, 50,000 photographs to learn from and 10,000 to measure on, 32 x 32; DJL downloads it the first time.
     *
     * @return both sets
     */
    public static Splits cifar10() {
        return cifar10(BasicDatasets.REPOSITORY);
    }

    /**
     * CIFAR-10 from the files of its binary version, {@code data_batch_1.bin} to {@code data_batch_5.bin} and
     * {@code test_batch.bin}.
     *
     * @param folder where they are, or where {@code cifar-10-binary.tar.gz} was unpacked
     * @return both sets
     * @throws IllegalArgumentException if a file is not there or damaged; the message names it
     * @throws java.io.UncheckedIOException if a file cannot be read
     */
    public static Splits cifar10(String folder) {
        return PublishedFiles.cifar10(Path.of(folder), CIFAR);
    }

    /**
     * CIFAR-10 from a repository of one's own, such as {@code Repository.newInstance("mine", "/data/djl")}. The addresses in
     * its {@code metadata.json} are absolute paths: DJL resolves others against two different folders. DJL keeps a copy, and
     * does not look at the repository again.
     *
     * @param repository where DJL finds the data set
     * @return both sets
     */
    public static Splits cifar10(Repository repository) {
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
     * Fashion-MNIST, 60,000 pictures of clothes to learn from and 10,000 to measure on, 28 x 28, grey; DJL downloads it the
     * first time.
     *
     * @return both sets
     */
    public static Splits fashionMnist() {
        return fashionMnist(BasicDatasets.REPOSITORY);
    }

    /**
     * Fashion-MNIST from the files as they are published, {@code train-images-idx3-ubyte.gz}, {@code train-labels-idx1-ubyte.gz},
     * {@code t10k-images-idx3-ubyte.gz} and {@code t10k-labels-idx1-ubyte.gz}, also unpacked.
     *
     * @param folder where they are
     * @return both sets
     * @throws IllegalArgumentException if a file is not there or damaged; the message names it
     * @throws java.io.UncheckedIOException if a file cannot be read
     */
    public static Splits fashionMnist(String folder) {
        return PublishedFiles.fashionMnist(Path.of(folder), FASHION);
    }

    /**
     * Fashion-MNIST from a repository of one's own: see {@link #cifar10(Repository)}.
     *
     * @param repository where DJL finds the data set
     * @return both sets
     */
    public static Splits fashionMnist(Repository repository) {
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
        mustBeThere(repository);
        try (NDManager manager = NDManager.newBaseManager()) {
            return new Splits(
                    read(name, classes, dataset.apply(manager, Usage.TRAIN)),
                    read(name, classes, dataset.apply(manager, Usage.TEST)));
        } catch (IOException | TranslateException | RuntimeException e) {
            throw new IllegalStateException(
                    name + " cannot be had from DJL: "
                            + (e instanceof NullPointerException ? "it is not in " + repository.getBaseUri() : e)
                            + ". Offline? Go online once, DJL keeps a copy; or give"
                            + " a folder in DJL's layout, Repository.newInstance(\"mine\", \"/data/djl\"); or read image"
                            + " files with ImageFolder.of(\"/data/...\").size(32).split()",
                    e);
        }
    }

    /** DJL takes a folder that is missing for one without data sets. */
    private static void mustBeThere(Repository repository) {
        require(repository != null, "repository is null: give one, Repository.newInstance(\"mine\", \"/data/djl\")");
        URI base = repository.getBaseUri();
        require(
                !"file".equals(base.getScheme()) || Files.exists(Path.of(base)),
                () -> "No folder " + Path.of(base) + " for the repository " + repository.getName()
                        + ": check the path");
    }

    /**
     * Copies any data set of labelled images into memory. Its images have one size and shape {@code (H, W, C)},
     * {@code (C, H, W)} or {@code (H, W)} with one channel or three; values from 0 to 255, or, if no value of a
     * floating-point set is above 1, from 0 to 1. The data set's own transforms are not applied.
     *
     * @param name what the images are, for titles
     * @param classes the names of the classes, in the order of the labels
     * @param dataset the data set
     * @return the set
     */
    public static ImageSet of(String name, List<String> classes, RandomAccessDataset dataset) {
        try {
            return read(name, classes, dataset);
        } catch (IOException | TranslateException e) {
            throw new IllegalStateException("The data set \"" + name + "\" cannot be read: " + e.getMessage(), e);
        }
    }

    private static ImageSet read(String name, List<String> classes, RandomAccessDataset dataset)
            throws IOException, TranslateException {
        dataset.prepare();
        if (dataset.size() == 0) {
            throw new IOException("it has no images");
        }
        return new DjlReader(name, dataset).read(classes);
    }
}
