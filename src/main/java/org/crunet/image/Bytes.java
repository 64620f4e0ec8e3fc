package org.crunet.image;

import java.io.EOFException;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A file in memory that an image reader reads. Reading past its end is an error, where the readers would otherwise make
 * up the rest of the picture, and so is reading on after an interrupt.
 */
final class Bytes extends ImageInputStreamImpl {
    /** Given at once, so that a reader soon comes back however many pixels it makes of them. */
    private static final int PIECE = 256;

    private final byte[] bytes;

    Bytes(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The byte of a place, from 0 to 255. */
    static int unsigned(byte[] bytes, long at) throws EOFException {
        if (at >= bytes.length) {
            throw new EOFException("no pixels");
        }
        return bytes[(int) at] & 0xff;
    }

    /** Throws a {@link CancellationException} if the thread is interrupted, and leaves it so. */
    static void requireNoInterrupt() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("Interrupted while an image was read");
        }
    }

    @Override
    public long length() {
        return bytes.length;
    }

    @Override
    public int read() throws IOException {
        requireMore();
        return bytes[(int) streamPos++] & 0xff;
    }

    @Override
    public int read(byte[] into, int at, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        requireMore();
        requireNoInterrupt();
        int read = (int) Math.min(Math.min(length, PIECE), bytes.length - streamPos);
        System.arraycopy(bytes, (int) streamPos, into, at, read);
        streamPos += read;
        return read;
    }

    private void requireMore() throws IOException {
        checkClosed();
        bitOffset = 0;
        if (streamPos >= bytes.length) {
            throw new EOFException("the file ends after " + bytes.length + " bytes");
        }
    }
}
