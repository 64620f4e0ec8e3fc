package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How far a training has come: all of its state that is not in arrays of the network and the optimizer. */
final class Progression {

    private static final RecordComponent[] COLUMNS = Epoch.class.getRecordComponents();

    /** The epoch that runs, from 1, and how many of its steps are done. */
    int epoch = 1;

    int step;
    Score score = new Score();
    /** Seconds this epoch took before it was taken up again. */
    double seconds;

    final List<Epoch> epochs = new ArrayList<>();

    void nextEpoch() {
        epoch++;
        step = 0;
        score = new Score();
        seconds = 0;
    }

    /** The texts of a checkpoint. */
    Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("epoch", "" + epoch);
        texts.put("step", "" + step);
        texts.put("score", score.write());
        texts.put("seconds", "" + seconds);
        texts.put(
                "columns of history",
                Stream.of(COLUMNS).map(RecordComponent::getName).collect(Collectors.joining(" ")));
        return texts;
    }

    /** The epoch at whose end a checkpoint with these texts was written, if it was. */
    static OptionalInt endOf(Map<String, String> texts) {
        int epoch = Integer.parseInt(texts.get("epoch"));
        return epoch > 1 && texts.get("step").equals("0") ? OptionalInt.of(epoch - 1) : OptionalInt.empty();
    }

    static Progression read(Map<String, String> texts, double[] history) {
        Progression read = new Progression();
        read.epoch = Integer.parseInt(texts.get("epoch"));
        read.step = Integer.parseInt(texts.get("step"));
        read.score = Score.read(texts.get("score"));
        read.seconds = Double.parseDouble(texts.get("seconds"));
        for (int at = 0; at < history.length; at += COLUMNS.length) {
            read.epochs.add(row(history, at));
        }
        return read;
    }

    /** The rows as numbers {@code (rows, columns)}, or null when there are none. */
    static NDArray table(NDManager manager, List<Epoch> rows) {
        if (rows.isEmpty()) {
            return null;
        }
        double[] numbers = rows.stream()
                .flatMap(row -> Stream.of(COLUMNS).map(column -> value(column, row)))
                .mapToDouble(Double::doubleValue)
                .toArray();
        return manager.create(numbers, new Shape(rows.size(), COLUMNS.length));
    }

    private static double value(RecordComponent column, Epoch row) {
        try {
            return ((Number) column.getAccessor().invoke(row)).doubleValue();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    static Epoch row(double[] numbers, int from) {
        Object[] values = new Object[COLUMNS.length];
        Class<?>[] types = new Class<?>[COLUMNS.length];
        for (int i = 0; i < values.length; i++) {
            types[i] = COLUMNS[i].getType();
            double number = numbers[from + i];
            values[i] = types[i] == int.class ? (Object) (int) number : (Object) number;
        }
        try {
            Constructor<Epoch> constructor = Epoch.class.getDeclaredConstructor(types);
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
