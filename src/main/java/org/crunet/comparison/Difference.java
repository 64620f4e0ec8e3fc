package org.crunet.comparison;

import java.util.Locale;

/**
 * By how much one network is better than another, of trainings from the same seeds.
 *
 * <p>The interval holds the difference that all seeds and all images of this kind would have, 95 times of 100: of twenty pairs
 * that are equally good, one is decided by chance. It is the mean, and what that may be off by for two reasons: other seeds, by
 * Student's t with a degree of freedom less than seeds, and other images, by a normal distribution, added up as Behrens and Fisher
 * do.
 *
 * <p>It is not the bootstrap that draws seeds and images anew (Owen, The pigeonhole bootstrap, 2007): of three seeds that misses a
 * third of the variance and the long tails, and counts the chance of a seed and an image together three times. Of 1,000 simulated
 * comparisons from three seeds on 500 images, its 95 % intervals held the true difference in 97 % where seeds differ by little and
 * in 88 % where they differ; these in 94 and 96 % ({@code src/test/python/intervals.py --coverage}).
 *
 * @param first name of a network
 * @param second name of another
 * @param seeds from which both finished
 * @param images that both answered; 0 if the answers to images were not kept, so that the interval is over seeds alone and too
 *     narrow for other images
 * @param mean top-1 of the first less that of the second, in the mean over the seeds
 * @param low lower end of the 95 % interval; no number from one seed, or without images if all seeds agree
 * @param high upper end
 * @param probability that the first is better, as far as seeds and images show
 * @param outcome {@code not decided} where the interval has 0 or there is none, and otherwise which is better
 */
public record Difference(
        String first,
        String second,
        int seeds,
        int images,
        double mean,
        double low,
        double high,
        double probability,
        String outcome) {

    static Difference of(String first, String second, Interval interval) {
        double half = interval.half();
        double low = Math.max(-1, interval.mean() - half);
        double high = Math.min(1, interval.mean() + half);
        String outcome = low > 0 ? first + " is better" : high < 0 ? second + " is better" : "not decided";
        return new Difference(
                first,
                second,
                interval.seeds(),
                interval.images(),
                interval.mean(),
                low,
                high,
                interval.above(0),
                outcome);
    }

    /** Such as {@code a against b: 2.0 points (0.5 to 3.5) from 3 seeds, a is better}. */
    @Override
    public String toString() {
        String interval = Double.isNaN(low) ? "" : String.format(Locale.ROOT, " (%.1f to %.1f)", 100 * low, 100 * high);
        String points = String.format(Locale.ROOT, "%.1f points", 100 * mean) + interval;
        String from = seeds == 1 ? "one seed" : seeds + " seeds";
        return first + " against " + second + ": " + points + " from " + from + ", " + outcome;
    }
}
