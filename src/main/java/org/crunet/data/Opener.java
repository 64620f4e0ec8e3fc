package org.crunet.data;

import java.io.IOException;
import java.io.Serializable;
import java.security.MessageDigest;
import org.crunet.base.Checksum;

/** Reads files by their paths, wherever they are; goes with an {@link ImageSet} to other machines. */
@FunctionalInterface
public interface Opener extends Serializable {

    /**
     * Returns the content of a file.
     *
     * @param path such as {@code hdfs://host/scenes/val/beach/1.jpg}
     * @return all its bytes
     * @throws IOException if it cannot be read; the message says why, but not which it is
     */
    byte[] read(String path) throws IOException;

    /**
     * Returns what tells a file from another one that takes its place. An opener that knows sizes and times of change returns
     * those; this one reads the file.
     *
     * @param path as for {@link #read}
     * @return a line of text, here the SHA-256 of the content
     * @throws IOException as {@link #read}
     */
    default String version(String path) throws IOException {
        MessageDigest digest = Checksum.digest();
        digest.update(read(path));
        return Checksum.hex(digest);
    }
}
