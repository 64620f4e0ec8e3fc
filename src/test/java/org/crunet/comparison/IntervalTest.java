package org.crunet.comparison;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.crunet.evaluation.McNemar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against scipy, in {@code src/test/python/intervals.py}, and against what simulated comparisons are known to come to. */
class IntervalTest {

    private static final int COMPARISONS = 1000;
    private static final int IMAGES = 500;
    private static final double OF_IMAGES = 2;

    private static JsonNode golden(String name) throws IOException {
        return new ObjectMapper()
                .readTree(Path.of("src/test/resources/golden/intervals.json").toFile())
                .get(name);
    }

    /** A digit an image, a question mark for one that cannot be read. */
    static Answers answers(String network, long seed, String text) {
        return new Answers(network, seed, "painted", places(text, "01"), places(text, "1"));
    }

    private static BitSet places(String text, String kinds) {
        return IntStream.range(0, text.length())
                .filter(i -> kinds.indexOf(text.charAt(i)) >= 0)
                .collect(BitSet::new, BitSet::set, BitSet::or);
    }

    private static List<Answers> answers(JsonNode seeds) {
        return StreamSupport.stream(seeds.spliterator(), false)
                .map(text -> answers("any", 1, text.asText()))
                .toList();
    }

    @Test
    void anIntervalIsThatOfScipy() throws IOException {
        for (JsonNode one : golden("cases")) {
            List<Answers> first = answers(one.get("first"));
            same(one.get("difference"), Interval.of(first, answers(one.get("second"))));
            same(one.get("alone"), Interval.of(first, List.of()));
        }
    }

    private static void same(JsonNode expected, Interval found) {
        assertEquals(expected.get("mean").asDouble(), found.mean(), 1e-12);
        assertEquals(expected.get("low").asDouble(), found.mean() - found.half(), 1e-7);
        assertEquals(expected.get("high").asDouble(), found.mean() + found.half(), 1e-7);
        assertEquals(expected.get("probability").asDouble(), found.above(0), 1e-7);
    }

    @Test
    void mcNemarsTestIsThatOfScipy() throws IOException {
        for (JsonNode one : golden("mcnemar")) {
            int first = one.get("onlyFirst").asInt();
            int second = one.get("onlySecond").asInt();
            BitSet some = new BitSet();
            some.set(0, 7 + first);
            BitSet others = new BitSet();
            others.set(0, 7);
            others.set(7 + first, 7 + first + second);
            double expected = one.get("probability").asDouble();
            McNemar test = McNemar.of(some, others, 20 + first + second);
            assertEquals(new McNemar(7, first, second, 13, test.probability()), test);
            assertEquals(expected, test.probability(), 1e-9 * expected);
        }
    }

    /** Seeds move a network by a normal number on the scale of logits; images are as hard for both, and a little by each. */
    @ParameterizedTest
    @CsvSource({"3, 0.1, 0", "3, 0.3, 0.7", "5, 0.2, 0.7", "10, 0.3, 0.7"})
    void ofAThousandComparisonsTheIntervalHoldsTheTrueDifferenceOf93To97InAHundred(
            int seeds, double ofSeeds, double own) {
        SplittableRandom random = new SplittableRandom(seeds);
        double spread = Math.sqrt(ofSeeds * ofSeeds + OF_IMAGES * OF_IMAGES + own * own);
        double truth = right(1.1, spread) - right(1, spread);
        int held = 0;
        for (int i = 0; i < COMPARISONS; i++) {
            double above = Interval.of(simulated(random, seeds, ofSeeds, own)).above(truth);
            held += above >= 0.025 && above <= 0.975 ? 1 : 0;
        }
        assertTrue(held >= 930 && held <= 970, held + " of " + COMPARISONS);
    }

    /** The top-1 of a network of a gain, over all seeds and images. */
    private static double right(double gain, double spread) {
        return IntStream.rangeClosed(-1000, 1000)
                .mapToDouble(k -> k / 100.0)
                .map(z -> 0.01 * Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI) / (1 + Math.exp(-gain - spread * z)))
                .sum();
    }

    /** By {@code values[seed][image]}, of a network of gain 1.1 less one of gain 1. */
    private static int[][] simulated(SplittableRandom random, int seeds, double ofSeeds, double own) {
        double[] difficulty = normal(random, IMAGES, OF_IMAGES);
        double[] better = odds(1.1, difficulty, normal(random, IMAGES, own));
        double[] worse = odds(1, difficulty, normal(random, IMAGES, own));
        int[][] values = new int[seeds][IMAGES];
        for (int[] row : values) {
            double one = Math.exp(ofSeeds * random.nextGaussian());
            double two = Math.exp(ofSeeds * random.nextGaussian());
            for (int i = 0; i < IMAGES; i++) {
                row[i] = right(random, one * better[i]) - right(random, two * worse[i]);
            }
        }
        return values;
    }

    private static double[] odds(double gain, double[] difficulty, double[] own) {
        return IntStream.range(0, own.length)
                .mapToDouble(i -> Math.exp(gain + difficulty[i] + own[i]))
                .toArray();
    }

    private static int right(SplittableRandom random, double odds) {
        return random.nextDouble() * (1 + odds) < odds ? 1 : 0;
    }

    private static double[] normal(SplittableRandom random, int count, double deviation) {
        return IntStream.range(0, count)
                .mapToDouble(i -> deviation * random.nextGaussian())
                .toArray();
    }
}
