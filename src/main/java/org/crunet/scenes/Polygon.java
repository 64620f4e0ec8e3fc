package org.crunet.scenes;

/** A convex polygon: what is on the inner side of each of its edges. */
final class Polygon implements Shape {
    private final double[] bounds = {9, 9, -9, -9};
    /** A row an edge: the depth behind it is a x + b y + c. */
    private final double[][] edges;

    /** From its corners x, y, x, y, ... in either direction. */
    Polygon(double... corners) {
        int n = corners.length / 2;
        edges = new double[n][];
        double turn = Math.signum(area(corners));
        for (int i = 0; i < n; i++) {
            int j = (i + 1) % n;
            edges[i] = edge(corners[2 * i], corners[2 * i + 1], corners[2 * j], corners[2 * j + 1], turn);
            stretch(corners[2 * i], corners[2 * i + 1]);
        }
    }

    private static double area(double[] corners) {
        double sum = 0;
        for (int i = 0; i < corners.length; i += 2) {
            int j = (i + 2) % corners.length;
            sum += corners[i] * corners[j + 1] - corners[j] * corners[i + 1];
        }
        return sum;
    }

    private static double[] edge(double x0, double y0, double x1, double y1, double turn) {
        double length = Math.max(1e-9, Math.sqrt((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0)));
        double a = turn * (y0 - y1) / length;
        double b = turn * (x1 - x0) / length;
        return new double[] {a, b, -a * x0 - b * y0};
    }

    private void stretch(double x, double y) {
        bounds[0] = Math.min(bounds[0], x);
        bounds[1] = Math.min(bounds[1], y);
        bounds[2] = Math.max(bounds[2], x);
        bounds[3] = Math.max(bounds[3], y);
    }

    /** Returns one, less what each edge cuts off: exact for a band thinner than a pixel. */
    @Override
    public double coverage(double x, double y, double pixel) {
        double share = 1;
        for (double[] edge : edges) {
            share -= 1 - Shape.inside(edge[0] * x + edge[1] * y + edge[2], pixel);
        }
        return Math.max(0, share);
    }

    @Override
    public double[] bounds() {
        return bounds;
    }
}
