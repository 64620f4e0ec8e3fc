package org.crunet.image;

import java.io.EOFException;
import java.io.IOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A file in memory that an image reader reads. Reading past its end is an error, where the readers would otherwise make
 * up the rest of the picture.
 */
final class Bytes extends ImageInputStreamImpl {
    private final byte[] bytes;

    Bytes(byte[] bytes) {
        this.bytes = bytes;
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
        int read = (int) Math.min(length, bytes.length - streamPos);
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
