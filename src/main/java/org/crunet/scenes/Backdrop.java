package org.crunet.scenes;

/** The sky behind a scene: a gradient, perhaps a sun, a moon or stars, perhaps clouds. */
class Backdrop {
    /** What a scene is painted with: on what, by which chances and in which light. */
    record Easel(Canvas canvas, Dice dice, Light light) {}

    final Canvas canvas;
    final Dice dice;
    final Light light;

    Backdrop(Easel easel) {
        canvas = easel.canvas();
        dice = easel.dice();
        light = easel.light();
    }

    /** A whole sky down to the horizon, with whatever the dice say. */
    void backdrop(double horizon) {
        clearSky(horizon);
        if (dice.chance(0.5)) {
            clouds(horizon, dice.between(-0.15, 0.25));
        }
    }

    /** A sky without clouds. */
    void clearSky(double horizon) {
        canvas.fill((x, y) -> light.sky(y, horizon));
        if (light.night()) {
            stars(horizon);
        }
        if (dice.chance(0.4)) {
            sun(dice.between(0.1, 0.9), horizon * dice.between(0.2, 1));
        }
    }

    private void stars(double horizon) {
        for (int star = dice.whole(10, 50); star > 0; star--) {
            double radius = dice.between(0.001, 0.006);
            canvas.draw(new Shape.Ellipse(dice.real(), dice.real() * horizon, radius, radius), Colour.grey(0.9));
        }
    }

    private void sun(double x, double y) {
        double radius = dice.between(0.02, 0.06);
        Colour bright = light.sun().mix(Colour.WHITE, 0.6);
        canvas.draw((px, py, pixel) -> glow((px - x) / radius, (py - y) / radius), (px, py) -> bright);
        canvas.draw(new Shape.Ellipse(x, y, radius, radius), bright);
    }

    private static double glow(double dx, double dy) {
        return 0.7 / (1 + 0.3 * (dx * dx + dy * dy));
    }

    /** Clouds of the usual size. */
    void clouds(double horizon, double cover) {
        clouds(new Clouds(dice.noise(), horizon, dice.between(1.2, 2.5), dice.between(1, 3)), cover);
    }

    /** Clouds with cover from -0.5 (none) to 0.5 (closed); what they hide of the sky above them, they shade. */
    void clouds(Clouds clouds, double cover) {
        double crisp = dice.between(2, 9);
        Colour white = light.on(Colour.grey(1), 1);
        Colour grey = light.on(Colour.grey(0.95), 0).mix(light.horizon(), 0.3);
        canvas.draw(
                (x, y, pixel) -> y > clouds.horizon ? 0 : Colour.clamp(crisp * (clouds.at(x, y, 0, 5) + cover)),
                (x, y) -> {
                    Colour puff = grey.mix(white, 0.8 - 2.2 * (clouds.at(x, y, 0.25, 3) + cover));
                    return light.far(puff, 0.4 * Colour.clamp(y / clouds.horizon));
                });
    }

    /** A level ceiling of clouds: flatter and closer together towards the horizon. */
    record Clouds(Noise noise, double horizon, double wide, double flat) {
        double at(double x, double y, double higher, int octaves) {
            double away = wide / (horizon - y + 0.3);
            return noise.fractal((x - 0.5) * away, flat * away + higher, octaves);
        }
    }
}
