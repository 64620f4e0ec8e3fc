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

    /** An image in the size it has, for augmentation to choose from. */
    Picture whole(int i) throws IOException;

    /** An image in the size of the set. */
    Picture view(int i) throws IOException;

    /** The same as planes, shape (3, height, width). */
    byte[] planes(int i) throws IOException;

    /** What to call an image in a message: its path, or null when it has none. */
    String path(int i);

    /** Remembers that an image cannot be read. */
    void unreadable(int i, IOException why);

    /** A line with path and reason if the image could not be read so far, else null. */
    String problem(int i);

    /** The lines of all, also of those that are in other parts of a set. */
    Collection<String> problems();

    /** Adds all that makes an image what it is. */
    void digest(int i, MessageDigest digest);

    /** Adds what its file is like now; of an image in memory there is nothing to add. */
    default void digestFile(int i, MessageDigest digest) {}

    Source subset(int[] indices);

    /** Images in memory, each with the path of the file it was read from, or null. */
    record Memory(byte[][] pixels, String[] paths, int height, int width, List<String> problems) implements Source {

        Memory(byte[][] pixels, int height, int width) {
            this(pixels, new String[pixels.length], height, width, List.of());
        }

        @Override
        public Picture whole(int i) {
            return view(i);
        }

        @Override
        public Picture view(int i) {
            return Picture.ofPlanes(pixels[i], height, width);
        }

        @Override
        public byte[] planes(int i) {
            return pixels[i];
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
            digest.update(pixels[i]);
        }

        @Override
        public Source subset(int[] indices) {
            byte[][] chosen = IntStream.of(indices).mapToObj(i -> pixels[i]).toArray(byte[][]::new);
            String[] from = IntStream.of(indices).mapToObj(i -> paths[i]).toArray(String[]::new);
            return new Memory(chosen, from, height, width, problems);
        }
    }
}
