package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.crunet.data.Splits;
import org.crunet.network.Network;
import org.junit.jupiter.api.Test;

class LongRunTest {

    private static final int STEPS = 5000;
    private static final int EPOCHS = 10;
    private static final int EVERY = 50;

    /** Arrays are counted in the network's manager and in the one above, where DJL puts those that nobody owns. */
    @Test
    void memoryStaysFlat() {
        Splits data = new Splits(TrainingTest.bars(8 * STEPS / EPOCHS, 0), TrainingTest.bars(32, 1000));
        Recipe recipe = Small.RECIPE.withEpochs(EPOCHS).withMixup(0.2).withLabelSmoothing(0.1);
        List<Double> megabytes = new ArrayList<>();
        List<Integer> arrays = new ArrayList<>();
        try (Network network = Small.NETWORK.build(1)) {
            NDManager above = network.manager().getParentManager();
            long started = System.nanoTime();
            Training.fit(network, data, recipe, new TrainingListener() {
                @Override
                public void step(Step step) {
                    if (step.step() % EVERY == 0) {
                        System.gc(); // else Java's heap grows into the room it has, which is no leak
                        megabytes.add(Memory.residentMegabytes());
                        arrays.add(open(network.manager()) + open(above));
                    }
                }
            });
            double rate = STEPS / ((System.nanoTime() - started) / 1e9);
            double second = mean(megabytes, 1);
            double last = mean(megabytes, 3);
            System.out.printf(
                    Locale.ROOT,
                    "%d steps at %.0f a second: resident %.1f MiB in the second quarter, %.1f in the last, %d arrays open%n",
                    STEPS,
                    rate,
                    second,
                    last,
                    arrays.get(0));
            assertEquals(STEPS / EVERY, arrays.size());
            assertEquals(1, arrays.stream().distinct().count(), arrays.toString());
            assertTrue(Double.isNaN(last) || last <= 1.03 * second, megabytes.toString());
        }
    }

    private static double mean(List<Double> values, int quarter) {
        int length = values.size() / 4;
        return IntStream.range(quarter * length, (quarter + 1) * length)
                .mapToDouble(values::get)
                .average()
                .orElseThrow();
    }

    /** Arrays and managers that a manager has to close. */
    private static int open(NDManager manager) {
        int count = 0;
        for (Class<?> type = manager.getClass(); type != Object.class; type = type.getSuperclass()) {
            for (String name : List.of("resources", "tempResources")) {
                count += size(type, name, manager);
            }
        }
        return count;
    }

    private static int size(Class<?> type, String name, NDManager manager) {
        try {
            Field field = type.getDeclaredField(name);
            field.setAccessible(true);
            return ((Map<?, ?>) field.get(manager)).size();
        } catch (NoSuchFieldException other) {
            return 0;
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }
}
