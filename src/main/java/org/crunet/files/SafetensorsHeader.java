package org.crunet.files;

import static org.crunet.base.Errors.check;
import static org.crunet.base.Errors.quoted;
import static org.crunet.base.Errors.require;
import static org.crunet.base.Errors.shortened;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
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
 * @param unread the types of those that have one that is not known here, by name
 */
record SafetensorsHeader(Map<String, String> metadata, Map<String, Entry> entries, Map<String, String> unread) {
    static final String METADATA = "__metadata__";
    static final int LENGTH_BYTES = 8;

    /** The limit of the format itself. */
    static final int MAX_BYTES = 100_000_000;

    private static final int MAX_NAMES = 100_000;
    /** As many tensors have, each of up to eight dimensions. */
    private static final int MAX_TOKENS = 1 << 21;

    private static final int MAX_DIMENSIONS = 64;
    private static final int MAX_MESSAGE = 250;
    private static final JsonMapper JSON = InputFile.json(3, MAX_TOKENS, MAX_BYTES)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** A tensor as the JSON has it. */
    private record Row(String dtype, long[] shape, long[] data_offsets) {

        Row {
            require(dtype != null && shape != null && data_offsets != null, "it needs dtype, shape and data_offsets");
        }

        DataType type() {
            return Dtype.named(dtype).map(known -> known.type).orElse(DataType.UNKNOWN);
        }

        /** Returns its bytes, -1 if they are impossible; those of a type that is not known are as many as it says. */
        long length() {
            try {
                boolean possible =
                        shape.length <= MAX_DIMENSIONS && LongStream.of(shape).noneMatch(size -> size < 0);
                boolean known = type() != DataType.UNKNOWN;
                long width = known ? type().getNumOfBytes() : 1;
                long length = possible ? LongStream.of(shape).reduce(width, Math::multiplyExact) : -1;
                return known || length < 0 || data_offsets.length != 2
                        ? length
                        : Math.subtractExact(data_offsets[1], data_offsets[0]);
            } catch (ArithmeticException e) {
                return -1;
            }
        }
    }

    /** Returns length and JSON, metadata first, padded with spaces so that the numbers start at a multiple of eight. */
    byte[] toBytes() throws IOException {
        requireWhole();
        Map<String, Object> all = new LinkedHashMap<>(Map.of(METADATA, metadata));
        long offset = 0;
        for (var named : entries.entrySet()) {
            Entry entry = named.getValue();
            long[] offsets = {offset, offset += entry.length()};
            Row row = new Row(Dtype.of(entry.type()).name(), entry.shape().getShape(), offsets);
            all.put(named.getKey(), row);
        }
        byte[] json = JSON.writeValueAsBytes(all);
        int length = (json.length + LENGTH_BYTES - 1) / LENGTH_BYTES * LENGTH_BYTES;
        boolean possible = all.size() + metadata.size() <= MAX_NAMES && length <= MAX_BYTES - LENGTH_BYTES;
        check(possible, "a header of " + all.size() + " tensors and " + length + " bytes is too long");
        ByteBuffer head = ByteBuffer.allocate(LENGTH_BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
        head.putLong(length).put(json);
        Arrays.fill(head.array(), head.position(), head.limit(), (byte) ' ');
        return head.array();
    }

    /**
     * Reads the JSON and checks it.
     *
     * @param head the length and the JSON
     * @param fileSize bytes in the whole file
     */
    static SafetensorsHeader parse(byte[] head, long fileSize) throws IOException {
        Map<String, String> metadata = new LinkedHashMap<>();
        Map<String, Entry> entries = new LinkedHashMap<>();
        Map<String, String> unread = new HashMap<>();
        var json = new ByteArrayInputStream(head, LENGTH_BYTES, head.length - LENGTH_BYTES);
        String what = "its header";
        try (Reader text = new InputStreamReader(json, StandardCharsets.UTF_8.newDecoder())) {
            for (var member : members(JSON.readTree(text), what)) {
                String name = member.getKey();
                what = "tensor " + quoted(name);
                if (name.equals(METADATA) && member.getValue().isNull()) {
                    continue; // as none
                }
                var fields = members(member.getValue(), what);
                if (name.equals(METADATA)) {
                    fields.forEach(
                            pair -> metadata.put(pair.getKey(), pair.getValue().textValue()));
                } else {
                    Row row = JSON.treeToValue(member.getValue(), Row.class);
                    entries.put(name, entry(row, what, head.length, fileSize));
                    if (row.type() == DataType.UNKNOWN) {
                        unread.put(name, row.dtype);
                    }
                }
            }
        } catch (JsonProcessingException e) {
            String message = shortened(e.getOriginalMessage(), MAX_MESSAGE);
            throw new IOException(what + " is not proper JSON: " + message, e);
        } catch (CharacterCodingException e) {
            throw new IOException("its header is not UTF-8", e);
        }
        var header = new SafetensorsHeader(metadata, entries, unread);
        header.requireWhole();
        header.requireNoGaps(head.length, fileSize);
        return header;
    }

    private static Set<Map.Entry<String, JsonNode>> members(JsonNode node, String what) throws IOException {
        check(node.isObject(), what + " should be an object, but is " + node.getNodeType());
        return node.properties();
    }

    private void requireWhole() throws IOException {
        List<String> texts = new ArrayList<>(metadata.keySet());
        texts.addAll(metadata.values());
        texts.addAll(entries.keySet());
        for (String text : texts) {
            boolean whole = text != null && StandardCharsets.UTF_8.newEncoder().canEncode(text);
            check(whole, () -> quoted(text + "") + " of its names and metadata is no text or has a lone surrogate");
        }
    }

    private static Entry entry(Row row, String what, long start, long fileSize) throws IOException {
        long[] at = row.data_offsets;
        long length = row.length();
        check(
                length >= 0 && at.length == 2 && at[1] <= fileSize - start && at[1] - at[0] == length,
                () -> what + " of type " + shortened(row.dtype) + " and shape " + shortened(Arrays.toString(row.shape))
                        + " cannot be bytes " + shortened(Arrays.toString(at)) + " of " + (fileSize - start));
        return new Entry(row.type(), new Shape(row.shape), start + at[0], length);
    }

    /** In any order, but one after the other from the header to the end of the file. */
    private void requireNoGaps(long start, long fileSize) throws IOException {
        List<String> sorted = new ArrayList<>(entries.keySet());
        sorted.sort(Comparator.comparingLong((String name) -> entries.get(name).offset())
                .thenComparingLong(name -> entries.get(name).length()));
        long end = start;
        for (String name : sorted) {
            Entry entry = entries.get(name);
            String begin = "tensor " + quoted(name) + " starts at byte " + entry.offset();
            check(entry.offset() == end, begin + ", but what precedes it ends at byte " + end);
            end += entry.length();
        }
        check(end == fileSize, "its tensors end at byte " + end + ", but the file has " + fileSize + " bytes");
    }
}
