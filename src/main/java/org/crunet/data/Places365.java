package org.crunet.data;

import static org.crunet.base.Errors.require;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.crunet.base.Errors;
import org.crunet.base.Names;
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
 * easy format they are the folders of both splits in the order of their names, which for all 365 is that of the list;
 * {@code desert-sand} there is {@code desert/sand}.
 */
public final class Places365 {

    private static final String LISTS = "filelist_places365-standard";
    private static final String CATEGORIES = "categories_places365.txt";
    private static final List<String> SPLITS = List.of("train", "val");
    private static final String EASY = "the easy format has images in class folders of train and val, such as"
            + " train/desert-sand/1.jpg and val/desert-sand/2.jpg; unpack places365standard_easyformat.tar and give its"
            + " folder places365_standard";
    /** How many folders an error names. */
    private static final int NAMED = 10;

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
    private record Listing(List<String> files, List<Integer> labels) {

        Listing() {
            this(new ArrayList<>(), new ArrayList<>());
        }

        void add(String file, int label) {
            files.add(file);
            labels.add(label);
        }
    }

    /**
     * The data set in a folder; nothing is read yet. Images are 224 x 224.
     *
     * @param root the folder that holds {@code data_256} and the file lists, or {@code train} and {@code val}
     * @return the data set
     */
    public static Places365 of(String root) {
        Checks.folder(root, "Places365");
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
        Picture.requireSide(pixels, "size(224)");
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
     * @param categories their names, such as {@code beach} and {@code desert/sand} (or {@code desert-sand}); each must have
     *     images in every split that is read
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
        return chosen(split, images, present && split.equals("val") ? all("train") : images);
    }

    private ImageSet all(String split) {
        require(Files.isDirectory(root), "No folder " + root.toAbsolutePath() + ": check the path");
        if (!hasFolder(List.of("data_256", "val_256")) && hasFolder(SPLITS)) {
            List<String> folders = classFolders();
            return set(folders.stream().map(Places365::official).toList(), files(folders, split));
        }
        List<String> categories = categories();
        List<String> names = categories.stream().map(path -> path.substring(3)).toList();
        return set(
                names,
                split.equals("train")
                        ? list(
                                "places365_train_standard.txt",
                                "data_256",
                                "train_256_places365standard.tar",
                                categories)
                        : list("places365_val.txt", "val_256", "val_256.tar", categories));
    }

    private boolean hasFolder(List<String> names) {
        return names.stream().anyMatch(name -> Files.isDirectory(root.resolve(name)));
    }

    /** The slash of a name is a hyphen in the name of a folder; no name of the list has one of its own. */
    private static String official(String folder) {
        return folder.replace('-', '/');
    }

    private ImageSet set(List<String> names, Listing listing) {
        String[] files = listing.files.toArray(String[]::new);
        int[] labels = listing.labels.stream().mapToInt(Integer::intValue).toArray();
        FileSource source = new FileSource(root, files, size, TenCrops.shorterSide(size));
        ImageSet all = new ImageSet("Places365", names, size, size, source, labels);
        return limit < Integer.MAX_VALUE ? all.firstOfEach(limit) : all;
    }

    private ImageSet chosen(String split, ImageSet images, ImageSet train) {
        ImageSet chosen = chosen(images, train);
        List<String> there = present(chosen);
        List<String> without =
                chosen.classes().stream().filter(name -> !there.contains(name)).toList();
        require(
                only.isEmpty() ? chosen.size() > 0 : without.isEmpty(),
                () -> "There are no images of " + Names.some(without) + " in the split " + split + " of "
                        + root.toAbsolutePath() + ", only of " + Names.some(present(images))
                        + ": choose others with only(...), or unpack the whole split");
        return chosen;
    }

    /** The categories that have images. */
    private static List<String> present(ImageSet images) {
        return IntStream.range(0, images.size())
                .map(images::label)
                .distinct()
                .sorted()
                .mapToObj(images.classes()::get)
                .toList();
    }

    /** Those of the categories asked for, their labels counted anew. */
    private ImageSet chosen(ImageSet images, ImageSet train) {
        List<String> names = images.classes();
        if (!only.isEmpty()) {
            List<String> wanted = only.stream().map(Places365::official).toList();
            wanted.forEach(name -> require(
                    names.contains(name),
                    "no category \"" + name + "\" in " + root.toAbsolutePath() + ": " + Names.near(name, names)));
            return images.classes(wanted);
        }
        return present ? images.classes(present(train)) : images;
    }

    /** Those of both splits, so that a label means the same in both. */
    private List<String> classFolders() {
        List<String> folders = SPLITS.stream()
                .map(root::resolve)
                .filter(Files::isDirectory)
                .flatMap(split -> ClassFolders.folders(split).stream())
                .distinct()
                .sorted()
                .toList();
        require(
                !folders.isEmpty(),
                "No class folders in " + root.resolve("train").toAbsolutePath() + " or val beside it: " + EASY);
        return folders;
    }

    /** A category may have no folder in a split, or no images in it. */
    private Listing files(List<String> folders, String split) {
        Path of = root.resolve(split);
        require(
                Files.isDirectory(of),
                "No folder " + of.toAbsolutePath() + ", only " + ClassFolders.folders(root) + ": " + EASY);
        Listing listing = new Listing();
        for (int label = 0; label < folders.size(); label++) {
            Path folder = of.resolve(folders.get(label));
            List<Path> images = Files.isDirectory(folder) ? ClassFolders.images(folder) : List.of();
            for (Path image : images) {
                listing.add(root.relativize(image).toString(), label);
            }
            require(
                    !images.isEmpty()
                            || !Files.isDirectory(folder)
                            || ClassFolders.folders(folder).isEmpty(),
                    "No images in " + folder.toAbsolutePath() + ", only folders: " + EASY);
        }
        require(!listing.files.isEmpty(), "No images in the folders of " + of.toAbsolutePath() + ": " + EASY);
        return listing;
    }

