package org.crunet.training;

/** The loss of a training, or something in its network, is no longer a finite number. */
public final class LossException extends TrainingException {

    private static final long serialVersionUID = 1;

    LossException(String message) {
        super(message);
    }
}
