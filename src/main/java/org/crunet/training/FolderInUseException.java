package org.crunet.training;

/** Another training is writing into the folder. */
public final class FolderInUseException extends TrainingException {

    private static final long serialVersionUID = 1;

    FolderInUseException(String message) {
        super(message);
    }
}
