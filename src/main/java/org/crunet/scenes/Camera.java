package org.crunet.scenes;

/**
 * Where the photographer stands: the part of the scene a picture shows.
 *
 * @param x centre of the picture in the scene
 * @param y centre of the picture in the scene
 * @param zoom width of the picture in the scene
 * @param tilt how far the horizon leans, as a slope
 * @param mirror -1 to exchange left and right, else 1
 */
record Camera(double x, double y, double zoom, double tilt, double mirror) {

    static Camera roll(Dice dice) {
        return new Camera(
                dice.between(0.35, 0.65),
                dice.between(0.38, 0.62),
                dice.between(0.55, 1),
                dice.between(-0.12, 0.12),
                dice.chance(0.5) ? -1 : 1);
    }

    /** The scene's x at a place in the picture, which runs from -0.5 to 0.5 both ways. */
    double x(double u, double v) {
        return x + zoom * mirror * (u - tilt * v);
    }

    /** The scene's y at a place in the picture. */
    double y(double u, double v) {
        return y + zoom * (v + tilt * u);
    }

    /** First column, first row, last column and last row of the pixels that a box of the scene may touch. */
    int[] pixels(double[] box, int size) {
        int[] found = {size - 1, size - 1, 0, 0};
        for (int corner = 0; corner < 4; corner++) {
            double right = (box[corner % 2 * 2] - x) / (zoom * mirror);
            double down = (box[corner / 2 * 2 + 1] - y) / zoom;
            double square = 1 + tilt * tilt;
            int column = (int) Math.floor(((right + tilt * down) / square + 0.5) * size);
            int row = (int) Math.floor(((down - tilt * right) / square + 0.5) * size);
            found[0] = Math.max(0, Math.min(found[0], column - 1));
            found[1] = Math.max(0, Math.min(found[1], row - 1));
            found[2] = Math.min(size - 1, Math.max(found[2], column + 1));
            found[3] = Math.min(size - 1, Math.max(found[3], row + 1));
        }
        return found;
    }
}
