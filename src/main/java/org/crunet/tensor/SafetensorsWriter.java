package org.crunet.tensor;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.crunet.tensor.TensorFile.Entry;

/**
 * Writes beside the file and puts the whole in its place in one step.
 *
 * <p>Through {@link RandomAccessFile}, because a channel closes itself when its thread is interrupted, and an interrupted
 * training is one whose weights should be kept.
 */
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
        Path file = target.toAbsolutePath();
        Path temporary = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".tmp");
        checkReplaceable(file);
        try {
            Files.createFile(temporary);
            try (RandomAccessFile out = new RandomAccessFile(temporary.toFile(), "rw")) {
                new SafetensorsWriter(out).writeAll(header, arrays);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw failed(file, reason(file, e), e);
        } finally {
            temporary.toFile().delete(); // once moved it is not there any more
        }
        force(file.getParent());
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

    private static void checkReplaceable(Path file) {
        String problem = null;
        if (Files.isDirectory(file)) {
            problem = "it is a folder: choose another name";
        } else if (Files.exists(file) && !Files.isWritable(file)) {
            problem = "the file there is read-only: allow writing to it or choose another name";
        }
        if (problem != null) {
            throw failed(file, problem, new IOException(problem));
        }
    }

    private void writeAll(byte[] header, Map<String, NDArray> arrays) throws IOException {
        write(ByteBuffer.wrap(header));
        for (NDArray array : arrays.values()) {
            write(array.toByteBuffer(false)); // a copy in row order, whatever the array's strides and device
        }
        SafetensorsHeader.parse(header, out.length()); // refuses if an array has changed its size since
        out.seek(Checksum.indexIn(header, Checksum.NONE));
        out.write(Checksum.hex(digest).getBytes(StandardCharsets.US_ASCII));
        out.getFD().sync();
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            int count = Math.min(CHUNK, bytes.remaining());
            bytes.get(chunk, 0, count);
            digest.update(chunk, 0, count);
            out.write(chunk, 0, count);
        }
    }

    private static String reason(Path file, IOException e) {
        if (e instanceof NoSuchFileException) {
            return "there is no folder " + file.getParent() + ": create it first";
        }
        if (e instanceof AccessDeniedException) {
            return "no permission to write in " + file.getParent() + ": choose another folder";
        }
        String reason = e instanceof FileSystemException f && f.getReason() != null ? f.getReason() : e.getMessage();
        return reason + ": free some space or choose another place";
    }

    private static UncheckedIOException failed(Path file, String reason, IOException cause) {
        return new UncheckedIOException(
                "Cannot write " + file + ": " + reason + ". What was there before is unchanged", cause);
    }

    /** Makes the renaming survive a power cut; systems that cannot do this for a folder, such as Windows, say so. */
    private static void force(Path folder) {
        boolean interrupted = Thread.interrupted();
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException notHere) {
            // The file itself is written; only its name may still be the old one after a power cut.
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
