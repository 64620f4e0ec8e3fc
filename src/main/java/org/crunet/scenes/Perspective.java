package org.crunet.scenes;

import java.util.stream.DoubleStream;

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
        return strip(right, high, right, low, near, far);
    }

    /** A wall across the road. */
    Shape front(double away, double left, double right, double low, double high) {
        return Shape.box(across(left, away), down(high, away), across(right, away), down(low, away));
    }

    /** A strip of ground along the road. */
    Shape ground(double left, double right, double near, double far) {
        return strip(left, 0, right, 0, near, far);
    }

    /** What lies between two lines along the road, each so far to the right and so far up. */
    private Shape strip(double right, double up, double otherRight, double otherUp, double near, double far) {
        double[] line = {across(right, near), down(up, near), across(right, far), down(up, far)};
        double[] other = {across(otherRight, far), down(otherUp, far), across(otherRight, near), down(otherUp, near)};
        return Shape.polygon(DoubleStream.concat(DoubleStream.of(line), DoubleStream.of(other))
                .toArray());
    }
}
