package org.crunet.image;

import java.io.IOException;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;

/** A picture in a file of one format, without whatever else the file has: nothing there can stop the reader or cost it time. */
interface Stored {
    /** A file of the same format that holds the pixels of the first picture alone. */
    byte[] plain();

    int width();

    int height();

    /** The most pixels that the file can hold, by its size: one that says it has more is cut short. */
    long most();

    /** How the camera was held, from 1 to 8. */
    default int orientation() {
        return Orientation.UPRIGHT;
    }

    /** Every {@code step}th pixel of every {@code step}th row, by a reader of {@link #plain}. */
    default Picture read(ImageReader reader, int step) throws IOException {
        ImageReadParam param = new ImageReadParam();
        param.setSourceSubsampling(step, step, 0, 0);
        return Rasters.of(reader.read(0, param));
    }
}
