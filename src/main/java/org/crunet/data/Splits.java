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

    /**
     * Returns the same images, which a network sees with mean 0 and deviation 1 of all pixels to train in each colour, instead
     * of minus the authors' mean colour, times 0.0167. Photographs that come from elsewhere, and other programs, are not told.
     *
     * @return sets that differ in this alone
     * @throws java.io.UncheckedIOException if a training image cannot be read
     * @throws IllegalArgumentException if a colour is the same in all pixels to train
     */
    public Splits standardised() {
        Scale scale = Scale.of(train);
        return new Splits(train.with(scale), validation.with(scale));
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
