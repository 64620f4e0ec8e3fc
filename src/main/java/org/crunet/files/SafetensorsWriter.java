package org.crunet.files;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import org.crunet.files.TensorFile.Entry;

/** Writes header and arrays, and the checksum of both once it is known. */
final class SafetensorsWriter {
    private static final int CHUNK = 1 << 16;

    private final RandomAccessFile out;
    private final MessageDigest digest = Checksum.digest();
    private final byte[] chunk = new byte[CHUNK];

    private SafetensorsWriter(RandomAccessFile out) {
        this.out = out;
    }

    static void write(Path target, Map<String, NDArray> arrays, Map<String, String> metadata) {
        byte[] header = header(arrays, metadata);
        WholeFile.write(target, out -> new SafetensorsWriter(out).writeAll(header, arrays));
    }

    private static byte[] header(Map<String, NDArray> arrays, Map<String, String> metadata) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        arrays.forEach((name, array) -> entries.put(name, entry(name, array)));
        Map<String, String> all = new LinkedHashMap<>();
        all.put(Safetensors.CHECKSUM, Checksum.NONE);
        metadata.forEach((key, value) -> all.putIfAbsent(key, value));
        try {
            byte[] header = new SafetensorsHeader(all, entries).toBytes();
            long data = entries.values().stream().mapToLong(Entry::length).sum();
            SafetensorsHeader.parse(header, header.length + data);
            return header;
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "These names or metadata make no safetensors file: " + e.getMessage(), e);
        }
    }

    private static Entry entry(String name, NDArray array) {
        if (name == null || name.equals(SafetensorsHeader.METADATA)) {
            throw new IllegalArgumentException("An array cannot be called " + name + ": give it another name");
        }
        if (array.isReleased()) {
            throw new IllegalArgumentException(
                    "The array \"" + name + "\" is closed: write it before its manager closes");
        }
        Dtype dtype = Dtype.of(array.getDataType());
        if (dtype == null) {
            throw new IllegalArgumentException("The array \"" + name + "\" is of type " + array.getDataType()
                    + ", which safetensors does not have: convert it, as in toType(DataType.FLOAT32, false)");
        }
        long length = Math.multiplyExact(array.size(), dtype.bytes());
        if (length > Safetensors.MAX_ARRAY) {
            throw new IllegalArgumentException(
                    "The array \"" + name + "\" has " + length + " bytes, more than 2 GiB: split it");
        }
        return new Entry(array.getDataType(), array.getShape(), 0, length);
    }

    private void writeAll(byte[] header, Map<String, NDArray> arrays) throws IOException {
        write(ByteBuffer.wrap(header));
        for (NDArray array : arrays.values()) {
            write(array.toByteBuffer(false)); // a copy in row order, whatever the array's strides and device
        }
        SafetensorsHeader.parse(header, out.length()); // refuses if an array has changed its size since
        out.seek(Checksum.indexIn(header, Checksum.NONE));
        out.write(Checksum.hex(digest).getBytes(StandardCharsets.US_ASCII));
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            int count = Math.min(CHUNK, bytes.remaining());
            bytes.get(chunk, 0, count);
            digest.update(chunk, 0, count);
            out.write(chunk, 0, count);
        }
    }
}
