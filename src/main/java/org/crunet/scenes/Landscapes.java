package org.crunet.scenes;

/** Scenes of air, water and snow. */
final class Landscapes extends Backdrop {
    Landscapes(Easel easel) {
        super(easel);
    }

    /** Clouds, near and large, and at most a strip of land. */
    void sky() {
        double horizon = dice.between(0.95, 1.6);
        clearSky(horizon);
        for (int layer = dice.whole(1, 2); layer > 0; layer--) {
            Clouds near = new Clouds(dice.noise(), horizon, dice.between(1.5, 5), dice.between(1, 2.5));
            clouds(near, dice.between(-0.1, 0.2));
        }
        if (dice.chance(0.25)) {
            trail();
        }
        for (int bird = dice.chance(0.25) ? dice.whole(1, 7) : 0; bird > 0; bird--) {
            bird(dice.real(), dice.real(), dice.between(0.015, 0.04));
        }
        Noise land = dice.noise();
        canvas.draw(Shape.below(x -> horizon - 0.1 + 0.06 * land.fractal(4 * x, 0, 3)), light.far(light.shade(), 0.3));
    }

    /** What an aeroplane leaves behind. */
    private void trail() {
        double width = dice.between(0.008, 0.02);
        Shape line = Shape.line(dice.real(), -0.2, dice.real(), dice.between(0.3, 1), width);
        canvas.draw(line, 0.8, (x, y) -> light.sun());
    }

    private void bird(double x, double y, double wing) {
        canvas.draw(Shape.line(x, y, x - wing, y - wing / 2, wing / 4), Colour.grey(0.08));
        canvas.draw(Shape.line(x, y, x + wing, y - wing / 2, wing / 4), Colour.grey(0.08));
    }

    /** A level horizon, and waves that get smaller towards it. */
    void ocean() {
        double horizon = dice.between(0.2, 0.65);
        backdrop(horizon);
        if (dice.chance(0.3)) {
            island(horizon);
        }
        waves(horizon);
        for (int boat = dice.chance(0.3) ? dice.whole(1, 3) : 0; boat > 0; boat--) {
            double down = dice.between(0.01, 0.12);
            boat(dice.real(), horizon + down, 0.05 + down);
        }
    }

    private void waves(double horizon) {
        Noise noise = dice.noise();
        double scale = dice.between(1.2, 3);
        double stretch = dice.between(2, 5);
        double rough = dice.between(0.5, 1.3);
        double glitter = dice.between(0.2, 0.8);
        double shine = dice.chance(0.5) ? dice.between(0.4, 1.2) : 0;
        Colour deep =
                light.on(Colour.hsv(dice.between(0.45, 0.65), dice.between(0.3, 0.9), dice.between(0.3, 0.7)), 0.7);
        canvas.draw(Shape.below(x -> horizon), (x, y) -> {
            double near = y - horizon;
            double away = 1 / (Math.max(0, near) + 0.03);
            double wave = noise.fractal((x - 0.5) * away * scale, away * scale * stretch, 4);
            double clear = Colour.clamp(near * 12);
            Colour water = deep.mix(light.horizon(), 0.6 - near);
            double sun = shine * Colour.clamp(1 - 5 * Math.abs(x - glitter) * (1 - near));
            return wave > 0
                    ? water.mix(light.sun(), clear * wave * (rough + 2 * sun))
                    : water.times(1 + clear * wave * rough);
        });
    }

    private void island(double horizon) {
        Noise noise = dice.noise();
        Colour land = light.far(light.shade().times(0.5), dice.between(0.2, 0.6));
        double high = dice.between(0.1, 0.3);
        canvas.draw(Shape.below(x -> horizon - high * noise.fractal(2 * x, 0, 4)), land);
    }

