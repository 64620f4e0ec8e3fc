package org.crunet.tensor;

import static org.crunet.base.Errors.require;
import static org.crunet.base.Records.with;

/**
 * Limits of a search for factors: alternating least squares solves for one factor at a time with the others fixed, and a
 * sweep does so once for each. The relative error cannot rise from sweep to sweep.
 *
 * <p>It ends when a sweep lowers the relative error by less than the tolerance times that error, when the error is below
 * 1e-7, where only rounding is left, when the sweeps are used up, when the thread is interrupted (which
 * stays so, for what would be done next to end too), or when a sweep would raise the
 * error, which only rounding can do: {@link Convergence#ending} says which.
 *
 * @param sweeps sweeps of one start at most
 * @param tolerance smallest gain of a sweep, as a part of the relative error, that is worth another one
 * @param starts how often to begin anew; after 10 sweeps the best third goes on, and in the end the best is kept
 * @param seed seed of the starts
 */
public record AlsSettings(int sweeps, double tolerance, int starts, long seed) {

    /** What a call without settings may cost, in floating-point operations: about half a minute on two cores. */
    private static final double AFFORDABLE = 1e12;

    private static final int FEWEST_SWEEPS = 20;
    private static final int SWEEPS_A_START = 40;

    /** 200 sweeps, until a sweep gains less than a millionth of the error; nine starts, of which three go on to the end. */
    public static final AlsSettings DEFAULT = new AlsSettings(200, 1e-6, 9, 1);

    /** Throws IllegalArgumentException, with the name and the value, if a number is out of range. */
    public AlsSettings {
        require(sweeps >= 1, "sweeps must be at least 1: " + sweeps);
        require(tolerance >= 0, "tolerance must not be negative: " + tolerance);
        require(starts >= 1, "starts must be at least 1: " + starts);
    }

    /**
     * Returns the settings of a call without any: {@link #DEFAULT}, with fewer starts and then fewer sweeps for a large
     * tensor, so that it takes about half a minute on two cores; at least 20 sweeps of one start.
     *
     * @param numbers size of the tensor
     * @param columns columns of the largest factor, of all terms
     * @return the settings
     */
    static AlsSettings affordable(long numbers, long columns) {
        double sweeps = AFFORDABLE / (6.0 * numbers * columns); // three passes over the tensor a sweep
        int starts = (int) Math.max(1, Math.min(DEFAULT.starts, sweeps / SWEEPS_A_START));
        double each = (sweeps - Search.FIRST_SWEEPS * starts) / Search.best(starts) + Search.FIRST_SWEEPS;
        return DEFAULT.withStarts(starts).withSweeps((int) Math.max(FEWEST_SWEEPS, Math.min(DEFAULT.sweeps, each)));
    }

    /**
     * Returns these settings with another limit.
     *
     * @param newSweeps sweeps of one start at most
     * @return a new record
     */
    public AlsSettings withSweeps(int newSweeps) {
        return with(this, "sweeps", newSweeps);
    }

    /**
     * Returns these settings with another tolerance.
     *
     * @param newTolerance smallest gain of a sweep that is worth another one; 0 to use up all sweeps
     * @return a new record
     */
    public AlsSettings withTolerance(double newTolerance) {
        return with(this, "tolerance", newTolerance);
    }

    /**
     * Returns these settings with another number of starts.
     *
     * @param newStarts how often to begin anew
     * @return a new record
     */
    public AlsSettings withStarts(int newStarts) {
        return with(this, "starts", newStarts);
    }

    /**
     * Returns these settings with other starts.
     *
     * @param newSeed seed of the starts
     * @return a new record
     */
    public AlsSettings withSeed(long newSeed) {
        return with(this, "seed", newSeed);
    }
}
