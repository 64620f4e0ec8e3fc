package org.crunet.scenes;

import java.util.function.DoubleUnaryOperator;

/** Scenes whose outline is a ridge: soft ones of sand, rugged ones of rock. */
final class Ridges extends Backdrop {
    Ridges(Easel easel) {
        super(easel);
    }

    /** Dunes behind dunes: smooth flanks, and crests that part light from shadow. */
    void desert() {
        double horizon = dice.between(0.15, 0.55);
        backdrop(horizon + 0.1);
        Colour sand = Colour.hsv(dice.between(0.03, 0.13), dice.between(0.1, 0.6), dice.between(0.75, 1));
        double side = dice.chance(0.5) ? 1 : -1;
        int layers = dice.whole(3, 5);
        for (int layer = 1; layer <= layers; layer++) {
            double near = (double) layer / layers;
            dune(sand, side, horizon + (0.85 - horizon) * near * near, near);
        }
    }

    private void dune(Colour sand, double side, double base, double near) {
        Noise noise = dice.noise();
        double wide = dice.between(1, 1.8) / (0.3 + near);
        double high = dice.between(0.15, 0.3) * (0.4 + near);
        double lean = dice.between(0.5, 1.5);
        double ripples = dice.between(25, 50);
        DoubleUnaryOperator crest = x -> base - high * hump(noise.at(wide * x));
        canvas.draw(Shape.below(crest), (x, y) -> {
            double below = y - crest.applyAsDouble(x);
            double foot = wide * (x - lean * below + 0.5 * below * noise.at(3 * x, 9 * y));
            double rise = Math.abs(noise.at(foot + 0.02)) - Math.abs(noise.at(foot - 0.02));
            double lit = 0.5 + 0.5 * side * Math.max(-1, Math.min(1, 50 * rise));
            double wave = y * ripples * (1.2 - 0.5 * y) + 3 * noise.at(3 * x, 5 * y);
            double ripple = near * 0.15 * (Math.abs(2 * (wave - Math.floor(wave)) - 1) - 0.5);
            return light.far(light.on(sand, lit + ripple), 0.6 * (1 - near));
        });
    }

    /** A crest where the noise is 0, and flanks that level out. */
    private static double hump(double noise) {
        double flank = 1 - Math.abs(noise);
        return flank * (0.4 + 0.6 * flank);
    }

    /** Range behind range, bare rock or snow above, and something green in front. */
    void mountain() {
        double foot = dice.between(0.5, 0.95);
        backdrop(foot);
        Colour rock = Colour.hsv(dice.between(0, 0.7), dice.between(0.05, 0.35), dice.between(0.35, 0.7));
        int ranges = dice.whole(1, 3);
        for (int range = 1; range <= ranges; range++) {
            range(rock, foot, (double) range / ranges);
        }
        Noise noise = dice.noise();
        Colour grass = Colour.hsv(dice.between(0.1, 0.4), dice.between(0.2, 0.6), dice.between(0.2, 0.6));
        canvas.draw(Shape.below(x -> foot + 0.05 * noise.fractal(4 * x, 0, 4)), (x, y) -> {
            double tufts = noise.fractal(12 * x, 40 * (y - foot) / (0.5 + y), 3);
            return light.on(grass, 0.5 + tufts);
        });
    }

    private void range(Colour rock, double foot, double near) {
        Noise noise = dice.noise();
        double wide = dice.between(1.2, 2.4);
        double high = dice.between(0.4, 0.6) * (1.2 - 0.5 * near);
        double snowLine = foot - high * dice.between(0.2, 0.8);
        double lean = dice.between(-0.6, 0.6);
        DoubleUnaryOperator crest = x -> foot - high * (1.8 * noise.ridged(wide * x, 0, 5) - 0.45);
        canvas.draw(Shape.below(crest), (x, y) -> {
            double down = y - foot;
            double across = wide * x + lean * down;
            double relief = noise.ridged(across, 3 * down, 4) - noise.ridged(across + 0.07, 3 * down, 4);
            double snow = (snowLine - y) * 15 + 1.5 * noise.fractal(8 * x, 8 * y, 3);
            Colour ground = rock.mix(Colour.grey(0.95), snow);
            return light.far(light.on(ground, 0.5 + 6 * relief), 0.6 * (1 - near) + 0.3 * Colour.clamp(down + 0.2));
        });
    }
}
