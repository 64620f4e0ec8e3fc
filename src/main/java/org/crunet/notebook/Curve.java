package org.crunet.notebook;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.crunet.training.Epoch;
import org.crunet.training.Step;

/** The steps of a training, thinned out evenly so that a long one takes no more room than a short one. */
final class Curve {
    static final int MOST = 100;

    private final List<Step> kept = new ArrayList<>();
    private int stride = 1;
    private int seen;

    void add(Step step) {
        if (seen++ % stride == 0) {
            kept.add(step);
        }
        if (kept.size() > MOST) {
            int[] place = {0};
            kept.removeIf(one -> place[0]++ % 2 == 1);
            stride *= 2;
        }
    }

    /** Whether none of the steps is of this epoch or one before it. */
    boolean beginsAfter(Epoch epoch) {
        return kept.isEmpty() || kept.get(0).epoch() > epoch.epoch();
    }

    List<Double> values(Function<Step, Double> value) {
        return kept.stream().map(value).toList();
    }
}
