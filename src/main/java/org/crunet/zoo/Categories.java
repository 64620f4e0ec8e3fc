package org.crunet.zoo;

import static org.crunet.base.Errors.require;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.crunet.base.Errors;
import org.crunet.files.InputFile;

/** Files with the names of the classes: one a line, or as Places365 has them, {@code /d/desert/sand 116}. */
final class Categories {

    private static final List<String> FILES = List.of("synset.txt", "categories_places365.txt");
    private static final Pattern PLACES = Pattern.compile("/[a-z]/(\\S+) (\\d+)");

    private Categories() {}

    /** Returns the file of names in a folder, if there is one. */
    static Optional<Path> beside(Path weights) {
        return FILES.stream()
                .map(weights.toAbsolutePath()::resolveSibling)
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /**
     * Reads the names for so many classes.
     *
     * @throws IllegalArgumentException if they are more or fewer, or a line is wrong; the message has file and line
     * @throws UncheckedIOException if the file cannot be read
     */
    static List<String> read(Path file, int classes) {
        List<String> lines = lines(file);
        String names = file.toAbsolutePath() + " has names for " + lines.size() + " categories, but the network has ";
        String fix = " classes: give the right ones, .optArgument(\"categories\", list or path)";
        require(lines.size() == classes, names + classes + fix);
        return PLACES.matcher(lines.get(0)).matches() ? byNumber(file, lines) : lines;
    }

    private static List<String> lines(Path file) {
        try {
            return InputFile.lines(file).stream()
                    .filter(line -> !line.isEmpty())
                    .toList();
        } catch (IOException e) {
            String fix = ". It should have a category on each line, in UTF-8";
            throw new UncheckedIOException("Cannot read " + file.toAbsolutePath() + ": " + Errors.reason(e) + fix, e);
        }
    }

    private static List<String> byNumber(Path file, List<String> lines) {
        String[] names = new String[lines.size()];
        for (String line : lines) {
            Matcher parts = PLACES.matcher(line);
            int number = parts.matches() && parts.group(2).length() < 9 ? Integer.parseInt(parts.group(2)) : -1;
            String form = " should be like /d/desert/sand 116, each number from 0 to " + (names.length - 1) + " once";
            boolean proper = number >= 0 && number < names.length && names[number] == null;
            require(proper, () -> file.toAbsolutePath() + ": the line " + Errors.quoted(line) + form);
            names[number] = parts.group(1);
        }
        return Arrays.asList(names);
    }
}
