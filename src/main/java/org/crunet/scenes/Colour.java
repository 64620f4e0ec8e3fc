package org.crunet.scenes;

/** A colour of the painter: red, green and blue from 0 to 1; more is cut off only when the canvas is read. */
record Colour(double red, double green, double blue) {
    static final Colour WHITE = grey(1);

    static Colour grey(double value) {
        return new Colour(value, value, value);
    }

    /** A colour from hue (in turns: 0 red, 1/3 green, 2/3 blue), saturation and value. */
    static Colour hsv(double hue, double saturation, double value) {
        return new Colour(
                value * (1 - saturation * away(hue)),
                value * (1 - saturation * away(hue - 1 / 3.0)),
                value * (1 - saturation * away(hue - 2 / 3.0)));
    }

    /** 0 within a sixth of a turn, 1 from a third of a turn on. */
    private static double away(double turns) {
        double distance = Math.abs(turns - Math.floor(turns + 0.5));
        return clamp(6 * distance - 1);
    }

    static double clamp(double value) {
        return value < 0 ? 0 : value > 1 ? 1 : value;
    }

    Colour mix(Colour other, double share) {
        double t = clamp(share);
        return new Colour(
                red + t * (other.red - red), green + t * (other.green - green), blue + t * (other.blue - blue));
    }

    Colour times(double factor) {
        return new Colour(factor * red, factor * green, factor * blue);
    }

    Colour times(Colour light) {
        return new Colour(light.red * red, light.green * green, light.blue * blue);
    }
}
