package org.crunet.training;

/**
 * The state of a running training after one batch.
 *
 * @param epoch number of the epoch, from 1
 * @param epochs number of epochs the recipe asks for
 * @param step number of the batch in this epoch, from 1
 * @param steps number of batches in an epoch
 * @param loss mean of this epoch's images so far of what training makes smaller: cross-entropy, with label smoothing and mixup
 *     if the recipe has them
 * @param top1 fraction of this epoch's images so far whose most probable class was right, in [0, 1]; with mixup, that of the
 *     image itself, not of the one mixed in
 * @param secondsLeft estimated time to the end of the last epoch, in seconds
 */
public record Step(int epoch, int epochs, int step, int steps, double loss, double top1, double secondsLeft) {

    /**
     * Returns how much of the whole training is done.
     *
     * @return the fraction of all steps, in [0, 1]
     */
    public double done() {
        return ((epoch - 1.0) * steps + step) / ((double) epochs * steps);
    }
}
