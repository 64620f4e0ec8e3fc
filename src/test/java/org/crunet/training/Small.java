package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.crunet.data.Splits;
import org.crunet.files.Safetensors;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.network.Stage;
import org.crunet.network.Weights;

/** A network and images so small that a training takes a fraction of a second, and what a training leaves behind. */
final class Small {

    static final Architecture NETWORK = Networks.smallCru(8).withClasses(2).withStages(Stage.collective(2, 8, 16));

    /** Three steps an epoch with {@link #data}. */
    static final Recipe RECIPE = Recipe.QUICK.withEpochs(3).withBatchSize(8).withSeed(3);

    private static final List<String> TIMES = List.of("imagesPerSecond", "seconds", "residentMegabytes");

    private Small() {}

    static Splits data() {
        Splits bars = TrainingTest.bars();
        return new Splits(bars.train().first(24), bars.validation().first(16));
    }

    /** Interrupts the training after some steps of this call. */
    static TrainingListener interruptAfter(int steps) {
        int[] done = {0};
        return new TrainingListener() {
            @Override
            public void step(Step step) {
                if (++done[0] == steps) {
                    Thread.currentThread().interrupt();
                }
            }
        };
    }

    /** The weights and running statistics, bit for bit. */
    static Map<String, String> weights(Network network) {
        Map<String, String> bits = new TreeMap<>();
        Weights.of(network.block())
                .forEach((name, parameter) ->
                        bits.put(name, Arrays.toString(parameter.getArray().toFloatArray())));
        return bits;
    }

    /** What two trainings must agree in: all but times and memory. */
    static void assertSame(Run expected, Run actual) {
        assertEquals(Run.Ending.FINISHED, actual.ending());
        assertEquals(weights(expected.network()), weights(actual.network()));
        assertEquals(rows(expected.history().epochs()), rows(actual.history().epochs()));
        assertEquals(
                rows(List.of(expected.best().epoch())),
                rows(List.of(actual.best().epoch())));
        try (Network best = expected.best().network();
                Network other = actual.best().network()) {
            assertEquals(weights(best), weights(other));
        }
    }

    /** The newest checkpoints of two folders hold the same: weights, optimizer state, place, history, recipe. */
    static void assertSame(Path expected, Path actual) {
        assertEquals(newest(expected).getFileName(), newest(actual).getFileName());
        Map<String, String> there = state(newest(actual));
        state(newest(expected)).forEach((name, bits) -> assertEquals(bits, there.remove(name), name));
        assertTrue(there.isEmpty(), there.keySet().toString());
    }

    private static Map<String, String> state(Path checkpoint) {
        try (Safetensors open = Safetensors.open(checkpoint)) {
            Map<String, String> state = new TreeMap<>(open.metadata());
            state.keySet().removeAll(List.of("state", Safetensors.CHECKSUM));
            TrainingState at = CheckpointFolder.state(open);
            state.put(
                    "place",
                    List.of(at.epoch(), at.step(), at.score(), rows(at.epochs()))
                            .toString());
            open.entries().forEach((name, entry) -> {
                if (entry.type() == DataType.FLOAT32) {
                    state.put(name, Arrays.toString(open.floats(name)));
                }
            });
            return state;
        }
    }

    private static List<List<Object>> rows(List<Epoch> epochs) {
        List<List<Object>> rows = new ArrayList<>();
        for (Epoch epoch : epochs) {
            rows.add(Stream.of(Epoch.class.getRecordComponents())
                    .filter(column -> !TIMES.contains(column.getName()))
                    .map(column -> {
                        try {
                            return column.getAccessor().invoke(epoch);
                        } catch (ReflectiveOperationException e) {
                            throw new AssertionError(e);
                        }
                    })
                    .toList());
        }
        return rows;
    }

    /** The checkpoints of a folder, newest first. */
    static List<Path> checkpoints(Path folder) {
        List<Path> files = new ArrayList<>(files(folder, "checkpoint-.*"));
        files.sort((a, b) -> b.compareTo(a));
        return files;
    }

    static Path newest(Path folder) {
        return checkpoints(folder).get(0);
    }

    static List<Path> files(Path folder, String pattern) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches(pattern))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
