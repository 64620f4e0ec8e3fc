package org.crunet.files;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.crunet.base.Errors;
import org.crunet.files.TensorFile.Entry;

/**
 * The JSON between the length and the numbers: {@code {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0,
 * 24]}, "__metadata__": {"key": "value"}}}.
 *
 * <p>What is read is believed only once it fits: every number of bytes is checked against the file before memory of that
 * size is asked for. An {@link IOException} says what does not fit; who calls adds the file.
 *
 * @param metadata what {@code __metadata__} says, in the file's order
 * @param entries the tensors, in the header's order
 */
record SafetensorsHeader(Map<String, String> metadata, Map<String, Entry> entries) {
    static final String METADATA = "__metadata__";
    static final int LENGTH_BYTES = 8;

    /** The limit of the format itself. */
    static final int MAX_BYTES = 100_000_000;

    private static final int MAX_NAMES = 100_000;
    private static final int MAX_DIMENSIONS = 64;
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(3).build())
            .build();

    /** Length and JSON, metadata first, padded with spaces so that the numbers start at a multiple of eight. */
    byte[] toBytes() throws IOException {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(new byte[LENGTH_BYTES]);
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            out.writeStartObject();
            out.writeObjectFieldStart(METADATA);
            for (var pair : metadata.entrySet()) {
                out.writeStringField(pair.getKey(), pair.getValue());
            }
            out.writeEndObject();
            long offset = 0;
            for (var named : entries.entrySet()) {
                out.writeFieldName(named.getKey());
                writeEntry(out, named.getValue(), offset);
                offset += named.getValue().length();
            }
            out.writeEndObject();
        }
        while (bytes.size() % LENGTH_BYTES != 0) {
            bytes.write(' ');
        }
        if (bytes.size() > MAX_BYTES) {
            throw new IOException("a header of " + bytes.size() + " bytes is too long");
        }
        byte[] head = bytes.toByteArray();
        ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).putLong(0, head.length - LENGTH_BYTES);
        return head;
    }

    private static void writeEntry(JsonGenerator out, Entry entry, long offset) throws IOException {
        long[] shape = entry.shape().getShape();
        out.writeStartObject();
        out.writeStringField("dtype", Dtype.of(entry.type()).name());
        out.writeFieldName("shape");
        out.writeArray(shape, 0, shape.length);
        out.writeFieldName("data_offsets");
        out.writeArray(new long[] {offset, offset + entry.length()}, 0, 2);
        out.writeEndObject();
    }

    /**
     * Reads the JSON and checks it.
     *
     * @param head the length and the JSON
     * @param fileSize bytes in the whole file
     */
    static SafetensorsHeader parse(byte[] head, long fileSize) throws IOException {
        var header = new SafetensorsHeader(new LinkedHashMap<>(), new LinkedHashMap<>());
        var json = new ByteArrayInputStream(head, LENGTH_BYTES, head.length - LENGTH_BYTES);
        Reader text = new InputStreamReader(json, StandardCharsets.UTF_8.newDecoder());
        try (JsonParser in = JSON.createParser(text)) {
            expect(in, JsonToken.START_OBJECT, "the header");
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                header.readMember(in, head.length, fileSize);
            }
            if (in.nextToken() != null) {
                throw new IOException("something follows the header's last brace");
            }
        } catch (JsonProcessingException e) {
            throw new IOException("its header is not proper JSON: " + e.getOriginalMessage(), e);
        } catch (CharacterCodingException e) {
            throw new IOException("its header is not UTF-8", e);
        }
        checkNoGaps(header.entries, head.length, fileSize);
        return header;
    }

    private void readMember(JsonParser in, long start, long fileSize) throws IOException {
        String name = in.currentName();
        if (name.equals(METADATA)) {
            expect(in, JsonToken.START_OBJECT, METADATA);
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String key = in.currentName();
                metadata.put(key, string(in, "metadata " + Errors.quoted(key)));
                check(key, metadata.get(key));
            }
        } else {
            entries.put(name, entry(in, "tensor " + Errors.quoted(name), start, fileSize));
            check(name, "");
        }
    }

    private void check(String name, String text) throws IOException {
        if (entries.size() + metadata.size() > MAX_NAMES) {
            throw new IOException("its header has more than " + MAX_NAMES + " names");
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(name + text)) {
            throw new IOException(Errors.quoted(name) + " has half a character in it (a lone surrogate)");
        }
    }

    private static Entry entry(JsonParser in, String what, long start, long fileSize) throws IOException {
        expect(in, JsonToken.START_OBJECT, what);
        Dtype dtype = null;
        long[] shape = null;
        long[] offsets = null;
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String field = in.currentName();
            switch (field) {
                case "dtype" -> dtype = dtype(string(in, what + " dtype"), what);
                case "shape" -> shape = longs(in, what + " shape");
                case "data_offsets" -> offsets = longs(in, what + " data_offsets");
                default -> throw new IOException(what + " has an unknown field " + Errors.quoted(field));
            }
        }
        if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
            throw new IOException(what + " needs a dtype, a shape and two data_offsets");
        }
        long length = length(dtype, shape, what);
        if (offsets[0] > offsets[1] || offsets[1] > fileSize - start || offsets[1] - offsets[0] != length) {
            throw new IOException(what + " of " + length + " bytes has data_offsets " + Arrays.toString(offsets)
                    + " in " + (fileSize - start) + " bytes of data");
        }
        return new Entry(dtype.type, new Shape(shape), start + offsets[0], length);
    }

    private static Dtype dtype(String name, String what) throws IOException {
        try {
            return Dtype.valueOf(name);
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    what + " has the unknown dtype " + Errors.quoted(name) + ", not one of " + List.of(Dtype.values()),
                    e);
        }
    }

    private static long length(Dtype dtype, long[] shape, String what) throws IOException {
        try {
            return Arrays.stream(shape).reduce(dtype.bytes(), Math::multiplyExact);
        } catch (ArithmeticException e) {
            throw new IOException(what + " is impossibly large: " + new Shape(shape), e);
        }
    }

    private static long[] longs(JsonParser in, String what) throws IOException {
        expect(in, JsonToken.START_ARRAY, what);
        long[] values = new long[MAX_DIMENSIONS];
        int count = 0;
        while (in.nextToken() == JsonToken.VALUE_NUMBER_INT && count < values.length) {
            values[count] = in.getLongValue();
            if (values[count++] < 0) {
                throw new IOException(what + " has a negative number, " + in.getText());
            }
        }
        if (in.currentToken() != JsonToken.END_ARRAY) {
            throw new IOException(what + " is not a list of at most " + MAX_DIMENSIONS + " whole numbers");
        }
        return Arrays.copyOf(values, count);
    }

    private static String string(JsonParser in, String what) throws IOException {
        expect(in, JsonToken.VALUE_STRING, what);
        return in.getText();
    }

    private static void expect(JsonParser in, JsonToken expected, String what) throws IOException {
        JsonToken token = in.nextToken();
        if (token != expected) {
            throw new IOException(what + " should be " + expected + ", but is " + token);
        }
    }

    /** In any order, but one after the other from the header to the end of the file. */
    private static void checkNoGaps(Map<String, Entry> entries, long start, long fileSize) throws IOException {
        var sorted = entries.entrySet().stream()
                .sorted(Comparator.comparingLong(
                                (Map.Entry<String, Entry> e) -> e.getValue().offset())
                        .thenComparingLong(e -> e.getValue().length()))
                .toList();
        long end = start;
        for (var named : sorted) {
            if (named.getValue().offset() != end) {
                throw new IOException("tensor " + Errors.quoted(named.getKey()) + " starts at byte "
                        + named.getValue().offset() + ", but what precedes it ends at byte " + end);
            }
            end += named.getValue().length();
        }
        if (end != fileSize) {
            throw new IOException("its tensors end at byte " + end + ", but the file has " + fileSize + " bytes");
        }
    }
}
