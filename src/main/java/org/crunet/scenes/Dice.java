package org.crunet.scenes;

/**
 * Random numbers that are the same on every platform: SplitMix64 (Steele, Lea and Flood, 2014), a counter that is
 * mixed.
 */
final class Dice {
    private long state;

    Dice(long... seeds) {
        for (long seed : seeds) {
            state = mix(state + seed + 0x9E3779B97F4A7C15L);
        }
    }

    static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    long next() {
        state += 0x9E3779B97F4A7C15L;
        return mix(state);
    }

    /** A real number from 0 up to, but not including, 1. */
    double real() {
        return (next() >>> 11) * 0x1p-53;
    }

    double between(double low, double high) {
        return low + (high - low) * real();
    }

    /** A whole number, both ends included. */
    int whole(int low, int high) {
        return low + (int) ((high - low + 1) * real());
    }

    boolean chance(double probability) {
        return real() < probability;
    }

    Noise noise() {
        return new Noise((int) next());
    }
}
