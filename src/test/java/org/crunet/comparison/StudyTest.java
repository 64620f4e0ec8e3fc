package org.crunet.comparison;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import org.crunet.base.Records;
import org.crunet.data.Splits;
import org.crunet.evaluation.Evaluation;
import org.crunet.files.Csv;
import org.crunet.files.Folders;
import org.crunet.network.ModelCard;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.scenes.Scenes;
import org.crunet.training.Recipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyTest {

    /** A plan in which a training takes a second. */
    private static final Study STUDY =
            TinyStudy.study().recipe(Recipe.QUICK.withEpochs(1)).seeds(1);

    private static final Splits DATA = TinyStudy.images("");

    @TempDir
    private Path folder;

    private String file() {
        return folder.resolve("tiny.csv").toString();
    }

    private Results train(Study study, double minutes) {
        return study.results(file()).train("", folder.resolve("runs").toString(), "0badcafe", minutes);
    }

    @Test
    void aRowATrainingIsKeptAndMadeOnce() throws Exception {
        Results none = STUDY.results(file());
        assertEquals(3, none.missing());
        assertTrue(none.toString().endsWith("0 of 3 trainings are there; missing: 3"), none.toString());
        assertEquals(
                List.of("ResNet-8", "CRU", "first stage as drawn"),
                none.comparison().missing());
        Results all = train(STUDY, 1);
        assertEquals(0, all.missing());
        assertEquals(all.rows(), STUDY.results(file()).rows(), "as read from the file");
        Row row = all.rows().get(0);
        assertEquals(STUDY.candidates().get(0).network().parameters(), row.parameters());
        assertEquals(64, row.weights().length(), "a SHA-256");
        assertFalse(row.weights().equals(all.rows().get(2).weights()), "a stage was frozen");
        assertEquals("0badcafe", row.commit());
        String text = Files.readString(Path.of(file()));
        train(STUDY, 1);
        assertEquals(text, Files.readString(Path.of(file())), "nothing was trained again");
        assertEquals(3, STUDY.results(file()).comparison().summaries().size());
    }

    /** Of a row of an earlier version, if its training is still there. */
    @Test
    void whichImagesEachRowGotRightIsKeptBesideTheFileAndMadeAgainFromItsTraining() throws Exception {
        Comparison first = train(STUDY, 1).comparison();
        assertEquals(3, first.answers().size());
        assertEquals(DATA.validation().size(), first.differences().get(0).images());
        List<Path> files = Folders.list(folder.resolve("tiny-answers"), ".*");
        assertEquals(3, files.size());
        byte[] before = Files.readAllBytes(files.get(0));
        Files.delete(files.get(0));
        assertEquals(2, STUDY.results(file()).comparison().answers().size());
        assertEquals(first, train(STUDY, 1).comparison());
        assertArrayEquals(before, Files.readAllBytes(files.get(0)));
        Files.copy(files.get(1), files.get(0), StandardCopyOption.REPLACE_EXISTING);
        String problem = STUDY.results(file()).comparison().problems().get(0);
        assertTrue(problem.startsWith(files.get(0) + " is not used: it is of another training than "), problem);
    }

    @Test
    void weightsOfOneTrainingOfEachNetworkArePublishedWithTheAccuracyThatTheyHave() throws Exception {
        Study publishing = STUDY.seeds(1, 2).publishing(ModelCard.EMPTY.withData("painted scenes"));
        train(STUDY, 1);
        assertFalse(Files.exists(folder.resolve("tiny-weights")), "nobody asked for them");
        Results results = publishing.results(file()).train("", folder + "/runs", "other code", 1);
        List<Path> folders = Folders.list(folder.resolve("tiny-weights"), ".*");
        assertEquals(
                List.of("cru", "first-stage-as-drawn", "resnet-8"),
                folders.stream().map(one -> one.getFileName().toString()).toList());
        Row row = results.rows().stream()
                .filter(one -> one.network().equals("CRU"))
                .findFirst()
                .orElseThrow();
        try (Network network = Networks.load(folders.get(0).toString())) {
            Evaluation measured = Evaluation.of(network, DATA.validation());
            String card = Files.readString(folders.get(0).resolve("README.md"));
            String said = String.format(Locale.ROOT, "%.2f %% top-1 on 32 images", 100 * measured.top1());
            assertTrue(card.contains(said), card);
            assertTrue(card.contains("painted scenes") && card.contains("seed=" + row.seed()), card);
            assertTrue(card.contains("\n0badcafe\n"), "of the code that trained it");
        }
        assertEquals(1, row.seed(), "of the training that was there");
    }

    @Test
    void answersThatAreNotTheRowsAreNotUsed() {
        Comparison comparison = train(STUDY, 1).comparison();
        Row row = STUDY.results(file()).rows().get(0);
        BitSet right = comparison.answers().get(0).right();
        int wrong = right.nextClearBit(0);
        right.clear(right.nextSetBit(0));
        right.set(wrong);
        Answers other = Records.with(comparison.answers().get(0), "right", right);
        String training = Records.key(row.architecture(), row.recipe(), row.data());
        Path kept = folder.resolve("tiny-answers").resolve(training + ".safetensors");
        other.write(kept, training);
        Comparison again = STUDY.results(file()).comparison();
        assertEquals(2, again.answers().size());
        assertTrue(again.problems().get(0).contains("its answers are not those of the row"), again.toString());
    }

    @Test
    void onlyRowsOfThePlanAreShownAndOthersStayInTheFile() {
        train(STUDY, 1);
        Study fewer = Records.with(STUDY, "candidates", STUDY.candidates().subList(1, 2))
                .seeds(1, 2);
        Results shown = fewer.results(file());
        assertEquals(List.of("CRU"), shown.rows().stream().map(Row::network).toList());
        assertEquals(1, shown.missing());
        train(fewer, 1);
        assertEquals(4, Csv.read(Path.of(file()), Row.class).size());
        assertEquals(3, STUDY.results(file()).rows().size());
    }

    @Test
    void rowsThatWereMadeOtherwiseAreRefused() {
        train(STUDY, 1);
        refused("another recipe", STUDY.recipe(Recipe.QUICK.withEpochs(2)));
        refused("other images", STUDY.on("0", TinyStudy::images));
        refused(
                "another network",
                Records.with(STUDY, "candidates", List.of())
                        .of(STUDY.candidates().get(1).network().withName("ResNet-8")));
    }

    private void refused(String why, Study study) {
        String message = assertThrows(IllegalArgumentException.class, () -> study.results(file()))
                .getMessage();
        assertTrue(message.contains("ResNet-8, seed 1, in " + file() + " was made with " + why), message);
    }

    @Test
    void otherImagesAreRefusedBeforeAnythingIsTrained() {
        Study other = STUDY.on(STUDY.data(), any -> Scenes.painted(16).seed(2).split(64, 32));
        String message = assertThrows(IllegalArgumentException.class, () -> train(other, 1))
                .getMessage();
        assertTrue(message.contains("the plan is for " + STUDY.data()), message);
        assertFalse(Files.exists(Path.of(file())));
    }

    @Test
    void aPlanOfDoubtIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> STUDY.seeds(1, 1));
        assertThrows(
                IllegalArgumentException.class,
                () -> STUDY.of(STUDY.candidates().get(0).network()));
        assertThrows(IllegalArgumentException.class, () -> Study.asks(" "));
    }

    @Test
    void groupsAreTrainedOneAfterTheOtherAndInEachSeedBySeed() {
        assertEquals(
                List.of(
                        "ResNet-8 1",
                        "CRU 1",
                        "ResNet-8 2",
                        "CRU 2",
                        "first stage as drawn 1",
                        "first stage as drawn 2"),
                STUDY.seeds(1, 2).plan().stream()
                        .map(one -> one.network().name() + " " + one.recipe().seed())
                        .toList());
    }

    @Test
    void aRowIsMadeAgainToTheBit() {
        Results results = train(STUDY, 1);
        Row row = results.rows().get(2);
        Reproduction again = results.reproduce(row, "");
        assertTrue(again.toTheBit(), again.toString());
        assertEquals("first stage as drawn, seed 1: the same weights, to the bit", again.toString());
        Row other = Records.with(Records.with(row, "weights", "0"), "top1", row.top1() + 0.5);
        Reproduction differs = new Reproduction(other, again.again());
        assertFalse(differs.toTheBit());
        String what = "other weights; top1 was " + other.top1() + " and is " + row.top1();
        assertTrue(differs.toString().endsWith(what), differs.toString());
        assertThrows(IllegalArgumentException.class, () -> results.reproduce(other, ""));
    }

    @Test
    void timeThatIsOverEndsItAndTheSameCallGoesOn() {
        assertEquals(3, train(STUDY, 0).missing());
        Study longer = STUDY.recipe(Recipe.QUICK.withEpochs(30));
        assertTrue(train(longer, 0.5 / 60).missing() > 0);
        assertFalse(Thread.interrupted(), "the interrupt was used up");
    }
}
