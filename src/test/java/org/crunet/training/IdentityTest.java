package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.base.Records;
import org.crunet.block.Normalisation;
import org.crunet.data.Augmentation;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.network.Architecture;
import org.crunet.network.Head;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.network.Stage;
import org.crunet.network.Start;
import org.crunet.network.Stem;
import org.crunet.scenes.Scenes;
import org.crunet.torch.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a training is kept under comes from data: words for people may change, and nothing else may. */
class IdentityTest {

    private static final Architecture NETWORK = Networks.smallCru(16).withClasses(8);
    private static final Splits DATA = Scenes.painted(16).seed(1).split(16, 8);
    private static final Recipe RECIPE = Recipe.QUICK;

    @TempDir
    private Path folder;

    /**
     * If this fails, everybody's trainings begin anew: a field or a value of a record changed, or pixels did. No word that
     * {@code toString} gives is in it, on any Java and in any language.
     */
    @Test
    void theKeyOfATrainingStaysWhatItIs() {
        Locale before = Locale.getDefault();
        try {
            for (String language : List.of("en", "tr", "ar-EG", "th-TH-u-nu-thai")) {
                Locale.setDefault(Locale.forLanguageTag(language));
                assertEquals("d30e69b623ec89fb", key(NETWORK, DATA, RECIPE), language);
                assertEquals(
                        folder.resolve("small-cru-net-seed-1-" + key(NETWORK, DATA, RECIPE)),
                        RunFolder.of(folder, NETWORK, DATA, RECIPE));
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    private static String key(Architecture architecture, Splits data, Recipe recipe) {
        return Identity.of(architecture, data, recipe).key();
    }

    /** The words that can be changed here are names; the others are looked for. */
    @Test
    void wordsForPeopleAreNotInIt() {
        Identity identity = Identity.of(NETWORK, DATA, RECIPE);
        Splits renamed = new Splits(renamed(DATA.train()), renamed(DATA.validation()));
        assertEquals(identity, Identity.of(NETWORK.withName("reworded"), renamed, RECIPE));
        Stream.of(NETWORK, NETWORK.name(), NETWORK.stem(), NETWORK.stages(), DATA.name(), DATA.train(), RECIPE.device())
                .map(Object::toString)
                .forEach(words -> assertFalse(identity.toString().contains(words), words));
    }

    private static ImageSet renamed(ImageSet images) {
        byte[][] pixels =
                IntStream.range(0, images.size()).mapToObj(images::pixels).toArray(byte[][]::new);
        int[] labels = IntStream.range(0, images.size()).map(images::label).toArray();
        return new ImageSet("reworded", images.classes(), images.height(), images.width(), pixels, labels);
    }

    private static final Map<String, Object> OTHER_NETWORK = Map.of(
            "inputChannels",
            1,
            "imageSize",
            24,
            "stem",
            Stem.IMAGENET,
            "stages",
            List.of(Stage.collective(1, 8, 16)),
            "head",
            Head.named("other", (in, classes, norm) -> Head.linear().block(in, classes, norm)),
            "classes",
            9,
            "normalisation",
            new Normalisation(Normalisation.Order.PRE_ACTIVATION, 2e-5f, Math.nextUp(0.9f)),
            "starts",
            List.of(new Start.Rule("stem.conv.weight", Start.FAN_OUT)));

    private static final Map<String, Object> OTHER_RECIPE = Map.ofEntries(
            Map.entry("epochs", 7),
            Map.entry("batchSize", 16),
            Map.entry("shortBatch", true),
            Map.entry("accumulationSteps", 2),
            Map.entry("learningRate", Math.nextUp(0.05)),
            Map.entry("schedule", Schedule.cosine()),
            Map.entry("optimizer", Optimizer.sgd(0.9)),
            Map.entry("loss", Loss.named("other", Pass::crossEntropy)),
            Map.entry("terms", List.of(new Loss.Term(Loss.crossEntropy(), 1))),
            Map.entry("weightDecay", 0.),
            Map.entry("decayNormsAndBiases", true),
            Map.entry("decays", List.of(new Recipe.Factor("*.bias", 0.5))),
            Map.entry("rates", List.of(new Recipe.Factor("stem.*", 0))),
            Map.entry("labelSmoothing", 0.1),
            Map.entry("mixup", 0.1),
            Map.entry("clipNorm", 1.),
            Map.entry("average", 0.5),
            Map.entry("metrics", List.of(new Metric("parameters", network -> network.parameters()))),
            Map.entry("augmentation", Augmentation.NONE),
            Map.entry("seed", 2L),
            Map.entry("device", Recipe.Place.CPU),
            Map.entry("precision", Precision.BF16));

    @Test
    void everyFieldCounts() {
        Set<String> keys = new TreeSet<>(Set.of(key(NETWORK, DATA, RECIPE)));
        for (String field : Records.fields(NETWORK).keySet()) {
            if (!field.equals("title") && !field.equals("variant")) {
                assertTrue(keys.add(key(Records.with(NETWORK, field, OTHER_NETWORK.get(field)), DATA, RECIPE)), field);
            }
        }
        for (String field : Records.fields(RECIPE).keySet()) {
            assertTrue(keys.add(key(NETWORK, DATA, Records.with(RECIPE, field, OTHER_RECIPE.get(field)))), field);
        }
        assertTrue(keys.add(key(NETWORK, new Splits(DATA.train().first(15), DATA.validation()), RECIPE)));
        assertTrue(keys.add(key(NETWORK, new Splits(DATA.train(), DATA.train()), RECIPE)));
    }

    @Test
    void theWordsInTheNameOfAFolderAreFree() throws Exception {
        Path folderOf = RunFolder.of(folder, NETWORK, DATA, RECIPE);
        Path reworded = folderOf.resolveSibling("mine-" + key(NETWORK, DATA, RECIPE));
        Files.createDirectory(reworded);
        assertEquals(reworded, RunFolder.of(folder, NETWORK, DATA, RECIPE));
        Files.createDirectory(folderOf);
        assertEquals(folderOf, RunFolder.of(folder, NETWORK, DATA, RECIPE));
        assertNotEquals(reworded, RunFolder.of(folder, NETWORK, DATA, RECIPE.withEpochs(7)));
    }

    @Test
    void aFolderOfAnEarlierVersionIsRefusedInOneSentence() throws Exception {
        for (String name : List.of("small-cru-net-0badcafe", "small-cru-net-0badcafe-seed-1")) {
            Path old = Files.createDirectory(folder.resolve(name));
            assertEquals(
                    old
                            + " was kept by an earlier version of this library, which alone can go on with it: delete or move"
                            + " it, or give another folder",
                    assertThrows(TrainingException.class, () -> RunFolder.of(folder, NETWORK, DATA, RECIPE))
                            .getMessage());
            Files.delete(old);
        }
        Files.createDirectory(folder.resolve("small-cru-net-0badcafe-seed-2"));
        Files.createDirectory(folder.resolve("other-0badcafe"));
        RunFolder.of(folder, NETWORK, DATA, RECIPE);
    }

    @Test
    void aDifferenceIsToldInDecimalNumbers() {
        Identity before = Identity.of(NETWORK, DATA, RECIPE);
        Identity slower = Identity.of(NETWORK, DATA, RECIPE.withLearningRate(1e-4));
        assertEquals("recipe.learningRate", slower.changed(before).orElseThrow());
        assertEquals(
                "another recipe.learningRate: it was 0.05 and is 1.0E-4",
                slower.difference("recipe.learningRate", before));
        assertTrue(before.changed(before).isEmpty());
    }

    /** Evaluations are kept by this. */
    @Test
    void theFingerprintOfANetworkIsOfWhatItComputes() {
        try (Network network = NETWORK.build(1);
                Network reworded = NETWORK.withName("reworded").build(1);
                Network other = NETWORK.build(2);
                Network strided = NETWORK.withStem(new Stem(
                                NETWORK.stem().channels(), 3, 3 - NETWORK.stem().stride(), false, true))
                        .build(1)) {
            assertTrue(network.fingerprint().matches("[0-9a-f]{64}"), network.fingerprint());
            assertEquals(network.fingerprint(), reworded.fingerprint());
            assertNotEquals(network.fingerprint(), other.fingerprint());
            assertNotEquals(network.fingerprint(), strided.fingerprint());
        }
    }
}
