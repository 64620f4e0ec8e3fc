package org.crunet.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.crunet.base.Errors;

/** Folders by their names. */
public final class Folders {

    private Folders() {}

    /**
     * Returns the folder that somebody named.
     *
     * @param name need not be there
     * @return its path
     * @throws IllegalArgumentException if it begins with a tilde, or has letters that no folder's name can have here
     */
    public static Path named(String name) {
        Path folder;
        try {
            folder = Path.of(Objects.requireNonNull(name, "folder is null"));
        } catch (InvalidPathException e) {
            String why = "No folder can be called " + Errors.quoted(name)
                    + " here: set LC_ALL=C.UTF-8 before Java starts, or give another";
            throw new IllegalArgumentException(why, e);
        }
        requireNoTilde(folder);
        return folder;
    }

    /**
     * Throws if a folder begins with a tilde, which a shell knows and Java would make a folder of.
     *
     * @param folder that somebody named
     * @throws IllegalArgumentException if it does; the message has the folder that was meant
     */
    public static void requireNoTilde(Path folder) {
        Path home = Path.of(System.getProperty("user.home"));
        Errors.require(
                !folder.startsWith("~"),
                () -> "Java does not know ~, as in " + folder + ": give "
                        + home.resolve(Path.of("~").relativize(folder)));
    }

    /**
     * Returns a folder among others, found by the key at the end of its name; the words before it are free.
     *
     * @param among where the folders are; need not be there
     * @param words what a new one is called
     * @param key hexadecimal digits
     * @return need not be there
     * @throws UncheckedIOException if the folders cannot be listed
     */
    public static Path keyed(Path among, String words, String key) {
        Path made = among.resolve(words + "-" + key);
        return Files.exists(made)
                ? made
                : list(among, ".*-" + key).stream().findFirst().orElse(made);
    }

    /**
     * Returns what is in a folder by names of a pattern.
     *
     * @param folder need not be there
     * @param pattern a regular expression of the whole name
     * @return sorted
     * @throws UncheckedIOException if it cannot be listed
     */
    public static List<Path> list(Path folder, String pattern) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches(pattern))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + folder.toAbsolutePath(), e);
        }
    }

    /**
     * Makes a folder, unless it is there, and makes sure that files can be written in it, before time is spent.
     *
     * @param folder what may not be there yet
     * @param what is to be kept in it, such as {@code a training}
     * @throws UncheckedIOException if they cannot; the message says why, and what to do
     */
    public static void requireWritable(Path folder, String what) {
        Path place = folder.toAbsolutePath();
        Path probe = place.resolve("." + UUID.randomUUID() + ".tmp");
        try {
            Files.createDirectories(place);
            Disk.used.create(probe);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot keep " + what + " in " + place + ", because " + reason(e)
                            + ": give a folder you may write to",
                    e);
        }
        WholeFile.delete(probe);
    }

    /**
     * Does something in a folder that is deleted afterwards.
     *
     * @param <T> what comes of it
     * @param among where the folder is made
     * @param work is given the folder
     * @return what the work returns
     * @throws UncheckedIOException if the folder cannot be made or deleted
     */
    public static <T> T temporary(Path among, Function<Path, T> work) {
        try {
            Path folder = Files.createTempDirectory(among, "crunet");
            try {
                return work.apply(folder);
            } finally {
                try (Stream<Path> all = Files.walk(folder)) {
                    all.sorted(Comparator.reverseOrder())
                            .forEach(path -> path.toFile().delete());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot work in " + among.toAbsolutePath() + ", because " + reason(e), e);
        }
    }

    /** Why nothing can be written or deleted. */
    static String reason(IOException e) {
        if (e instanceof FileAlreadyExistsException) {
            return "it is a file";
        }
        if (e instanceof DirectoryNotEmptyException) {
            return "it is a folder with something in it";
        }
        if (e instanceof AccessDeniedException) {
            return "there is no permission to write there";
        }
        return e instanceof NoSuchFileException ? "no folder can be made there" : Errors.reason(e);
    }
}
