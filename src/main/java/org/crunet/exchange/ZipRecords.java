package org.crunet.exchange;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.crunet.base.Errors;

/** Where the records of a zip file are that was written without compression, as PyTorch does; nothing is unpacked. */
final class ZipRecords {

    static final int MAGIC = 0x04034b50;
    private static final int DIRECTORY = 0x02014b50;
    private static final int END = 0x06054b50;
    private static final int END_64 = 0x06064b50;
    private static final int LOCATOR_64 = 0x07064b50;
    private static final int END_BYTES = 22;
    private static final int LOCATOR_BYTES = 20;
    private static final int END_64_BYTES = 56;
    private static final int ENTRY_BYTES = 46;
    private static final int HEADER_BYTES = 30;
    private static final long MAX_DIRECTORY = 1 << 24;
    private static final long ABSENT = 0xffffffffL;

    private final RandomAccessFile in;
    private final Map<String, Record> records = new LinkedHashMap<>();
    /** Those looked at. */
    private final Map<String, Section> sections = new HashMap<>();
    /** Where those looked at end, by where their headers begin. */
    private final NavigableMap<Long, Long> ends = new TreeMap<>();

    /** As the directory has it. */
    private record Record(int method, long crc, long packed, long size, long header) {}

    /** A part of a file. */
    record Section(long offset, long length) {}

    ZipRecords(RandomAccessFile in) throws IOException {
        this.in = in;
        readDirectory();
    }

    Set<String> names() {
        return records.keySet();
    }

    /** Where a record's bytes are, after a look at all of them if their checksum was written. */
    Section section(String name) throws IOException {
        Section section = sections.get(name);
        if (section == null) {
            section = checked(name);
            sections.put(name, section);
        }
        return section;
    }

    private Section checked(String name) throws IOException {
        Record record = records.get(name);
        if (record == null) {
            throw new IOException("it has no record " + Errors.quoted(name));
        }
        if (record.method() != 0 || record.packed() != record.size()) {
            throw new IOException("its record " + Errors.quoted(name) + " is compressed, which PyTorch's are not");
        }
        ByteBuffer header = bytes(record.header(), HEADER_BYTES);
        if (header.getInt(0) != MAGIC) {
            throw new IOException("its record " + Errors.quoted(name) + " does not begin where it should");
        }
        long offset = record.header() + HEADER_BYTES + unsigned(header, 26) + unsigned(header, 28);
        if (record.size() > in.length() - offset) {
            throw new IOException("its record " + Errors.quoted(name) + " ends behind the end of the file");
        }
        long end = offset + record.size();
        Map.Entry<Long, Long> before = ends.lowerEntry(end);
        if (before != null && before.getValue() > record.header()) {
            throw new IOException("its record " + Errors.quoted(name) + " lies over another");
        }
        ends.put(record.header(), end);
        if (record.crc() != 0 && record.crc() != crc(offset, record.size())) {
            throw new IOException("its record " + Errors.quoted(name) + " has another checksum than it should");
        }
        return new Section(offset, record.size());
    }

    private long crc(long offset, long size) throws IOException {
        CRC32 crc = new CRC32();
        byte[] chunk = new byte[(int) Math.min(1 << 16, size)];
        in.seek(offset);
        for (long left = size; left > 0; left -= chunk.length) {
            int count = (int) Math.min(chunk.length, left);
            in.readFully(chunk, 0, count);
            crc.update(chunk, 0, count);
        }
        return crc.getValue();
    }

    private void readDirectory() throws IOException {
        long end = end();
        ByteBuffer last = bytes(end, END_BYTES);
        long size = Integer.toUnsignedLong(last.getInt(12));
        long offset = Integer.toUnsignedLong(last.getInt(16));
        if (end >= LOCATOR_BYTES && bytes(end - LOCATOR_BYTES, 4).getInt(0) == LOCATOR_64) {
            ByteBuffer last64 = bytes(bytes(end - LOCATOR_BYTES, LOCATOR_BYTES).getLong(8), END_64_BYTES);
            if (last64.getInt(0) != END_64) {
                throw new IOException("its directory is not where it should be");
            }
            size = last64.getLong(40);
            offset = last64.getLong(48);
        }
        if (size < 0 || size > MAX_DIRECTORY) {
            throw new IOException("it claims a directory of " + Long.toUnsignedString(size) + " bytes");
        }
        ByteBuffer directory = bytes(offset, (int) size);
        while (directory.hasRemaining()) {
            readEntry(directory);
        }
    }

    /** The last record, which a comment may follow. */
    private long end() throws IOException {
        int length = (int) Math.min(END_BYTES + 0xffff, in.length());
        ByteBuffer tail = bytes(in.length() - length, length);
        for (int at = length - END_BYTES; at >= 0; at--) {
            if (tail.getInt(at) == END) {
                return in.length() - length + at;
            }
        }
        throw new IOException("it has no directory at its end");
    }

    private void readEntry(ByteBuffer directory) throws IOException {
        if (directory.remaining() < ENTRY_BYTES || directory.getInt(directory.position()) != DIRECTORY) {
            throw new IOException("its directory is broken");
        }
        ByteBuffer entry = part(directory, ENTRY_BYTES);
        String name = StandardCharsets.UTF_8
                .decode(part(directory, unsigned(entry, 28)))
                .toString();
        ByteBuffer extra = part(directory, unsigned(entry, 30));
        part(directory, unsigned(entry, 32));
        ByteBuffer large = extended(extra);
        long size = sized(entry, 24, large);
        long packed = sized(entry, 20, large);
        long header = sized(entry, 42, large);
        Record record = new Record(unsigned(entry, 10), Integer.toUnsignedLong(entry.getInt(16)), packed, size, header);
        if (size < 0 || records.put(name, record) != null) {
            throw new IOException("its directory has " + Errors.quoted(name) + " twice or with an impossible size");
        }
    }

    /** Sizes that need 8 bytes. */
    private static ByteBuffer extended(ByteBuffer extra) throws IOException {
        while (extra.remaining() >= 4) {
            int kind = part(extra, 2).getShort(0);
            ByteBuffer field = part(extra, Short.toUnsignedInt(part(extra, 2).getShort(0)));
            if (kind == 1) {
                return field;
            }
        }
        return ByteBuffer.allocate(0);
    }

    private static long sized(ByteBuffer entry, int at, ByteBuffer large) {
        long size = Integer.toUnsignedLong(entry.getInt(at));
        return size == ABSENT && large.remaining() >= Long.BYTES ? large.getLong() : size;
    }

    private static int unsigned(ByteBuffer from, int at) {
        return Short.toUnsignedInt(from.getShort(at));
    }

    private static ByteBuffer part(ByteBuffer from, int length) throws IOException {
        if (length > from.remaining()) {
            throw new IOException("its directory is broken");
        }
        ByteBuffer part = from.slice(from.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        from.position(from.position() + length);
        return part;
    }

    private ByteBuffer bytes(long offset, int length) throws IOException {
        if (offset < 0 || length > in.length() - offset) {
            throw new IOException("it ends before byte " + Long.toUnsignedString(offset) + " and " + length + " more");
        }
        byte[] bytes = new byte[length];
        in.seek(offset);
        in.readFully(bytes);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
