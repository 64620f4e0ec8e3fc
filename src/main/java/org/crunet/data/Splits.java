package org.crunet.data;

import static org.crunet.base.Errors.require;

import java.io.Serializable;
import java.util.HashSet;

/**
 * The two sets of a training run: images to learn from and images to measure on.
 *
 * @param train the images to learn from
 * @param validation other images of the same classes and size, never learned from
 */
public record Splits(ImageSet train, ImageSet validation) implements Serializable {

    /** Throws if the sets differ in classes or size. */
    public Splits {
        require(
                train.classes().equals(validation.classes()),
                () -> "Training and validation differ in classes: " + train.classes() + " and " + validation.classes());
        require(
                train.height() == validation.height() && train.width() == validation.width(),
                () -> "Training and validation differ in size: " + train + "; " + validation);
    }

    /**
     * Returns what the images are.
     *
     * @return the name of the training set
     */
    public String name() {
        return train.name();
    }

    @Override
    public String toString() {
        String other = validation.name().equals(name()) ? "" : " (" + validation.name() + ")";
        return name() + ": " + train.size() + " images to train, " + validation.size() + " to validate" + other + ", "
                + train.width() + " x " + train.height() + ", "
                + train.classes().size() + " classes " + train.classes() + leftOut();
    }

    private String leftOut() {
        var files = new HashSet<>(train.problems());
        files.addAll(validation.problems());
        return files.isEmpty() ? "" : "; " + files.size() + " left out, see problems() of either set";
    }
}
