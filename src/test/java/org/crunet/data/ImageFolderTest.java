package org.crunet.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Folders of image files, good ones and bad ones. */
class ImageFolderTest {
    @TempDir
    private Path root;

    private ImageFolder folder() {
        return ImageFolder.of(root.toString());
    }

    /** Writes an image whose red says the column, green the row and blue the given number. */
    private BufferedImage write(String file, int width, int height, int blue) throws IOException {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, x << 16 | y << 8 | blue);
            }
        }
        return write(file, image);
    }

    private BufferedImage write(String file, BufferedImage image) throws IOException {
        Path path = Files.createDirectories(root.resolve(file).getParent())
                .resolve(root.resolve(file).getFileName());
        String format = file.substring(file.lastIndexOf('.') + 1);
        assertTrue(ImageIO.write(image, format, path.toFile()), "no writer for " + format);
        return image;
    }

    private void pets() throws IOException {
        for (String split : List.of("train", "val")) {
            write(split + "/dog/2.png", 8, 8, 2);
            write(split + "/dog/1.png", 8, 8, 1);
            write(split + "/cat/1.png", 8, 8, 3);
        }
    }

    private static int[] blues(ImageSet set) {
        return IntStream.range(0, set.size())
                .map(i -> set.pixels(i)[set.pixels(i).length - 1])
                .toArray();
    }

    @Test
    void classesAndFilesComeInTheOrderOfTheirNames() throws IOException {
        pets();
        Splits pets = folder().size(8).split();
        assertEquals(List.of("cat", "dog"), pets.train().classes());
        assertArrayEquals(new int[] {3, 1, 2}, blues(pets.train()));
        assertEquals(1, pets.validation().label(2));
        assertEquals(root.getFileName().toString(), pets.name());
    }

    @Test
    void numberedClassesComeInTheOrderOfTheNumbers() throws IOException {
        for (String name : List.of("2", "9", "10", "-1", "100000000000000000000", "010", "beach", "9 lives")) {
            write("val/" + name + "/1.png", 8, 8, name.length());
        }
        ImageSet set = folder().size(8).images("val");
        List<String> ordered = List.of("-1", "2", "9", "010", "10", "100000000000000000000", "9 lives", "beach");
        assertEquals(ordered, set.classes());
        assertEquals(
                List.of(2, 1, 1, 3, 2, 21, 7, 5),
                IntStream.of(blues(set)).boxed().toList());
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aNameThatTheLocaleCannotWriteIsToldWithTheSettingThatHelps() throws Exception {
        write("classes/a/1.png", 8, 8, 1);
        write("classes/a/2.png", 8, 8, 2);
        write("files/a/1.png", 8, 8, 1);
        write("files/a/2.png", 8, 8, 2);
        String foreign = "$(printf 'ch\\303\\242teau')";
        run(
                "C",
                "sh",
                "-c",
                "mv classes/a \"classes/" + foreign + "\"; mv files/a/2.png \"files/a/" + foreign + ".png\"");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        for (String kind : List.of("classes", "files")) {
            List<String> told = run("C", java, "-cp", path, ForeignNames.class.getName(), kind);
            assertEquals(2, told.size(), told.toString());
            assertEquals(told.get(0), told.get(1), "in memory and on disk");
            assertTrue(told.get(0).startsWith("This machine's locale cannot write the name of " + root), told.get(0));
            assertTrue(told.get(0).contains("LC_ALL=C.UTF-8"), told.get(0));
            assertEquals(
                    List.of("[1, 1]", "[1, 1]"), run("C.UTF-8", java, "-cp", path, ForeignNames.class.getName(), kind));
        }
    }

    private List<String> run(String locale, String... command) throws IOException, InterruptedException {
        Path out = root.resolve("out");
        var builder = new ProcessBuilder(command)
                .directory(root.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile());
        builder.environment().put("LC_ALL", locale);
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        assertEquals(0, builder.start().waitFor(), () -> String.join(" ", command));
        return Files.readAllLines(out, StandardCharsets.ISO_8859_1);
    }

    /** Says how many images of a folder are on either side of a split, in memory and on disk, or why there are none. */
    static final class ForeignNames {

        private ForeignNames() {}

        public static void main(String... args) {
            ImageFolder folder =
                    ImageFolder.of(Path.of(args[0]).toAbsolutePath().toString()).size(8);
            for (ImageFolder one : List.of(folder, folder.onDisk())) {
                try {
                    Splits splits = one.split(0.5);
                    splits.train().pixels(0);
                    System.out.println(
                            List.of(splits.train().size(), splits.validation().size()));
                } catch (IllegalArgumentException e) {
                    System.out.println(e.getMessage());
                }
            }
        }
    }

    @Test
    void anImageOfTheSizeComesThroughUnchanged() throws IOException {
        for (String format : List.of("png", "bmp", "jpg")) {
            write("train/all/" + format + "." + format, 32, 32, 77);
        }
        ImageSet set = folder().size(32).images("train");
        List<String> sorted = List.of("bmp", "jpg", "png");
        for (int i = 0; i < 3; i++) {
            var expected = ImageIO.read(root.resolve("train/all/" + sorted.get(i) + "." + sorted.get(i))
                    .toFile());
            assertArrayEquals(
                    expected.getRGB(0, 0, 32, 32, null, 0, 32), set.image(i).getRGB(0, 0, 32, 32, null, 0, 32));
        }
    }

    @Test
    void theCentreIsCutOut() throws IOException {
        write("train/wide/1.png", 20, 10, 0);
        write("train/tall/1.png", 10, 21, 0);
        ImageSet set = folder().size(10).images("train");
        assertEquals(0xff000500, set.image(0).getRGB(0, 0));
        assertEquals(0xff090e00, set.image(0).getRGB(9, 9));
        assertEquals(0xff050000, set.image(1).getRGB(0, 0));
        ImageSet half = folder().size(5).images("train");
        assertEquals(5, half.width());
        assertEquals(7.5, half.pixels(1)[2] & 0xff - 2, 4);
    }

    @Test
    void greyStaysAsBrightAsItWas() throws IOException {
        var grey = new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_GRAY);
        int[] samples = new int[16];
        Arrays.fill(samples, 100);
        grey.getRaster().setSamples(0, 0, 4, 4, 0, samples);
        write("train/grey/1.png", grey);
        write("train/grey/2.jpg", grey);
        ImageSet set = folder().size(4).images("train");
        for (int i = 0; i < 2; i++) {
            for (byte value : set.pixels(i)) {
                assertEquals(100, value);
            }
        }
    }

    @Test
    void transparentPixelsAreWhite() throws IOException {
        var image = new BufferedImage(2, 2, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0xff102030);
        image.setRGB(1, 0, 0x80000000);
        write("train/a/1.png", image);
        BufferedImage read = folder().size(2).images("train").image(0);
        assertEquals(0xff102030, read.getRGB(0, 0));
        assertEquals(0xff7f7f7f, read.getRGB(1, 0));
        assertEquals(0xffffffff, read.getRGB(1, 1));
    }

    @Test
    void unreadableFilesAreSkippedCountedAndNamed() throws IOException {
        pets();
        Files.createFile(root.resolve("train/cat/0-empty.jpg"));
        Files.writeString(root.resolve("train/dog/3-text.png"), "no image at all");
        byte[] whole = Files.readAllBytes(root.resolve("train/dog/1.png"));
        Files.write(root.resolve("val/dog/4-cut.png"), Arrays.copyOf(whole, whole.length / 2));
        Files.writeString(root.resolve("train/dog/notes.txt"), "other files do not count");
        Files.createFile(root.resolve("train/dog/._1.png"));
        Splits pets = folder().size(8).split();
        assertEquals(3, pets.train().size());
        assertEquals(3, pets.validation().size());
        List<String> problems = pets.train().problems();
        assertEquals(2, problems.size(), "" + problems);
        assertTrue(problems.get(0).endsWith("0-empty.jpg: the file is empty"), "" + problems);
        assertTrue(problems.get(1).contains("3-text.png: not a JPEG"), "" + problems);
        assertEquals(1, pets.validation().problems().size());
        assertTrue(pets.validation().problems().get(0).contains("4-cut.png: "), pets.toString());
        assertTrue(pets.name().endsWith(", 2 unreadable left out"), pets.name());
        assertTrue(pets.toString().contains(", 1 unreadable left out), 8 x 8"), pets.toString());
    }

    @Test
    void imagesTooLongAndNarrowAreProblems() throws IOException {
        write("train/a/1.png", 20, 20, 0);
        write("train/a/2.png", 1, 20_000, 0);
        write("train/a/3.png", 20_000, 1, 0);
        ImageFolder large = folder().size(224).shorterSide(256);
        ImageSet read = large.images("train");
        assertEquals(1, read.size());
        assertTrue(read.problems().get(0).contains("2.png: the image has 1 x 20000 pixels"), "" + read.problems());
        ImageSet onDisk = large.onDisk().images("train");
        assertThrows(UncheckedIOException.class, () -> onDisk.pixels(2));
        assertTrue(onDisk.problems().get(0).contains("3.png: the image has 20000 x 1 pixels"), "" + onDisk.problems());
    }

    @Test
    void aLimitTakesTheFirstFilesOfEveryClass() throws IOException {
        pets();
        assertArrayEquals(new int[] {3, 1}, blues(folder().size(8).limit(1).images("train")));
    }

    @Test
    void otherNamesOfTheValidationSplitAreFound() throws IOException {
        write("train/a/1.png", 8, 8, 1);
        write("test/a/1.png", 8, 8, 2);
        assertArrayEquals(new int[] {2}, blues(folder().size(8).split().validation()));
        write("valid/a/1.png", 8, 8, 4);
        assertArrayEquals(new int[] {4}, blues(folder().size(8).split().validation()));
        assertArrayEquals(
                new int[] {2}, blues(folder().size(8).split("train", "test").validation()));
    }

    @Test
    void errorsSayWhatIsMissingAndWhere() throws IOException {
        assertProblem(
                "No folder to validate on in " + root, () -> folder().size(8).split());
        assertProblem(
                "No folder " + root.resolve("train"), () -> folder().size(8).images("train"));
        Files.createDirectories(root.resolve("train"));
        assertProblem(
                "No class folders in " + root.resolve("train"),
                () -> folder().size(8).images("train"));
        Files.createDirectories(root.resolve("train/cat"));
        assertProblem(
                "No images in " + root.resolve("train/cat"),
                () -> folder().size(8).images("train"));
        Files.createFile(root.resolve("train/cat/1.jpg"));
        assertProblem("No file of class \"cat\"", () -> folder().size(8).images("train"));
        Path nowhere = root.resolve("nowhere");
        assertProblem(
                "No folder " + nowhere,
                () -> ImageFolder.of(nowhere.toString()).size(8).split());
        assertThrows(IllegalStateException.class, () -> folder().images("train"));
        assertProblem("0 pixels", () -> folder().size(0));
        assertProblem("0 files", () -> folder().limit(0));
        assertProblem("A shorter side cannot have 0 pixels", () -> folder().shorterSide(0));
        assertProblem("A shorter side cannot have -8 pixels", () -> folder().shorterSide(-8));
    }

    @Test
    void classesMustBeTheSameInBothSplits() throws IOException {
        pets();
        write("train/owl/1.png", 8, 8, 1);
        write("val/eel/1.png", 8, 8, 1);
        assertProblem(
                "only in train [owl], only in val [eel]", () -> folder().size(8).split());
    }

    /** Ten cats and five dogs without splits; blue says which file. */
    private void photos() throws IOException {
        for (int i = 0; i < 10; i++) {
            write("cat/" + i + ".png", 8, 8, i);
        }
        for (int i = 0; i < 5; i++) {
            write("dog/" + i + ".png", 8, 8, 20 + i);
        }
    }

    @Test
    void aShareOfEveryClassIsHeldBack() throws IOException {
        photos();
        for (ImageFolder folder : List.of(folder().size(8), folder().size(8).onDisk())) {
            Splits photos = folder.split(0.2);
            assertEquals(List.of("cat", "dog"), photos.train().classes());
            int[] train = blues(photos.train());
            int[] validation = blues(photos.validation());
            assertEquals(12, train.length);
            assertEquals(3, validation.length);
            assertEquals(2, IntStream.of(validation).filter(blue -> blue < 20).count());
            assertArrayEquals(
                    IntStream.concat(IntStream.range(0, 10), IntStream.range(20, 25))
                            .toArray(),
                    IntStream.concat(IntStream.of(train), IntStream.of(validation))
                            .sorted()
                            .toArray());
            assertEquals(1, photos.validation().label(2));
            assertArrayEquals(validation, blues(folder.split(0.2, 1).validation()));
        }
        assertArrayEquals(
                blues(folder().size(8).split(0.4).validation()),
                blues(folder().size(8).onDisk().split(0.4).validation()));
        long different = IntStream.range(0, 10)
                .mapToObj(seed ->
                        Arrays.toString(blues(folder().size(8).split(0.2, seed).validation())))
                .distinct()
                .count();
        assertTrue(different > 5, different + " different choices of 10 seeds");
    }

    @Test
    void whatIsHeldBackIsChosenAmongFilesThatCanBeRead() throws IOException {
        photos();
        Files.writeString(root.resolve("dog/bad.jpg"), "no image at all");
        for (int seed = 0; seed < 20; seed++) {
            Splits photos = folder().size(8).split(0.2, seed);
            assertEquals(12, photos.train().size(), "seed " + seed);
            assertEquals(3, photos.validation().size(), "seed " + seed);
            assertTrue(photos.toString().contains("; 1 left out"), photos.toString());
        }
    }

    @Test
    void bothSidesHaveAnImageOfEveryClass() throws IOException {
        photos();
        assertEquals(2, folder().size(8).split(0.0001).validation().size());
        assertEquals(2, folder().size(8).split(0.9999).train().size());
        for (double share : new double[] {0, 1, -0.2, 20, Double.NaN}) {
            assertProblem("over 0 and below 1: " + share, () -> folder().size(8).split(share));
        }
        write("owl/1.png", 8, 8, 1);
        assertProblem("Only one image to take of owl", () -> folder().size(8).split(0.2));
        assertProblem("Only one image", () -> folder().limit(1).size(8).split(0.2));
    }

    @Test
    void messagesLeadFromOneLayoutToTheOther() throws IOException {
        photos();
        assertProblem("it has [cat, dog], but none of", () -> folder().size(8).split());
        assertProblem("split(0.2) holds a share", () -> folder().size(8).split());
        assertProblem("split(0.2) holds a share", () -> folder().size(8).split("train", "held-out"));
        assertProblem(
                "No folder " + root.resolve("train"), () -> folder().size(8).images("train"));
        ImageFolder above = ImageFolder.of(root.getParent().toString()).size(8);
        String name = root.getFileName().toString();
        assertEquals(15, above.images(name).size());
        write("train/a/1.png", 8, 8, 1);
        assertProblem(
                root.resolve("train") + ", only folders, [a]: class folders in folders of splits are read by split()",
                () -> folder().size(8).split(0.2));
    }

    @Test
    void whatIsNullSaysWhatToDo() {
        assertProblem(
                "root is null: give the folder of images; if it comes from an environment variable, that is not set",
                () -> ImageFolder.of(null));
        assertProblem(
                "Java does not know ~, as in ~/photos: give " + Path.of(System.getProperty("user.home"), "photos"),
                () -> ImageFolder.of("~/photos"));
        assertProblem("root is empty: give the folder of images; this one is \".\"", () -> ImageFolder.of(""));
        assertProblem(
                "say which folder, such as \"val\"", () -> folder().size(8).images(null));
        assertProblem(
                "say which folder, such as \"train\"", () -> folder().size(8).split(null, "val"));
    }

    @Test
    void imagesAreDescribedByTheirPath() throws IOException {
        pets();
        for (ImageFolder folder : List.of(folder().size(8), folder().size(8).onDisk())) {
            ImageSet train = folder.images("train");
            assertEquals(root.resolve("train/dog/1.png").toString(), train.describe(1));
            assertEquals(
                    root.resolve("train/dog/2.png").toString(),
                    train.subset(2, 0).describe(0));
            assertEquals(
                    root.resolve("train/dog/1.png").toString(),
                    train.classes(List.of("dog")).describe(0));
        }
    }

    @Test
    void picturesOfOtherKindsAreTold() throws IOException {
        pets();
        String before = folder().size(8).images("train").fingerprint();
        for (String file : List.of("0.HEIC", "1.webp", "2.tif", "3.tiff")) {
            Files.writeString(root.resolve("train/cat/" + file), "whatever");
        }
        Files.writeString(root.resolve("train/cat/notes.txt"), "no picture");
        for (ImageFolder folder : List.of(folder().size(8), folder().size(8).onDisk())) {
            ImageSet train = folder.images("train");
            assertEquals(3, train.size());
            assertEquals(4, train.problems().size(), "" + train.problems());
            assertEquals(
                    root.resolve("train/cat/0.HEIC") + ": a picture of this kind is not read; save it as .jpg or .png",
                    train.problems().get(0));
            assertTrue(train.toString().endsWith("; 4 left out, see problems()"), train.toString());
            assertTrue(
                    folder.split().toString().contains("4 left out"),
                    folder.split().toString());
        }
        assertEquals(before, folder().size(8).images("train").fingerprint());
        Files.createDirectories(root.resolve("train/owl"));
        Files.writeString(root.resolve("train/owl/1.heic"), "whatever");
        assertProblem(
                "only such as 1.heic: save those as .jpg or .png",
                () -> folder().size(8).images("train"));
    }

    @Test
    void ofManyUnreadableFilesTheFirstAreNamed() throws IOException {
        Files.createDirectories(root.resolve("train/cat"));
        for (int i = 10; i < 60; i++) {
            Files.createFile(root.resolve("train/cat/" + i + ".jpg"));
        }
        assertProblem(
                "13.jpg: the file is empty] and 46 more", () -> folder().size(8).images("train"));
    }

    @Test
    void imagesThatCannotFitIntoMemoryAreRefusedBeforeTheFirstIsRead() throws IOException {
        Files.createDirectories(root.resolve("train/cat"));
        for (int i = 0; i < 200; i++) {
            Files.createFile(root.resolve("train/cat/" + i + ".jpg"));
        }
        assertProblem(
                "200 images of 8192 x 8192 need 38400 MiB",
                () -> folder().size(8192).images("train"));
        assertProblem(
                "leave them in their files with onDisk()",
                () -> folder().size(8192).images("train"));
        assertProblem("100000 pixels wide: use size(32), for example, and at most 8192", () -> folder().size(100_000));
    }

    private static void assertProblem(String expected, Executable read) {
        String message = assertThrows(IllegalArgumentException.class, read).getMessage();
        assertTrue(message.contains(expected), message);
    }
}
