package org.crunet.data;

import static org.crunet.base.Errors.require;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.crunet.base.Errors;
import org.crunet.base.Names;
import org.crunet.base.Parallel;
import org.crunet.image.Picture;

/**
 * Photographs in folders, {@code <root>/<split>/<class>/*.jpg} (or {@code jpeg}, {@code png}, {@code bmp}, {@code gif}), or
 * {@code <root>/<class>/*.jpg} of which a share is held back to validate on. Classes and files are taken in the order of
 * their names, so the same folder always gives the same set; classes that are whole numbers in the order of the numbers, 2, 9,
 * 10, before the others.
 *
 * <pre>{@code
 * var photographs = ImageFolder.of("/data/cifar10").size(32).split();
 * var mine = ImageFolder.of("photos").size(64).split(0.2);
 * }</pre>
 *
 * <p>The shorter side is resized to the size and the centre cut out; an image that has the size already comes through
 * unchanged. In memory only that centre is kept, so {@link Augmentation#AUTHORS} and ten crops enlarge parts of it, where
 * {@link #onDisk()} they are cut out of the whole photograph. Files that cannot be read are left out, counted in the set's
 * name, and listed by {@link ImageSet#problems}, as are pictures of other kinds such as {@code heic}.
 */
public final class ImageFolder {
    private static final List<String> VALIDATION = List.of("val", "valid", "validation", "test");

    private static final String SHARE = "if those are classes, split(0.2) holds a share of each back to validate on";

    private final Path root;
    private final int size;
    private final int shorterSide;
    private final int limit;
    private final boolean onDisk;

    private ImageFolder(Path root, int size, int shorterSide, int limit, boolean onDisk) {
        this.root = root;
        this.size = size;
        this.shorterSide = shorterSide;
        this.limit = limit;
        this.onDisk = onDisk;
    }

    /**
     * Returns a folder of photographs; nothing is read yet.
     *
     * @param root the folder that holds a folder for every split, or for every class
     * @return the folder, with no size chosen
     */
    public static ImageFolder of(String root) {
        return new ImageFolder(Listing.root(root, "images"), 0, 0, Integer.MAX_VALUE, false);
    }

    /**
     * Chooses the size of the images.
     *
     * @param pixels height and width
     * @return a folder that gives images of that size
     */
    public ImageFolder size(int pixels) {
        Picture.requireSide(pixels, "size(32)");
        return new ImageFolder(root, pixels, shorterSide, limit, onDisk);
    }

    /**
     * Takes only the first files of every class, for a quick run.
     *
     * @param perClass how many files at most
     * @return a folder that reads no more than that
     */
    public ImageFolder limit(int perClass) {
        require(perClass >= 1, "A class cannot be limited to " + perClass + " files: use 1 or more");
        return new ImageFolder(root, size, shorterSide, perClass, onDisk);
    }

    /**
     * Resizes the shorter side to more than the size, and cuts the centre out of that.
     *
     * @param pixels of the shorter side, such as 256 for images of 224; at least the size
     * @return a folder that gives images cut like that
     */
    public ImageFolder shorterSide(int pixels) {
        require(pixels >= 1, "A shorter side cannot have " + pixels + " pixels: use shorterSide(256), for example");
        return new ImageFolder(root, size, pixels, limit, onDisk);
    }

    /**
     * Leaves the files where they are and decodes them when they are needed, ahead of training on all cores: for more images
     * than fit into memory, and for augmentation that cuts out of the whole photograph. A file that cannot be read is then met
     * while training, left out, and named by {@link ImageSet#problems}.
     *
     * @return a folder that reads only the names of its files
     */
    public ImageFolder onDisk() {
        return new ImageFolder(root, size, shorterSide, limit, true);
    }

    /**
     * Reads the folder {@code train} and the first of {@code val}, {@code valid}, {@code validation}, {@code test}.
     *
     * @return both sets
     */
    public Splits split() {
        for (String name : VALIDATION) {
            if (Files.isDirectory(root.resolve(name))) {
                return split("train", name);
            }
        }
        throw new IllegalArgumentException("No folder to validate on in " + root.toAbsolutePath() + ": it has "
                + Names.some(Listing.folders(root)) + ", but none of " + VALIDATION + "; " + SHARE);
    }

