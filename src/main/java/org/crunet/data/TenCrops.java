package org.crunet.data;

import static org.crunet.base.Errors.require;

import java.io.IOException;
import java.nio.FloatBuffer;
import org.crunet.image.Picture;

/**
 * Ten views of an image, as the paper evaluates: its shorter side resized to 256 for views of 224 and in proportion for
 * others, then four corners and the centre, and each of the five mirrored.
 *
 * @param images square ones
 */
record TenCrops(ImageSet images) implements View {

    private static final int CROPS = 5;

    TenCrops {
        require(images.height() == images.width(), "Ten crops need square images; load these at one size: " + images);
    }

    @Override
    public int pictures() {
        return 2 * CROPS;
    }

    @Override
    public void write(int index, FloatBuffer into, int at) throws IOException {
        int size = images.width();
        Picture picture = images.source().whole(index).shorterSide(shorterSide(size));
        int right = picture.width() - size;
        int down = picture.height() - size;
        int[][] corners = {{0, 0}, {right, 0}, {0, down}, {right, down}, {right / 2, down / 2}};
        for (int i = 0; i < CROPS; i++) {
            Picture crop = picture.crop(corners[i][0], corners[i][1], size, size);
            Batches.write(crop, images.scale(), into, at + i * crop.pixels().length);
            Batches.write(crop.mirrored(), images.scale(), into, at + (CROPS + i) * crop.pixels().length);
        }
    }

    /** 256 for 224. */
    static int shorterSide(int size) {
        return Math.round(size * 256f / 224);
    }
}
