package org.crunet.data;

import java.io.IOException;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.function.IntConsumer;
import org.crunet.image.Picture;

/** Images that are read only after something else has happened. */
public final class HeldUp {

    private HeldUp() {}

    /**
     * The same images.
     *
     * @param images in memory or not
     * @param before is given the place of an image before it is read, by the thread that reads it
     * @return a set that is equal in all else
     */
    public static ImageSet of(ImageSet images, IntConsumer before) {
        int[] labels = new int[images.size()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = images.label(i);
        }
        var source = new Held(images.source(), before);
        return new ImageSet(images.name(), images.classes(), images.height(), images.width(), source, labels);
    }

    private record Held(Source source, IntConsumer before) implements Source {

        @Override
        public Picture whole(int i) throws IOException {
            before.accept(i);
            return source.whole(i);
        }

        @Override
        public Picture view(int i) throws IOException {
            before.accept(i);
            return source.view(i);
        }

        @Override
        public String path(int i) {
            return source.path(i);
        }

        @Override
        public void unreadable(int i, IOException why) {
            source.unreadable(i, why);
        }

        @Override
        public String problem(int i) {
            return source.problem(i);
        }

        @Override
        public Collection<String> problems() {
            return source.problems();
        }

        @Override
        public void digest(int i, MessageDigest digest) {
            source.digest(i, digest);
        }

        @Override
        public Source subset(int[] indices) {
            return source.subset(indices);
        }
    }
}
