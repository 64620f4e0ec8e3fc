package org.crunet.evaluation;

import java.util.BitSet;
import java.util.Locale;
import org.apache.commons.math3.distribution.BinomialDistribution;

/**
 * McNemar's test of two networks on the same images. Only images that one gets right and the other wrong tell them apart; if
 * neither network is better, half of those fall to each.
 *
 * @param both images that both get right
 * @param onlyFirst images that the first alone gets right
 * @param onlySecond images that the second alone gets right
 * @param neither images that both get wrong
 * @param probability the two-sided p-value: how probable it is that {@code onlyFirst} and {@code onlySecond} are at least as far
 *     apart by chance; from the binomial distribution and thus exact, for few images and for many
 */
public record McNemar(int both, int onlyFirst, int onlySecond, int neither, double probability) {

    /**
     * Tests two networks.
     *
     * @param first the images that one gets right, by their places
     * @param second the images that the other gets right
     * @param images how many there are
     * @return the test
     */
    public static McNemar of(BitSet first, BitSet second, int images) {
        BitSet shared = (BitSet) first.clone();
        shared.and(second);
        int both = shared.cardinality();
        int onlyFirst = first.cardinality() - both;
        int onlySecond = second.cardinality() - both;
        double tail = new BinomialDistribution(null, onlyFirst + onlySecond, 0.5)
                .cumulativeProbability(Math.min(onlyFirst, onlySecond));
        return new McNemar(both, onlyFirst, onlySecond, images - both - onlyFirst - onlySecond, Math.min(1, 2 * tail));
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "both right: %d, only the first: %d, only the second: %d, neither: %d images; p = %.2g",
                both,
                onlyFirst,
                onlySecond,
                neither,
                probability);
    }
}
