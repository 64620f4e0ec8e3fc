package org.crunet.comparison;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.data.ImageFolder;
import org.crunet.data.ImageSet;
import org.crunet.evaluation.Evaluation;
import org.crunet.files.Csv;
import org.crunet.files.Folders;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.scenes.Scenes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The weights of record load, and say of painted images what they said when they were published: {@code
 * golden/weights-of-record.csv} has the logits, and {@link #main} writes it, after networks were added.
 *
 * <pre>java -cp 'target/test-classes:target/classes:target/lib/*' org.crunet.comparison.WeightsOfRecordTest</pre>
 */
class WeightsOfRecordTest {

    private static final Path WEIGHTS = Path.of("notebooks/studies/Cifar10-weights");
    private static final Path GOLDEN = Path.of("src/test/resources/golden/weights-of-record.csv");
    private static final int IMAGES = 3;

    /** What a network says of a class in a painted image. */
    record Logit(String network, int image, int type, double value) {}

    static List<Path> folders() {
        return Folders.list(WEIGHTS, ".*");
    }

    private static List<Logit> logits(Path folder) {
        ImageSet painted = Scenes.painted(32).seed(1).images(IMAGES);
        try (NDManager manager = NDManager.newBaseManager();
                Network network = Networks.load(folder.toString())) {
            int each = 3 * 32 * 32;
            float[] numbers = new float[IMAGES * each];
            for (int i = 0; i < numbers.length; i++) {
                int pixel = painted.pixels(i / each)[i % each] & 0xff;
                numbers[i] = (pixel - 120) / 60f;
            }
            NDArray found = network.forward(manager.create(numbers, new Shape(IMAGES, 3, 32, 32)));
            int classes = (int) found.getShape().get(1);
            float[] values = found.toFloatArray();
            return IntStream.range(0, values.length)
                    .mapToObj(i -> new Logit(network.name(), i / classes, i % classes, values[i]))
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("folders")
    void theySayWhatTheySaid(Path folder) {
        List<Logit> logits = logits(folder);
        List<Logit> golden = Csv.read(GOLDEN, Logit.class).stream()
                .filter(one -> one.network().equals(logits.get(0).network()))
                .toList();
        assertEquals(10 * IMAGES, golden.size(), "write the file anew: " + logits.get(0));
        for (int i = 0; i < golden.size(); i++) {
            assertEquals(golden.get(i).value(), logits.get(i).value(), 1e-3, golden.get(i)::toString);
        }
    }

    /** The images are asked for with {@code -Dcrunet.cifar10=FOLDER}, the folder of the study. */
    @ParameterizedTest
    @MethodSource("folders")
    void theirAccuracyIsThatOnTheirCard(Path folder) throws IOException {
        String images = System.getProperty("crunet.cifar10");
        assumeTrue(images != null, "the images of CIFAR-10 are not there: -Dcrunet.cifar10=FOLDER");
        ImageSet validation =
                ImageFolder.of(images).size(32).split().standardised().validation();
        String card = Files.readString(folder.resolve("README.md"));
        try (Network network = Networks.load(folder.toString())) {
            double top1 = Evaluation.of(network, validation).top1();
            String said = String.format(Locale.ROOT, "\n%.2f %% top-1 on %,d images ", 100 * top1, validation.size());
            assertTrue(card.contains(said), said);
        }
    }

    @Test
    void theyAreSmall() throws IOException {
        long bytes = 0;
        try (Stream<Path> all = Files.walk(WEIGHTS)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
        }
        assertTrue(bytes <= 8_000_000, bytes + " bytes");
    }

    /** Writes the golden file. */
    public static void main(String[] args) {
        Csv.write(folders().stream().flatMap(folder -> logits(folder).stream()).toList(), GOLDEN);
    }
}
