package org.crunet.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.crunet.data.ImageFolder;
import org.crunet.data.ImageSet;
import org.crunet.data.Loader;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.network.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class EvaluationTest {

    private static ImageSet noise(int images) {
        Random random = new Random(1);
        byte[][] pixels = new byte[images][3 * 8 * 8];
        Arrays.stream(pixels).forEach(random::nextBytes);
        int[] labels = IntStream.range(0, images).map(i -> i % 3).toArray();
        return new ImageSet("noise", List.of("a", "b", "c"), 8, 8, pixels, labels);
    }

    private static Network network() {
        return Networks.smallCru(8)
                .withClasses(3)
                .withStages(Stage.residual(1, 8, 8, 16))
                .build();
    }

    @Test
    void countsAgreeWithThePlainDefinition() {
        ImageSet images = noise(130);
        try (Network network = network()) {
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
    void theOrderOfNumberedClassesIsSaid() {
        ImageSet images = noise(9);
        Map<String, String> numbers = Map.of("a", "2", "b", "9", "c", "10");
        try (Network network = network()) {
            String said = "; classes with whole numbers first, in their order: ";
            assertTrue(
                    Evaluation.of(network, images.grouped(numbers)).toString().endsWith(said + "[2, 9, 10]"));
            ImageSet mixed = images.grouped(Map.of("a", "2", "b", "10", "c", "1.5"));
            assertTrue(Evaluation.of(network, mixed).toString().endsWith(said + "[2, 10, 1.5]"));
            ImageSet texts = images.grouped(Map.of("a", "10", "b", "2", "c", "9"));
            for (ImageSet others : List.of(images, texts, images.grouped(Map.of("a", "0", "b", "1", "c", "2")))) {
                assertTrue(
                        Evaluation.of(network, others).toString().endsWith(" images of noise"),
                        others.classes()::toString);
            }
        }
    }

    @Test
    void anExpectedTop1IsCheckedInOneCall() {
        try (Network network = network()) {
            Evaluation all = Evaluation.of(network, noise(130));
            double top1 = all.top1();
            assertSame(all, all.expectTop1(top1, top1).expectTop1(0, 1));
            for (double[] range : new double[][] {{top1 + 0.01, 1}, {0, top1 - 0.01}}) {
                String message = assertThrows(IllegalStateException.class, () -> all.expectTop1(range[0], range[1]))
                        .getMessage();
                String numbers = String.format(
                        Locale.ROOT,
                        "top-1 %.1f %% on 130 images of noise: expected %.1f to %.1f %%: ",
                        100 * top1,
                        100 * range[0],
                        100 * range[1]);
                assertTrue(message.contains(numbers), message + " without " + numbers);
            }
            message(IllegalArgumentException.class, () -> all.expectTop1(50, 60), "from 0 to 1: 50.0 to 60.0");
            message(IllegalArgumentException.class, () -> all.expectTop1(0.6, 0.5), "no range");
        }
    }

    @Test
    void predictionsShowTheImageWithBothNames() {
        ImageSet images = noise(9);
        try (Network network = network()) {
            Evaluation evaluation = Evaluation.of(network, images);
            List<Prediction> predictions = evaluation.predictions(20);
            assertEquals(9, predictions.size());
            assertEquals(
                    images.image(4).getRGB(3, 5), predictions.get(4).image().getRGB(3, 5));
            assertEquals("b", predictions.get(4).actual());
            assertEquals(images.describe(4), predictions.get(4).source());
            long wrong = predictions.stream().filter(p -> !p.correct()).count();
            assertEquals(wrong, evaluation.mistakes(20).size());
            assertTrue(evaluation.mistakes(20).stream().noneMatch(Prediction::correct));
            assertTrue(predictions.stream().allMatch(p -> p.probability() >= 1 / 3.0 - 1e-6));
        }
    }

    @Test
    void mcNemarsTestCountsTheImagesThatOneNetworkAloneGetsRight() {
        ImageSet images = noise(60);
        try (Network network = network()) {
            Evaluation one = Evaluation.of(network, images);
            Evaluation other = Evaluation.tenCrop(network, images);
            McNemar test = one.mcnemar(other);
            assertEquals(60 * one.top1(), test.both() + test.onlyFirst(), 1e-9);
            assertEquals(60 * other.top1(), test.both() + test.onlySecond(), 1e-9);
            assertEquals(60, test.both() + test.onlyFirst() + test.onlySecond() + test.neither());
            assertEquals(
                    new McNemar(test.both() + test.onlyFirst(), 0, 0, 60 - test.both() - test.onlyFirst(), 1),
                    one.mcnemar(one));
            Evaluation some = Evaluation.of(network, images.first(30));
            message(IllegalArgumentException.class, () -> one.mcnemar(some), "evaluate both on one set");
        }
    }

    @Test
    void theWorstMistakesAreTheSurestFirst() {
        try (Network network = network()) {
            Evaluation evaluation = Evaluation.of(network, noise(60));
            List<Prediction> all = evaluation.mostConfidentMistakes(100);
            assertEquals(evaluation.mistakes(100).size(), all.size());
            for (int i = 1; i < all.size(); i++) {
                assertTrue(all.get(i - 1).probability() >= all.get(i).probability());
            }
            assertTrue(all.stream().noneMatch(Prediction::correct));
            assertEquals(4, evaluation.mostConfidentMistakes(4).size());
            assertEquals(List.of(), evaluation.mostConfidentMistakes(0));
        }
    }

    @Test
    void argumentsThatMakeNoSenseAreRefused() {
        ImageSet images = noise(3);
        try (Network network = network()) {
            Evaluation evaluation = Evaluation.of(network, images);
            message(IllegalArgumentException.class, () -> evaluation.topK(0), "number of classes, 3: 0");
            message(IllegalArgumentException.class, () -> evaluation.topK(4), "number of classes, 3: 4");
            message(IllegalArgumentException.class, () -> evaluation.predictions(-1), "negative: -1");
            message(IllegalArgumentException.class, () -> evaluation.mistakes(-2), "negative: -2");
            message(IllegalArgumentException.class, () -> evaluation.mostConfidentMistakes(-3), "negative: -3");
            message(NullPointerException.class, () -> Evaluation.of(null, images), "network is null");
            message(NullPointerException.class, () -> Evaluation.of(network, null), "images is null");
            message(NullPointerException.class, () -> Evaluation.tenCrop(null, images), "network is null");
            message(NullPointerException.class, () -> Evaluation.tenCrop(network, null), "images is null");
        }
    }

    private static void message(Class<? extends Exception> type, Executable call, String part) {
        String message = String.valueOf(assertThrows(type, call).getMessage());
        assertTrue(message.contains(part), message);
    }

    @Test
    void aNetworkThatGivesNoNumbersIsRefused() {
        ImageSet images = noise(3);
        try (Network network = network()) {
            network.weight("stem.conv.weight").set(new NDIndex("0, 0, 0, 0"), Float.NaN);
            for (Executable evaluation : List.<Executable>of(
                    () -> Evaluation.of(network, images), () -> Evaluation.tenCrop(network, images))) {
                String message =
                        assertThrows(IllegalArgumentException.class, evaluation).getMessage();
                assertTrue(message.contains(network.name() + " gives no numbers for image "), message);
            }
        }
    }

    @Test
    void tenCropsAreAveraged() {
        ImageSet images = noise(7);
        try (Network network = network();
                Loader loader = Loader.tenCrops(images, List.of(new int[] {5}))) {
            NDArray crops = loader.next(network.manager()).images();
            double[] expected = new double[3];
            for (int crop = 0; crop < 10; crop++) {
                NDArray one = crops.get(new NDIndex(crop + ":" + (crop + 1)));
                float[] row = network.forward(one).softmax(1).toFloatArray();
                for (int c = 0; c < 3; c++) {
                    expected[c] += row[c] / 10.0;
                }
            }
            float[] averaged = Evaluation.tenCrop(network, images).probabilities()[5];
            for (int c = 0; c < 3; c++) {
                assertEquals(expected[c], averaged[c], 1e-5);
            }
            assertTrue(Evaluation.tenCrop(network, images).toString().startsWith("ten crops, top-1 "));
        }
    }

    @Test
    void filesThatCannotBeReadAreNamedAndInNoNumber(@TempDir Path folder) throws IOException {
        for (String name : List.of("a/1", "a/2", "b/1", "c/1")) {
            Path file = folder.resolve("val/" + name + ".png");
            Files.createDirectories(file.getParent());
            ImageIO.write(noise(1).image(0), "png", file.toFile());
        }
        ImageSet images = ImageFolder.of(folder.toString()).size(8).onDisk().images("val");
        Files.write(folder.resolve("val/a/2.png"), new byte[0]);
        try (Network network = network()) {
            for (Evaluation evaluation : List.of(Evaluation.of(network, images), Evaluation.tenCrop(network, images))) {
                assertEquals(
                        1,
                        evaluation.confusion()[0][0]
                                + evaluation.confusion()[0][1]
                                + evaluation.confusion()[0][2]);
                assertEquals(1, evaluation.problems().size());
                assertTrue(evaluation.problems().get(0).contains("2.png: the file is empty"));
                assertTrue(evaluation.toString().contains("on 3 images"), evaluation.toString());
                assertTrue(evaluation.toString().contains("1 could not be read"), evaluation.toString());
                assertEquals(1, evaluation.ofClasses("a").problems().size());
                Evaluation others = evaluation.ofClasses("b", "c");
                assertEquals(List.of(), others.problems(), "not those of other classes");
                assertTrue(others.toString().endsWith("on 2 images of " + images.name()), others.toString());
                Evaluation groups = evaluation.mergeClasses(Map.of("a", "x", "b", "y", "c", "y"));
                assertEquals(1, groups.ofClasses("x").problems().size());
                assertEquals(List.of(), groups.ofClasses("y").problems());
            }
            assertEquals(1, images.problems().size());
            Evaluation part = Evaluation.of(network, images.subset(0, 2));
            assertEquals(List.of(), part.problems(), "none of its own images");
            Evaluation twice = Evaluation.of(network, images.subset(1, 0, 1));
            assertEquals(images.problems(), twice.problems());
            assertTrue(twice.toString().contains("on 1 images"), twice.toString());
            assertTrue(twice.toString().contains("2 could not be read"), twice.toString());
            Files.write(folder.resolve("val/c/1.png"), new byte[0]);
            assertEquals(
                    1, Evaluation.of(network, images.subset(0, 3)).problems().size(), "not those of others");
            for (String name : List.of("a/1", "b/1", "c/1")) {
                Files.write(folder.resolve("val/" + name + ".png"), new byte[0]);
            }
            String message = assertThrows(IllegalArgumentException.class, () -> Evaluation.of(network, images))
                    .getMessage();
            assertTrue(message.contains("no image of "), message);
        }
    }

    @Test
    void aGroupIsAsProbableAsItsClassesTogether() {
        ImageSet images = noise(130);
        try (Network network = network()) {
            float[][] rows = Inference.probabilities(network, images);
            Evaluation grouped =
                    Evaluation.of(network, images).mergeClasses(Map.of("a", "first", "b", "rest", "c", "rest"));
            int[][] expected = new int[2][2];
            for (int i = 0; i < rows.length; i++) {
                expected[images.label(i) == 0 ? 0 : 1][rows[i][0] >= rows[i][1] + rows[i][2] ? 0 : 1]++;
            }
            assertEquals(List.of("first", "rest"), grouped.classes());
            assertArrayEquals(expected, grouped.confusion());
        }
    }

    @Test
    void aClassThatWasLeftOutNeedsNoGroup() {
        try (Network network = network()) {
            Evaluation two = Evaluation.of(network, noise(130)).ofClasses("a", "b");
            Evaluation grouped = two.mergeClasses(Map.of("a", "first", "b", "first"));
            assertEquals(List.of("first", "c"), grouped.classes());
            int[][] confusion = two.confusion();
            int asC = confusion[0][2] + confusion[1][2];
            assertTrue(grouped.confusion()[0][1] <= asC, "c is as probable as before, the others together more");
            message(IllegalArgumentException.class, () -> two.mergeClasses(Map.of("a", "first")), "in no group: [b]");
        }
    }

    @Test
    void aClassMayBeNamedAsItsFolderIs() {
        ImageSet images =
                new ImageSet("two", List.of("desert/sand", "my-house"), 8, 8, new byte[2][3 * 8 * 8], new int[] {0, 1});
        try (Network network = Networks.smallCru(8).withClasses(2).build()) {
            Evaluation both = Evaluation.of(network, images);
            for (String name : List.of("desert/sand", "desert-sand", "my-house")) {
                assertEquals(1, both.ofClasses(name).predictions(9).size());
            }
        }
    }

    @Test
    void classesAreScoredWorstFirst() {
        ImageSet images = noise(130);
        try (Network network = network()) {
            Evaluation all = Evaluation.of(network, images);
            int[][] confusion = all.confusion();
            List<ClassScore> scores = all.byClass();
            assertEquals(3, scores.size());
            assertTrue(scores.get(0).top1() <= scores.get(1).top1());
            for (ClassScore score : scores) {
                int c = all.classes().indexOf(score.category());
                int[] row = confusion[c];
                assertEquals(IntStream.of(row).sum(), score.images());
                assertEquals((double) row[c] / score.images(), score.top1(), 1e-12);
                assertEquals(1, score.top5());
                int most = IntStream.range(0, 3)
                        .filter(o -> o != c)
                        .map(o -> row[o])
                        .max()
                        .orElseThrow();
                assertEquals(most, score.times());
                assertEquals(most == 0 ? "" : score.takenFor(), score.takenFor());
                Evaluation own = all.ofClasses(score.category());
                assertEquals(score.top1(), own.top1(), 1e-12);
                own.predictions(3).forEach(one -> assertEquals(score.category(), one.actual()));
            }
            message(
                    IllegalArgumentException.class,
                    () -> all.ofClasses("z"),
                    "there is no class z: there are [a, b, c]");
            message(IllegalArgumentException.class, all::ofClasses, "name a class at least, such as a");
            Evaluation one = Evaluation.of(network, images.subset(0));
            assertEquals(1, one.byClass().size(), "a class without images has no score");
            message(IllegalArgumentException.class, () -> one.ofClasses("b"), "there are no images of [b] in noise");
        }
    }

    /** By hand: 0.5 and 0.6 share a bin of (0.4, 0.6], 1 and 0.95 that of (0.8, 1]. */
    @Test
    void calibrationIsTheMeanGapBetweenSureAndRight() {
        float[] sure = {0.5f, 0.6f, 0.95f, 1};
        Calibration calibration = Calibration.of("four", sure, new boolean[] {true, false, true, true}, 5);
        assertEquals(2, calibration.bins().size());
        Calibration.Bin middle = calibration.bins().get(0);
        assertEquals(2, middle.images());
        assertEquals(0.55, middle.confidence(), 1e-6);
        assertEquals(0.5, middle.accuracy());
        assertEquals((0.05 + 0.025) / 2, calibration.error(), 1e-6);
        assertEquals("calibration error 3.8 %; four", calibration.toString());
        try (Network network = network()) {
            Evaluation all = Evaluation.of(network, noise(130));
            Calibration whole = all.calibration(1);
            assertEquals(all.top1(), whole.bins().get(0).accuracy(), 1e-12);
            message(IllegalArgumentException.class, () -> all.calibration(0), "1 to 1000 bins, not 0");
        }
    }
}
