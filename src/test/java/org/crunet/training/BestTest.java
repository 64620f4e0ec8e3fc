package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.crunet.data.ImageSet;
import org.crunet.evaluation.Inference;
import org.crunet.network.Network;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BestTest {

    @TempDir
    private Path folder;

    @Test
    void theFirstOfTheBestEpochsIsKeptInTheRunAndInItsFile() {
        Recipe recipe = Small.RECIPE.withEpochs(12).withLearningRate(0.1);
        Run run =
                Training.in(folder.toString()).fit(Small.NETWORK, TrainingTest.bars(), recipe, TrainingListener.SILENT);
        List<Epoch> epochs = run.history().epochs();
        double highest =
                epochs.stream().mapToDouble(Epoch::validationTop1).max().orElseThrow();
        List<Epoch> equal =
                epochs.stream().filter(row -> row.validationTop1() == highest).toList();
        assertTrue(equal.size() > 1, "this recipe has several best epochs: " + equal.size());
        assertEquals(equal.get(0), run.best().epoch());
        try (Network best = run.best().network();
                Network loaded = Small.NETWORK.load(folder.resolve("best.safetensors"))) {
            assertEquals(highest, top1(best, TrainingTest.bars().validation()));
            assertEquals(Small.weights(best), Small.weights(loaded));
            assertNotEquals(Small.weights(run.network()), Small.weights(best), "training went on");
        }
        assertEquals(
                String.format(
                        Locale.ROOT,
                        "the weights of epoch %d, top-1 %.1f %%",
                        equal.get(0).epoch(),
                        100 * highest),
                run.best().toString());
    }

    @Test
    void anEqualEpochIsNotBetter() {
        try (Network network = Small.NETWORK.build()) {
            Best best = Best.now(network, epoch(1, 0.5));
            assertFalse(best.isBelow(epoch(2, 0.5)));
            assertTrue(best.isBelow(epoch(2, 0.51)));
        }
    }

    private static Epoch epoch(int number, double top1) {
        return new Epoch(number, 1, 1, 1, top1, 1, 1, 1, 1, 1, Map.of());
    }

    private static double top1(Network network, ImageSet images) {
        float[][] probabilities = Inference.probabilities(network, images);
        int right = 0;
        for (int i = 0; i < images.size(); i++) {
            right += (probabilities[i][0] >= probabilities[i][1] ? 0 : 1) == images.label(i) ? 1 : 0;
        }
        return (double) right / images.size();
    }
}
