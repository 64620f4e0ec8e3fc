package org.crunet.exchange;

import static org.crunet.base.Errors.quoted;
import static org.crunet.exchange.FileBytes.check;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * The records of a zip file that was written without compression, as PyTorch does: Commons Compress finds where they are,
 * and nothing is unpacked. The JDK's own {@code ZipFile} tells no places, and in Java 17 it asks for as much memory as the
 * number of records that a file claims to have.
 */
final class ZipRecords {

    static final int MAGIC = 0x04034b50;

    private final RandomAccessFile in;
    private final Map<String, ZipArchiveEntry> records = new LinkedHashMap<>();
    /** Those looked at. */
    private final Map<String, Section> sections = new HashMap<>();
    /** Bytes of those looked at. */
    private long looked;

    /** A part of a file. */
    record Section(long offset, long length) {}

    ZipRecords(Path file, RandomAccessFile in) throws IOException {
        this.in = in;
        try (ZipFile zip = ZipFile.builder()
                .setPath(file)
                .setUseUnicodeExtraFields(false) // they would be found by hashes that a file may choose
                .setIgnoreLocalFileHeader(true) // many records may have one large header
                .get()) {
            for (ZipArchiveEntry record : Collections.list(zip.getEntries())) {
                zip.getRawInputStream(record); // which looks where the bytes begin
                records.putIfAbsent(record.getName(), record);
            }
        } catch (RuntimeException e) {
            throw new IOException("its directory is broken", e);
        }
    }

    Set<String> names() {
        return records.keySet();
    }

    /** Returns where a record's bytes are, after a look at all of them if their checksum was written. */
    Section section(String name) throws IOException {
        Section section = sections.get(name);
        if (section == null) {
            section = checked(name, records.get(name));
            sections.put(name, section);
        }
        return section;
    }

    private Section checked(String name, ZipArchiveEntry record) throws IOException {
        String what = "its record " + quoted(name);
        check(record != null, "it has no record " + quoted(name));
        boolean stored = record.getMethod() == ZipArchiveEntry.STORED && record.getCompressedSize() == record.getSize();
        check(stored, what + " is compressed, which PyTorch's are not");
        Section section = new Section(record.getDataOffset(), record.getSize());
        check(section.length() <= in.length() - section.offset(), what + " ends behind the file");
        looked += section.length();
        check(looked <= in.length(), what + " lies over another");
        check(record.getCrc() == 0 || record.getCrc() == crc(section), what + " has another checksum than it should");
        return section;
    }

    private long crc(Section section) throws IOException {
        CRC32 crc = new CRC32();
        byte[] chunk = new byte[(int) Math.min(1 << 16, section.length())];
        in.seek(section.offset());
        for (long left = section.length(); left > 0; left -= chunk.length) {
            int count = (int) Math.min(chunk.length, left);
            in.readFully(chunk, 0, count);
            crc.update(chunk, 0, count);
        }
        return crc.getValue();
    }
}
