package org.crunet.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.crunet.comparison.Member;
import org.crunet.evaluation.ClassScore;
import org.crunet.notebook.Tables;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvTest {

    private static final long SEED = (1L << 53) + 1;

    @TempDir
    private Path folder;

    private static Member member(String network, long seed, Map<String, Double> metrics) {
        return new Member(network, 1234567, 89, seed, 10, 1.0118307112119136, 0.5, 0.6242, 1, 188, "finished", metrics);
    }

    private void sameAsTablesaw(List<? extends Record> records) throws IOException {
        Path ours = folder.resolve("ours.csv");
        Path tablesaw = folder.resolve("tablesaw.csv");
        Csv.write(records, ours);
        Tables.of(records).write().csv(tablesaw.toString());
        assertEquals(Files.readString(tablesaw), Files.readString(ours));
    }

    private <R extends Record> List<R> throughAFile(List<R> records, Class<R> type) {
        Path file = folder.resolve("records.csv");
        Csv.write(records, file);
        return Csv.read(file, type);
    }

    @Test
    void aTableIsWrittenWholeOrNotAtAllWhateverTheDiskDoes() throws IOException {
        record Row(String name, int number) {}
        Path file = Files.createDirectory(folder.resolve("inside")).resolve("x.csv");
        for (FaultyDisk.Fault fault : FaultyDisk.Fault.values()) {
            FaultyDisk.assertWholeOrNotAtAll(file, () -> Csv.write(List.of(new Row("sky", 25)), file), fault);
        }
    }

    @Test
    void ordinaryRecordsAreWrittenAsTablesawDoes() throws IOException {
        sameAsTablesaw(List.of(
                member("CRU, shared", 1, Map.of("depth", 0.5)),
                new Member(
                        "\"odd\"",
                        1,
                        2,
                        -3,
                        0,
                        Double.NaN,
                        Double.NaN,
                        1e-7,
                        1e10,
                        0,
                        "the loss\nis NaN",
                        Map.of("depth", Double.NaN))));
        sameAsTablesaw(
                List.of(new ClassScore("Küste", 25, 0.56, 1, "sky", 3), new ClassScore("sky", 0, 0, 0.1, "", 0)));
    }

    @Test
    void whatIsReadIsWhatWasWritten() {
        for (String name :
                List.of("007", "1.50", "NA", "T", "null", " ends ", "", "a,\"b\"\r\nc", "=1+1", "-3", "'=x", "''")) {
            var scores = List.of(new ClassScore(name, 3, 0.1, Double.POSITIVE_INFINITY, name, -1));
            assertEquals(scores, throughAFile(scores, ClassScore.class), name);
        }
        var members = List.of(
                member("1", SEED, Map.of("seconds", 7., "-depth", Double.NaN)),
                member("2", -SEED, Map.of("seconds", 8., "-depth", 0.1)));
        assertEquals(members, throughAFile(members, Member.class));
    }

    @Test
    void textThatASpreadsheetWouldComputeIsText() throws IOException {
        Path file = folder.resolve("scores.csv");
        Csv.write(List.of(new ClassScore("=HYPERLINK(\"http://x\")", 1, 0.5, 1, "@x", 1)), file);
        assertEquals(
                "category,images,top-1,top-5,taken for,times\n\"'=HYPERLINK(\"\"http://x\"\")\",1,0.5,1.0,'@x,1\n",
                Files.readString(file));
    }

    private record Letter(char letter) {}

    @Test
    void lettersComeBackAndHalvesOfThemAreRefused() {
        for (char letter : "=-a0\u00fc,\"".toCharArray()) {
            assertEquals(List.of(new Letter(letter)), throughAFile(List.of(new Letter(letter)), Letter.class));
        }
        String half = "x\ud83d";
        var scores = List.of(new ClassScore(half, 3, 0.1, 1, half, -1));
        Path file = folder.resolve("half.csv");
        assertThrows(IllegalArgumentException.class, () -> Csv.write(scores, file));
        assertFalse(Files.exists(file));
    }

    @Test
    void aMetricMayBeCalledAsAColumnIs() {
        Map<String, Double> metrics = Map.of("seed", 1., "seed (metric)", 2., "depth (metric)", 3., "metrics", 4.);
        assertEquals(
                metrics,
                throughAFile(List.of(member("a", 1, metrics)), Member.class)
                        .get(0)
                        .metrics());
    }

    @Test
    void aMetricThatOnlyOneHasIsNothingInTheOthers() {
        var read = throughAFile(List.of(member("a", 1, Map.of()), member("b", 1, Map.of("depth", 0.5))), Member.class);
        assertEquals(Map.of("depth", Double.NaN), read.get(0).metrics());
        assertEquals(Map.of("depth", 0.5), read.get(1).metrics());
    }

    @Test
    void aFileThatASpreadsheetSavedIsRead() throws IOException {
        Path file = folder.resolve("scores.csv");
        Files.writeString(file, "\uFEFFcategory,images,top-1,top-5,taken for,times\r\nKüste,1,0.5,1,,0");
        assertEquals(List.of(new ClassScore("Küste", 1, 0.5, 1, "", 0)), Csv.read(file, ClassScore.class));
    }

    private void refused(String text, String why) throws IOException {
        Path file = folder.resolve("refused.csv");
        Files.writeString(file, text);
        var error = assertThrows(IllegalArgumentException.class, () -> Csv.read(file, ClassScore.class));
        assertTrue(error.getMessage().startsWith(file + why), error.getMessage());
    }

    @Test
    void whatDoesNotFitIsNamed() throws IOException {
        String head = "category,images,top-1,top-5,taken for,times\n";
        refused("", " has no columns [category, images, top-1, top-5, taken for, times], only []");
        refused(head + "a,1,0,0\n", ", record 1: 6 columns have 4 cells");
        refused(head + "a,1,0,0,b,0\na,\"1,0,0,b,0\n", ", record 2: a quotation mark stands alone");
        refused(head.replace("\n", ",times\n") + "a,1,0,0,b,0,5\n", " has a column twice: [category, ");
        refused(head.replace("times", "often") + "a,1,0,0,b,0\n", " has no columns [times], only [category, ");
        refused(head.replace("\n", ",more\n") + "a,1,0,0,b,0,5\n", ", record 1: too many columns, [more]");
        for (String images : List.of("1.5", "many", "", "9999999999")) {
            refused(head + "a," + images + ",0,0,b,0\n", ", record 1: no ClassScore: ");
        }
    }

    @Test
    void nothingIsRefused() {
        Path file = folder.resolve("none.csv");
        var error = assertThrows(IllegalArgumentException.class, () -> Csv.write(List.of(), file));
        assertEquals("no records to write to " + file + ": give one at least", error.getMessage());
        record Half(String name) {}
        var absent = assertThrows(NullPointerException.class, () -> Csv.write(List.of(new Half(null)), file));
        assertEquals("name is null, which a file cannot tell from nothing", absent.getMessage());
    }
}
