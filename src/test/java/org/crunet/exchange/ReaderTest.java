package org.crunet.exchange;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that broke a reader, each by what it is refused for now; {@link FuzzTest} looks for more. */
class ReaderTest {

    private static final String LONG = "x".repeat(3_000);
    private static final String HEAD = "category,images,top-1,top-5,taken for,times";
    private static final String STATE = "{\"epoch\":1,\"step\":0,\"score\":{},\"seconds\":1,\"epochs\":[]}\0";

    @TempDir
    private Path folder;

    private void readOrRefused(Reader reader, byte[] data) throws IOException {
        reader.requireReadOrRefused(folder.resolve("input"), data);
    }

    private void readOrRefused(Reader reader, String text) throws IOException {
        readOrRefused(reader, text.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @EnumSource
    void soundFilesAreRead(Reader reader) throws IOException {
        for (byte[] seed : reader.seeds()) {
            reader.read(folder.resolve("input"), seed);
        }
    }

    /** Old form: magic number, version, machine; then a call of a class without a tuple of arguments. */
    @Test
    void aPickleThatCallsWithNothing() throws IOException {
        for (String nothing : List.of("N", "K\1", "]")) {
            Path file = new Pickled().text("cx\ny\n" + nothing + "R.").legacy(folder.resolve("old"), 1);
            readOrRefused(Reader.PYTORCH, Files.readAllBytes(file));
        }
    }

    @Test
    void longCells() throws IOException {
        readOrRefused(Reader.CSV, LONG);
        readOrRefused(Reader.CSV, HEAD + "," + LONG + "\na,1,0,0,b,0,0\n");
        readOrRefused(Reader.CSV, HEAD + "\na," + LONG + ",0,0,b,0\n");
        readOrRefused(Reader.CSV, "\"" + LONG + "\"\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../", "\0"})
    void weightsInAnImpossiblePlace(String place) throws IOException {
        readOrRefused(Reader.ONNX_DATA, Reader.outside(place + LONG));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"recipe.epochs\":null}", "null", "[]"})
    void aCheckpointWithoutFields(String fields) throws IOException {
        readOrRefused(Reader.CHECKPOINT, STATE + "{\"fields\":" + fields + "}");
        readOrRefused(Reader.CHECKPOINT, STATE + fields);
        readOrRefused(Reader.CHECKPOINT, "{\"epoch\":1,\"epochs\":" + fields + "}\0");
        readOrRefused(Reader.CHECKPOINT, "{\"epoch\":1,\"epochs\":[" + fields + "]}\0");
        readOrRefused(Reader.CHECKPOINT, fields);
    }

    @Test
    void longNames() throws IOException {
        readOrRefused(Reader.PLACES365, "/a/airfield 0\n\0" + LONG + ".jpg 0\n");
        readOrRefused(Reader.PLACES365, "/a/" + LONG + " 0\n\0" + LONG + ".jpg 1\n");
        readOrRefused(Reader.PLACES365, "/a/airfield 0\n\0\0.jpg 0\n");
        readOrRefused(Reader.GROUPS, LONG + " 1\n" + LONG + " 1\n");
        readOrRefused(Reader.CLASS_NAMES, "/d/desert 0\n" + LONG);
        readOrRefused(Reader.CHECKPOINT, "{\"" + LONG + "\":1}\0");
    }
}
