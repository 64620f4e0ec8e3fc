package org.crunet.image;

import static org.crunet.base.Errors.check;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.InflaterInputStream;

/** The chunks of a PNG file that its pixels need, and how the camera was held by one of the others. */
record Png(byte[] plain, int width, int height, long most, int orientation) implements Stored {
    private static final int SIGNATURE_BYTES = 8;
    private static final int HEADER_BYTES = 13;
    private static final int PALETTE = 3;
    /** Deflate makes of a byte at most so many. */
    private static final long UNPACKED_BYTES = 1032;

    private static final int MOST_TEXT = 1 << 20;
    /** The text in which ImageMagick keeps Exif, as three lines and the bytes in hexadecimal. */
    private static final String RAW_EXIF = "Raw profile type exif";

    private static final String XMP = "XML:com.adobe.xmp";

    static Png of(byte[] bytes) throws IOException {
        Map<String, byte[]> chunks = new HashMap<>();
        var data = new ByteArrayOutputStream();
        boolean over = false;
        ByteBuffer file = ByteBuffer.wrap(bytes);
        long next;
        for (long at = SIGNATURE_BYTES; at + 8 <= bytes.length; at = next) {
            int from = (int) at + 8;
            next = from + Integer.toUnsignedLong(file.getInt((int) at)) + 4;
            int to = (int) Math.min(next - 4, bytes.length);
            String type = latin(bytes, from - 4, from);
            if (!type.equals("IDAT")) {
                over = data.size() > 0;
                keep(chunks, type, over, bytes, from, to);
            } else if (!over) {
                data.write(bytes, from, to - from);
            }
        }
        byte[] header = chunks.getOrDefault("IHDR", new byte[0]);
        if (header.length < HEADER_BYTES) {
            throw new EOFException("no header");
        }
        ByteBuffer says = ByteBuffer.wrap(header);
        long most = UNPACKED_BYTES * 8 * data.size() / bits(header);
        int orientation = Orientation.of(exif(chunks), text(chunks, XMP));
        return new Png(plain(bytes, chunks, header, data), says.getInt(0), says.getInt(4), most, orientation);
    }

    /** The last one of a kind counts; those for the pixels must be sound and before them. */
    private static void keep(Map<String, byte[]> chunks, String type, boolean over, byte[] bytes, int from, int to)
            throws IOException {
        switch (type) {
            case "IHDR", "PLTE", "tRNS" -> {
                if (!over) {
                    CRC32 sum = new CRC32();
                    sum.update(bytes, from - 4, to - from + 4);
                    boolean whole = to + 4 <= bytes.length;
                    check(
                            whole
                                    && (int) sum.getValue()
                                            == ByteBuffer.wrap(bytes).getInt(to),
                            damaged(type));
                    chunks.put(type, Arrays.copyOfRange(bytes, from, to));
                }
            }
            case "eXIf" -> chunks.put(type, Arrays.copyOfRange(bytes, from, to));
            case "tEXt", "zTXt", "iTXt" -> {
                String start = latin(bytes, from, Math.min(to, from + RAW_EXIF.length() + 1));
                for (String keyword : new String[] {RAW_EXIF, XMP}) {
                    if (start.startsWith(keyword + "\0")) {
                        chunks.put(keyword, Arrays.copyOfRange(bytes, from - 4, to));
                    }
                }
            }
            default -> {} // not for the pixels
        }
    }

    private static String damaged(String type) {
        return "the image is damaged: the checksum of its " + type + " chunk is another one";
    }

    private static String latin(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private static int bits(byte[] header) {
        int samples = switch (header[9]) {
            case 2 -> 3;
            case 4 -> 2;
            case 6 -> 4;
            default -> 1;
        };
        return Math.max(1, header[8] * samples);
    }

    private static byte[] plain(byte[] bytes, Map<String, byte[]> chunks, byte[] header, ByteArrayOutputStream data)
            throws IOException {
        var plain = new ByteArrayOutputStream(data.size() + 2048);
        var out = new DataOutputStream(plain);
        out.write(bytes, 0, SIGNATURE_BYTES);
        header[10] = 0; // there is one way to compress only
        write(out, "IHDR", header, HEADER_BYTES);
        byte[] palette = header[9] == PALETTE ? chunks.getOrDefault("PLTE", new byte[0]) : new byte[0];
        int colours = header[9] == PALETTE ? 3 << Math.max(0, Math.min(header[8], 8)) : 0;
        byte[] whole = Arrays.copyOf(palette, palette.length / 3 * 3);
        write(out, "PLTE", Arrays.copyOf(whole, colours), colours); // a number without a colour is black
        int transparent = switch (header[9]) {
            case 0 -> 2;
            case 2 -> 6;
            case PALETTE -> palette.length / 3;
            default -> 0;
        };
        write(out, "tRNS", chunks.getOrDefault("tRNS", new byte[0]), transparent);
        write(out, "IDAT", data.toByteArray(), data.size());
        out.writeLong(0x0000_0000_4945_4e44L); // IEND, empty
        out.writeInt(0xae42_6082);
        return plain.toByteArray();
    }

    /** As much of a chunk as its kind has, unless it is empty. */
    private static void write(DataOutputStream out, String type, byte[] content, int most) throws IOException {
        int length = Math.min(content.length, most);
        if (length > 0) {
            byte[] name = type.getBytes(StandardCharsets.US_ASCII);
            CRC32 sum = new CRC32();
            sum.update(name);
            sum.update(content, 0, length);
            out.writeInt(length);
            out.write(name);
            out.write(content, 0, length);
            out.writeInt((int) sum.getValue());
        }
    }

    private static byte[] exif(Map<String, byte[]> chunks) {
        String[] lines = latin(text(chunks, RAW_EXIF)).split("\n", 4);
        if (chunks.containsKey("eXIf") || lines.length < 4) {
            return chunks.getOrDefault("eXIf", new byte[0]);
        }
        try {
            return HexFormat.of().parseHex(lines[3].replaceAll("\\s", ""));
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }

    private static String latin(byte[] text) {
        return latin(text, 0, text.length);
    }

    /** What a text chunk says after its keyword; nothing if it is missing or damaged. */
    private static byte[] text(Map<String, byte[]> chunks, String keyword) {
        String chunk = latin(chunks.getOrDefault(keyword, new byte[0]));
        int after = 4 + keyword.length() + 1;
        boolean packed = chunk.startsWith("zTXt");
        if (packed) {
            after++;
        } else if (chunk.startsWith("iTXt")) {
            packed = chunk.startsWith("\1", after);
            after = chunk.indexOf('\0', chunk.indexOf('\0', after + 2) + 1) + 1;
        }
        byte[] rest = chunk.substring(Math.min(after, chunk.length())).getBytes(StandardCharsets.ISO_8859_1);
        return packed ? unpacked(rest) : rest;
    }

    private static byte[] unpacked(byte[] text) {
        try (var in = new InflaterInputStream(new ByteArrayInputStream(text))) {
            return in.readNBytes(MOST_TEXT);
        } catch (IOException e) {
            return new byte[0];
        }
    }
}
