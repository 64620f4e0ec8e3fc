package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;

/** The layers of the paper as nested loops in double precision: slow, obvious, and nothing of DJL's arithmetic in it. */
final class Oracle {

    /** One image {@code [channel][row][column]}. */
    private final double[][][] x;

    private Oracle(double[][][] x) {
        this.x = x;
    }

    static Oracle of(NDArray image) {
        Shape shape = image.getShape();
        double[][][] x = new double[(int) shape.get(1)][(int) shape.get(2)][(int) shape.get(3)];
        float[] flat = image.toFloatArray();
        int at = 0;
        for (double[][] plane : x) {
            for (double[] row : plane) {
                for (int column = 0; column < row.length; column++) {
                    row[column] = flat[at++];
                }
            }
        }
        return new Oracle(x);
    }

    Oracle normRelu(BatchNorm norm, double epsilon) {
        float[] scale = parameter(norm, "gamma");
        float[] shift = parameter(norm, "beta");
        float[] mean = parameter(norm, "runningMean");
        float[] variance = parameter(norm, "runningVar");
        double[][][] y = new double[x.length][x[0].length][x[0][0].length];
        for (int c = 0; c < x.length; c++) {
            for (int i = 0; i < y[c].length; i++) {
                for (int j = 0; j < y[c][i].length; j++) {
                    double z = (x[c][i][j] - mean[c]) / Math.sqrt(variance[c] + epsilon) * scale[c] + shift[c];
                    y[c][i][j] = Math.max(0, z);
                }
            }
        }
        return new Oracle(y);
    }

    private static float[] parameter(Block block, String name) {
        return block.getDirectParameters().get(name).getArray().toFloatArray();
    }

    /** Convolution with zero padding of half the kernel. */
    Oracle conv(NDArray weight, int groups, int stride) {
        Shape shape = weight.getShape();
        int out = (int) shape.get(0);
        int in = (int) shape.get(1);
        int size = (int) shape.get(2);
        float[] w = weight.toFloatArray();
        double[][][] y = new double[out][(x[0].length - 1) / stride + 1][(x[0][0].length - 1) / stride + 1];
        for (int o = 0; o < out; o++) {
            int firstInput = o / (out / groups) * in;
            for (int i = 0; i < y[o].length; i++) {
                for (int j = 0; j < y[o][i].length; j++) {
                    for (int c = 0; c < in; c++) {
                        for (int di = 0; di < size; di++) {
                            for (int dj = 0; dj < size; dj++) {
                                y[o][i][j] += w[((o * in + c) * size + di) * size + dj]
                                        * at(firstInput + c, i * stride + di - size / 2, j * stride + dj - size / 2);
                            }
                        }
                    }
                }
            }
        }
        return new Oracle(y);
    }

    private double at(int c, int i, int j) {
        boolean inside = i >= 0 && j >= 0 && i < x[c].length && j < x[c][0].length;
        return inside ? x[c][i][j] : 0;
    }

    Oracle plus(Oracle other) {
        double[][][] y = new double[x.length][x[0].length][x[0][0].length];
        for (int c = 0; c < y.length; c++) {
            for (int i = 0; i < y[c].length; i++) {
                for (int j = 0; j < y[c][i].length; j++) {
                    y[c][i][j] = x[c][i][j] + other.x[c][i][j];
                }
            }
        }
        return new Oracle(y);
    }

    /** Largest difference to {@code (1, C, H, W)}, relative to the largest value here. */
    double difference(NDArray computed) {
        double[][][] other = of(computed).x;
        double largest = 0;
        double apart = 0;
        for (int c = 0; c < x.length; c++) {
            for (int i = 0; i < x[c].length; i++) {
                for (int j = 0; j < x[c][i].length; j++) {
                    largest = Math.max(largest, Math.abs(x[c][i][j]));
                    apart = Math.max(apart, Math.abs(x[c][i][j] - other[c][i][j]));
                }
            }
        }
        return apart / largest;
    }
}