    /** Lines such as {@code /d/desert/sand 116}: the paths in the order of their numbers. */
    private List<String> categories() {
        Path file = find(CATEGORIES);
        List<String> lines = lines(file, "/a/airfield 0");
        String[] paths =
                new String[(int) lines.stream().filter(line -> !line.isBlank()).count()];
        Set<String> names = new HashSet<>();
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isBlank()) {
                Line line = Line.of(file, i, lines.get(i), Integer.MAX_VALUE);
                require(
                        line.number < paths.length,
                        () -> line.where() + ": the number " + line.number + " is too large for " + paths.length
                                + " categories: the line with the number " + missing(lines) + " is not there");
                require(
                        line.path.matches("/[^/]/.+"),
                        () -> line.where() + ": a category is written as /a/airfield, not " + line.path);
                require(
                        paths[line.number] == null,
                        () -> line.where() + ": the number " + line.number + " is there twice");
                String name = line.path.substring(3);
                require(names.add(name), () -> line.where() + ": the category " + name + " is there twice");
                paths[line.number] = line.path;
            }
        }
        return List.of(paths);
    }

    /** The first number from 0 on that no line has. */
    private static int missing(List<String> lines) {
        Set<String> numbers = lines.stream()
                .map(line -> line.replaceFirst(".*\\s0*(?=\\d)", ""))
                .collect(Collectors.toSet());
        return IntStream.iterate(0, i -> numbers.contains("" + i), i -> i + 1).reduce(-1, (last, i) -> i) + 1;
    }

    private Listing list(String name, String folder, String archive, List<String> categories) {
        String unpack = ": unpack the small images (256 x 256) of Places365-Standard, " + archive + ", in "
                + root.toAbsolutePath();
        require(
                Files.isDirectory(root.resolve(folder)),
                "No folder " + root.resolve(folder).toAbsolutePath() + unpack);
        Path file = find(name);
        Listing listing = read(file, folder, categories);
        require(
                listing.files.stream().anyMatch(image -> new File(root.toFile(), image).exists()),
                "None of the images in " + file.toAbsolutePath() + " is there, such as " + root.toAbsolutePath() + "/"
                        + listing.files.get(0) + unpack);
        return listing;
    }

    private static Listing read(Path file, String folder, List<String> categories) {
        boolean byCategory = folder.equals("data_256");
        List<String> lines = lines(file, byCategory ? "/a/airfield/00000001.jpg 0" : "Places365_val_00000001.jpg 165");
        Listing listing = new Listing();
        Set<String> known = new HashSet<>();
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isBlank()) {
                Line line = Line.of(file, i, lines.get(i), categories.size());
                require(
                        !byCategory || line.path.startsWith(categories.get(line.number) + "/"),
                        () -> line.where() + ": " + line.path + " is not of category " + line.number + ", "
                                + categories.get(line.number)
                                + ": image list and list of categories do not belong together, download them anew");
                String image = folder + (line.path.startsWith("/") ? "" : "/") + line.path;
                require(known.add(image), () -> line.where() + ": " + line.path + " is there twice");
                listing.add(image, line.number);
            }
        }
        return listing;
    }

    /** The lists lie in a folder of their own or beside the images. */
    private Path find(String name) {
        for (Path folder : List.of(root.resolve(LISTS), root)) {
            if (Files.isRegularFile(folder.resolve(name))) {
                return folder.resolve(name);
            }
        }
        throw new IllegalArgumentException("No file "
                + root.resolve(LISTS).resolve(name).toAbsolutePath() + ", nor in " + root.toAbsolutePath()
                + ": unpack the file lists of Places365-Standard (" + LISTS + ".tar) there; or give a folder with "
                + "class folders, train/airfield/1.jpg and val/airfield/2.jpg; folders here are "
                + ClassFolders.folders(root).stream().limit(NAMED).toList());
    }

    private static List<String> lines(Path file, String example) {
        try {
            List<String> all = InputFile.lines(file);
            require(
                    !all.stream().allMatch(String::isEmpty),
                    file.toAbsolutePath() + " is empty: it has lines such as " + example);
            return all;
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    file.toAbsolutePath() + " cannot be read: " + Errors.reason(e) + "; download it anew", e);
        }
    }

    /** A path and a number, and where they stand. */
    private record Line(Path file, int index, String path, int number) {

        private static final Pattern SPACES = Pattern.compile("\\s+");
        private static final Pattern NUMBER = Pattern.compile("\\d{1,6}");

        static Line of(Path file, int index, String text, int numbers) {
            String[] parts = SPACES.split(text);
            require(
                    parts.length == 2 && NUMBER.matcher(parts[1]).matches(),
                    () -> where(file, index) + ": \"" + text + "\" is no path and number, such as /a/airfield 0");
            int number = Integer.parseInt(parts[1]);
            require(
                    number < numbers,
                    () -> where(file, index) + ": there is no category " + number + ", only 0 to " + (numbers - 1)
                            + ", see " + CATEGORIES);
            return new Line(file, index, parts[0], number);
        }

        String where() {
            return where(file, index);
        }

        private static String where(Path file, int index) {
            return file.toAbsolutePath() + ", line " + (index + 1);
        }
    }

    @Override
    public String toString() {
        return "Places365 in " + root + ": call split() or images(\"val\")";
    }
}
