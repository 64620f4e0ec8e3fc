package org.crunet.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file that somebody named, to be read. */
public final class InputFile {

    /** Some editors begin a file with it. */
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private InputFile() {}

    /**
     * Throws if there is no such file.
     *
     * @param file what is to be read
     * @throws UncheckedIOException if it does not exist or is a folder
     */
    public static void require(Path file) {
        if (!Files.isRegularFile(file)) {
            IOException cause = new IOException(Files.exists(file) ? "it is not a file" : "it does not exist");
            throw new UncheckedIOException(
                    "Cannot read " + file.toAbsolutePath() + ": " + cause.getMessage() + "; check the path", cause);
        }
    }

    /**
     * Returns the lines of a text in UTF-8, without spaces around them and without a byte-order mark.
     *
     * @param file a text
     * @return all lines, empty ones too
     * @throws IOException if it cannot be read or is no such text
     */
    public static List<String> lines(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .map(line -> line.replace(BYTE_ORDER_MARK, "").strip())
                .toList();
    }
}
