package org.crunet.exchange;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;

/** A part of a file, byte after byte; nothing is allocated for bytes that are not there. */
final class FileBytes extends InputStream {

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

    /** Returns where the next byte is in the file. */
    long position() {
        return filled - (limit - at);
    }

    /** Returns a number from 0 to 255; at the end it throws, so that nobody takes -1 for a number. */
    @Override
    public int read() throws IOException {
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

    /** Returns up to 8 bytes as a number, little-endian; 8 may give a negative one. */
    long number(int bytes) throws IOException {
        long number = 0;
        for (int i = 0; i < bytes; i++) {
            number |= (long) read() << 8 * i;
        }
        return number;
    }

    byte[] take(long count) throws IOException {
        requireLeft(count);
        return readNBytes((int) count);
    }

    void pass(long count) throws IOException {
        requireLeft(count);
        long behind = count - (limit - at);
        at = behind <= 0 ? at + (int) count : limit;
        filled += Math.max(0, behind);
    }

    private void requireLeft(long count) throws IOException {
        long left = end - position();
        if (count < 0 || count > left) {
            throw new IOException("something at byte " + position() + " claims " + Long.toUnsignedString(count)
                    + " bytes, where " + left + " are left");
        }
    }

    /** Throws unless a condition holds that a sound file meets. */
    static void check(boolean holds, String problem) throws IOException {
        if (!holds) {
            throw new IOException(problem);
        }
    }
}
