package org.crunet.scenes;

import java.util.stream.IntStream;
import org.crunet.data.ImageSet;

/**
 * Softmax regression on pixels, the slow and obvious way: one weight for every pixel, colour and class, learned by
 * gradient descent. What it gets right, it gets right without looking for edges, textures or shapes.
 */
final class LinearClassifier {
    private static final int BATCH = 50;

    private final int classes;
    private final double[] mean;
    private final double[] scale;
    private final float[][] weights;
    private final float[][] velocity;

    private LinearClassifier(ImageSet train) {
        int inputs = train.pixels(0).length;
        classes = train.classes().size();
        mean = new double[inputs];
        scale = new double[inputs];
        weights = new float[classes][inputs + 1];
        velocity = new float[classes][inputs + 1];
        standardise(train);
    }

    private void standardise(ImageSet train) {
        byte[][] pixels =
                IntStream.range(0, train.size()).mapToObj(train::pixels).toArray(byte[][]::new);
        for (int j = 0; j < mean.length; j++) {
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < train.size(); i++) {
                double value = pixels[i][j] & 0xff;
                sum += value;
                squares += value * value;
            }
            mean[j] = sum / train.size();
            scale[j] = 1 / Math.sqrt(squares / train.size() - mean[j] * mean[j] + 1);
        }
    }

    /** Learns with a learning rate that falls to zero, momentum 0.9 and weight decay. */
    static LinearClassifier fit(ImageSet train, int epochs, double rate, double decay) {
        var classifier = new LinearClassifier(train);
        Dice dice = new Dice(1);
        int[] order = IntStream.range(0, train.size()).toArray();
        float[][] inputs = classifier.inputs(train);
        int steps = epochs * (train.size() / BATCH);
        for (int step = 0; step < steps; step++) {
            int from = step % (train.size() / BATCH) * BATCH;
            if (from == 0) {
                shuffle(order, dice);
            }
            double now = rate * (1 - (double) step / steps);
            classifier.step(inputs, train, order, from, (float) now, (float) decay);
        }
        return classifier;
    }

    private static void shuffle(int[] order, Dice dice) {
        for (int i = order.length - 1; i > 0; i--) {
            int j = dice.whole(0, i);
            int kept = order[i];
            order[i] = order[j];
            order[j] = kept;
        }
    }

    private void step(float[][] inputs, ImageSet train, int[] order, int from, float rate, float decay) {
        float[][] error = new float[BATCH][];
        for (int b = 0; b < BATCH; b++) {
            int i = order[from + b];
            error[b] = softmax(logits(inputs[i]));
            error[b][train.label(i)] -= 1;
        }
        for (int c = 0; c < classes; c++) {
            float[] gradient = new float[weights[c].length];
            for (int b = 0; b < BATCH; b++) {
                add(gradient, error[b][c] / BATCH, inputs[order[from + b]]);
            }
            for (int j = 0; j < gradient.length; j++) {
                velocity[c][j] = 0.9f * velocity[c][j] + gradient[j] + decay * weights[c][j];
                weights[c][j] -= rate * velocity[c][j];
            }
        }
    }

    private static void add(float[] sum, float factor, float[] row) {
        for (int j = 0; j < row.length; j++) {
            sum[j] += factor * row[j];
        }
    }

    private float[][] inputs(ImageSet set) {
        return IntStream.range(0, set.size())
                .mapToObj(i -> input(set.pixels(i)))
                .toArray(float[][]::new);
    }

    /** Every pixel with mean 0 and deviation 1 over the training set, and a 1 for the bias. */
    private float[] input(byte[] pixels) {
        float[] input = new float[pixels.length + 1];
        for (int j = 0; j < pixels.length; j++) {
            input[j] = (float) (((pixels[j] & 0xff) - mean[j]) * scale[j]);
        }
        input[pixels.length] = 1;
        return input;
    }

    private float[] logits(float[] input) {
        float[] logits = new float[classes];
        for (int c = 0; c < classes; c++) {
            for (int j = 0; j < input.length; j++) {
                logits[c] += weights[c][j] * input[j];
            }
        }
        return logits;
    }

    private static float[] softmax(float[] logits) {
        float most = logits[best(logits)];
        float sum = 0;
        for (int c = 0; c < logits.length; c++) {
            logits[c] = (float) Math.exp(logits[c] - most);
            sum += logits[c];
        }
        for (int c = 0; c < logits.length; c++) {
            logits[c] /= sum;
        }
        return logits;
    }

    private static int best(float[] values) {
        return IntStream.range(0, values.length).reduce(0, (a, b) -> values[b] > values[a] ? b : a);
    }

    /** The share of images whose class it names. */
    double accuracy(ImageSet set) {
        return IntStream.range(0, set.size())
                        .filter(i -> best(logits(input(set.pixels(i)))) == set.label(i))
                        .count()
                / (double) set.size();
    }
}
