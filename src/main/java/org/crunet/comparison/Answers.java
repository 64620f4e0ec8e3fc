package org.crunet.comparison;

import static org.crunet.base.Errors.check;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.crunet.base.Records;
import org.crunet.data.ImageSet;
import org.crunet.evaluation.Inference;
import org.crunet.files.Safetensors;

/**
 * Which validation images the network of a training gets right. In a file an image has a byte: 1 if it is right, 0 if not, and 2 if
 * the image cannot be read.
 *
 * @param network its name
 * @param seed of the training
 * @param images the fingerprint of the validation images
 * @param read the images that can be read, by their places
 * @param right those of them whose label is the most probable class
 */
public record Answers(String network, long seed, String images, BitSet read, BitSet right) {

    private static final String RIGHT = "right";
    private static final String IMAGES = "images";
    private static final String TRAINING = "training";
    private static final int UNREAD = 2;

    /** Keeps its own copies of the places. */
    public Answers {
        Objects.requireNonNull(network, "network is null");
        Objects.requireNonNull(images, "images is null");
        read = (BitSet) read.clone();
        right = (BitSet) right.clone();
    }

    @Override
    public BitSet read() {
        return (BitSet) read.clone();
    }

    @Override
    public BitSet right() {
        return (BitSet) right.clone();
    }

    /** From one row of probabilities an image, null for one that cannot be read. */
    static Answers of(String network, long seed, ImageSet images, float[][] rows) {
        BitSet read = places(IntStream.range(0, rows.length).filter(i -> rows[i] != null));
        BitSet right = places(read.stream().filter(i -> Inference.best(rows[i]) == images.label(i)));
        return new Answers(network, seed, images.fingerprint(), read, right);
    }

    private static BitSet places(IntStream some) {
        return some.collect(BitSet::new, BitSet::set, BitSet::or);
    }

    /** Which training's. */
    String name() {
        return network + ", seed " + seed;
    }

    /** Of what was right and what was read. */
    String key() {
        return Records.key(
                images, read.stream().boxed().toList(), right.stream().boxed().toList());
    }

    double top1() {
        return (double) right.cardinality() / read.cardinality();
    }

    /** Writes the file; the training's key tells it from others. */
    void write(Path file, String training) {
        byte[] kinds = new byte[read.length()];
        for (int i = 0; i < kinds.length; i++) {
            kinds[i] = (byte) (right.get(i) ? 1 : read.get(i) ? 0 : UNREAD);
        }
        try (NDManager scope = NDManager.newBaseManager(Device.cpu())) {
            NDArray one = scope.create(ByteBuffer.wrap(kinds), new Shape(kinds.length), DataType.UINT8);
            Safetensors.write(file, Map.of(RIGHT, one), Map.of(TRAINING, training, IMAGES, images));
        }
    }

    /** What was written of a training; if it is damaged, of another or comes to another top-1, nothing and a line that says so. */
    static Optional<Answers> find(Path file, Member row, String training, Consumer<String> problems) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(read(file, row, training));
        } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
            problems.accept(file.toAbsolutePath() + " is not used: " + e.getMessage());
            return Optional.empty();
        }
    }

    private static Answers read(Path file, Member row, String training) throws IOException {
        try (Safetensors in = Safetensors.openWritten(file)) {
            check(training.equals(in.metadata().get(TRAINING)), "it is of another training than " + training);
            float[] kinds = in.floats(RIGHT);
            BitSet read = places(IntStream.range(0, kinds.length).filter(i -> kinds[i] != UNREAD));
            BitSet right = places(read.stream().filter(i -> kinds[i] == 1));
            Answers kept = new Answers(row.network(), row.seed(), in.metadata().get(IMAGES), read, right);
            check(
                    kept.top1() == row.top1(),
                    "it comes to a top-1 of " + kept.top1() + ", and its training to " + row.top1());
            return kept;
        }
    }
}
