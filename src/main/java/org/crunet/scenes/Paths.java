package org.crunet.scenes;

/** Scenes with a way to walk: between houses and between trees. */
final class Paths extends Backdrop {
    Paths(Easel easel) {
        super(easel);
    }

    /** A road to the vanishing point, houses with windows on both sides, cars and lamps. */
    void street() {
        Perspective view = new Perspective(dice.between(0.25, 0.75), dice.between(0.4, 0.65), dice.between(0.12, 0.22));
        backdrop(view.y());
        double half = dice.between(1.4, 2.4);
        double walk = half + dice.between(0.4, 1.2);
        road(view, half);
        houses(view, -walk);
        houses(view, walk);
        double apart = dice.between(1, 2);
        for (double away = dice.chance(0.6) ? 12 * apart : 0; away > 0.5; away -= apart) {
            lamp(view, half, away);
            lamp(view, -half, away);
        }
        for (int car = dice.whole(0, 4); car > 0; car--) {
            car(view, dice.chance(0.5) ? -half / 2 : half / 2, car * 1.2 + dice.real());
        }
    }

    private void road(Perspective view, double half) {
        Colour stone = light.on(Colour.grey(dice.between(0.4, 0.8)), 0.6);
        Colour asphalt = light.on(Colour.grey(dice.between(0.2, 0.6)), 0.5);
        Colour white = light.on(Colour.grey(0.95), 0.9);
        canvas.draw(Shape.below(x -> view.y()), (x, y) -> stone);
        canvas.draw(view.ground(-half, half, 0.15, 100), asphalt);
        for (double away = 0.2; away < 20; away += 1.2) {
            canvas.draw(view.ground(-0.06, 0.06, away, away + 0.5), white);
        }
        double crossing = dice.between(0.4, 3);
        for (double right = dice.chance(0.4) ? -half : half; right < half; right += 0.5) {
            canvas.draw(view.ground(right, right + 0.25, crossing, crossing * 1.3), white);
        }
    }

    private void houses(Perspective view, double right) {
        double lit = dice.real();
        double[] away = new double[9];
        away[0] = 0.15;
        for (int house = 1; house < away.length; house++) {
            away[house] = away[house - 1] + dice.between(0.8, 1.2 + house * 0.5);
        }
        for (int house = away.length - 2; house >= 0; house--) {
            house(view, right, away[house], away[house + 1], lit);
        }
    }

    private void house(Perspective view, double right, double near, double far, double lit) {
        double high = dice.between(2.5, 8);
        double haze = Math.min(0.6, near / 25);
        Colour wall = Colour.hsv(dice.real(), dice.between(0.05, 0.5), dice.between(0.35, 0.95));
        Colour plaster = light.far(light.on(wall, lit), haze);
        Colour dark = light.far(light.on(wall.times(0.3), lit), haze);
        Colour lamp = new Colour(1, 0.85, 0.5);
        canvas.draw(view.wall(right, near, far, 0, high), plaster);
        double storey = dice.between(0.8, 1.2);
        double window = dice.between(0.35, 0.55);
        for (double low = 0.3; low + storey < high; low += storey) {
            for (double from = near + 0.1; from + window * 0.6 < far; from += window) {
                Colour glass = light.night() && dice.chance(0.5) ? lamp : dark;
                canvas.draw(view.wall(right, from, from + window * 0.6, low, low + storey * 0.6), glass);
            }
        }
    }

    private void lamp(Perspective view, double right, double away) {
        Colour iron = light.far(Colour.grey(0.1), Math.min(0.7, away / 20));
        canvas.draw(view.front(away, right - 0.03, right + 0.03, 0, 2.6), iron);
        canvas.draw(view.front(away, right * 0.8, right, 2.55, 2.62), iron);
        canvas.draw(
                view.front(away, right * 0.8 - 0.1, right * 0.8 + 0.1, 2.45, 2.6), light.night() ? Colour.WHITE : iron);
    }

    private void car(Perspective view, double right, double away) {
        Colour paint = light.on(Colour.hsv(dice.real(), dice.between(0, 0.9), dice.between(0.2, 0.9)), 0.7);
        canvas.draw(view.front(away, right - 0.45, right + 0.45, 0.1, 0.5), paint);
        canvas.draw(view.front(away, right - 0.35, right + 0.35, 0.5, 0.8), paint.times(0.9));
        canvas.draw(view.front(away, right - 0.28, right + 0.28, 0.52, 0.74), paint.times(0.25));
        for (int side = -1; side <= 1; side += 2) {
            double middle = right + side * 0.35;
            canvas.draw(view.front(away, middle - 0.08, middle + 0.08, 0, 0.15), Colour.grey(0.05));
            canvas.draw(view.front(away, middle - 0.07, middle + 0.07, 0.3, 0.4), new Colour(0.9, 0.15, 0.1));
        }
    }

    /** A winding path, trunks on both sides of it, leaves above and all around. */
    void forestPath() {
        Perspective view =
                new Perspective(dice.between(0.25, 0.75), dice.between(0.35, 0.65), dice.between(0.15, 0.25));
        Noise leaves = dice.noise();
        Colour green = Colour.hsv(dice.between(0.06, 0.42), dice.between(0.3, 0.8), dice.between(0.4, 0.8));
        double clearing = dice.between(-0.2, 0.7);
        canvas.fill((x, y) -> {
            double open = clearing - 2 * Math.abs(x - view.x()) - Math.abs(y - view.y());
            return light.far(light.on(green, 0.5 + 1.5 * leaves.fractal(9 * x, 9 * y, 4)), 0.2 + open);
        });
        double half = dice.between(0.3, 0.8);
        path(view, green, half);
        for (double away = 9; away > 0.5; away *= 0.86) {
            trunk(view, half + dice.between(0.2, 3), away);
            trunk(view, -half - dice.between(0.2, 3), away);
        }
        double crown = dice.between(0, 0.35);
        canvas.draw(
                (x, y, pixel) -> Colour.clamp(4 * (leaves.fractal(7 * x + 50, 7 * y, 4) + crown - y)),
                (x, y) -> light.on(green, 0.3 + 2 * leaves.fractal(14 * x, 14 * y, 3)));
    }

    private void path(Perspective view, Colour green, double half) {
        Noise rough = dice.noise();
        double bend = dice.between(-0.06, 0.06);
        Colour earth = Colour.hsv(dice.between(0.05, 0.12), dice.between(0.1, 0.5), dice.between(0.4, 0.9));
        canvas.draw(Shape.below(x -> view.y()), (x, y) -> {
            double away = view.focal() / Math.max(1e-3, y - view.y());
            double right = (x - view.x()) * away / view.focal() - bend * away * away;
            double bumps = rough.fractal(3 * right, 6 * away, 4);
            double onPath = (half + 0.3 * bumps - Math.abs(right)) * 8;
            return light.far(light.on(green.times(0.7).mix(earth, onPath), 0.5 + bumps), Math.min(0.7, away / 15));
        });
    }

    private void trunk(Perspective view, double right, double away) {
        double half = dice.between(0.08, 0.2);
        double left = view.across(right - half, away);
        double wide = view.across(right + half, away) - left;
        Colour bark = Colour.hsv(dice.between(0.03, 0.12), dice.between(0.05, 0.5), dice.between(0.15, 0.6));
        Noise noise = dice.noise();
        canvas.draw(view.front(away, right - half, right + half, 0, 20), (x, y) -> {
            double lit = 1 - (x - left) / wide + 0.6 * noise.fractal(3 * x / wide, y / wide, 3);
            return light.far(light.on(bark, lit), Math.min(0.75, away / 11));
        });
    }
}
