package org.crunet.evaluation;

import java.awt.image.BufferedImage;

/**
 * The answer of a network to one image.
 *
 * @param image the picture as the network saw it, before normalisation
 * @param actual name of the labelled class
 * @param predicted name of the most probable class
 * @param probability the network's probability of the predicted class, in [0, 1]
 * @param source where the image is from: the path of its file, or its number in its set
 */
public record Prediction(BufferedImage image, String actual, String predicted, double probability, String source) {

    /**
     * Tells whether the most probable class is the labelled one.
     *
     * @return true when they agree
     */
    public boolean correct() {
        return actual.equals(predicted);
    }
}
