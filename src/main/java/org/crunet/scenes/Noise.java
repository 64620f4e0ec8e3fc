package org.crunet.scenes;

/**
 * Value noise: a random value at every pair of whole coordinates, blended smoothly in between. Clouds, ridges, waves and
 * leaves are made of it.
 */
record Noise(int seed) {

    /** A random value from -1 to 1 for a pair of whole coordinates. */
    static double value(int i, int j, int seed) {
        int hash = i * 0x165667B1 + j * 0x27D4EB2F + seed;
        hash = (hash ^ hash >>> 15) * 0x85EBCA77;
        hash = (hash ^ hash >>> 13) * 0xC2B2AE3D;
        return (hash ^ hash >>> 16) * 0x1p-31;
    }

    /** Smooth noise from -1 to 1 that changes over a distance of about 1. */
    double at(double x, double y) {
        int i = floor(x);
        int j = floor(y);
        double u = smooth(x - i);
        double v = smooth(y - j);
        double above = value(i, j, seed) * (1 - u) + value(i + 1, j, seed) * u;
        double below = value(i, j + 1, seed) * (1 - u) + value(i + 1, j + 1, seed) * u;
        return above + v * (below - above);
    }

    /** Smooth noise along a line. */
    double at(double x) {
        int i = floor(x);
        double u = smooth(x - i);
        return value(i, 0, seed) * (1 - u) + value(i + 1, 0, seed) * u;
    }

    /** Noise with detail, within -1 and 1: every octave has twice the frequency and half the height. */
    double fractal(double x, double y, int octaves) {
        return sum(x, y, octaves, false);
    }

    /** Noise with detail and sharp crests, from 0 to 1. */
    double ridged(double x, double y, int octaves) {
        return sum(x, y, octaves, true);
    }

    private double sum(double x, double y, int octaves, boolean crests) {
        double sum = 0;
        double height = 0.5;
        for (int octave = 0; octave < octaves; octave++) {
            double value = at(x, y);
            sum += height * (crests ? 1 - Math.abs(value) : value);
            x = 2 * x + 17.3;
            y = 2 * y + 9.1;
            height /= 2;
        }
        return sum;
    }

    private static int floor(double x) {
        int whole = (int) x;
        return x < whole ? whole - 1 : whole;
    }

    private static double smooth(double t) {
        return t * t * (3 - 2 * t);
    }
}
