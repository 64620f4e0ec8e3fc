package org.crunet.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.crunet.data.Splits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalFilesTest {

    @TempDir
    private Path folder;

    private void pictures(String of, int number) throws IOException {
        Path place = Files.createDirectories(folder.resolve(of));
        for (int i = 0; i < number; i++) {
            BufferedImage picture = new BufferedImage(12, 10, BufferedImage.TYPE_INT_RGB);
            ImageIO.write(picture, "png", place.resolve("a" + i + ".png").toFile());
        }
    }

    private LocalFiles photographs() {
        return new LocalFiles(folder.toString(), "");
    }

    @Test
    void blankIsNothing() {
        LocalFiles nothing = new LocalFiles(" ", "");
        assertFalse(nothing.hasPhotographs() || nothing.hasWeights());
        assertEquals(Map.of(), nothing.groups());
        assertEquals(
                "photographs: none, set PLACES365; painted scenes instead\n"
                        + "weights: none, set PLACES365 and CRUNET_WEIGHTS; a small network is trained",
                nothing.toString());
    }

    @Test
    void weightsWithoutPhotographsAreNotUsedAndItSaysSo() {
        LocalFiles alone = new LocalFiles("", "cru116.params");
        assertFalse(alone.hasWeights());
        assertTrue(alone.toString().contains("weights: none, set PLACES365 and"), alone.toString());
        LocalFiles both = new LocalFiles("photos", "cru116.params");
        assertTrue(both.hasWeights());
        assertEquals("photographs: photos\nweights: cru116.params", both.toString());
    }

    @Test
    void aFifthOfClassFoldersIsHeldBackAndTheirNamesStay() throws IOException {
        pictures("my-house", 5);
        pictures("sea", 10);
        Splits data = photographs().split(8);
        assertEquals(List.of("my-house", "sea"), data.train().classes());
        assertEquals(12, data.train().size());
        assertEquals(3, data.validation().size());
        assertEquals(8, data.train().width());
    }

    @Test
    void classFoldersInTwoSplitsAreTakenAsTheyAre() throws IOException {
        for (String of : List.of("train/my-house", "train/sea", "test/my-house", "test/sea")) {
            pictures(of, 2);
        }
        Splits data = photographs().split(8);
        assertEquals(List.of("my-house", "sea"), data.validation().classes());
        assertEquals(4, data.validation().size());
    }

    private void places() throws IOException {
        pictures("data_256/d/desert/sand", 2);
        pictures("val_256", 1);
        Path lists = Files.createDirectories(folder.resolve("filelist_places365-standard"));
        Files.writeString(lists.resolve("categories_places365.txt"), "/a/airfield 0\n/d/desert/sand 1\n");
        Files.writeString(
                lists.resolve("places365_train_standard.txt"), "/d/desert/sand/a0.png 1\n/d/desert/sand/a1.png 1\n");
        Files.writeString(lists.resolve("places365_val.txt"), "a0.png 1\n");
    }

    @Test
    void thePublishedListsCountAndWeightsAreForAllCategories() throws IOException {
        places();
        assertEquals(List.of("desert/sand"), photographs().split(8).train().classes());
        LocalFiles both = new LocalFiles(folder.toString(), "cru116.params");
        assertEquals(
                List.of("airfield", "desert/sand"), both.split(8).validation().classes());
    }

    @Test
    void allClassFoldersArePlaces() throws IOException {
        for (int i = 0; i < 365; i++) {
            Files.createDirectories(folder.resolve("train/place-" + i));
        }
        pictures("train/place-7", 1);
        pictures("val/place-7", 1);
        assertEquals(List.of("place/7"), photographs().split(8).train().classes());
    }

    @Test
    void groupsAreThoseOfTheListIfItIsThere() throws IOException {
        places();
        assertEquals(Map.of(), photographs().groups());
        String lines = "/a/airfield 2\n/d/desert/sand 2\n/b/bank_vault 1\n";
        Files.writeString(folder.resolve("filelist_places365-standard/IO_places365.txt"), lines);
        Map<String, String> groups = photographs().groups();
        assertEquals("outdoor", groups.get("desert/sand"));
        assertEquals("outdoor", groups.get("desert-sand"));
        assertEquals("indoor", groups.get("bank_vault"));
    }

    @Test
    void aFolderThatIsNotThereIsNamed() {
        LocalFiles wrong = new LocalFiles(folder.resolve("none").toString(), "");
        String message = assertThrows(IllegalArgumentException.class, () -> wrong.split(8))
                .getMessage();
        assertTrue(message.contains(folder.resolve("none").toString()), message);
    }
}
