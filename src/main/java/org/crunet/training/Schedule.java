package org.crunet.training;

import static org.crunet.base.Errors.require;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.stream.DoubleStream;
import org.crunet.base.Named;

/**
 * The course of the learning rate, as a pure function of the step: the factor on a recipe's learning rate. Places in the
 * training are shares of all its steps, so a recipe keeps its shape with another number of epochs.
 *
 * <pre>{@code
 * Schedule.cosine().withWarmUp(0.05)
 * Schedule.step(0.1, 30. / 90, 60. / 90)
 * Schedule.oneCycle(0.25, 1. / 25, 1. / 250_000)
 * Schedule.named("triangle", (step, steps) -> 1 - Math.abs(2. * step / steps - 1))
 * }</pre>
 */
public interface Schedule extends Serializable {

    /**
     * Returns the factor of one step.
     *
     * @param step number of the step in the whole training, from 0
     * @param steps number of steps in the whole training
     * @return the factor on the learning rate, of those here from 0 to 1
     */
    double factor(long step, long steps);

    /** One rate all the time. */
    record Constant() implements Schedule {
        @Override
        public double factor(long step, long steps) {
            return 1;
        }
    }

    /**
     * A rate that goes down in steps, as PyTorch's MultiStepLR.
     *
     * @param gamma factor at each of the places, in (0, 1]
     * @param at the places, in shares of the training from 0 to 1, rising
     */
    record Step(double gamma, List<Double> at) implements Schedule {

        /** Checks the numbers and keeps its own copy of the places. */
        public Step {
            at = List.copyOf(Objects.requireNonNull(at, "at is null"));
            require(!at.isEmpty(), "a step needs its places, such as Schedule.step(0.1, 30. / 90, 60. / 90)");
            require(gamma > 0 && gamma <= 1, "gamma must be in (0, 1]: " + gamma);
            double before = 0;
            for (double place : at) {
                require(
                        place > before && place < 1,
                        "places are rising shares of the training, such as 30. / 90: " + at);
                before = place;
            }
        }

        @Override
        public double factor(long step, long steps) {
            long passed = at.stream()
                    .filter(share -> step >= Math.round(share * steps))
                    .count();
            return Math.pow(gamma, passed);
        }
    }

    /** A rate that goes down to zero along half a cosine, as PyTorch's CosineAnnealingLR. */
    record Cosine() implements Schedule {
        @Override
        public double factor(long step, long steps) {
            return 0.5 * (1 + Math.cos(Math.PI * step / Math.max(1, steps)));
        }
    }

    /**
     * A rate that rises in a line, then another schedule over the steps that are left.
     *
     * @param share share of all steps, in [0, 1); at least one step, unless it is 0
     * @param then what follows
     */
    record WarmUp(double share, Schedule then) implements Schedule {

        /** Checks the share. */
        public WarmUp {
            Objects.requireNonNull(then, "then is null");
            require(share >= 0 && share < 1, "a warm-up is a share of the training, from 0 to below 1: " + share);
        }

        @Override
        public double factor(long step, long steps) {
            long warmUp = share == 0 ? 0 : Math.max(1, (long) (share * steps));
            return step < warmUp ? (step + 1) / (double) warmUp : then.factor(step - warmUp, steps - warmUp);
        }
    }

    /**
     * A rate that rises along half a cosine and falls along another, as PyTorch's OneCycleLR with a momentum that stays.
     *
     * @param rise share of all steps in which it rises, in (0, 1)
     * @param start factor of the first step, in [0, 1]
     * @param end factor of the last step, in [0, 1]
     */
    record OneCycle(double rise, double start, double end) implements Schedule {

        /** Checks the numbers. */
        public OneCycle {
            require(rise > 0 && rise < 1, "rise is a share of the training, over 0 and below 1: " + rise);
            require(start >= 0 && start <= 1, "start must be in [0, 1]: " + start);
            require(end >= 0 && end <= 1, "end must be in [0, 1]: " + end);
        }

        @Override
        public double factor(long step, long steps) {
            double peak = Math.max(0, rise * steps - 1);
            double down = (step - peak) / Math.max(1, steps - 1 - peak);
            return step <= peak && peak > 0 ? between(start, 1, step / peak) : between(1, end, down);
        }

        /** Along half a cosine. */
        private static double between(double from, double to, double share) {
            return to + (from - to) * (1 + Math.cos(Math.PI * share)) / 2;
        }
    }

    /**
     * Code with a name, which is all that tells it apart.
     *
     * @param name what it is called
     * @param schedule what it does
     */
    record Own(String name, Schedule schedule) implements Schedule, Named {

        /** Checks that there is a name. */
        public Own {
            Named.require(name, schedule);
        }

        @Override
        public double factor(long step, long steps) {
            return schedule.factor(step, steps);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /**
     * Gives code a name, which takes its place in the identity of a training: {@link Named}.
     *
     * @param name what to call it
     * @param schedule the factor of each step, by nothing but its arguments
     * @return the schedule
     * @throws IllegalArgumentException if the name is blank
     */
    static Schedule named(String name, Schedule schedule) {
        return new Own(name, schedule);
    }

    /**
     * Returns the same rate all the time.
     *
     * @return the schedule
     */
    static Schedule constant() {
        return new Constant();
    }

    /**
     * Returns a rate that goes down in steps.
     *
     * @param gamma factor at each of the places, such as 0.1
     * @param at the places, in shares of the training: {@code 30. / 90} is epoch 30 of 90; after a warm-up, in shares of the
     *     steps that are left
     * @return the schedule
     */
    static Schedule step(double gamma, double... at) {
        return new Step(gamma, DoubleStream.of(at).boxed().toList());
    }

    /**
     * Returns a rate that goes down to zero along half a cosine.
     *
     * @return the schedule
     */
    static Schedule cosine() {
        return new Cosine();
    }

    /**
     * Returns a rate that rises along half a cosine and falls along another.
     *
     * @param rise share of all steps in which it rises, such as 0.25
     * @param start factor of the first step, such as {@code 1. / 25}
     * @param end factor of the last step, such as {@code 1. / 250_000}
     * @return the schedule
     */
    static Schedule oneCycle(double rise, double start, double end) {
        return new OneCycle(rise, start, end);
    }

    /**
     * Returns this schedule after a warm-up, in which the rate rises in a line.
     *
     * @param share share of all steps, such as 0.05; 0 for no warm-up
     * @return the schedule
     */
    default Schedule withWarmUp(double share) {
        return new WarmUp(share, this);
    }
}
