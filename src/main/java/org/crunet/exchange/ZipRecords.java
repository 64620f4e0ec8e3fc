package org.crunet.exchange;

import static org.crunet.base.Errors.check;
import static org.crunet.base.Errors.quoted;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import org.crunet.files.TensorFile;

/**
 * Where the records of a zip file are that was written without compression, as PyTorch does; nothing is unpacked.
 *
 * <p>By hand, because no library at hand is bounded by the size of the file: Java 17's {@code ZipFile} allocates for as many
 * records as a ZIP64 end claims, and Commons Compress takes the square of a record's extra fields in time and memory.
 */
final class ZipRecords {

    static final long MAGIC = 0x04034b50;
    private static final long ENTRY = 0x02014b50;
    private static final long END = 0x06054b50;
    private static final long END_64 = 0x06064b50;
    private static final long LOCATOR_64 = 0x07064b50;
    private static final int END_BYTES = 22;
    private static final int LOCATOR_BYTES = 20;
    private static final int HEADER_BYTES = 30;
    private static final int MAX_DIRECTORY = 1 << 24;
    /** Stands where a size is that needs 8 bytes. */
    private static final long ABSENT = 0xffffffffL;

    private final RandomAccessFile in;
    private final Map<String, Record> records = new LinkedHashMap<>();
    /** Bytes of those looked at. */
    private long looked;

    /** As the directory has it. */
    private record Record(boolean stored, long crc, long size, long header) {}

    /** A part of a file. */
    record Section(long offset, long length) {}

    ZipRecords(RandomAccessFile in) throws IOException {
        this.in = in;
        long end = in.length() - END_BYTES;
        FileBytes last = from(end);
        check(last.number(4) == END, "it has no directory at its end");
        last.pass(8);
        long size = last.number(4);
        long offset = last.number(4);
        FileBytes locator = from(Math.max(0, end - LOCATOR_BYTES));
        if (locator.number(4) == LOCATOR_64) {
            locator.pass(4);
            FileBytes last64 = from(locator.number(8));
            check(last64.number(4) == END_64, "its directory is not where it should be");
            last64.pass(36);
            size = last64.number(8);
            offset = last64.number(8);
        }
        check(size >= 0 && size <= MAX_DIRECTORY, "it claims a directory of " + Long.toUnsignedString(size) + " bytes");
        FileBytes directory = from(offset);
        while (directory.position() < offset + size) {
            readEntry(directory);
        }
    }

    private FileBytes from(long position) throws IOException {
        boolean there = position >= 0 && position < in.length();
        check(there, "it ends before byte " + Long.toUnsignedString(position));
        return new FileBytes(in, position, in.length());
    }

    private void readEntry(FileBytes directory) throws IOException {
        check(directory.number(4) == ENTRY, "its directory is broken");
        directory.pass(6);
        boolean plain = directory.number(2) == 0;
        directory.pass(4);
        long crc = directory.number(4);
        long packed = directory.number(4);
        long size = directory.number(4);
        long nameBytes = directory.number(2);
        long extraBytes = directory.number(2);
        long commentBytes = directory.number(2);
        directory.pass(8);
        long header = directory.number(4);
        String name = new String(directory.take(nameBytes), StandardCharsets.UTF_8);
        long after = directory.position() + extraBytes;
        while (directory.position() + 4 <= after) {
            boolean sizes = directory.number(2) == 1;
            long next = directory.number(2) + directory.position();
            if (sizes) {
                size = size == ABSENT ? directory.number(8) : size;
                packed = packed == ABSENT ? directory.number(8) : packed;
                header = header == ABSENT ? directory.number(8) : header;
            }
            directory.pass(next - directory.position());
        }
        directory.pass(after - directory.position() + commentBytes);
        Record before = records.put(name, new Record(plain && packed == size, crc, size, header));
        check(
                before == null && size >= 0,
                () -> "its directory has " + quoted(name) + " twice or with an impossible size");
    }

    Set<String> names() {
        return records.keySet();
    }

    /** Returns where a record's bytes are, after a look at all of them if their checksum was written; ask once for each. */
    Section section(String name) throws IOException {
        Record record = records.get(name);
        String what = "its record " + quoted(name);
        check(record != null, "it has no record " + quoted(name));
        check(record.stored(), what + " is compressed, which PyTorch's are not");
        FileBytes header = from(record.header());
        check(header.number(4) == MAGIC, what + " does not begin where it should");
        header.pass(HEADER_BYTES - 8);
        header.pass(header.number(2) + header.number(2));
        Section section = new Section(header.position(), record.size());
        check(section.length() <= in.length() - section.offset(), what + " ends behind the end of the file");
        looked += section.length();
        check(looked <= in.length(), what + " lies over another");
        check(record.crc() == 0 || record.crc() == crc(section), what + " has another checksum than it should");
        return section;
    }

    private long crc(Section section) throws IOException {
        CRC32 crc = new CRC32();
        TensorFile.stream(in, section.offset(), section.length(), crc::update);
        return crc.getValue();
    }
}
