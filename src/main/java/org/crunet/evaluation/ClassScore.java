package org.crunet.evaluation;

import java.util.stream.IntStream;

/**
 * The score of a network on the images of one class.
 *
 * @param category name of the class
 * @param images number of its images
 * @param top1 fraction whose most probable class it is, in [0, 1]
 * @param top5 fraction for which it is among the five most probable classes, or among all if there are fewer
 * @param takenFor the class that most of its other images are taken for; empty when there is none
 * @param times how many those are
 */
public record ClassScore(String category, int images, double top1, double top5, String takenFor, int times) {

    static ClassScore of(int label, int[] predicted, Evaluation own) {
        int other = IntStream.range(0, predicted.length)
                .filter(c -> c != label)
                .reduce(-1, (best, c) -> best < 0 || predicted[c] > predicted[best] ? c : best);
        int times = other < 0 ? 0 : predicted[other];
        String name = own.classes().get(label);
        String taken = times == 0 ? "" : own.classes().get(other);
        int images = IntStream.of(predicted).sum();
        return new ClassScore(name, images, own.top1(), own.topK(Math.min(5, predicted.length)), taken, times);
    }
}
