package org.crunet.data;

import static org.crunet.base.Errors.require;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.base.Errors;
import org.crunet.base.Names;
import org.crunet.data.Listing.Labelled;
import org.crunet.files.InputFile;
import org.crunet.image.Picture;

/**
 * Places365-Standard on disk, in its official layout ({@code data_256}, {@code val_256} and
 * {@code filelist_places365-standard}) or in the "easy format" of class folders ({@code train/airfield/1.jpg},
 * {@code val/airfield/2.jpg}). Files stay where they are and are decoded when they are needed.
 *
 * <pre>{@code
 * var places = Places365.of("/data/places365").size(224).split();
 * }</pre>
 *
 * <p>Categories have the names of the list without its first letter, such as {@code airfield} and {@code desert/sand}. In the
 * easy format they are the folders of both splits in the order of their names (whole numbers as in {@link ImageFolder}), which for all 365 is that of the list;
 * {@code desert-sand} there is {@code desert/sand}.
 */
public final class Places365 {

    private static final String LISTS = "filelist_places365-standard";
    private static final String CATEGORIES = "categories_places365.txt";
    private static final List<String> SPLITS = List.of("train", "val");
    private static final String EASY =
            "the easy format has images such as train/desert-sand/1.jpg and val/desert-sand/2.jpg;"
                    + " unpack places365standard_easyformat.tar and give its folder places365_standard";
    private static final Pattern GROUP = Pattern.compile("(?:/[a-z]/)?(\\S+)\\s+(\\S.*)");
    private static final Pattern ENTRY = Pattern.compile("(\\S+)\\s+(\\d{1,6})");
    private static final String AGAIN = "; download the lists anew";
    private static final Map<String, String> PLACES = Map.of("1", "indoor", "2", "outdoor");
    private final Path root;
    private final int size;
    private final int limit;
    private final boolean nonEmpty;
    private final List<String> only;

    private Places365(Path root, int size, int limit, boolean nonEmpty, List<String> only) {
        this.root = root;
        this.size = size;
        this.limit = limit;
        this.nonEmpty = nonEmpty;
        this.only = only;
    }

    /**
     * Returns the data set in a folder; nothing is read yet. Images are 224 x 224.
     *
     * @param root the folder that holds {@code data_256} and the file lists, or {@code train} and {@code val}
     * @return the data set
     */
    public static Places365 of(String root) {
        return new Places365(Listing.root(root, "Places365"), 224, Integer.MAX_VALUE, false, List.of());
    }

    /**
     * Chooses the size of the images. As they are, their shorter side is resized to 8/7 of it, 256 for 224, and the centre cut
     * out.
     *
     * @param pixels height and width
     * @return the data set with images of that size
     */
    public Places365 size(int pixels) {
        Picture.requireSide(pixels, "size(224)");
        return new Places365(root, pixels, limit, nonEmpty, only);
    }

    /**
     * Takes only the first images of every category of each split, for a quick run.
     *
     * @param perCategory how many at most
     * @return the smaller data set
     */
    public Places365 limit(int perCategory) {
        require(perCategory >= 1, "A category cannot be limited to " + perCategory + " images: use 1 or more");
        return new Places365(root, size, perCategory, nonEmpty, only);
    }

    /**
     * Takes only the categories that have images to learn from, for a copy of a part; without this there are all that the list
     * of categories names, as published.
     *
     * @return the data set with fewer classes, in the order of the list
     */
    public Places365 nonEmptyClasses() {
        return new Places365(root, size, limit, true, only);
    }

    /**
     * Takes only some categories.
     *
     * @param categories their names, such as {@code beach} and {@code desert/sand} (or {@code desert-sand}); each must have
     *     images in every split that is read
     * @return the data set with those classes, in the order given
     */
    public Places365 only(String... categories) {
        return new Places365(root, size, limit, nonEmpty, List.of(categories));
    }

    /**
     * Reads the file lists of both splits.
     *
     * @return both sets
     * @throws IllegalArgumentException if a folder or list is missing or a line of a list does not fit; the message has file,
     *     line and what to do
     */
    public Splits split() {
        ImageSet train = all("train");
        return new Splits(chosen("train", train, train), chosen("val", all("val"), train));
    }

    /**
     * Reads the file list of one split.
     *
     * @param split {@code train} or {@code val}
     * @return the set
     * @throws IllegalArgumentException as {@link #split}
     */
    public ImageSet images(String split) {
        require(split != null && SPLITS.contains(split), "no split \"" + split + "\": there are train and val");
        ImageSet images = all(split);
        return chosen(split, images, nonEmpty && split.equals("val") ? all("train") : images);
    }

