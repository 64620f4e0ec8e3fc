package org.crunet.notebook;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Map;

/** The kernels of a convolution as small squares side by side. */
final class Filters {
    private static final int MOST = 2048;

    private Filters() {}

    static Chart of(NDArray weight) {
        Shape shape = weight.getShape();
        require(
                shape.dimension() == 4 && shape.get(0) * shape.get(1) <= MOST,
                "an array of shape " + shape + " cannot be drawn as filters: give the weight (out, in / groups, height,"
                        + " width) of a convolution with at most " + MOST + " of them");
        int number = (int) (shape.get(0) * shape.get(1));
        int columns = shape.get(1) > 1 ? (int) shape.get(1) : (int) Math.ceil(Math.sqrt(2.0 * number));
        double[][] tiles = tiles(weight.toFloatArray(), number, columns, (int) shape.get(2), (int) shape.get(3));
        var axis = Map.of("visible", false);
        var square = Map.of("visible", false, "scaleanchor", "x", "autorange", "reversed");
        return Chart.heat(tiles).layout(Map.of("xaxis", axis, "yaxis", square));
    }

    /** The filters row by row, a line of nothing between them. */
    private static double[][] tiles(float[] values, int number, int columns, int height, int width) {
        int rows = (number + columns - 1) / columns;
        double[][] tiles = new double[rows * (height + 1) - 1][columns * (width + 1) - 1];
        for (double[] row : tiles) {
            Arrays.fill(row, Double.NaN);
        }
        for (int i = 0; i < values.length; i++) {
            int filter = i / (height * width);
            int y = filter / columns * (height + 1) + i / width % height;
            tiles[y][filter % columns * (width + 1) + i % width] = values[i];
        }
        return tiles;
    }
}
