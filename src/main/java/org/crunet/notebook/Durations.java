package org.crunet.notebook;

/** Seconds as people say them. */
final class Durations {
    private Durations() {}

    static String text(double seconds) {
        long whole = Math.max(0, Math.round(seconds));
        if (whole < 60) {
            return whole + " s";
        }
        return whole < 3600
                ? Numbers.format("%d min %d s", whole / 60, whole % 60)
                : Numbers.format("%d h %d min", whole / 3600, whole % 3600 / 60);
    }
}
