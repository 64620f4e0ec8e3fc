package org.crunet.scenes;

/**
 * A view along a straight road: a point to the right, up and away of the eye appears where the scene's square meets the
 * line to it. One unit is about the height of the eye.
 *
 * @param x vanishing point in the scene
 * @param y vanishing point in the scene, the horizon
 * @param focal size in the scene of one unit at distance 1
 */
record Perspective(double x, double y, double focal) {

    double across(double right, double away) {
        return x + focal * right / away;
    }

    /** The scene's y of a height above the ground. */
    double down(double up, double away) {
        return y + focal * (1 - up) / away;
    }

    /** A wall along the road, from near to far and from low to high. */
    Shape wall(double right, double near, double far, double low, double high) {
        return Shape.polygon(
                across(right, near),
                down(high, near),
                across(right, far),
                down(high, far),
                across(right, far),
                down(low, far),
                across(right, near),
                down(low, near));
    }

    /** A wall across the road. */
    Shape front(double away, double left, double right, double low, double high) {
        return Shape.box(across(left, away), down(high, away), across(right, away), down(low, away));
    }

    /** A strip of ground along the road. */
    Shape ground(double left, double right, double near, double far) {
        return Shape.polygon(
                across(left, near),
                down(0, near),
                across(left, far),
                down(0, far),
                across(right, far),
                down(0, far),
                across(right, near),
                down(0, near));
    }
}
