package org.crunet.files;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;

/**
 * A file to be read until the thread is interrupted. One that was interrupted before it opened the file reads all the same: so
 * a training that was stopped keeps its best weights.
 */
public final class InterruptibleFile extends RandomAccessFile {

    private final Path file;
    private final boolean before = Thread.currentThread().isInterrupted();

    InterruptibleFile(Path file) throws FileNotFoundException {
        super(file.toFile(), "r");
        this.file = file;
    }

    /** Throws CancellationException, and leaves the thread interrupted, if it was since the file was opened. */
    void requireUninterrupted() {
        if (!before && Thread.currentThread().isInterrupted()) {
            throw new CancellationException("interrupted while " + file.toAbsolutePath() + " was read: read it again");
        }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        requireUninterrupted();
        return super.read(bytes, offset, length);
    }
}
