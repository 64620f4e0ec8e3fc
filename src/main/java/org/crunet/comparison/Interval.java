package org.crunet.comparison;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.commons.math3.analysis.solvers.BrentSolver;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * A mean over seeds and images, and where the mean over all seeds and all images may be, as {@link Difference} says: off by
 * {@code seedError} times a t-distributed number and {@code imageError} times a normal one.
 *
 * <p>The two are the variance components of a crossed design, seeds by images with one value each. The means of the seeds differ by
 * the seeds and by the chance of seed and image together, so their variance has both. The means of the images have that chance in
 * them too, which is subtracted, as it is counted already.
 *
 * @param mean over seeds and images
 * @param seedError standard error by the seeds; no number from one seed
 * @param imageError standard error by the images; 0 if they are not known
 * @param seeds how many
 * @param images how many; 0 if they are not known
 */
record Interval(double mean, double seedError, double imageError, int seeds, int images) {

    private static final double LEVEL = 0.975;
    private static final NormalDistribution NORMAL = new NormalDistribution(null, 0, 1);

    /** Steps of the integral over the normal distribution, from -6 to 6. */
    private static final int STEPS = 400;

    private static final double STEP = 12.0 / STEPS;

    /** Of the mean of each seed alone. */
    static Interval ofMeans(Collection<Double> all) {
        double[] means = all.stream().mapToDouble(mean -> mean).toArray();
        double error = Math.sqrt(variance(means) / means.length);
        return new Interval(mean(means), error > 0 ? error : Double.NaN, 0, means.length, 0);
    }

    /** Of the answers of a network from each seed, less those of another network if there are such. */
    static Interval of(List<Answers> first, List<Answers> second) {
        BitSet read = first.get(0).read();
        Stream.concat(first.stream(), second.stream()).forEach(one -> read.and(one.read()));
        int[] images = read.stream().toArray();
        int[][] values = new int[first.size()][images.length];
        for (int s = 0; s < values.length; s++) {
            BitSet plus = first.get(s).right();
            BitSet minus = second.isEmpty() ? new BitSet() : second.get(s).right();
            Arrays.setAll(values[s], i -> bit(plus, images[i]) - bit(minus, images[i]));
        }
        return of(values);
    }

    private static int bit(BitSet right, int image) {
        return right.get(image) ? 1 : 0;
    }

    /** Of {@code values[seed][image]}. */
    static Interval of(int[][] values) {
        int seeds = values.length;
        int images = values[0].length;
        double[] ofSeeds = Stream.of(values)
                .mapToDouble(row -> (double) IntStream.of(row).sum() / images)
                .toArray();
        double[] ofImages = new double[images];
        for (int[] row : values) {
            Arrays.setAll(ofImages, i -> ofImages[i] + (double) row[i] / seeds);
        }
        double mean = mean(ofSeeds);
        double rest = 0;
        for (int s = 0; s < seeds; s++) {
            for (int i = 0; i < images; i++) {
                double chance = values[s][i] - ofSeeds[s] - ofImages[i] + mean;
                rest += chance * chance;
            }
        }
        double together = rest / (seeds - 1) / (images - 1) / seeds;
        double one = 1.0 / seeds / images; // an answer more or less: seeds that agree do so to the image
        double seedError = Math.max(Math.sqrt(variance(ofSeeds) / seeds), one);
        double imageError = Math.sqrt(Math.max(0, variance(ofImages) - together) / images);
        return new Interval(mean, seedError, imageError, seeds, images);
    }

    private static double mean(double[] values) {
        return DoubleStream.of(values).average().orElse(Double.NaN);
    }

    /** No number of one value. */
    private static double variance(double[] values) {
        double mean = mean(values);
        return DoubleStream.of(values)
                        .map(value -> (value - mean) * (value - mean))
                        .sum()
                / (values.length - 1);
    }

    private boolean known() {
        return !Double.isNaN(seedError + imageError);
    }

    /** How probable it is that the mean over all seeds and images is above a value. */
    double above(double value) {
        if (!known()) {
            return Double.NaN;
        }
        TDistribution ofSeeds = new TDistribution(null, seeds - 1.0);
        return IntStream.rangeClosed(0, STEPS)
                .mapToDouble(k -> k * STEP - 6)
                .map(z -> STEP
                        * NORMAL.density(z)
                        * ofSeeds.cumulativeProbability((mean - value - imageError * z) / seedError))
                .sum();
    }

    /** How far the ends of the interval are from the mean. */
    double half() {
        if (!known()) {
            return Double.NaN;
        }
        double most = 2
                * (new TDistribution(null, seeds - 1.0).inverseCumulativeProbability(LEVEL) * seedError
                        + NORMAL.inverseCumulativeProbability(LEVEL) * imageError);
        return new BrentSolver(1e-9).solve(1000, half -> above(mean - half) - LEVEL, 0, most);
    }
}