    private void boat(double x, double y, double high) {
        double half = high * 0.4;
        Colour sail = light.on(Colour.hsv(dice.real(), dice.between(0, 0.5), 1), 1);
        canvas.draw(new Polygon(x, y - high, x, y - high * 0.2, x + half, y - high * 0.2), sail);
        canvas.draw(new Polygon(x, y - high * 0.9, x, y - high * 0.2, x - half * 0.6, y - high * 0.2), sail.times(0.8));
        Shape hull =
                new Polygon(x - half, y - high * 0.15, x + half, y - high * 0.15, x + half * 0.6, y, x - half * 0.6, y);
        canvas.draw(hull, light.on(Colour.grey(0.25), 0.6));
    }

    /** Soft hills, firs with snow on them, tracks, and perhaps falling snow. */
    void snowfield() {
        double horizon = dice.between(0.25, 0.65);
        backdrop(horizon);
        Colour snow = Colour.hsv(dice.between(0.5, 0.7), dice.between(0, 0.12), 1);
        Noise noise = dice.noise();
        Noise far = dice.noise();
        canvas.draw(Shape.below(x -> horizon - 0.05 - 0.1 * far.at(2 * x)), light.far(light.on(snow, 0.3), 0.5));
        canvas.draw(Shape.below(x -> horizon + 0.05 * noise.at(1.5 * x)), (x, y) -> {
            double drift = noise.fractal(x * 1.5 + y * 2, y * 7, 3);
            return light.far(light.on(snow, 0.75 + 0.6 * drift), 0.4 - (y - horizon));
        });
        if (dice.chance(0.6)) {
            tracks(snow, horizon);
        }
        for (int fir = dice.whole(3, 14); fir > 0; fir--) {
            double x = dice.between(-0.1, 1.1);
            double down = dice.real() * dice.real() * 0.3;
            fir(x, horizon + 0.05 * noise.at(1.5 * x) + down, dice.between(0.06, 0.11) + 0.8 * down);
        }
        for (int flake = dice.chance(0.5) ? dice.whole(20, 120) : 0; flake > 0; flake--) {
            double radius = dice.between(0.003, 0.011);
            canvas.draw(new Shape.Ellipse(dice.real(), dice.real(), radius, radius), 0.8, (x, y) -> Colour.grey(0.97));
        }
    }

    /** The two lines that skis leave, which meet far away. */
    private void tracks(Colour snow, double horizon) {
        double end = dice.real();
        double start = dice.real();
        double bend = dice.between(-0.4, 0.4);
        Colour shadow = light.on(snow, 0.1);
        Shape lines = (x, y, pixel) -> {
            double near = (y - horizon - 0.06) / (1 - horizon);
            double middle = end + (start - end + bend * (1 - near)) * near;
            double aside = Math.abs(Math.abs(x - middle) - 0.05 * near);
            return near < 0 ? 0 : Shape.inside(0.015 * near - aside, pixel) * Math.min(1, 0.03 * near / pixel);
        };
        canvas.draw(lines, 0.8, (x, y) -> shadow);
    }

    private void fir(double x, double foot, double high) {
        Colour needles = light.on(Colour.hsv(0.4, 0.4, 0.3), 0.3);
        Colour snow = light.on(Colour.grey(0.95), 0.9);
        canvas.draw(new Shape.Ellipse(x + high * 0.25, foot, high * 0.5, high * 0.06), 0.4, (px, py) -> light.shade());
        canvas.draw(Shape.box(x - high / 20, foot - high / 4, x + high / 20, foot), needles.times(0.6));
        for (int tier = 0; tier < 3; tier++) {
            double low = foot - high * (0.12 + 0.25 * tier);
            double top = low - high * 0.42;
            double half = high * (0.32 - 0.08 * tier);
            canvas.draw(new Polygon(x - half, low, x, top, x + half, low), needles);
            canvas.draw(new Polygon(x - half / 2, low - high * 0.16, x, top, x + half / 3, low - high * 0.2), snow);
        }
    }
}
