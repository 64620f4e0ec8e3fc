package org.crunet.scenes;

import java.util.List;

/**
 * Time of day and weather.
 *
 * @param zenith colour of the sky overhead
 * @param horizon colour of the sky and of everything far away
 * @param sun colour of what the sun or the moon lights
 * @param shade colour of what it does not light
 * @param night whether there are stars and lit windows
 */
record Light(Colour zenith, Colour horizon, Colour sun, Colour shade, boolean night) {

    private static final Light NOON = day(0.15, 0.38, 0.78, 0.72, 0.85, 0.95, 1.05, 1.00, 0.92);
    private static final Light SUMMER = day(0.30, 0.55, 0.85, 0.90, 0.92, 0.92, 1.10, 1.05, 0.95);
    private static final Light OVERCAST = day(0.55, 0.58, 0.62, 0.82, 0.83, 0.84, 0.80, 0.80, 0.82);
    private static final Light SUNSET = day(0.22, 0.25, 0.50, 0.98, 0.62, 0.32, 1.10, 0.72, 0.45);
    private static final Light DAWN = day(0.40, 0.30, 0.48, 0.98, 0.75, 0.68, 1.05, 0.80, 0.75);
    private static final Light DUST = day(0.45, 0.52, 0.42, 0.85, 0.86, 0.66, 1.00, 0.95, 0.75);
    private static final Light DUSK = night(0.07, 0.08, 0.24, 0.52, 0.30, 0.40, 0.65, 0.52, 0.62);
    private static final Light MOON = night(0.02, 0.03, 0.11, 0.14, 0.19, 0.36, 0.55, 0.60, 0.82);
    private static final List<Light> ALL = List.of(NOON, SUMMER, OVERCAST, SUNSET, DAWN, DUST, DUSK, MOON);

    /** A light from the colours of zenith, horizon and sun. */
    private static Light day(double... rgb) {
        Light light = night(rgb);
        Colour shade = light.sun.mix(light.zenith, 0.5).times(0.58);
        return new Light(light.zenith, light.horizon, light.sun, shade, false);
    }

    private static Light night(double... rgb) {
        Colour sun = new Colour(rgb[6], rgb[7], rgb[8]);
        return new Light(
                new Colour(rgb[0], rgb[1], rgb[2]), new Colour(rgb[3], rgb[4], rgb[5]), sun, sun.times(0.38), true);
    }

    /** One of the lights above, with a little of another. */
    static Light roll(Dice dice) {
        Light one = ALL.get(dice.whole(0, ALL.size() - 1));
        Light two = ALL.get(dice.whole(0, ALL.size() - 1));
        double share = dice.between(0, 0.4);
        return new Light(
                one.zenith.mix(two.zenith, share),
                one.horizon.mix(two.horizon, share),
                one.sun.mix(two.sun, share),
                one.shade.mix(two.shade, share),
                one.night);
    }

    /** A surface that is lit by a share of the sun, from 0 to 1. */
    Colour on(Colour surface, double share) {
        return surface.times(shade.mix(sun, share));
    }

    /** A colour seen through haze, which hides it entirely at 1. */
    Colour far(Colour colour, double haze) {
        return colour.mix(horizon, haze);
    }

    /** The clear sky. */
    Colour sky(double y, double horizonY) {
        double height = Colour.clamp((horizonY - y) / Math.max(0.3, horizonY));
        return horizon.mix(zenith, height * (1.6 - 0.6 * height));
    }
}
