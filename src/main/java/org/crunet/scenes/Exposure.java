package org.crunet.scenes;

/**
 * What the camera makes of the colours: exposure, contrast, tint, a filter that darkens one side, a light leak, dark
 * corners and grain. It varies far more than a scene's own colours do, so that neither colour nor where a picture is
 * bright tells what it shows.
 *
 * @param exposure factor on brightness
 * @param contrast factor on the distance from middle grey
 * @param saturation 0 for a black-and-white film
 * @param tint factor on each part of the colour
 * @param filter how much brighter the picture gets from left to right and from top to bottom
 * @param leak colour of stray light
 * @param flare where the stray light is, of picture heights
 * @param corners how dark the corners are
 * @param grain greatest size of the noise
 * @param seed of the noise
 */
record Exposure(
        double exposure,
        double contrast,
        double saturation,
        Colour tint,
        double[] filter,
        Colour leak,
        double[] flare,
        double corners,
        double grain,
        int seed) {

    static Exposure roll(Dice dice) {
        return new Exposure(
                dice.between(0.85, 1.5),
                dice.between(0.7, 1.25),
                dice.chance(0.15) ? 0 : dice.between(0.5, 1.3),
                Colour.hsv(dice.real(), dice.real() * dice.between(0, 0.4), 1),
                new double[] {dice.between(-1, 1), dice.between(-1.3, 1.3)},
                Colour.hsv(dice.real(), dice.between(0, 0.45), 1),
                new double[] {dice.between(-0.6, 0.6), dice.between(-0.6, 0.6), dice.real() * dice.between(0, 0.7)},
                dice.between(0, 0.7),
                dice.between(0, 0.05),
                (int) dice.next());
    }

    Colour develop(Colour colour, double u, double v, int at) {
        double grey = 0.3 * colour.red() + 0.59 * colour.green() + 0.11 * colour.blue();
        Colour toned = Colour.grey(grey).mix(colour, saturation).times(tint);
        double light = exposure * (1 - corners * (u * u + v * v)) * (1 + filter[0] * u + filter[1] * v);
        double near = (u - flare[0]) * (u - flare[0]) + (v - flare[1]) * (v - flare[1]);
        Colour lit = toned.times(light).mix(leak, flare[2] / (1 + 6 * near));
        double noise = grain * Noise.value(at, 0, seed);
        return new Colour(expose(lit.red(), noise), expose(lit.green(), noise), expose(lit.blue(), noise));
    }

    private double expose(double value, double noise) {
        return 0.5 + contrast * (value - 0.5) + noise;
    }
}
