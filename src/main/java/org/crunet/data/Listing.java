package org.crunet.data;

import static org.crunet.base.Errors.require;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.crunet.base.Errors;
import org.crunet.base.Names;
import org.crunet.files.Folders;

/**
 * Image files with their classes.
 *
 * @param root the folder that the names start from
 * @param classes names of the classes; a label is a place in this list
 * @param files by class, then by name
 * @param others pictures that cannot be decoded, by path, with what to do
 */
record Listing(Path root, List<String> classes, List<Labelled> files, Map<String, String> others) {
    private static final List<String> ENDINGS = List.of(".jpg", ".jpeg", ".png", ".bmp", ".gif");
    private static final List<String> OTHER_ENDINGS = List.of(
            ".heic", ".heif", ".avif", ".webp", ".tif", ".tiff", ".jfif", ".jpe", ".jp2", ".jxl", ".dng", ".svg");
    private static final String OTHER = "a picture of this kind is not read; save it as .jpg or .png";

    /** A file, by its path below the root, with its label. */
    record Labelled(String name, int label) {}

    /** Lists a folder that has a folder for every class, of each class only the first files. */
    static Listing of(Path root, Path folder, int limit) {
        List<String> classes = folders(folder);
        require(
                !classes.isEmpty(),
                "No class folders in " + folder.toAbsolutePath()
                        + ": images of a class are in a folder, as in cat/1.jpg");
        List<Labelled> files = new ArrayList<>();
        Map<String, String> others = new TreeMap<>();
        for (int label = 0; label < classes.size(); label++) {
            Path own = folder.resolve(classes.get(label));
            list(own, OTHER_ENDINGS).forEach(path -> others.put(path.toString(), OTHER));
            List<Labelled> images = images(root, own, label);
            require(!images.isEmpty(), () -> none(own));
            files.addAll(images.subList(0, Math.min(limit, images.size())));
        }
        return new Listing(root, classes, files, others);
    }

    /** Makes a set of the files, which stay where they are. */
    ImageSet images(String title, int size, int shorterSide) {
        String[] names = files.stream().map(Labelled::name).toArray(String[]::new);
        int[] labels = files.stream().mapToInt(Labelled::label).toArray();
        var source = new FileSource(root.toString(), names, size, shorterSide, new FileSource.Local());
        source.unreadable().putAll(others);
        return new ImageSet(title, classes, size, size, source, labels);
    }

    private static String none(Path folder) {
        List<Path> others = list(folder, OTHER_ENDINGS);
        List<String> inside = folders(folder);
        String why = ": files must end in " + String.join(", ", ENDINGS);
        if (!others.isEmpty()) {
            why = " that can be read, only such as " + others.get(0).getFileName() + ": save those as .jpg or .png";
        } else if (!inside.isEmpty()) {
            why = ", only folders, " + Names.some(inside) + ": class folders in folders of splits are read by split()";
        }
        return "No images in " + folder.toAbsolutePath() + why;
    }

    /** Returns the files in a folder whose names are those of images, which may be none. */
    static List<Labelled> images(Path root, Path folder, int label) {
        return list(folder, ENDINGS).stream()
                .map(file -> root.relativize(file.resolveSibling(name(file))).toString())
                .map(file -> new Labelled(file, label))
                .toList();
    }

    private static List<Path> list(Path folder, List<String> endings) {
        return list(folder).stream()
                .filter(path ->
                        endings.stream().anyMatch(path.getFileName().toString().toLowerCase(Locale.ROOT)::endsWith))
                .toList();
    }

    /** Returns the names of the folders in a folder, whole numbers by what they count to and before the others. */
    static List<String> folders(Path folder) {
        return list(folder).stream()
                .filter(Files::isDirectory)
                .map(Listing::name)
                .sorted(Names.BY_NUMBER)
                .toList();
    }

    /** The name of a file or folder, which finds it again unless the locale has no such letters. */
    private static String name(Path path) {
        String name = path.getFileName().toString();
        try {
            Path found = path.resolveSibling(name);
            if (found.equals(path) || Files.exists(found)) {
                return name;
            }
        } catch (InvalidPathException e) {
            // then it finds nothing either
        }
        throw new IllegalArgumentException("This machine's locale cannot write the name of " + path.toAbsolutePath()
                + ": set LC_ALL=C.UTF-8 before Java starts, or rename it");
    }

    /** Returns what is in a folder, sorted, and not hidden. */
    private static List<Path> list(Path folder) {
        require(Files.isDirectory(folder), () -> "No folder " + folder.toAbsolutePath() + ": check the path");
        try (Stream<Path> inside = Files.list(folder)) {
            return inside.filter(path -> !path.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + folder.toAbsolutePath() + ": " + Errors.reason(e), e);
        }
    }

    /** Checks that a folder is given, not the variable of an environment that is not set. */
    static Path root(String root, String what) {
        String unset = "root is null: give the folder of ";
        require(root != null, unset + what + "; if it comes from an environment variable, that is not set");
        require(!root.isBlank(), "root is empty: give the folder of " + what + "; this one is \".\"");
        return Folders.named(root);
    }

    /** Returns a line for every file with a problem. */
    static List<String> lines(Map<String, String> problems) {
        return problems.entrySet().stream()
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .toList();
    }
}