    /**
     * Reads groups of scene categories: a file with a category and its group on each line. In {@code IO_places365.txt}, which
     * goes with Places365, the lines are like {@code /a/airfield 2}: 1 is indoor, 2 is outdoor.
     *
     * @param file text in UTF-8
     * @return the group of each category, in the order of the file; names without the letter before them
     * @throws IllegalArgumentException if a line is wrong or a category comes twice; the message has file and line
     * @throws UncheckedIOException if the file cannot be read
     */
    public static Map<String, String> groups(Path file) {
        Map<String, String> groups = new LinkedHashMap<>();
        lines(file, "").forEach(line -> {
            Matcher parts = GROUP.matcher(line.text);
            line.require(
                    parts.matches(),
                    () -> Errors.quoted(line.text) + " should be a category and its group, as in \"/a/airfield 2\"");
            line.require(
                    groups.put(parts.group(1), parts.group(2)) == null,
                    () -> Errors.shortened(parts.group(1)) + " has a group already");
        });
        if (PLACES.keySet().containsAll(new HashSet<>(groups.values()))) {
            groups.replaceAll((category, number) -> PLACES.get(number));
        }
        return groups;
    }

    private ImageSet all(String split) {
        Listing listing;
        if (!hasFolder(List.of("data_256", "val_256")) && hasFolder(SPLITS)) {
            listing = classFolders(split);
        } else if (split.equals("train")) {
            listing = list("places365_train_standard.txt", "data_256", "train_256_places365standard.tar");
        } else {
            listing = list("places365_val.txt", "val_256", "val_256.tar");
        }
        ImageSet all = listing.images("Places365", size, TenCrops.shorterSide(size));
        return limit < Integer.MAX_VALUE ? all.firstOfEach(limit) : all;
    }

    private boolean hasFolder(List<String> names) {
        return names.stream().anyMatch(name -> Files.isDirectory(root.resolve(name)));
    }

    /** The slash of a name is a hyphen in the name of a folder; no name of the list has one of its own. */
    private static String official(String folder) {
        return folder.replace('-', '/');
    }

    /** Returns the images of the categories asked for, their labels counted anew. */
    private ImageSet chosen(String split, ImageSet images, ImageSet train) {
        List<String> names = images.classes();
        List<String> wanted = only.stream().map(Places365::official).toList();
        wanted.forEach(name -> require(
                names.contains(name),
                () -> "no category \"" + name + "\" in " + root.toAbsolutePath() + ": " + Names.near(name, names)));
        List<String> classes = !only.isEmpty() ? wanted : nonEmpty ? nonEmpty(train) : names;
        List<String> without =
                classes.stream().filter(images.emptyClasses()::contains).toList();
        require(
                only.isEmpty() ? without.size() < classes.size() : without.isEmpty(),
                () -> "There are no images of " + Names.some(without) + " in the split " + split + " of "
                        + root.toAbsolutePath() + ", only of " + Names.some(nonEmpty(images))
                        + ": choose others, or unpack the whole split");
        return classes.equals(names) ? images : images.classes(classes);
    }

    private static List<String> nonEmpty(ImageSet images) {
        List<String> empty = images.emptyClasses();
        return images.classes().stream().filter(name -> !empty.contains(name)).toList();
    }

    /** Lists a split of the easy format. Its classes are those of both, so that a label means the same in both. */
    private Listing classFolders(String split) {
        List<String> folders = SPLITS.stream()
                .map(root::resolve)
                .filter(Files::isDirectory)
                .flatMap(one -> Listing.folders(one).stream())
                .distinct()
                .sorted()
                .sorted(Names.BY_NUMBER)
                .toList();
        Path of = root.resolve(split);
        require(
                Files.isDirectory(of),
                () -> "No folder " + of.toAbsolutePath() + ", only " + Listing.folders(root) + ": " + EASY);
        List<Labelled> files = new ArrayList<>();
        for (int label = 0; label < folders.size(); label++) {
            files.addAll(images(of.resolve(folders.get(label)), label));
        }
        require(!files.isEmpty(), "No images in the folders of " + of.toAbsolutePath() + ": " + EASY);
        return new Listing(root, folders.stream().map(Places365::official).toList(), files, Map.of());
    }

