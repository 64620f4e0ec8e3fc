package org.crunet.exchange;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A pickle written by hand, and checkpoints around it with one storage of floats. */
final class Pickled {

    private static final String MAGIC = "\u0080\2\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019.";
    private static final String VERSION = "\u0080\2M\u00e9\3.";

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** Characters as bytes. */
    Pickled text(String operations) {
        bytes.writeBytes(operations.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    Pickled repeated(String operations, int times) {
        byte[] once = operations.getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < times; i++) {
            bytes.writeBytes(once);
        }
        return this;
    }

    Pickled string(String string) {
        return text("U" + (char) string.length() + string);
    }

    /** A tensor of storage "0". */
    Pickled tensor(long[] sizes, long[] strides, long offset, long numbers) {
        return tensor(sizes, strides, offset, numbers, "");
    }

    /** A tensor of a view of storage "0". */
    Pickled tensor(long[] sizes, long[] strides, long offset, long numbers, String view) {
        text("ctorch._utils\n_rebuild_tensor_v2\n((").string("storage").text("ctorch\nFloatStorage\n");
        string("0").string("cpu").number(numbers).text(view + "tQ").number(offset);
        return tuple(sizes).tuple(strides).text("\u0089NtR");
    }

    private Pickled tuple(long[] numbers) {
        text("(");
        for (long number : numbers) {
            number(number);
        }
        return text("t");
    }

    private Pickled number(long number) {
        text("\u008a\10");
        bytes.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(number)
                .array());
        return this;
    }

    /** 0, 1, 2 ... */
    private static byte[] storage(int numbers) {
        ByteBuffer storage = ByteBuffer.allocate(numbers * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < numbers; i++) {
            storage.putFloat(i);
        }
        return storage.array();
    }

    Path zip(Path file, int numbers) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            stored(zip, "x/data.pkl", bytes.toByteArray());
            stored(zip, "x/data/0", storage(numbers));
            stored(zip, "x/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
        }
        return file;
    }

    Path compressed(Path file) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry("x/data.pkl"));
            bytes.writeTo(zip);
        }
        return file;
    }

    private static void stored(ZipOutputStream zip, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        CRC32 crc = new CRC32();
        crc.update(content);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
    }

    Path legacy(Path file, int numbers) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write((MAGIC + VERSION + "}.").getBytes(StandardCharsets.ISO_8859_1));
            bytes.writeTo(out);
            out.write("]U\u00010a.".getBytes(StandardCharsets.ISO_8859_1));
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(numbers)
                    .array());
            out.write(storage(numbers));
        }
        return file;
    }
}
