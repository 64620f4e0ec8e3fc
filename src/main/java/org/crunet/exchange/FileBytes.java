package org.crunet.exchange;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;

/** A part of a file, byte after byte; nothing is allocated for bytes that are not there. */
final class FileBytes {

    private final RandomAccessFile in;
    private final long end;
    private final byte[] buffer = new byte[4096];
    private long filled;
    private int at;
    private int limit;

    FileBytes(RandomAccessFile in, long start, long end) {
        this.in = in;
        this.filled = start;
        this.end = end;
    }

    /** Where the next byte is in the file. */
    long position() {
        return filled - (limit - at);
    }

    /** 0 to 255. */
    int next() throws IOException {
        if (at == limit) {
            fill();
        }
        return buffer[at++] & 0xff;
    }

    private void fill() throws IOException {
        if (filled >= end) {
            throw new EOFException();
        }
        in.seek(filled);
        at = 0;
        limit = (int) Math.min(buffer.length, end - filled);
        in.readFully(buffer, 0, limit);
        filled += limit;
    }

    /** Up to 8 bytes as a number, little-endian; 8 may give a negative one. */
    long number(int bytes) throws IOException {
        long number = 0;
        for (int i = 0; i < bytes; i++) {
            number |= (long) next() << 8 * i;
        }
        return number;
    }

    byte[] take(int count) throws IOException {
        byte[] taken = new byte[(int) requireLeft(count)];
        for (int i = 0; i < count; i++) {
            taken[i] = (byte) next();
        }
        return taken;
    }

    void skip(long count) throws IOException {
        requireLeft(count);
        if (count <= limit - at) {
            at += (int) count;
        } else {
            filled = position() + count;
            at = limit;
        }
    }

    private long requireLeft(long count) throws IOException {
        if (count < 0 || count > end - position()) {
            throw new IOException("something at byte " + position() + " claims " + Long.toUnsignedString(count)
                    + " bytes, where " + (end - position()) + " are left");
        }
        return count;
    }
}