    /** A category may have no folder in a split, or no images in it. */
    private List<Labelled> images(Path folder, int label) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Labelled> images = Listing.images(root, folder, label);
        require(
                !images.isEmpty() || Listing.folders(folder).isEmpty(),
                () -> "No images in " + folder.toAbsolutePath() + ", only folders: " + EASY);
        return images;
    }

    /** Reads lines such as {@code /d/desert/sand 116}: the paths in the order of their numbers. */
    private List<String> categories() {
        TreeMap<Integer, Entry> entries = new TreeMap<>();
        Set<String> names = new HashSet<>();
        entries(find(CATEGORIES), "/a/airfield 0").forEach(one -> {
            one.require(
                    one.path.matches("/[^/]/.+"),
                    () -> "a category is written as /a/airfield, not " + Errors.shortened(one.path));
            one.require(entries.put(one.number, one) == null, () -> "the number " + one.number + " is there twice");
            String name = one.path.substring(3);
            one.require(names.add(name), () -> "the category " + Errors.shortened(name) + " is there twice");
        });
        entries.forEach((number, one) -> {
            int before = entries.headMap(number).size();
            one.require(number == before, () -> "the number " + number + " is there, but " + before + " is not");
        });
        return entries.values().stream().map(Entry::path).toList();
    }

    /** Reads a list of images of the official layout. */
    private Listing list(String name, String folder, String archive) {
        List<String> categories = categories();
        String unpack = ": unpack the small images, " + archive + ", in " + root.toAbsolutePath();
        Path images = root.resolve(folder);
        require(Files.isDirectory(images), "No folder " + images.toAbsolutePath() + unpack);
        List<Labelled> files = files(find(name), folder, categories);
        require(
                files.stream().anyMatch(one -> new File(root.toFile(), one.name()).exists()),
                () -> "None of the images in " + name + " is there, such as "
                        + Errors.shortened(files.get(0).name()) + unpack);
        return new Listing(
                root, categories.stream().map(path -> path.substring(3)).toList(), files, Map.of());
    }

    private static List<Labelled> files(Path file, String folder, List<String> categories) {
        boolean byCategory = folder.equals("data_256");
        List<Labelled> files = new ArrayList<>();
        Set<String> known = new HashSet<>();
        String example = byCategory ? "/a/airfield/00000001.jpg 0" : "Places365_val_00000001.jpg 165";
        entries(file, example).forEach(one -> {
            one.require(
                    one.number < categories.size(),
                    () -> "there is no category " + one.number + ", only 0 to " + (categories.size() - 1));
            String category = categories.get(one.number);
            one.require(
                    !byCategory || one.path.startsWith(category + "/"),
                    () -> Errors.shortened(one.path) + " is not of category " + one.number + ", "
                            + Errors.shortened(category));
            one.require(
                    !Arrays.asList(one.path.split("[/\\\\]")).contains(".."),
                    () -> Errors.quoted(one.path) + " is outside of the folder " + folder);
            String image = folder + (one.path.startsWith("/") ? "" : "/") + one.path;
            one.require(known.add(image), () -> Errors.shortened(one.path) + " is there twice");
            files.add(new Labelled(image, one.number));
        });
        return files;
    }

    /** The lists lie in a folder of their own or beside the images. */
    private Path find(String name) {
        return Stream.of(root.resolve(LISTS), root)
                .map(folder -> folder.resolve(name))
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("No file "
                        + root.resolve(LISTS).resolve(name).toAbsolutePath() + ": unpack the file lists, " + LISTS
                        + ".tar, or give a folder with train/airfield/1.jpg and val/airfield/2.jpg; folders here are "
                        + Names.some(Listing.folders(root))));
    }

    /** Reads the lines of a list, each a path and a number. */
    private static Stream<Entry> entries(Path file, String example) {
        List<Line> lines = lines(file, AGAIN).toList();
        require(!lines.isEmpty(), () -> file.toAbsolutePath() + " is empty: it has lines such as " + example);
        return lines.stream().map(line -> {
            Matcher parts = ENTRY.matcher(line.text);
            boolean fits = parts.matches();
            line.require(fits, () -> Errors.quoted(line.text) + " is no path and number, such as " + example + AGAIN);
            return new Entry(line, parts.group(1), Integer.parseInt(parts.group(2)));
        });
    }

    private static Stream<Line> lines(Path file, String fix) {
        try {
            List<String> all = InputFile.lines(file);
            return IntStream.range(0, all.size())
                    .filter(i -> !all.get(i).isEmpty())
                    .mapToObj(i -> new Line(file, i, all.get(i)));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file.toAbsolutePath() + ": " + Errors.reason(e) + fix, e);
        }
    }

    /** A line that is not empty, and where it stands. */
    private record Line(Path file, int index, String text) {

        void require(boolean holds, Supplier<String> otherwise) {
            Errors.require(holds, () -> file.toAbsolutePath() + ", line " + (index + 1) + ": " + otherwise.get());
        }
    }

    /** A line with a path and a number. */
    private record Entry(Line line, String path, int number) {

        void require(boolean holds, Supplier<String> otherwise) {
            line.require(holds, () -> otherwise.get() + AGAIN);
        }
    }

    @Override
    public String toString() {
        return "Places365 in " + root + ": call split() or images(\"val\")";
    }
}
