package org.crunet.training;

/** A training cannot go on, for a reason that lies in its images, its folder or its numbers; the message says what to do. */
public sealed class TrainingException extends IllegalStateException permits LossException, FolderInUseException {

    private static final long serialVersionUID = 1;

    TrainingException(String message) {
        super(message);
    }
}
