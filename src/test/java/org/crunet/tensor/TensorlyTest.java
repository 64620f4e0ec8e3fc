package org.crunet.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.crunet.files.Safetensors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tucker and CP against TensorLy 0.10.0, sweep by sweep from the same start: {@code src/test/python/decompositions.py} made
 * the file.
 */
class TensorlyTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/decompositions.safetensors");
    private static final double CLOSE = 1e-10;

    @ParameterizedTest
    @ValueSource(strings = {"5x4x3", "7x6x5", "8x6x3x3", "6x10x3x3", "4x3x5x2", "9x2x4"})
    void tuckerHasItsErrorsAfterEverySweep(String name) {
        try (NDManager manager = NDManager.newBaseManager();
                Safetensors golden = Safetensors.open(GOLDEN)) {
            NDArray tensor = golden.array(manager, name + "/tensor");
            int[] ranks = LongStream.of(
                            golden.array(manager, name + "/tucker/ranks").toLongArray())
                    .mapToInt(Math::toIntExact)
                    .toArray();
            Tucker tucker = Tucker.of(tensor, ranks);
            compare(
                    golden,
                    manager,
                    "tucker",
                    name + "/tucker/errors",
                    sweeps -> sweeps == 0 ? tucker.hosvd() : tucker.factorise(settings(sweeps)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"8x6x3x3", "6x10x3x3", "4x3x5x2"})
    void tuckerOfTheChannelsHasItsErrorsAfterEverySweep(String name) {
        try (NDManager manager = NDManager.newBaseManager();
                Safetensors golden = Safetensors.open(GOLDEN)) {
            NDArray tensor = golden.array(manager, name + "/tensor");
            long[] ranks = golden.array(manager, name + "/tucker2/ranks").toLongArray();
            Tucker tucker = Tucker.channels(tensor, new Rank((int) ranks[1], (int) ranks[0]));
            compare(
                    golden,
                    manager,
                    "tucker",
                    name + "/tucker2/errors",
                    sweeps -> sweeps == 0 ? tucker.hosvd() : tucker.factorise(settings(sweeps)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5x4x3", "7x6x5", "8x6x3x3", "6x10x3x3", "4x3x5x2", "9x2x4"})
    void cpHasItsErrorsAfterEverySweep(String name) {
        try (NDManager manager = NDManager.newBaseManager();
                Safetensors golden = Safetensors.open(GOLDEN)) {
            NDArray tensor = golden.array(manager, name + "/tensor");
            List<NDArray> start = new ArrayList<>();
            for (int mode = 0; mode < tensor.getShape().dimension(); mode++) {
                start.add(golden.array(manager, name + "/cp/start/" + mode));
            }
            int rank = (int) start.get(0).getShape().get(1);
            Cp cp = new Cp(tensor, rank, start);
            compare(golden, manager, "cp", name + "/cp/errors", sweeps -> cp.factorise(settings(sweeps)));
        }
    }

    private static AlsSettings settings(int sweeps) {
        return AlsSettings.DEFAULT.withSweeps(sweeps).withTolerance(0);
    }

    private interface Method {
        Decomposition after(int sweeps);
    }

    private static void compare(Safetensors golden, NDManager manager, String method, String key, Method search) {
        long[] sweeps = golden.array(manager, "iterations/" + method).toLongArray();
        double[] errors = golden.array(manager, key).toDoubleArray();
        for (int i = method.equals("cp") ? 1 : 0; i < sweeps.length; i++) {
            double found = search.after((int) sweeps[i]).relativeError();
            assertEquals(errors[i], found, CLOSE * errors[i], key + " after " + sweeps[i] + " sweeps");
        }
    }
}