    /**
     * Reads class folders without splits, {@code <root>/<class>/*.jpg}, and holds some images of every class back: always
     * the same for the same files.
     *
     * @param validation the share to measure on, such as 0.2; at least one image of each class is on either side
     * @return both sets
     */
    public Splits split(double validation) {
        return split(validation, 1);
    }

    /**
     * Reads class folders without splits, with another choice of the images to hold back.
     *
     * @param validation the share of every class to measure on, over 0 and below 1
     * @param seed any number; the choice depends on it and on how many files of each class can be read
     * @return both sets
     */
    public Splits split(double validation, long seed) {
        return Splits.of(read(Listing.of(root, root, limit)), validation, seed);
    }

    /**
     * Reads two splits.
     *
     * @param train name of the folder to learn from
     * @param validation name of the folder to measure on
     * @return both sets
     */
    public Splits split(String train, String validation) {
        Listing one = list(train, "train");
        Listing other = list(validation, "val");
        require(
                one.classes().equals(other.classes()),
                () -> "The classes of " + root.toAbsolutePath() + " differ: only in " + train + " "
                        + without(one, other) + ", only in " + validation + " " + without(other, one));
        return new Splits(read(one), read(other));
    }

    private static List<String> without(Listing some, Listing others) {
        return some.classes().stream()
                .filter(name -> !others.classes().contains(name))
                .toList();
    }

    /**
     * Reads one split.
     *
     * @param split name of its folder
     * @return the set
     */
    public ImageSet images(String split) {
        return read(list(split, "val"));
    }

    private Listing list(String split, String example) {
        require(split != null, "No split is named: say which folder, such as \"" + example + "\"");
        Path folder = root.resolve(split);
        require(
                Files.isDirectory(folder) || !Files.isDirectory(root),
                () -> "No folder " + folder.toAbsolutePath() + ", only " + Names.some(Listing.folders(root)) + "; "
                        + SHARE);
        return Listing.of(root, folder, limit);
    }

    private ImageSet read(Listing from) {
        if (size == 0) {
            throw new IllegalStateException("The images of " + root + " have no size: choose one, as in size(32)");
        }
        require(
                shorterSide == 0 || shorterSide >= size,
                () -> "Images of " + size + " pixels are cut out of a larger side than " + shorterSide
                        + ": use shorterSide(" + TenCrops.shorterSide(size) + ")");
        ImageSet images = from.images(name(), size, shorterSide == 0 ? size : shorterSide);
        return onDisk ? images : decoded(images);
    }

    private String name() {
        Path name = root.toAbsolutePath().normalize().getFileName();
        return name == null ? root.toString() : name.toString();
    }

    private ImageSet decoded(ImageSet files) {
        Errors.requireMemory(
                3L * size * size * files.size(),
                files.size() + " images of " + size + " x " + size,
                "leave them in their files with onDisk(), take fewer with limit(100) or smaller ones");
        Source source = files.source();
        List<Picture> pictures = Parallel.map("reading " + root, files.size(), i -> {
            try {
                return source.view(i);
            } catch (IOException e) {
                source.unreadable(i, e);
                return null;
            }
        });
        int[] good = IntStream.range(0, pictures.size())
                .filter(i -> pictures.get(i) != null)
                .toArray();
        ImageSet left = files.subset(good);
        List<String> without = left.emptyClasses();
        require(
                without.isEmpty(),
                () -> "No file of class \"" + without.get(0) + "\" can be read: " + Names.some(files.problems()));
        int bad = files.size() - good.length;
        return left.inMemory(
                files.name() + (bad == 0 ? "" : ", " + bad + " unreadable left out"),
                IntStream.of(good).mapToObj(pictures::get).toList());
    }

    @Override
    public String toString() {
        return "images in " + root + ": call size(32).split(), or size(32).split(0.2) if it holds class folders alone";
    }
}
