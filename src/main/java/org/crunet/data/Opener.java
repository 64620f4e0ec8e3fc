package org.crunet.data;

import java.io.IOException;
import java.io.Serializable;

/** Reads files by their paths, wherever they are; goes with an {@link ImageSet} to other machines. */
@FunctionalInterface
public interface Opener extends Serializable {

    /**
     * The content of a file.
     *
     * @param path such as {@code hdfs://host/scenes/val/beach/1.jpg}
     * @return all its bytes
     * @throws IOException if it cannot be read; the message says why, but not which it is
     */
    byte[] read(String path) throws IOException;
}
