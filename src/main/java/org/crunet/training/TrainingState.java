package org.crunet.training;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * How far a training has come: all of its state that is not in arrays of the network and the optimizer.
 *
 * @param epoch the epoch that runs, from 1
 * @param step how many of its steps are done
 * @param score of those steps
 * @param seconds they took
 * @param epochs the rows of the epochs before
 */
record TrainingState(int epoch, int step, Score score, double seconds, List<Epoch> epochs) {

    TrainingState {
        Objects.requireNonNull(score, "score is null");
        epochs = List.copyOf(epochs);
    }

    static final TrainingState BEGINNING = new TrainingState(1, 0, Score.NONE, 0, List.of());

    TrainingState afterStep(Score added, double secondsNow) {
        return new TrainingState(epoch, step + 1, score.plus(added), secondsNow, epochs);
    }

    TrainingState afterEpoch(Epoch row) {
        List<Epoch> rows = Stream.concat(epochs.stream(), Stream.of(row)).toList();
        return new TrainingState(epoch + 1, 0, Score.NONE, 0, rows);
    }

    History history() {
        return new History(epochs);
    }
}
