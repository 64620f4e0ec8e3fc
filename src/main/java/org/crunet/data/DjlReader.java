package org.crunet.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import java.io.IOException;
import java.util.List;

/** Copies the images of one data set of DJL's, one by one, into planes of bytes. */
final class DjlReader {
    private final String name;
    private final RandomAccessDataset dataset;

    DjlReader(String name, RandomAccessDataset dataset) {
        this.name = name;
        this.dataset = dataset;
    }

    /** How an image is laid out: its size, its channels, and whether they come first. */
    private record Layout(int height, int width, int channels, boolean first) {

        static Layout of(Shape shape) {
            long[] d = shape.getShape();
            if (d.length == 2) {
                return new Layout((int) d[0], (int) d[1], 1, true);
            }
            if (d.length == 3 && isColour(d[2])) {
                return new Layout((int) d[0], (int) d[1], (int) d[2], false);
            }
            if (d.length == 3 && isColour(d[0])) {
                return new Layout((int) d[1], (int) d[2], (int) d[0], true);
            }
            throw new IllegalArgumentException("an image of shape " + shape
                    + " has neither shape (H, W, C), (C, H, W) nor (H, W) with 1 or 3 channels");
        }

        private static boolean isColour(long channels) {
            return channels == 1 || channels == 3;
        }

        /** Where the value of a channel of a pixel is. */
        int index(int channel, int pixel) {
            int from = Math.min(channel, channels - 1);
            return first ? from * height * width + pixel : pixel * channels + from;
        }
    }

    ImageSet read(List<String> classes) throws IOException {
        int size = Math.toIntExact(dataset.size());
        byte[][] pixels = new byte[size][];
        int[] labels = new int[size];
        try (NDManager manager = NDManager.newBaseManager()) {
            Layout layout = layout(manager);
            float scale = scale(manager, size);
            for (int i = 0; i < size; i++) {
                try (NDManager one = manager.newSubManager()) {
                    Record record = dataset.get(one, i);
                    pixels[i] = planes(image(record, i), layout, scale, i);
                    labels[i] = label(record, i);
                }
            }
            return new ImageSet(name, classes, layout.height, layout.width, pixels, labels);
        }
    }

    private Layout layout(NDManager manager) throws IOException {
        try (NDManager one = manager.newSubManager()) {
            return Layout.of(image(dataset.get(one, 0), 0).getShape());
        } catch (IllegalArgumentException e) {
            throw problem(0, e.getMessage());
        }
    }

    /** 255 if the values go from 0 to 1, which takes a look at all of them; else 1. */
    private float scale(NDManager manager, int size) throws IOException {
        for (int i = 0; i < size; i++) {
            try (NDManager one = manager.newSubManager()) {
                NDArray image = image(dataset.get(one, i), i);
                if (!image.getDataType().isFloating() || largest(values(image)) > 1) {
                    return 1;
                }
            }
        }
        return 255;
    }

    private static float largest(float[] values) {
        float largest = 0;
        for (float value : values) {
            largest = Math.max(largest, value);
        }
        return largest;
    }

    private NDArray image(Record record, int i) {
        NDList data = record.getData();
        if (data.size() != 1) {
            throw problem(i, "it has " + data.size() + " arrays, not one image");
        }
        return data.get(0);
    }

    private static float[] values(NDArray image) {
        return image.toType(DataType.FLOAT32, false).toFloatArray();
    }

    private byte[] planes(NDArray image, Layout layout, float scale, int i) {
        float[] values = values(image);
        int plane = layout.height * layout.width;
        if (!Layout.of(image.getShape()).equals(layout)) {
            throw problem(i, "its shape " + image.getShape() + " is not that of the first image; images need one size");
        }
        byte[] planes = new byte[3 * plane];
        for (int at = 0; at < planes.length; at++) {
            planes[at] = toByte(scale * values[layout.index(at / plane, at % plane)], i);
        }
        return planes;
    }

    private byte toByte(float value, int i) {
        if (!(value >= 0 && value <= 255)) {
            throw problem(i, "a value of " + value + " is not from 0 to 255; leave out transforms such as Normalize");
        }
        return (byte) (int) (value + 0.5f);
    }

    private int label(Record record, int i) {
        NDList labels = record.getLabels();
        if (labels == null || labels.size() != 1 || labels.get(0).size() != 1) {
            throw problem(i, "it needs one label, a whole number");
        }
        return labels.get(0).toType(DataType.INT32, false).toIntArray()[0];
    }

    private IllegalArgumentException problem(int i, String what) {
        return new IllegalArgumentException("Data set \"" + name + "\", image " + i + ": " + what);
    }
}
