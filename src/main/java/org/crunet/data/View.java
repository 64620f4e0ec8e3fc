package org.crunet.data;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Random;
import org.crunet.image.Picture;

/** What a network sees of an image: one picture or several, normalised. */
interface View {

    /** How many pictures an image becomes. */
    default int pictures() {
        return 1;
    }

    /** Writes those of one image, shape (pictures, height, width, 3), from place {@code at} on. */
    void write(int index, FloatBuffer into, int at) throws IOException;

    /** The image as it is. */
    static View plain(ImageSet images) {
        return (index, into, at) -> Batches.write(images.source().view(index), images.scale(), into, at);
    }

    /** The image as training sees it in an epoch. */
    static View augmented(ImageSet images, Augmentation augmentation, long seed, int epoch) {
        if (augmentation.equals(Augmentation.NONE)) {
            return plain(images);
        }
        return (index, into, at) -> {
            Source source = images.source();
            Picture picture = augmentation.crops() ? source.whole(index) : source.view(index);
            Random random = Batches.random(seed, epoch, index);
            augmentation.write(picture, images.height(), images.width(), images.scale(), random, into, at);
        };
    }

    /** Four corners and the centre, and each of them mirrored. */
    static View tenCrops(ImageSet images) {
        return new TenCrops(images);
    }
}
