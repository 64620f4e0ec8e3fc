package org.crunet.data;

import java.io.IOException;
import java.io.Serializable;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import org.crunet.image.Picture;

/** Where the images of a set come from; any number of threads may ask. */
interface Source extends Serializable {

    /** Returns an image in the size it has, for augmentation to choose from. */
    Picture whole(int i) throws IOException;

    /** Returns an image in the size of the set. */
    Picture view(int i) throws IOException;

    /** Returns what to call an image in a message: its path, or null when it has none. */
    String path(int i);

    /** Remembers that an image cannot be read. */
    void unreadable(int i, IOException why);

    /** Returns a line with path and reason if the image could not be read so far, else null. */
    String problem(int i);

    /** Returns the lines of all, also of those that are in other parts of a set. */
    Collection<String> problems();

    /** Adds what an image is: its pixels, or the name of its file. */
    void digest(int i, MessageDigest digest);

    /** Returns what tells the file of an image from another one that takes its place; nothing of an image in memory. */
    default String version(int i) {
        return "";
    }

    Source subset(int[] indices);

    /** Images in memory, each with the path of the file it was read from, or null. */
    record Memory(Picture[] pictures, String[] paths, List<String> problems) implements Source {

        @Override
        public Picture whole(int i) {
            return pictures[i];
        }

        @Override
        public Picture view(int i) {
            return pictures[i];
        }

        @Override
        public String path(int i) {
            return paths[i];
        }

        @Override
        public void unreadable(int i, IOException why) {
            throw new IllegalStateException("what is in memory was read", why);
        }

        @Override
        public String problem(int i) {
            return null;
        }

        @Override
        public void digest(int i, MessageDigest digest) {
            digest.update(pictures[i].pixels());
        }

        @Override
        public Source subset(int[] indices) {
            Picture[] chosen = IntStream.of(indices).mapToObj(i -> pictures[i]).toArray(Picture[]::new);
            String[] from = IntStream.of(indices).mapToObj(i -> paths[i]).toArray(String[]::new);
            return new Memory(chosen, from, problems);
        }
    }
}
