package org.crunet.zoo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.crunet.data.Batches;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.network.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** The pixels of the paper's evaluation, and files of category names. */
class ClassificationTranslatorTest {

    @TempDir
    private Path folder;

    @Test
    void theCentreIsNormalisedAsThePaperSays() {
        var image = new BufferedImage(300, 256, BufferedImage.TYPE_INT_RGB);
        image.setRGB(22 + 16, 16, 0xff8040);
        image.setRGB(22 + 16 + 223, 16 + 223, 0x010203);
        try (NDManager scope = NDManager.newBaseManager()) {
            NDArray pixels = Batches.centre(scope, image, 256, 224);
            assertEquals(new Shape(1, 3, 224, 224), pixels.getShape());
            float[] corner = pixels.get(":, :, 0, 0").toFloatArray();
            assertArrayEquals(new float[] {131 * 0.0167f, 11 * 0.0167f, -40 * 0.0167f}, corner, 1e-5f);
            float[] end = pixels.get(":, :, 223, 223").toFloatArray();
            assertArrayEquals(new float[] {-123 * 0.0167f, -115 * 0.0167f, -101 * 0.0167f}, end, 1e-5f);
            assertEquals(-124 * 0.0167f, pixels.getFloat(0, 0, 100, 100), 1e-5f);
        }
    }

    @Test
    void resizedAndCutIsWhatTheFormulaSays() {
        BufferedImage image = new BufferedImage(64, 96, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 96; y++) {
            for (int x = 0; x < 64; x++) {
                image.setRGB(x, y, 2 * x << 16 | 2 * y << 8 | 50);
            }
        }
        try (NDManager scope = NDManager.newBaseManager()) {
            NDArray half = Batches.centre(scope, image, 32, 28);
            for (int i : new int[] {0, 13, 27}) {
                double place = 2 * (i + 2 + 0.5) - 0.5; // in the pixels of the 64 x 64 square
                assertEquals((2 * place - 124) * 0.0167, half.getFloat(0, 0, 5, i), 0.02);
                assertEquals((2 * (place + 16) - 117) * 0.0167, half.getFloat(0, 1, i, 5), 0.02);
                assertEquals((50 - 104) * 0.0167, half.getFloat(0, 2, i, i), 1e-5);
            }
        }
    }

    @Test
    void defaultsAreThePapers() {
        try (Network network = Networks.smallCru(224)
                        .withStages(Stage.residual(1, 8, 8, 16))
                        .build();
                Network few = Networks.smallCru(32).withClasses(3).build()) {
            var translator = ClassificationTranslator.of(network);
            assertEquals(256, translator.shorterSide());
            assertEquals(224, translator.size());
            assertEquals(5, translator.topK());
            assertEquals("class 9", translator.categories().get(9));
            assertEquals(3, ClassificationTranslator.of(few).topK());
            assertEquals(37, ClassificationTranslator.of(few).shorterSide());
        }
    }

    @Test
    void imagesOfOtherLibrariesGiveTheSameAnswer() throws Exception {
        BufferedImage picture = Pictures.coloured(40, 33);
        Image foreign = (Image) Proxy.newProxyInstance(
                Image.class.getClassLoader(), new Class<?>[] {Image.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("save")) {
                        ImageIO.write(picture, (String) arguments[1], (OutputStream) arguments[0]);
                    }
                    return null;
                });
        try (Network network = Networks.smallCru(32).withClasses(3).build();
                var model = CruZoo.model(network, List.of("a", "b", "c"));
                var predictor = model.newPredictor()) {
            Image same = ImageFactory.getInstance().fromImage(picture);
            assertEquals(
                    predictor.predict(same).getProbabilities(),
                    predictor.predict(foreign).getProbabilities());
        }
    }

    @Test
    void whatIsNoClassifierOfColourImagesIsRefused() {
        try (Network grey = Networks.smallCru(32).withInputChannels(1).build();
                Network part = Network.of(
                        Networks.smallCru(32).block().getChildren().get(0).getValue(), new Shape(1, 3, 32, 32))) {
            assertProblem(() -> ClassificationTranslator.of(grey), "(1, 1, 32, 32)", "a photograph needs");
            assertProblem(() -> ClassificationTranslator.of(part), "(1, 24, 32, 32)", "a photograph needs");
        }
    }

    @Test
    void namesAreReadAsTheyStandOrByTheirNumber() throws IOException {
        Path plain = Files.writeString(folder.resolve("synset.txt"), "n01440764 tench, Tinca tinca\r\n\n d'été \n");
        assertEquals(List.of("n01440764 tench, Tinca tinca", "d'été"), Categories.read(plain, 2));
        Path places = Files.writeString(folder.resolve("places.txt"), "\uFEFF/d/desert/sand 1\n/a/airfield 0\n");
        assertEquals(List.of("airfield", "desert/sand"), Categories.read(places, 2));
    }

    @Test
    void filesOfNamesThatAreWrongSaySo() throws IOException {
        Path file = Files.writeString(folder.resolve("synset.txt"), "/a/airfield 0\n/d/desert/sand 0\n");
        assertProblem(() -> Categories.read(file, 3), file + " has names for 2 categories", "3 classes");
        assertProblem(() -> Categories.read(file, 2), file + "", "line \"/d/desert/sand 0\"", "from 0 to 1 once");
        Files.writeString(file, "/a/airfield 0\ndesert\n");
        assertProblem(() -> Categories.read(file, 2), "line \"desert\"");
        Files.writeString(file, "");
        assertProblem(() -> Categories.read(file, 2), "names for 0 categories");
        Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        String message = assertThrows(UncheckedIOException.class, () -> Categories.read(file, 2))
                .getMessage();
        assertTrue(message.contains(file.toString()), message);
    }

    private static void assertProblem(Executable call, String... parts) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        List.of(parts).forEach(part -> assertTrue(message.contains(part), message));
    }
}
