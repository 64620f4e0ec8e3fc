package org.crunet.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.modality.cv.ImageFactory;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.evaluation.Prediction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PicturesTest {
    private static final int RED = 0xffcc1020;

    private static BufferedImage image(int width, int height) {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        image.setRGB(1, 0, RED);
        return image;
    }

    private static BufferedImage decoded(Output output) throws IOException {
        byte[] png = Base64.getDecoder().decode((String) output.data().get(Output.PNG));
        return javax.imageio.ImageIO.read(new ByteArrayInputStream(png));
    }

    @ParameterizedTest
    @CsvSource({"32, 32, 128, 128", "28, 14, 112, 56", "64, 64, 128, 128", "224, 100, 224, 100", "1600, 400, 800, 200"})
    void smallOnesAreEnlargedAndLargeOnesReduced(int width, int height, int shownWidth, int shownHeight)
            throws IOException {
        BufferedImage shown = decoded(Pictures.show(image(width, height)));
        assertEquals(List.of(shownWidth, shownHeight), List.of(shown.getWidth(), shown.getHeight()));
    }

    @Test
    void enlargedPixelsStayPixels() throws IOException {
        BufferedImage shown = decoded(Pictures.show(image(32, 32)));
        assertEquals(RED, shown.getRGB(4, 0));
        assertEquals(RED, shown.getRGB(7, 3));
        assertEquals(0xff000000, shown.getRGB(8, 3));
    }

    @Test
    void djlsImageIsShownLikeJavas() throws IOException {
        var image = ImageFactory.getInstance().fromImage(image(32, 32));
        assertEquals(RED, decoded(Views.of(image)).getRGB(4, 0));
        assertTrue(html(List.of(image)).contains("<img"));
    }

    private static String html(List<?> list) {
        return (String) Gallery.show(list).data().get(Output.HTML);
    }

    @Test
    void aListOfPicturesIsAGalleryAndAnyOtherListIsText() {
        String html = html(List.of(image(32, 32), image(64, 64)));
        assertEquals(2, html.split("<img ", -1).length - 1);
        assertTrue(html.contains("width=\"128\""));
        assertNull(html(List.of(image(8, 8), "text")));
        assertNull(html(List.of()));
        assertEquals("[1, 2]", Gallery.show(List.of(1, 2)).text());
    }

    @Test
    void aLongGalleryIsCutAndSaysSo() {
        String html = html(Collections.nCopies(100, image(8, 8)));
        assertEquals(48, html.split("<img ", -1).length - 1);
        assertTrue(html.contains("the first 48 of 100 shown"));
    }

    @Test
    void aWrongPredictionIsMarkedInWordsToo() {
        var right = new Prediction(image(8, 8), "sea", "sea", 0.913, "image 7 of coast");
        var wrong = new Prediction(image(8, 8), "<sea>", "sand", 0.5, "/coast/<7>.jpg");
        Output output = Gallery.show(List.of(right, wrong));
        assertEquals("2 pictures: \u2713 sea 91\u00a0%; \u2717 sand 50\u00a0%, is <sea>", output.text());
        String html = html(List.of(right, wrong));
        assertTrue(html.contains("\u2717 sand 50\u00a0%<br>is &lt;sea&gt;"), html);
        assertTrue(html.contains("dashed"));
        assertTrue(html.contains("title=\"/coast/&lt;7&gt;.jpg\""), html);
        assertFalse(html(List.of(right)).contains("dashed"));
    }

    @Test
    void anImageSetShowsOneOfEachClass() {
        byte[][] pixels = {new byte[12], new byte[12], new byte[12]};
        var set = new ImageSet("squares", List.of("dark", "light"), 2, 2, pixels, new int[] {1, 1, 0});
        Output output = Views.of(set);
        assertEquals(set.toString(), output.text());
        String html = (String) output.data().get(Output.HTML);
        assertEquals(2, html.split("<img ", -1).length - 1);
        assertTrue(html.contains("<br>dark") && html.contains("<br>light") && html.contains("3 images"), html);
        var splits = new Splits(set, set);
        assertEquals(splits.toString(), Views.of(splits).text());
    }

    @Test
    void allTilesAreEquallyWide() {
        var brief = new Prediction(image(8, 8), "sea", "sea", 0.9, "image 7 of coast");
        var lengthy = new Prediction(image(64, 64), "a rather long name of a class", "sea", 0.9, "image 7 of coast");
        String html = html(List.of(brief, lengthy));
        assertEquals(2, html.split("<div style=\"width: 164px; ", -1).length - 1, html);
        String small = html(List.of(brief));
        assertTrue(small.contains("<div style=\"width: 132px; "), small);
    }

    @Test
    void onePictureIsNotSeveral() {
        assertEquals("1 picture", Gallery.show(List.of(image(8, 8))).text());
        assertEquals(
                "2 pictures", Gallery.show(List.of(image(8, 8), image(8, 8))).text());
    }

    @Test
    void predictionsAreRecordsAndYetAGallery() {
        var list = List.of(new Prediction(image(8, 8), "sea", "sea", 0.9, "image 7 of coast"));
        assertEquals(Gallery.show(list), Views.of(list));
    }

    @Test
    void aTensorIsAPictureAndNumbersOutsideAreCut() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray colours = manager.create(new float[] {-1, 0, 1, 2, 0.5f, 0}, new Shape(1, 2, 3));
            BufferedImage picture = Pictures.picture(colours);
            assertEquals(0xff0000ff, picture.getRGB(0, 0));
            assertEquals(0xffff8000, picture.getRGB(1, 0));
            assertEquals(
                    0xff808080,
                    Pictures.picture(manager.full(new Shape(1, 1), 0.5f)).getRGB(0, 0));
            var fault =
                    assertThrows(IllegalArgumentException.class, () -> Chart.image(manager.ones(new Shape(3, 4, 4))));
            assertTrue(fault.getMessage().contains("(3, 4, 4)"), fault.getMessage());
        }
    }
}
