package org.crunet.data;

import static org.crunet.base.Errors.require;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.crunet.base.Errors;
import org.crunet.files.InputFile;

/** Groups of scene categories, such as indoor and outdoor. */
public final class SceneGroups {

    private static final Pattern LINE = Pattern.compile("(?:/[a-z]/)?(\\S+)\\s+(\\S.*)");
    private static final Map<String, String> PLACES = Map.of("1", "indoor", "2", "outdoor");

    private SceneGroups() {}

    /**
     * Reads a file with a category and its group on each line. In {@code IO_places365.txt}, which goes with Places365, the
     * lines are like {@code /a/airfield 2}: 1 is indoor, 2 is outdoor.
     *
     * @param file text in UTF-8
     * @return the group of each category, in the order of the file; names without the letter before them, as in
     *     {@code Places365}
     * @throws IllegalArgumentException if a line is wrong or a category comes twice; the message has file and line
     * @throws UncheckedIOException if the file cannot be read
     */
    public static Map<String, String> read(Path file) {
        Map<String, String> groups = new LinkedHashMap<>();
        List<String> lines = lines(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (!line.isEmpty()) {
                Matcher parts = LINE.matcher(line);
                String where = file.toAbsolutePath() + ", line " + (i + 1) + ": ";
                require(
                        parts.matches(),
                        where + "\"" + line + "\" should be a category and its group, as in"
                                + " \"/a/airfield 2\" or \"airfield outdoor\"");
                require(
                        groups.put(parts.group(1), parts.group(2)) == null,
                        where + parts.group(1) + " has a group" + " already: give each category one");
            }
        }
        if (PLACES.keySet().containsAll(new HashSet<>(groups.values()))) {
            groups.replaceAll((category, number) -> PLACES.get(number));
        }
        return groups;
    }

    private static List<String> lines(Path file) {
        try {
            return InputFile.lines(file);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file.toAbsolutePath() + ": " + Errors.reason(e), e);
        }
    }
}
