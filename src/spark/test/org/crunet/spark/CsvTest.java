package org.crunet.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.crunet.comparison.Member;
import org.crunet.evaluation.ClassScore;
import org.crunet.files.FaultyDisk;
import org.crunet.notebook.Tables;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvTest {

    @TempDir
    private Path folder;

    private void sameAsANotebook(List<? extends Record> records) throws IOException {
        Path ours = folder.resolve("ours.csv");
        Path notebook = folder.resolve("notebook.csv");
        Csv.write(records, ours);
        Tables.of(records).write().csv(notebook.toString());
        assertEquals(Files.readString(notebook), Files.readString(ours));
    }

    @Test
    void aTableIsWrittenWholeOrNotAtAllWhateverTheDiskDoes() throws IOException {
        Path file = Files.createDirectory(folder.resolve("inside")).resolve("x.csv");
        for (FaultyDisk.Fault fault : FaultyDisk.Fault.values()) {
            FaultyDisk.assertWholeOrNotAtAll(
                    file, () -> Csv.write(List.of(new ClassScore("sky", 25, 0.56, 1, "", 0)), file), fault);
        }
    }

    @Test
    void membersAndClassScoresAreWrittenAsInANotebook() throws IOException {
        sameAsANotebook(List.of(
                new Member(
                        "CRU, shared",
                        1234567,
                        89,
                        1,
                        10,
                        1.0118307112119136,
                        0.5,
                        0.6242,
                        1,
                        188.3,
                        "finished",
                        Map.of("depth", 0.5)),
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
        sameAsANotebook(
                List.of(new ClassScore("Küste", 25, 0.56, 1, "sky", 3), new ClassScore("sky", 0, 0, 0.1, "", 0)));
    }
}
