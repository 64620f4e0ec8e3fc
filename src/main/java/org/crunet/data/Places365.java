package org.crunet.data;

import static org.crunet.data.Checks.require;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Places365-Standard on disk, in its official layout ({@code data_256}, {@code val_256} and
 * {@code filelist_places365-standard}) or in the "easy format" of class folders ({@code train/airfield/1.jpg},
 * {@code val/airfield/2.jpg}). Files stay where they are and are decoded when they are needed.
 *
 * <pre>{@code
 * var places = Places365.of("/data/places365").size(224).split();
 * }</pre>
 *
 * <p>Categories have the names of the list without its first letter, such as {@code airfield} and {@code desert/sand}.
 */
public final class Places365 {

    private static final String LISTS = "filelist_places365-standard";
    private static final String CATEGORIES = "categories_places365.txt";

    private final Path root;
    private final int size;
    private final int limit;
    private final boolean present;
    private final List<String> only;

    private Places365(Path root, int size, int limit, boolean present, List<String> only) {
        this.root = root;
        this.size = size;
        this.limit = limit;
        this.present = present;
        this.only = only;
    }

    /** Which images belong to a split, by place: path below the root and label. */
    private record Listing(List<String> files, List<Integer> labels) {}

    /**
     * The data set in a folder; nothing is read yet. Images are 224 x 224.
     *
     * @param root the folder that holds {@code data_256} and the file lists, or {@code train} and {@code val}
     * @return the data set
     */
    public static Places365 of(String root) {
        return new Places365(Path.of(root), 224, Integer.MAX_VALUE, false, List.of());
    }

    /**
     * Chooses the size of the images. As they are, their shorter side is resized to 8/7 of it, 256 for 224, and the centre cut
     * out.
     *
     * @param pixels height and width
     * @return the data set with images of that size
     */
    public Places365 size(int pixels) {
        require(pixels >= 1, "An image cannot be " + pixels + " pixels wide: use size(224), for example");
        return new Places365(root, pixels, limit, present, only);
    }

    /**
     * Takes only the first images of every category of each split, for a quick run.
     *
     * @param perCategory how many at most
     * @return the smaller data set
     */
    public Places365 limit(int perCategory) {
        require(perCategory >= 1, "A category cannot be limited to " + perCategory + " images: use 1 or more");
        return new Places365(root, size, perCategory, present, only);
    }

    /**
     * Takes only the categories that have images to learn from, for a copy of a part; without this there are all that the list
     * of categories names, as published.
     *
     * @return the data set with fewer classes, in the order of the list
     */
    public Places365 present() {
        return new Places365(root, size, limit, true, only);
    }

    /**
     * Takes only some categories.
     *
     * @param categories their names, such as {@code beach} and {@code desert/sand}
     * @return the data set with those classes, in the order given
     */
    public Places365 only(String... categories) {
        return new Places365(root, size, limit, present, List.of(categories));
    }

    /**
     * Reads the file lists of both splits.
     *
     * @return both sets
     * @throws IllegalArgumentException if a folder or list is missing or a line of a list does not fit; the message has file,
     *     line and what to do
     */
    public Splits split() {
        return new Splits(images("train"), images("val"));
    }

    /**
     * Reads the file list of one split.
     *
     * @param split {@code train} or {@code val}
     * @return the set
     * @throws IllegalArgumentException as {@link #split}
     */
    public ImageSet images(String split) {
        require(split.equals("train") || split.equals("val"), "no split \"" + split + "\": there are train and val");
        require(Files.isDirectory(root), "No folder " + root.toAbsolutePath() + ": check the path");
        if (Files.isDirectory(root.resolve("train"))) {
            return chosen(folders(split), present ? folders("train") : null);
        }
        List<String> categories = categories();
        ImageSet images = images(categories, split);
        return chosen(images, present && !split.equals("train") ? images(categories, "train") : images);
    }

    private ImageSet folders(String split) {
        ImageFolder folder = ImageFolder.of(root.toString())
                .size(size)
                .shorterSide(TenCrops.shorterSide(size))
                .onDisk();
        return (limit < Integer.MAX_VALUE ? folder.limit(limit) : folder).images(split);
    }

