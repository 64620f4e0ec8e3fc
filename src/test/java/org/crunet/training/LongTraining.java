package org.crunet.training;

import ai.djl.ndarray.NDManager;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.crunet.data.Splits;
import org.crunet.network.Network;

/** Five thousand steps, and what they did to memory: its one line of output is what {@link LongRunTest} reads. */
final class LongTraining {

    static final int STEPS = 5000;
    private static final int EPOCHS = 10;
    static final int EVERY = 50;

    private LongTraining() {}

    /** Arrays are counted in the network's manager and in the one above, where DJL puts those that nobody owns. */
    public static void main(String[] args) {
        Splits data = new Splits(TrainingTest.bars(8 * STEPS / EPOCHS, 0), TrainingTest.bars(32, 1000));
        Recipe recipe = Small.RECIPE.withEpochs(EPOCHS).withMixup(0.2).withLabelSmoothing(0.1);
        List<Double> megabytes = new ArrayList<>();
        List<Integer> arrays = new ArrayList<>();
        try (Network network = Small.NETWORK.build(1)) {
            NDManager above = network.manager().getParentManager();
            Training.fit(network, data, recipe, TrainingListener.SILENT, new TrainingListener() {
                @Override
                public void step(Step step) {
                    if (step.step() % EVERY == 0) {
                        System.gc(); // else Java's heap grows into the room it has, which is no leak
                        megabytes.add(Memory.residentMegabytes());
                        arrays.add(open(network.manager()) + open(above));
                    }
                }
            });
            System.out.printf(
                    Locale.ROOT,
                    "%f %f %d %d%n",
                    mean(megabytes, 1),
                    mean(megabytes, 3),
                    arrays.size(),
                    arrays.stream().distinct().count());
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
