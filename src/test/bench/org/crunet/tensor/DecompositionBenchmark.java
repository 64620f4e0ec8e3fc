package org.crunet.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;
import org.crunet.torch.NativeSettings;

/**
 * Speed at decomposing a 640 x 1024 x 3 x 3 kernel, the size of CRU-Net-56's, beside TensorLy
 * ({@code src/test/python/bench_tensorly.py}, which also writes the kernel: {@code --write x.f32}).
 *
 * <pre>
 * DecompositionBenchmark x.f32          the cases of bench_tensorly.py: five iterations of HOOI, twenty sweeps of CP
 * DecompositionBenchmark x.f32 all      every method with its default settings
 * </pre>
 */
public final class DecompositionBenchmark {

    private static final Shape KERNEL = new Shape(640, 1024, 3, 3);

    private DecompositionBenchmark() {}

    /**
     * Prints one line a case.
     *
     * @param arguments the file, and what to measure
     * @throws IOException if the file cannot be read
     */
    public static void main(String... arguments) throws IOException {
        NativeSettings.apply();
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray kernel = read(manager, Path.of(arguments[0]));
            Tucker.of(kernel.get(":8, :8"), 2, 2, 2, 2).factorise(); // loads what is loaded once
            if (arguments.length > 1) {
                everyMethod(kernel);
            } else {
                besideTensorly(manager, kernel);
            }
        }
    }

    private static NDArray read(NDManager manager, Path file) throws IOException {
        float[] values = new float[(int) KERNEL.size()];
        ByteBuffer.wrap(Files.readAllBytes(file))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        try (NDArray lent = manager.create(values, KERNEL)) {
            return lent.duplicate();
        }
    }

    private static void besideTensorly(NDManager manager, NDArray kernel) {
        AlsSettings iterations = AlsSettings.DEFAULT.withSweeps(5).withTolerance(0);
        AlsSettings sweeps = AlsSettings.DEFAULT.withSweeps(20).withTolerance(0).withStarts(1);
        for (int r : new int[] {128, 320}) {
            time("tucker " + r, () -> Tucker.of(kernel, r, r, 3, 3).factorise(iterations));
            time(
                    "tucker, channels " + r,
                    () -> Tucker.channels(kernel, new Rank(r, r)).factorise(iterations));
        }
        for (int r : new int[] {64, 256}) {
            List<NDArray> start = start(manager, r);
            time("cp " + r, () -> new Cp(kernel, r, start).factorise(sweeps));
        }
    }

    private static List<NDArray> start(NDManager manager, int rank) {
        Random random = new Random(1);
        return java.util.stream.LongStream.of(KERNEL.getShape())
                .mapToObj(size -> Doubles.gaussian(manager, random, size, rank))
                .toList();
    }

    private static void everyMethod(NDArray kernel) {
        List<NDArray> units = List.of(kernel, kernel.flip(0));
        time("HOSVD", () -> Tucker.of(kernel, 320, 320, 3, 3).hosvd());
        time("Tucker", () -> Tucker.of(kernel, 320, 320, 3, 3).factorise());
        time(
                "Tucker, channels",
                () -> Tucker.channels(kernel, new Rank(320, 320)).factorise());
        time("CP", () -> Cp.of(kernel, 640).factorise());
        time(
                "block terms, 32 of 4 x 4",
                () -> BlockTerms.of(kernel, 32, new Rank(4, 4)).factorise());
        time(
                "block terms, 32 of 16 x 16",
                () -> BlockTerms.of(kernel, 32, new Rank(16, 16)).factorise());
        time(
                "block terms, 640 of 1 x 1",
                () -> BlockTerms.of(kernel, 640, new Rank(1, 1)).factorise());
        time(
                "two kernels together, 640 of 1 x 1",
                () -> Collective.of(units, 640, new Rank(1, 1)).factorise());
    }

    private static void time(String what, Supplier<?> method) {
        long start = System.nanoTime();
        Object found = method.get();
        System.out.printf(Locale.ROOT, "%-36s %7.2f s   %s%n", what, (System.nanoTime() - start) / 1e9, found);
    }
}
