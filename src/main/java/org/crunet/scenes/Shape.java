package org.crunet.scenes;

import java.util.function.DoubleUnaryOperator;

/**
 * A region of the scene, which is the square from (0, 0) at the top left to (1, 1) at the bottom right. A shape says how
 * much of a pixel it covers, which is what makes edges soft.
 */
@FunctionalInterface
interface Shape {
    /** The share, from 0 to 1, of a pixel of the given width around (x, y) that the shape covers. */
    double coverage(double x, double y, double pixel);

    /** Left, top, right and bottom of a box that holds the shape. */
    default double[] bounds() {
        return new double[] {-9, -9, 9, 9};
    }

    /** What lies below a curve. */
    static Shape below(DoubleUnaryOperator curve) {
        return (x, y, pixel) -> inside(y - curve.applyAsDouble(x), pixel);
    }

    static Shape box(double left, double top, double right, double bottom) {
        return new Polygon(left, top, right, top, right, bottom, left, bottom);
    }

    static Shape line(double x0, double y0, double x1, double y1, double width) {
        double scale = width / 2 / Math.sqrt((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0));
        double dx = (y0 - y1) * scale;
        double dy = (x1 - x0) * scale;
        return new Polygon(x0 - dx, y0 - dy, x1 - dx, y1 - dy, x1 + dx, y1 + dy, x0 + dx, y0 + dy);
    }

    /** The share of a pixel on the near side of an edge that is {@code depth} away. */
    static double inside(double depth, double pixel) {
        return Colour.clamp(0.5 + depth / pixel);
    }

    /** An ellipse with its axes along x and y. */
    record Ellipse(double x, double y, double radiusX, double radiusY) implements Shape {
        @Override
        public double coverage(double px, double py, double pixel) {
            double dx = (px - x) / radiusX;
            double dy = (py - y) / radiusY;
            double thin = Math.min(1, 4 * radiusX * radiusY / (pixel * pixel));
            return thin * inside((1 - Math.sqrt(dx * dx + dy * dy)) * Math.min(radiusX, radiusY), pixel);
        }

        @Override
        public double[] bounds() {
            return new double[] {x - radiusX, y - radiusY, x + radiusX, y + radiusY};
        }
    }
}
