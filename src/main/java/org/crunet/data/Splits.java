package org.crunet.data;

import static org.crunet.base.Errors.require;

import java.io.Serializable;
import java.util.BitSet;
import java.util.HashSet;
import java.util.stream.IntStream;

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

    /**
     * Returns the images to train alone, some of every class held back to measure on: to choose a recipe by, so that those to
     * validate stay unseen.
     *
     * @param share of every class to measure on, over 0 and below 1; at least one image of each class is on either side
     * @param seed any number; the choice depends on it and on how many images each class has
     * @return both sets, out of {@link #train}
     * @throws IllegalArgumentException if a class has one image alone
     */
    public Splits heldBack(double share, long seed) {
        return of(train, share, seed);
    }

    /** Divides images, class by class. */
    static Splits of(ImageSet all, double share, long seed) {
        require(share > 0 && share < 1, "The share to validate on must be over 0 and below 1: " + share);
        BitSet heldBack = new BitSet();
        for (int label = 0; label < all.classes().size(); label++) {
            int own = label;
            int[] images = IntStream.range(0, all.size())
                    .filter(i -> all.label(i) == own)
                    .toArray();
            require(
                    images.length > 1,
                    () -> "Only one image to take of " + all.classes().get(own)
                            + ": a class needs 2, one to learn from and one to measure on");
            long number = Math.min(images.length - 1L, Math.max(1, Math.round(share * images.length)));
            IntStream.of(Batches.shuffled(images.length, Batches.random(seed, 0, label)))
                    .limit(number)
                    .forEach(i -> heldBack.set(images[i]));
        }
        int[] rest =
                IntStream.range(0, all.size()).filter(i -> !heldBack.get(i)).toArray();
        return new Splits(all.subset(rest), all.subset(heldBack.stream().toArray()));
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
