package org.crunet.files;

import static org.crunet.base.Errors.check;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

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
     * Returns a reader of JSON from strangers, where no name stands twice and nothing is larger than a limit.
     *
     * @param depth how deep it may be nested
     * @param tokens how many braces, names and values it may have
     * @param text how many characters a name or text may have
     * @return the reader, to be built
     */
    public static JsonMapper.Builder json(int depth, int tokens, int text) {
        return JsonMapper.builder(JsonFactory.builder()
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(depth)
                        .maxTokenCount(tokens)
                        .maxStringLength(text)
                        .maxNameLength(text)
                        .build())
                .build());
    }

    /**
     * Returns the lines of a text in UTF-8, without spaces around them and without a byte-order mark.
     *
     * @param file a text
     * @return all lines, empty ones too
     * @throws IOException if it cannot be read or is no such text; the message says what it is instead
     */
    public static List<String> lines(Path file) throws IOException {
        Optional<String> other = FileKind.otherThanText(file, "a list in UTF-8");
        check(other.isEmpty(), other::orElseThrow);
        return Files.readAllLines(file).stream()
                .map(line -> line.replace(BYTE_ORDER_MARK, "").strip())
                .toList();
    }
}
