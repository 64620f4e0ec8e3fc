package org.crunet.data;

import static org.crunet.base.Errors.require;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.crunet.base.Errors;

/** CIFAR-10 and Fashion-MNIST in the binary files that their makers publish. */
final class PublishedFiles {

    private static final int CIFAR_SIDE = 32;
    private static final int COLOURS = 3;
    private static final int RECORD = 1 + COLOURS * CIFAR_SIDE * CIFAR_SIDE;
    private static final int IMAGES = 0x803;
    private static final int LABELS = 0x801;

    private PublishedFiles() {}

    /** Records of a label and the planes of red, green and blue, in {@code data_batch_1.bin} and so on. */
    static Splits cifar10(Path folder, List<String> classes) {
        List<String> batches = IntStream.rangeClosed(1, 5)
                .mapToObj(i -> "data_batch_" + i + ".bin")
                .toList();
        return new Splits(cifar(folder, classes, batches), cifar(folder, classes, List.of("test_batch.bin")));
    }

    private static ImageSet cifar(Path folder, List<String> classes, List<String> names) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (String name : names) {
            Path file = find(folder, "cifar-10-batches-bin", name);
            byte[] bytes = read(file);
            require(
                    bytes.length > 0 && bytes.length % RECORD == 0,
                    file + " has " + bytes.length + " bytes, no multiple of " + RECORD + ": it is damaged, or not the"
                            + " binary version of CIFAR-10");
            all.writeBytes(bytes);
        }
        byte[] bytes = all.toByteArray();
        int count = bytes.length / RECORD;
        byte[][] pixels = new byte[count][];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            labels[i] = bytes[i * RECORD];
            pixels[i] = Arrays.copyOfRange(bytes, i * RECORD + 1, (i + 1) * RECORD);
        }
        return new ImageSet("CIFAR-10", classes, CIFAR_SIDE, CIFAR_SIDE, pixels, labels);
    }

    /** IDX files of pixels and of labels, packed or not. */
    static Splits fashionMnist(Path folder, List<String> classes) {
        return new Splits(fashion(folder, classes, "train"), fashion(folder, classes, "t10k"));
    }

    private static ImageSet fashion(Path folder, List<String> classes, String split) {
        ByteBuffer images = idx(folder, split + "-images-idx3-ubyte", IMAGES);
        ByteBuffer labels = idx(folder, split + "-labels-idx1-ubyte", LABELS);
        int count = images.getInt();
        int height = images.getInt();
        int width = images.getInt();
        require(
                labels.getInt() == count
                        && labels.remaining() == count
                        && images.remaining() == (long) count * height * width,
                folder + ": the images and labels of " + split + " do not go together, or are damaged");
        byte[][] pixels = new byte[count][COLOURS * height * width];
        for (byte[] image : pixels) {
            images.get(image, 0, height * width);
            for (int colour = 1; colour < COLOURS; colour++) {
                System.arraycopy(image, 0, image, colour * height * width, height * width);
            }
        }
        int[] numbers = new int[count];
        Arrays.setAll(numbers, i -> labels.get());
        return new ImageSet("Fashion-MNIST", classes, height, width, pixels, numbers);
    }

    /** What follows the number that says what kind of file it is. */
    private static ByteBuffer idx(Path folder, String name, int kind) {
        Path file = Stream.of(name, name + ".gz")
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() -> missing(folder, name + ".gz"));
        ByteBuffer bytes = ByteBuffer.wrap(read(file));
        require(
                bytes.capacity() >= (kind == IMAGES ? 16 : 8) && bytes.getInt() == kind,
                file + " is no IDX file of " + (kind == IMAGES ? "images" : "labels"));
        return bytes;
    }

    private static Path find(Path folder, String within, String name) {
        return Stream.of(folder, folder.resolve(within))
                .map(place -> place.resolve(name))
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() -> missing(folder, name));
    }

    private static IllegalArgumentException missing(Path folder, String name) {
        return new IllegalArgumentException("There is no " + name + " in " + folder.toAbsolutePath()
                + ": put the files there as they are published, those of CIFAR-10 unpacked");
    }

    private static byte[] read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return (file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file.toAbsolutePath() + ": " + Errors.reason(e), e);
        }
    }
}
