package org.crunet.training;

/** The loss of a training, or something in its network, is no longer a finite number. */
public final class LossException extends TrainingException {

    private static final long serialVersionUID = 1;

    private transient Run run;

    LossException(String message) {
        super(message);
    }

    /**
     * Returns the training up to there.
     *
     * @return its network has the weights as they are now
     */
    public Run run() {
        return run;
    }

    void of(Run stopped) {
        run = stopped;
    }
}
