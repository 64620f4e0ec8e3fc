package org.crunet.evaluation;

import static org.crunet.base.Errors.require;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * The bins that show whether a network is right as often as it is sure (reliability diagram; Guo et al. 2017).
 *
 * @param title what was evaluated
 * @param bins answers by their probability, from unsure to sure; without those that have none
 */
public record Calibration(String title, List<Bin> bins) {

    private static final int MAX_BINS = 1000;

    /**
     * Answers of about the same probability.
     *
     * @param from smallest probability
     * @param to largest probability
     * @param images number of answers
     * @param confidence their mean probability
     * @param accuracy fraction that is right
     */
    public record Bin(double from, double to, int images, double confidence, double accuracy) {}

    static Calibration of(String title, float[] sure, boolean[] right, int bins) {
        require(bins >= 1 && bins <= MAX_BINS, "calibration needs 1 to " + MAX_BINS + " bins, not " + bins);
        List<Bin> full = IntStream.range(0, bins)
                .mapToObj(b -> bin(sure, right, b, bins))
                .filter(Objects::nonNull)
                .toList();
        return new Calibration(title, full);
    }

    /** Null without answers; a probability on the border belongs below it. */
    private static Bin bin(float[] sure, boolean[] right, int b, int bins) {
        int[] inside = IntStream.range(0, sure.length)
                .filter(i -> Math.min(bins - 1, Math.max(0, (int) Math.ceil(sure[i] * bins) - 1)) == b)
                .toArray();
        if (inside.length == 0) {
            return null;
        }
        double confidence = IntStream.of(inside).mapToDouble(i -> sure[i]).sum() / inside.length;
        double accuracy = (double) IntStream.of(inside).filter(i -> right[i]).count() / inside.length;
        return new Bin((double) b / bins, (b + 1.0) / bins, inside.length, confidence, accuracy);
    }

    /**
     * Returns the expected calibration error: how far confidence and accuracy are apart, in the mean over all answers.
     *
     * @return in [0, 1]
     */
    public double error() {
        int all = bins.stream().mapToInt(Bin::images).sum();
        return bins.stream()
                .mapToDouble(bin -> bin.images() * Math.abs(bin.confidence() - bin.accuracy()) / all)
                .sum();
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "calibration error %.1f %%; %s", 100 * error(), title);
    }
}
