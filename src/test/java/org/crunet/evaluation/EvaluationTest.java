package org.crunet.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.crunet.data.ImageSet;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.network.Stage;
import org.crunet.training.Inference;
import org.junit.jupiter.api.Test;

class EvaluationTest {

    private static ImageSet noise(int images) {
        Random random = new Random(1);
        byte[][] pixels = new byte[images][3 * 8 * 8];
        Arrays.stream(pixels).forEach(random::nextBytes);
        int[] labels = IntStream.range(0, images).map(i -> i % 3).toArray();
        return new ImageSet("noise", List.of("a", "b", "c"), 8, 8, pixels, labels);
    }

    @Test
    void countsAgreeWithThePlainDefinition() {
        ImageSet images = noise(130);
        try (Network network = Networks.smallCru(8)
                .withClasses(3)
                .withStages(Stage.residual(1, 8, 8, 16))
                .build()) {
            float[][] rows = Inference.probabilities(network, images);
            Evaluation evaluation = Evaluation.of(network, images);
            for (int k = 1; k <= 3; k++) {
                int right = 0;
                for (int i = 0; i < rows.length; i++) {
                    float[] sorted = rows[i].clone();
                    Arrays.sort(sorted);
                    right += rows[i][images.label(i)] >= sorted[3 - k] ? 1 : 0;
                }
                assertEquals(right / 130.0, evaluation.topK(k), 1e-12);
            }
            int[][] confusion = evaluation.confusion();
            assertEquals(
                    130, Arrays.stream(confusion).flatMapToInt(Arrays::stream).sum());
            assertEquals(44, Arrays.stream(confusion[0]).sum());
            int diagonal = confusion[0][0] + confusion[1][1] + confusion[2][2];
            assertEquals(evaluation.top1(), diagonal / 130.0, 1e-12);
        }
    }

    @Test
    void predictionsShowTheImageWithBothNames() {
        ImageSet images = noise(9);
        try (Network network = Networks.smallCru(8)
                .withClasses(3)
                .withStages(Stage.residual(1, 8, 8, 16))
                .build()) {
            Evaluation evaluation = Evaluation.of(network, images);
            List<Prediction> predictions = evaluation.predictions(20);
            assertEquals(9, predictions.size());
            assertEquals(
                    images.image(4).getRGB(3, 5), predictions.get(4).image().getRGB(3, 5));
            assertEquals("b", predictions.get(4).actual());
            long wrong = predictions.stream().filter(p -> !p.correct()).count();
            assertEquals(wrong, evaluation.mistakes(20).size());
            assertTrue(evaluation.mistakes(20).stream().noneMatch(Prediction::correct));
            assertTrue(predictions.stream().allMatch(p -> p.probability() >= 1 / 3.0 - 1e-6));
        }
    }
}
