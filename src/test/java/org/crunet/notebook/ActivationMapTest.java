package org.crunet.notebook;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.awt.image.BufferedImage;
import java.util.List;
import org.crunet.block.Normalisation;
import org.crunet.data.Batches;
import org.crunet.data.ImageSet;
import org.crunet.evaluation.Evaluation;
import org.crunet.evaluation.Prediction;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.scenes.Scenes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ActivationMapTest {

    private static final ImageSet IMAGES = Scenes.painted(32).seed(2).images(4);

    static List<Architecture> networks() {
        Architecture before = Networks.smallCru(32).withClasses(8);
        Architecture after = Networks.smallResNeXt(32)
                .withClasses(8)
                .withNormalisation(new Normalisation(Normalisation.Order.POST_ACTIVATION, 1e-5f, 0.9f));
        return List.of(before, after);
    }

    /** The logit of a class is the mean of its map; the bias begins at 0. */
    @ParameterizedTest
    @MethodSource("networks")
    void aMapAveragesToItsLogit(Architecture architecture) {
        try (Network network = architecture.build(3);
                NDManager scope = network.manager().newSubManager()) {
            NDArray image = Batches.plain(scope, IMAGES, 1);
            assertEquals(new Shape(1, 192, 8, 8), network.features(image).getShape());
            float[] logits = network.forward(image).toFloatArray();
            float[] means = new float[8];
            for (int c = 0; c < 8; c++) {
                means[c] = ActivationMap.map(network, image, c).mean().getFloat();
            }
            assertArrayEquals(logits, means, 1e-4f);
            long best = network.forward(image).argMax(1).getLong();
            assertEquals(ActivationMap.map(network, image, (int) best), ActivationMap.map(network, image, -1));
        }
    }

    @Test
    void thePictureShowsWhereAndTheRestThrough() {
        try (Network network = Networks.smallCru(32).withClasses(8).build(3)) {
            long before = network.manager().getManagedArrays().size();
            BufferedImage seen = ActivationMap.ofEach(network, IMAGES, 1).get(0).image();
            assertEquals(32, seen.getWidth());
            assertNotEquals(IMAGES.image(0).getRGB(5, 5), seen.getRGB(5, 5));
            BufferedImage other =
                    ActivationMap.of(network, IMAGES.image(0), IMAGES.classes().indexOf("street"));
            assertEquals(32, other.getHeight());
            assertEquals(before, network.manager().getManagedArrays().size(), "nothing is left behind");
        }
    }

    @Test
    void aPhotographOfAnySizeHasTheMapOfItsCentre() {
        BufferedImage photograph = Scenes.painted(400).seed(5).images(1).image(0);
        BufferedImage wide = new BufferedImage(600, 400, BufferedImage.TYPE_INT_RGB);
        wide.createGraphics().drawImage(photograph, 100, 0, null);
        try (Network network = Networks.smallCru(32).withClasses(8).build(3)) {
            BufferedImage seen = ActivationMap.of(network, wide);
            assertEquals(256, seen.getWidth(), "more than the network sees, as the photograph has more");
            assertEquals(
                    seen.getRGB(130, 90), ActivationMap.of(network, photograph).getRGB(130, 90));
            ImageSet centre = ImageSet.ofPhotograph(wide, 32);
            long best;
            try (NDManager scope = network.manager().newSubManager()) {
                best = network.forward(Batches.plain(scope, centre, 0))
                        .argMax(1)
                        .getLong();
            }
            BufferedImage named = ActivationMap.of(network, wide, (int) best);
            assertEquals(seen.getRGB(7, 200), named.getRGB(7, 200));
            assertEquals(32, ActivationMap.of(network, IMAGES.image(0)).getWidth(), "one with less stays small");
        }
    }

    @Test
    void severalMapsSayWhatTheyAreOf() {
        try (Network network = Networks.smallCru(32).withClasses(8).build(3)) {
            List<Prediction> three = ActivationMap.ofEach(network, IMAGES, 3);
            assertEquals(3, three.size());
            Prediction first = Evaluation.of(network, IMAGES).predictions(3).get(0);
            assertEquals(first.predicted(), three.get(0).predicted());
            assertEquals(first.actual(), three.get(0).actual());
            assertEquals(first.probability(), three.get(0).probability(), 1e-6);
            BufferedImage map =
                    ActivationMap.ofEach(network, IMAGES.subset(0), 1).get(0).image();
            assertEquals(map.getRGB(9, 9), three.get(0).image().getRGB(9, 9));
            assertEquals(4, ActivationMap.ofEach(network, IMAGES, 100).size());
        }
    }

    @Test
    void saysWhatDoesNotFit() {
        try (Network network = Networks.smallCru(32).withClasses(8).build(3);
                Network ten = Networks.smallCru(32).withClasses(10).build(3)) {
            refused("painted scenes has 8 classes", () -> ActivationMap.ofEach(ten, IMAGES, 2));
            refused("must not be negative: -1", () -> ActivationMap.ofEach(network, IMAGES, -1));
            BufferedImage photograph = IMAGES.image(0);
            int castle = IMAGES.classes().indexOf("castle");
            refused("has no class -1: give 0 to 7", () -> ActivationMap.of(network, photograph, castle));
            refused("has no class 8", () -> ActivationMap.of(network, photograph, 8));
            ImageSet large = Scenes.painted(64).seed(2).images(1);
            refused("is for 32x32 images and painted scenes has 64x64", () -> ActivationMap.ofEach(network, large, 1));
        }
        Network closed = Networks.smallCru(32).withClasses(8).build(3);
        closed.close();
        String message = assertThrows(IllegalStateException.class, () -> ActivationMap.of(closed, IMAGES.image(0)))
                .getMessage();
        assertTrue(message.startsWith("small CRU-Net was closed"), message);
    }

    private static void refused(String part, org.junit.jupiter.api.function.Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
