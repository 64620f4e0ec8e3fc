package org.crunet.data;

import static org.crunet.data.Checks.require;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Photographs in folders, {@code <root>/<split>/<class>/*.jpg} (or {@code jpeg}, {@code png}, {@code bmp}, {@code gif}).
 * Classes and files are taken in the order of their names, so the same folder always gives the same set.
 *
 * <pre>{@code
 * var photographs = ImageFolder.of("/data/cifar10").size(32).split();
 * }</pre>
 *
 * <p>The shorter side is resized to the size and the centre cut out; an image that has the size already comes through
 * unchanged. Files that cannot be read are left out, counted in the set's name, and listed by {@link #skipped()}.
 */
public final class ImageFolder {
    private static final List<String> ENDINGS = List.of(".jpg", ".jpeg", ".png", ".bmp", ".gif");
    private static final List<String> VALIDATION = List.of("val", "valid", "validation", "test");

    private final Path root;
    private final int size;
    private final int shorterSide;
    private final int limit;
    private final boolean onDisk;
    private final List<String> skipped = new ArrayList<>();

    private ImageFolder(Path root, int size, int shorterSide, int limit, boolean onDisk) {
        this.root = root;
        this.size = size;
        this.shorterSide = shorterSide;
        this.limit = limit;
        this.onDisk = onDisk;
    }

    /** A file with its label. */
    private record Labelled(Path file, int label) {}

    /** The pixels of a file, or why there are none. */
    private record Outcome(Labelled from, byte[] pixels, String problem) {}

    /**
     * A folder of photographs; nothing is read yet.
     *
     * @param root the folder that holds a folder for every split
     * @return the folder, with no size chosen
     */
    public static ImageFolder of(String root) {
        return new ImageFolder(Path.of(root), 0, 0, Integer.MAX_VALUE, false);
    }

    /**
     * Chooses the size of the images.
     *
     * @param pixels height and width
     * @return a folder that gives images of that size
     */
    public ImageFolder size(int pixels) {
        require(pixels >= 1, "An image cannot be " + pixels + " pixels wide: use size(32), for example");
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
                + folders(root) + ", but none of " + VALIDATION + "; name it, as in split(\"train\", \"held-out\")");
    }

    /**
     * Reads two splits.
     *
     * @param train name of the folder to learn from
     * @param validation name of the folder to measure on
     * @return both sets
     */
    public Splits split(String train, String validation) {
        checkSameClasses(train, validation);
        skipped.clear();
        return new Splits(read(train), read(validation));
    }

    /**
     * Reads one split.
     *
     * @param split name of its folder
     * @return the set
     */
    public ImageSet images(String split) {
        skipped.clear();
        return read(split);
    }

    /**
     * What the last reading left out.
     *
     * @return a line for every file that could not be read: its path and why
     */
    public List<String> skipped() {
        return List.copyOf(skipped);
    }

    private void checkSameClasses(String train, String validation) {
        List<String> one = classes(train);
        List<String> other = classes(validation);
        if (!one.equals(other)) {
            throw new IllegalArgumentException(
                    "The classes of " + root.toAbsolutePath() + " differ: only in " + train + " "
                            + without(one, other) + ", only in " + validation + " " + without(other, one)
                            + "; each class needs a folder in both");
        }
    }

    private static List<String> without(List<String> all, List<String> some) {
        return all.stream().filter(name -> !some.contains(name)).toList();
    }

    private List<String> classes(String split) {
        Path folder = root.resolve(split);
        List<String> classes = folders(folder);
        if (classes.isEmpty()) {
            throw new IllegalArgumentException("No class folders in " + folder.toAbsolutePath()
                    + ": put the images of a class into a folder of its own, as in " + split + "/cat/1.jpg");
        }
        return classes;
    }

    private ImageSet read(String split) {
        if (size == 0) {
            throw new IllegalStateException("How large should the images of " + root + " be? Say so: size(32)");
        }
        if (shorterSide > 0 && shorterSide < size) {
            throw new IllegalArgumentException(
                    "No image of " + size + " pixels can be cut out of one whose shorter side has " + shorterSide
                            + ": use shorterSide(" + TenCrops.shorterSide(size) + ") or more");
        }
        List<String> classes = classes(split);
        List<Labelled> files = new ArrayList<>();
        for (int label = 0; label < classes.size(); label++) {
            for (Path file : files(root.resolve(split).resolve(classes.get(label)))) {
                files.add(new Labelled(file, label));
            }
        }
        if (onDisk) {
            return named(classes, files);
        }
        return collect(
                split, classes, Parallel.map("reading " + root.resolve(split), files.size(), i -> open(files.get(i))));
    }

    private ImageSet named(List<String> classes, List<Labelled> files) {
        String[] names = files.stream()
                .map(from -> root.relativize(from.file).toString())
                .toArray(String[]::new);
        int[] labels = files.stream().mapToInt(Labelled::label).toArray();
        return new ImageSet(name(), classes, size, size, new FileSource(root, names, size, shorter()), labels);
    }

    private int shorter() {
        return shorterSide == 0 ? size : shorterSide;
    }

    private String name() {
        Path name = root.toAbsolutePath().normalize().getFileName();
        return name == null ? root.toString() : name.toString();
    }

    private Outcome open(Labelled from) {
        try {
            return new Outcome(
                    from,
                    FileSource.view(Photograph.decode(from.file), size, shorter())
                            .planes(),
                    null);
        } catch (IOException e) {
            return new Outcome(from, null, Checks.reason(e));
        }
    }

    private ImageSet collect(String split, List<String> classes, List<Outcome> outcomes) {
        List<Outcome> good = outcomes.stream().filter(o -> o.pixels != null).toList();
        List<String> bad = outcomes.stream()
                .filter(o -> o.pixels == null)
                .map(o -> o.from.file + ": " + o.problem)
                .toList();
        skipped.addAll(bad);
        for (int label = 0; label < classes.size(); label++) {
            int wanted = label;
            if (good.stream().noneMatch(o -> o.from.label == wanted)) {
                throw new IllegalArgumentException("No file of class \"" + classes.get(label) + "\" in "
                        + root.resolve(split).toAbsolutePath() + " can be read; unreadable: " + bad);
            }
        }
        String name = name() + (bad.isEmpty() ? "" : ", " + bad.size() + " unreadable left out");
        byte[][] pixels = good.stream().map(Outcome::pixels).toArray(byte[][]::new);
        int[] labels = good.stream().mapToInt(o -> o.from.label).toArray();
        return new ImageSet(name, classes, size, size, new Source.Memory(pixels, size, size, bad), labels);
    }

    private List<Path> files(Path folder) {
        List<Path> files = images(folder).stream().limit(limit).toList();
        if (files.isEmpty()) {
            throw new IllegalArgumentException(
                    "No images in " + folder.toAbsolutePath() + ": files must end in " + String.join(", ", ENDINGS));
        }
        return files;
    }

    /** The files in a folder whose names are those of images, which may be none. */
    static List<Path> images(Path folder) {
        return list(folder).stream().filter(ImageFolder::isImage).toList();
    }

    private static boolean isImage(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return !name.startsWith(".") && ENDINGS.stream().anyMatch(name::endsWith);
    }

    static List<String> folders(Path folder) {
        return list(folder).stream()
                .filter(path -> Files.isDirectory(path)
                        && !path.getFileName().toString().startsWith("."))
                .map(path -> path.getFileName().toString())
                .toList();
    }

    private static List<Path> list(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException("No folder " + folder.toAbsolutePath() + ": check the path");
        }
        try (Stream<Path> inside = Files.list(folder)) {
            return inside.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + folder.toAbsolutePath() + ": " + Checks.reason(e), e);
        }
    }

    @Override
    public String toString() {
        return "images in " + root + ": call size(32).split() or size(32).images(\"val\")";
    }
}
