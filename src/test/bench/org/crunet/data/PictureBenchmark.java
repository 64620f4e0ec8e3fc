package org.crunet.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.crunet.image.Photograph;

/**
 * Training images a second on one thread, from the file to normalised numbers: what {@code bench_images.py} does with PIL.
 * Arguments: a folder of JPEG files, how many rounds. Each round prints a line per list of steps.
 */
final class PictureBenchmark {
    private static final int SIZE = 224;

    private PictureBenchmark() {}

    /** What is done to one file. */
    private interface Step {
        void apply(Path file, Random random) throws IOException;
    }

    public static void main(String[] arguments) throws IOException {
        List<Path> files = files(Path.of(arguments[0]));
        FloatBuffer into = ByteBuffer.allocateDirect(Float.BYTES * 3 * SIZE * SIZE)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        Augmentation plain = Augmentation.AUTHORS.withColourJitter(0, 0, 0);
        for (int round = 0; round < Integer.parseInt(arguments[1]); round++) {
            measure("decode", files, (file, random) -> Photograph.decode(file));
            measure(
                    "decode, crop, mirror, normalise",
                    files,
                    (file, random) -> plain.write(Photograph.decode(file), SIZE, SIZE, Scale.AUTHORS, random, into, 0));
            measure(
                    "decode, crop, mirror, HSL, normalise",
                    files,
                    (file, random) -> Augmentation.AUTHORS.write(
                            Photograph.decode(file), SIZE, SIZE, Scale.AUTHORS, random, into, 0));
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> inside = Files.walk(folder)) {
            return inside.filter(file -> file.toString().endsWith(".jpg"))
                    .sorted()
                    .toList();
        }
    }

    private static void measure(String what, List<Path> files, Step step) throws IOException {
        Random random = new Random(1);
        long start = System.nanoTime();
        for (Path file : files) {
            step.apply(file, random);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf("java  %-40s %7.0f images/s%n", what, files.size() / seconds);
    }
}
