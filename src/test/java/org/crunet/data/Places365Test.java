package org.crunet.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.crunet.image.Photograph;
import org.crunet.image.Picture;
import org.crunet.scenes.Scenes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class Places365Test {

    private static final String LISTS = "filelist_places365-standard/";
    private static final String CATEGORIES = LISTS + "categories_places365.txt";
    private static final String TRAIN = LISTS + "places365_train_standard.txt";
    private static final String VAL = LISTS + "places365_val.txt";

    @TempDir
    Path folder;

    /** Three categories, the second without images; images are empty files unless a test writes them. */
    private void official() throws IOException {
        write(CATEGORIES, "/a/airfield 0\r\n/b/beach 1\r\n\r\n/d/desert/sand 2  ");
        write(
                TRAIN,
                "/a/airfield/00000001.jpg 0\n/a/airfield/00000002.jpg 0\n/d/desert/sand/00000001.jpg 2\n"
                        + "/d/desert/sand/00000002.jpg 2\n");
        write(VAL, "Places365_val_00000001.jpg 2\nPlaces365_val_00000002.jpg 0");
        for (String file : List.of("a/airfield/00000001", "a/airfield/00000002", "d/desert/sand/00000001")) {
            write("data_256/" + file + ".jpg", "");
        }
        write("val_256/Places365_val_00000001.jpg", "");
    }

    private void write(String file, String text) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private Places365 places() {
        return Places365.of(folder.toString()).size(14);
    }

    private static List<Integer> labels(ImageSet images) {
        return IntStream.range(0, images.size()).mapToObj(images::label).toList();
    }

    @Test
    void theOfficialListsAreReadAndNoImageIs() throws IOException {
        official();
        Splits both = places().split();
        assertEquals(List.of("airfield", "beach", "desert/sand"), both.train().classes());
        assertEquals(List.of(0, 0, 2, 2), labels(both.train()));
        assertEquals(List.of(2, 0), labels(both.validation()));
        assertEquals(List.of(), both.train().problems());
        assertTrue(
                both.train().describe(2).endsWith("data_256/d/desert/sand/00000001.jpg"),
                both.train().describe(2));
        assertTrue(both.validation().describe(0).endsWith("val_256/Places365_val_00000001.jpg"));
        assertEquals(224, Places365.of(folder.toString()).split().train().height());
    }

    @Test
    void fewerCategoriesAndImages() throws IOException {
        official();
        Splits present = places().nonEmptyClasses().split();
        assertEquals(List.of("airfield", "desert/sand"), present.validation().classes());
        assertEquals(List.of(1, 0), labels(present.validation()));
        Splits only = places().only("desert/sand", "airfield").split();
        assertEquals(List.of("desert/sand", "airfield"), only.train().classes());
        assertEquals(List.of(1, 1, 0, 0), labels(only.train()));
        assertEquals(List.of(0, 2), labels(places().limit(1).images("train")));
        refused(() -> places().only("beech").split(), "no category \"beech\"", "beach");
    }

    @Test
    void categoriesWithoutImagesAreToldAtOnce() throws IOException {
        official();
        refused(
                () -> places().only("beach").split(),
                "no images of [beach] in the split train of " + folder,
                "only of [airfield, desert/sand]");
        refused(() -> places().only("beach", "airfield").split(), "no images of [beach] in the split train");
        write(VAL, "Places365_val_00000001.jpg 2");
        refused(() -> places().only("airfield").split(), "no images of [airfield] in the split val", "[desert/sand]");
        assertEquals(2, places().only("airfield").images("train").size());
    }

    @Test
    void ofManyCategoriesOnlyTheNearestAreNamed() throws IOException {
        official();
        StringBuilder many = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            many.append("/x/x").append(i).append(' ').append(i).append('\n');
        }
        write(CATEGORIES, many + "/b/beach 100\n/b/beer_garden 101\n/d/desert/sand 102\n/s/sandbox 103");
        write(TRAIN, "/d/desert/sand/00000001.jpg 102");
        write(VAL, "Places365_val_00000001.jpg 102");
        refused(() -> places().only("beech").split(), "there are 104, such as [beer_garden, beach, ");
        refused(() -> places().only("Sand").split(), "there are 104, such as [", "desert/sand", "sandbox");
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> places().only("beech").split())
                .getMessage();
        assertTrue(message.length() < 200 + folder.toString().length(), message);
    }

    @Test
    void aRootThatIsNullSaysWhatToDo() {
        refused(() -> Places365.of(null), "root is null: give the folder of Places365", "environment variable");
        refused(() -> places().images(null), "no split \"null\"");
        refused(() -> places().size(100_000), "100000 pixels wide", "size(224)");
    }

    private void easy(String... files) throws IOException {
        for (String file : files) {
            write(file, "");
        }
    }

    @Test
    void theEasyFormatIsClassFolders() throws IOException {
        easy("train/airfield/1.jpg", "train/desert-sand/1.jpg", "val/airfield/2.jpg", "val/desert-sand/3.jpg");
        write("train/airfield/notes.txt", "no image");
        Splits both = places().split();
        assertEquals(List.of("airfield", "desert/sand"), both.train().classes());
        assertEquals(List.of(0, 1), labels(both.validation()));
        assertTrue(both.train().describe(1).endsWith("train/desert-sand/1.jpg"));
        for (String name : List.of("desert/sand", "desert-sand")) {
            Splits one = places().only(name).split();
            assertEquals(List.of("desert/sand"), one.train().classes());
            assertEquals(List.of(0), labels(one.validation()));
        }
        refused(() -> places().only("beech").split(), "no category \"beech\"", "[airfield, desert/sand]");
    }

    @Test
    void numberedFoldersOfBothSplitsAreInTheOrderOfTheNumbers() throws IOException {
        easy("train/2/1.jpg", "train/10/1.jpg", "val/9/1.jpg", "val/beach/1.jpg");
        assertEquals(List.of("2", "9", "10", "beach"), places().images("val").classes());
        assertEquals(List.of(1, 3), labels(places().images("val")));
    }

    @Test
    void bothSplitsOfTheEasyFormatHaveTheSameClasses() throws IOException {
        easy("train/airfield/1.jpg", "train/desert-sand/1.jpg", "train/desert-sand/2.jpg");
        easy("val/beach/1.jpg", "val/desert-sand/3.jpg");
        Files.createDirectories(folder.resolve("train/coast"));
        Splits both = places().split();
        assertEquals(
                List.of("airfield", "beach", "coast", "desert/sand"),
                both.validation().classes());
        assertEquals(List.of(0, 3, 3), labels(both.train()));
        assertEquals(List.of(1, 3), labels(both.validation()));
        Splits present = places().nonEmptyClasses().split();
        assertEquals(List.of("airfield", "desert/sand"), present.validation().classes());
        assertEquals(List.of(0, 1, 1), labels(present.train()));
        assertEquals(List.of(1), labels(present.validation()));
        assertEquals(List.of(1), labels(places().nonEmptyClasses().images("val")));
        assertEquals(List.of(0, 1), labels(places().nonEmptyClasses().limit(1).images("train")));
    }

    @Test
    void whatIsMissingInTheEasyFormatIsNamed() throws IOException {
        easy("val/airfield/1.jpg");
        assertEquals(List.of(0), labels(places().images("val")));
        refused(
                () -> places().split(),
                "No folder",
                folder.resolve("train").toString(),
                "only [val]",
                "easyformat.tar");
        Files.createDirectories(folder.resolve("train/airfield"));
        refused(() -> places().split(), "No images in the folders of " + folder.resolve("train"));
        refused(
                () -> places().nonEmptyClasses().images("val"),
                "No images in the folders of " + folder.resolve("train"));
        easy("train/desert/sand/1.jpg");
        refused(
                () -> places().split(),
                "No images in " + folder.resolve("train/desert"),
                "only folders",
                "desert-sand");
        Files.move(folder.resolve("val"), folder.resolve("elsewhere"));
        refused(() -> places().images("val"), "No folder " + folder.resolve("val"), "only [elsewhere, train]");
    }

    @Test
    void noClassFoldersAtAll() throws IOException {
        Files.createDirectories(folder.resolve("train"));
        refused(() -> places().split(), "No images in the folders of " + folder.resolve("train"));
    }

    @Test
    void whatIsMissingOrWrongIsNamedWithItsLine() throws IOException {
        refused(() -> Places365.of(folder + "/none").split(), "No folder", "none", "check the path");
        refused(() -> places().split(), CATEGORIES, "unpack the file lists");
        official();
        Files.delete(folder.resolve(VAL));
        refused(() -> places().split(), "places365_val.txt");
        official();
        write(TRAIN, "/a/airfield/00000001.jpg 0\n\n/a/airfield/00000002.jpg");
        refused(() -> places().split(), "places365_train_standard.txt, line 3", "no path and number");
        write(TRAIN, "/a/airfield/00000001.jpg zero");
        refused(() -> places().split(), "line 1", "zero");
        write(TRAIN, "/a/airfield/00000001.jpg 3");
        refused(() -> places().split(), "line 1", "no category 3, only 0 to 2");
        write(TRAIN, "/a/airfield/00000001.jpg 2");
        refused(() -> places().split(), "line 1", "/a/airfield/00000001.jpg is not of category 2, /d/desert/sand");
        write(TRAIN, "/a/airfield/00000001.jpg 0\n/b/airfield/00000002.jpg 0");
        refused(() -> places().split(), "line 2", "/b/airfield/00000002.jpg is not of category 0, /a/airfield");
        write(TRAIN, "/a/airfield/00000001.jpg 0\n/a/airfield/00000002.jpg 0\n/a/airfield/00000001.jpg 0");
        refused(() -> places().split(), "line 3", "/a/airfield/00000001.jpg is there twice");
        write(TRAIN, "\n \n");
        refused(() -> places().split(), "places365_train_standard.txt is empty");
        Files.write(folder.resolve(TRAIN), new byte[] {'/', 'a', '/', (byte) 0xe9, ' ', '0'});
        String message =
                assertThrows(UncheckedIOException.class, () -> places().split()).getMessage();
        assertTrue(
                message.startsWith("Cannot read ")
                        && message.endsWith("standard.txt: it is no text in UTF-8; download the lists anew"),
                message);
        write(CATEGORIES, "/a/airfield 0\n/b/beach 0\n");
        refused(() -> places().split(), "categories_places365.txt, line 2", "the number 0 is there twice");
        write(CATEGORIES, "/a/beach 0\n/b/beach 1\n");
        refused(() -> places().split(), "line 2", "the category beach is there twice");
        write(CATEGORIES, "airfield 0\n");
        refused(() -> places().split(), "line 1", "/a/airfield, not airfield");
        write(CATEGORIES, "");
        refused(() -> places().split(), "is empty");
    }

    private static void refused(Executable call, String... parts) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        List.of(parts).forEach(part -> assertTrue(message.contains(part), message));
    }

    @Test
    void whatIsMissingInTheOfficialLayoutIsNamed() throws IOException {
        official();
        for (String missing : List.of("data_256", "val_256", CATEGORIES, TRAIN, VAL)) {
            Path away = folder.resolve("away");
            Files.move(folder.resolve(missing), away);
            refused(() -> places().split(), folder.resolve(missing).toString(), "unpack the ");
            Files.move(away, folder.resolve(missing));
        }
        refused(() -> Places365.of(folder.resolve("val_256").toString()).split(), CATEGORIES, "folders here are []");
        Files.move(folder.resolve("data_256"), folder.resolve("away"));
        refused(() -> places().split(), "No folder", "train_256_places365standard.tar, in " + folder);
        Files.createDirectories(folder.resolve("data_256"));
        refused(() -> places().split(), "None of the images", "data_256/a/airfield/00000001.jpg");
    }

    /** Nothing outside of the folder is read, whatever a list says. */
    @Test
    void listsStayInTheirFolder() throws IOException {
        official();
        for (String path : List.of("/a/airfield/../../../1.jpg", "/a/airfield/..", "/a/airfield/x\\..\\..\\1.jpg")) {
            write(TRAIN, path + " 0\n");
            refused(
                    () -> places().split(),
                    "places365_train_standard.txt, line 1",
                    '"' + path + "\" is outside of the folder data_256; download the lists anew");
        }
        official();
        write(VAL, "../../1.jpg 0\n");
        refused(() -> places().split(), "places365_val.txt, line 1", "is outside of the folder val_256");
    }

    @Test
    void aListIsNoWebPage() throws IOException {
        official();
        write(TRAIN, "<!DOCTYPE html><title>Sign in</title>\n");
        String message =
                assertThrows(UncheckedIOException.class, () -> places().split()).getMessage();
        assertTrue(message.contains("places365_train_standard.txt: it is a web page and not a list"), message);
        write(TRAIN, "y".repeat(1 << 20));
        String line = assertThrows(IllegalArgumentException.class, () -> places().split())
                .getMessage();
        assertTrue(line.length() < 500, () -> line.length() + " characters");
    }

    @Test
    void listsOfOtherEditorsAreRead() throws IOException {
        official();
        write(CATEGORIES, "\uFEFF/a/airfield 0\r\n/b/beach 1\r\n/d/desert/sand 2\r\n\r\n");
        write(TRAIN, "\uFEFF/a/airfield/00000001.jpg\t0\r\n");
        write(VAL, "\uFEFFPlaces365_val_00000001.jpg 2\r\n");
        Splits both = places().split();
        assertEquals(List.of("airfield", "beach", "desert/sand"), both.train().classes());
        assertTrue(Files.exists(Path.of(both.train().describe(0))));
        assertTrue(Files.exists(Path.of(both.validation().describe(0))));
    }

    @Test
    void anImageIsTheCentreOfItsResizedSelf() throws IOException {
        official();
        Path file = folder.resolve("data_256/a/airfield/00000001.jpg");
        ImageIO.write(Scenes.painted(64).images(1).image(0), "png", file.toFile()); // whatever its name says
        ImageSet images = places().images("train");
        Picture expected = Photograph.decode(file).resize(16, 16).crop(1, 1, 14, 14);
        assertEquals(
                List.of(expected.pixels()[0], expected.pixels()[3 * 14 * 14 - 1]),
                List.of(images.pixels(0)[0], images.pixels(0)[3 * 14 * 14 - 1]));
    }

    @Test
    void aCategoryThatIsMissingIsNamedByItsNumber() throws IOException {
        official();
        write(CATEGORIES, "/a/airfield 0\n/d/desert/sand 2\n");
        String message = assertThrows(IllegalArgumentException.class, () -> places().split())
                .getMessage();
        assertEquals(
                folder.resolve(CATEGORIES) + ", line 2: the number 2 is there, but 1 is not; download the lists anew",
                message);
    }

    @Test
    void aFolderBesideTheOfficialLayoutDoesNotHideIt() throws IOException {
        official();
        Files.createDirectories(folder.resolve("train"));
        assertEquals(4, places().split().train().size());
    }
}