    private ImageSet images(List<String> categories, String split) {
        Listing listing = split.equals("train")
                ? list("places365_train_standard.txt", "data_256", categories, true)
                : list("places365_val.txt", "val_256", categories, false);
        String[] files = listing.files.toArray(String[]::new);
        int[] labels = listing.labels.stream().mapToInt(Integer::intValue).toArray();
        FileSource source = new FileSource(root, files, size, TenCrops.shorterSide(size));
        ImageSet all = new ImageSet("Places365", categories, size, size, source, labels);
        return limit < Integer.MAX_VALUE ? all.firstOfEach(limit) : all;
    }

    /** Those of the categories asked for, their labels counted anew. */
    private ImageSet chosen(ImageSet images, ImageSet train) {
        List<String> names = images.classes();
        if (!only.isEmpty()) {
            only.forEach(name -> require(
                    names.contains(name),
                    "no category \"" + name + "\" in " + root.toAbsolutePath() + ": there are " + names));
            return images.classes(only);
        }
        if (!present) {
            return images;
        }
        boolean[] there = new boolean[names.size()];
        for (int i = 0; i < train.size(); i++) {
            there[train.label(i)] = true;
        }
        return images.classes(
                names.stream().filter(name -> there[names.indexOf(name)]).toList());
    }

    /** Lines such as {@code /d/desert/sand 116}: the names in the order of their numbers. */
    private List<String> categories() {
        Path file = find(CATEGORIES);
        List<String> lines = lines(file);
        String[] names =
                new String[(int) lines.stream().filter(line -> !line.isBlank()).count()];
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isBlank()) {
                Line line = Line.of(file, i, lines.get(i), names.length);
                require(
                        line.path.matches("/[^/]/.+"),
                        line.where + ": a category is written as /a/airfield, not " + line.path);
                require(names[line.number] == null, line.where + ": the number " + line.number + " is there twice");
                names[line.number] = line.path.substring(3);
            }
        }
        require(names.length > 0, file.toAbsolutePath() + " is empty: it has lines such as /a/airfield 0");
        return List.of(names);
    }

    private Listing list(String name, String folder, List<String> categories, boolean byCategory) {
        require(
                Files.isDirectory(root.resolve(folder)),
                "No folder " + root.resolve(folder).toAbsolutePath()
                        + ": unpack the small images (256 x 256) of Places365-Standard there");
        Path file = find(name);
        List<String> lines = lines(file);
        Listing listing = new Listing(new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isBlank()) {
                Line line = Line.of(file, i, lines.get(i), categories.size());
                if (byCategory) {
                    requireCategory(line, categories.get(line.number));
                }
                listing.files.add(folder + (line.path.startsWith("/") ? "" : "/") + line.path);
                listing.labels.add(line.number);
            }
        }
        return listing;
    }

    private static void requireCategory(Line line, String category) {
        String path = line.path;
        boolean right = path.length() > 3 && path.startsWith(category + "/", 3);
        require(
                right,
                line.where + ": " + path + " is not of category " + line.number + ", " + category
                        + ": image list and list of categories do not belong together, download them anew");
    }

    /** The lists lie in a folder of their own or beside the images. */
    private Path find(String name) {
        for (Path folder : List.of(root.resolve(LISTS), root)) {
            if (Files.isRegularFile(folder.resolve(name))) {
                return folder.resolve(name);
            }
        }
        throw new IllegalArgumentException("No file "
                + root.resolve(LISTS).resolve(name).toAbsolutePath()
                + ": unpack the file lists of Places365-Standard (" + LISTS + ".tar) there; or give a folder with "
                + "class folders, train/airfield/1.jpg and val/airfield/2.jpg");
    }

    private static List<String> lines(Path file) {
        try (Stream<String> lines = Files.lines(file, StandardCharsets.UTF_8)) {
            return lines.map(String::strip).toList();
        } catch (IOException | UncheckedIOException e) {
            throw new IllegalArgumentException(file.toAbsolutePath() + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** A path and a number. */
    private record Line(String where, String path, int number) {

        static Line of(Path file, int index, String text, int numbers) {
            String where = file.toAbsolutePath() + ", line " + (index + 1);
            String[] parts = text.split("\\s+");
            require(
                    parts.length == 2 && parts[1].matches("\\d{1,6}"),
                    where + ": \"" + text + "\" is no path and number, such as /a/airfield 0");
            int number = Integer.parseInt(parts[1]);
            require(
                    number < numbers,
                    where + ": there is no category " + number + ", only 0 to " + (numbers - 1) + ", see "
                            + CATEGORIES);
            return new Line(where, parts[0], number);
        }
    }

    @Override
    public String toString() {
        return "Places365 in " + root + ": call split() or images(\"val\")";
    }
}
