package org.crunet.scenes;

/** Skyscrapers, looked up to. */
final class Towers extends Backdrop {
    Towers(Easel easel) {
        super(easel);
    }

    /** Towers in front of towers, each a lit and a shaded wall full of windows. */
    void skyscraper() {
        backdrop(dice.between(0.8, 1.4));
        double corner = dice.between(-0.6, 0.6);
        int towers = dice.whole(2, 6);
        for (int tower = 1; tower <= towers; tower++) {
            double near = (double) tower / towers;
            double half = dice.between(0.06, 0.13) * (0.7 + 0.8 * near);
            double middle = tower == towers ? dice.between(0.25, 0.75) : dice.between(0.05, 0.95);
            tower(middle, half, corner, 0.5 * (1 - near));
        }
    }

    private void tower(double middle, double half, double corner, double haze) {
        double top = dice.between(-0.05, 0.55);
        double narrow = dice.between(0.55, 1);
        double storey = dice.between(0.025, 0.05);
        double contrast = dice.chance(0.5) ? 0.4 : 1.6;
        boolean bands = dice.chance(0.25);
        Colour wall = Colour.hsv(dice.real(), dice.between(0, 0.4), dice.between(0.25, 0.9));
        if (dice.chance(0.3)) {
            mast(middle, half, top, haze);
        }
        for (int side = -1; side <= 1; side += 2) {
            double lit = side < 0 ? dice.between(0.6, 1) : dice.between(0, 0.3);
            var facade = new Facade(middle + side * half, middle + corner * half, middle, top, narrow);
            int columns = Math.max(1, (int) ((1 - side * corner) * dice.between(2, 4)));
            canvas.draw(facade.piece(0, 1, top, Facade.GROUND), light.far(light.on(wall, lit), haze));
            windows(facade, storey, bands ? 1 : columns, wall, light.on(wall.times(contrast), lit), haze);
        }
    }

    private void mast(double middle, double half, double top, double haze) {
        Colour iron = light.far(light.on(Colour.grey(0.4), 0.5), haze);
        canvas.draw(Shape.box(middle - half / 2, top - half / 2, middle + half / 2, top + 0.01), iron);
        canvas.draw(Shape.box(middle - half / 16, top - half * 2, middle + half / 16, top), iron);
    }

    private void windows(Facade facade, double storey, int columns, Colour wall, Colour pane, double haze) {
        Colour lamp = new Colour(1, 0.9, 0.6);
        for (double y = facade.top + storey / 2; y < Facade.GROUND - storey; y += storey) {
            for (int column = 0; column < columns; column++) {
                Colour glass = !light.night() ? pane : dice.chance(0.5) ? lamp : wall.times(0.1);
                Shape window = facade.piece((column + 0.2) / columns, (column + 0.8) / columns, y, y + storey * 0.6);
                canvas.draw(window, light.far(glass, haze));
            }
        }
    }

    /** One wall of a tower between two edges on the ground; both lean in towards the middle of the narrower top. */
    private record Facade(double from, double to, double middle, double top, double narrow) {
        static final double GROUND = 1.2;

        /** A part of the wall: a share of its width between two heights. */
        Shape piece(double start, double end, double high, double low) {
            return new Polygon(at(start, high), high, at(end, high), high, at(end, low), low, at(start, low), low);
        }

        private double at(double share, double y) {
            double foot = from + share * (to - from);
            return foot + (middle - foot) * (1 - narrow) * (GROUND - y) / (GROUND - top);
        }
    }
}
