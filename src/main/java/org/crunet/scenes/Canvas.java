package org.crunet.scenes;

import org.crunet.image.Picture;

/**
 * A square picture that is painted in layers. Everything is measured in the scene's own units, its unit square, so a
 * scene looks the same at every size; a camera chooses which part of it the picture shows.
 */
final class Canvas {
    /** A colour for every place. */
    @FunctionalInterface
    interface Paint {
        Colour at(double x, double y);
    }

    private final int size;
    private final Camera camera;
    private final double pixel;
    private final double[] red;
    private final double[] green;
    private final double[] blue;

    Canvas(int size, Camera camera) {
        this.size = size;
        this.camera = camera;
        pixel = camera.zoom() / size;
        red = new double[size * size];
        green = new double[size * size];
        blue = new double[size * size];
    }

    void fill(Paint paint) {
        draw((x, y, width) -> 1, paint);
    }

    void draw(Shape shape, Colour colour) {
        draw(shape, 1, (x, y) -> colour);
    }

    void draw(Shape shape, Paint paint) {
        draw(shape, 1, paint);
    }

    /** Lays paint over the shape; an opacity of 1 hides what was there. */
    void draw(Shape shape, double opacity, Paint paint) {
        int[] box = camera.pixels(shape.bounds(), size);
        for (int row = box[1]; row <= box[3]; row++) {
            for (int column = box[0]; column <= box[2]; column++) {
                double u = (column + 0.5) / size - 0.5;
                double v = (row + 0.5) / size - 0.5;
                double x = camera.x(u, v);
                double y = camera.y(u, v);
                double share = opacity * shape.coverage(x, y, pixel);
                if (share > 0) {
                    lay(row * size + column, share, paint.at(x, y));
                }
            }
        }
    }

    private void lay(int at, double share, Colour colour) {
        red[at] += share * (colour.red() - red[at]);
        green[at] += share * (colour.green() - green[at]);
        blue[at] += share * (colour.blue() - blue[at]);
    }

    /** Passes every pixel through the film. */
    Picture develop(Exposure film) {
        byte[] pixels = new byte[3 * size * size];
        for (int at = 0; at < size * size; at++) {
            double u = (at % size + 0.5) / size - 0.5;
            double v = (at / size + 0.5) / size - 0.5;
            Colour colour = film.develop(new Colour(red[at], green[at], blue[at]), u, v, at);
            pixels[3 * at] = toByte(colour.red());
            pixels[3 * at + 1] = toByte(colour.green());
            pixels[3 * at + 2] = toByte(colour.blue());
        }
        return new Picture(size, size, pixels);
    }

    private static byte toByte(double value) {
        return (byte) (int) (255 * Colour.clamp(value) + 0.5);
    }
}
