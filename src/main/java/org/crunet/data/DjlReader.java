package org.crunet.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.crunet.base.Errors;
import org.crunet.image.Picture;

/** Copies the images of one data set of DJL's, one by one, into pictures. */
final class DjlReader {
    private final String name;
    private final RandomAccessDataset dataset;

    DjlReader(String name, RandomAccessDataset dataset) {
        this.name = name;
        this.dataset = dataset;
    }

    ImageSet read(List<String> classes) throws IOException {
        int size = Math.toIntExact(dataset.size());
        List<Picture> pictures = new ArrayList<>();
        int[] labels = new int[size];
        try (NDManager manager = NDManager.newBaseManager()) {
            float scale = isFractions(manager, size) ? 255 : 1;
            for (int i = 0; i < size; i++) {
                try (NDManager one = manager.newSubManager()) {
                    Record record = dataset.get(one, i);
                    pictures.add(picture(record, i, scale));
                    labels[i] = label(record, i);
                }
            }
        }
        Picture first = pictures.get(0);
        return ImageSet.of(name, classes, first.height(), first.width(), pictures, labels);
    }

    /** Whether the values go from 0 to 1, which takes a look at all of them. */
    private boolean isFractions(NDManager manager, int size) throws IOException {
        for (int i = 0; i < size; i++) {
            try (NDManager one = manager.newSubManager()) {
                NDArray image = image(dataset.get(one, i), i);
                if (!image.getDataType().isFloating()
                        || image.max().toType(DataType.FLOAT32, false).getFloat() > 1) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Returns an image of shape {@code (H, W, 1)} or {@code (H, W, 3)}. */
    private NDArray image(Record record, int i) {
        NDList data = record.getData();
        require(i, data.size() == 1, () -> "it has " + data.size() + " arrays, not one image");
        NDArray image = data.get(0);
        Shape shape = image.getShape();
        if (shape.dimension() == 2) {
            return image.expandDims(2);
        }
        boolean last = shape.dimension() == 3 && isColour(shape.get(2));
        require(
                i,
                last || shape.dimension() == 3 && isColour(shape.get(0)),
                () -> "an image of shape " + shape
                        + " has neither shape (H, W, C), (C, H, W) nor (H, W) with 1 or 3 channels");
        return last ? image : image.transpose(1, 2, 0);
    }

    private static boolean isColour(long channels) {
        return channels == 1 || channels == 3;
    }

    private Picture picture(Record record, int i, float scale) {
        NDArray image = image(record, i);
        float[] values = image.toType(DataType.FLOAT32, false).toFloatArray();
        int channels = (int) image.getShape().get(2);
        byte[] pixels = new byte[values.length / channels * 3];
        for (int at = 0; at < pixels.length; at++) {
            float value = scale * values[channels == 3 ? at : at / 3];
            require(
                    i,
                    value >= 0 && value <= 255,
                    () -> "a value of " + value + " is not from 0 to 255; leave out transforms such as Normalize");
            pixels[at] = (byte) (int) (value + 0.5f);
        }
        return new Picture((int) image.getShape().get(1), (int) image.getShape().get(0), pixels);
    }

    private int label(Record record, int i) {
        NDList labels = record.getLabels();
        require(
                i,
                labels != null && labels.size() == 1 && labels.get(0).size() == 1,
                () -> "it needs one label, a whole number");
        return labels.get(0).toType(DataType.INT32, false).toIntArray()[0];
    }

    private void require(int i, boolean holds, Supplier<String> what) {
        Errors.require(holds, () -> "Data set \"" + name + "\", image " + i + ": " + what.get());
    }
}
