package org.crunet.network;

import ai.djl.ndarray.types.Shape;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** How weights begin that do not begin as the others do. */
public enum Start {

    /** At zero. */
    ZERO {
        @Override
        double[][] rows(int rows, int columns, Shape shape, Random random) {
            return new double[rows][columns];
        }
    },

    /** Normal numbers of variance {@code 2 / fan-out}: the kernel's pixels times its filters. */
    FAN_OUT {
        @Override
        double[][] rows(int rows, int columns, Shape shape, Random random) {
            double deviation = Math.sqrt(2.0 / (shape.get(0) * shape.slice(2).size()));
            return normal(rows, columns, deviation, random);
        }
    },

    /** Even numbers from 0 to 1, as Wide ResNets begin the scale of a batch norm. */
    UNIFORM {
        @Override
        double[][] rows(int rows, int columns, Shape shape, Random random) {
            return IntStream.range(0, rows)
                    .mapToObj(row -> random.doubles(columns).toArray())
                    .toArray(double[][]::new);
        }
    },

    /**
     * Orthonormal, all of a stage together: filters as rows, one below the other; where there are more rows than a row has
     * numbers, the columns.
     */
    ORTHOGONAL {
        @Override
        double[][] rows(int rows, int columns, Shape shape, Random random) {
            boolean wide = rows <= columns;
            double[][] drawn = normal(Math.min(rows, columns), Math.max(rows, columns), 1, random);
            for (int i = 0; i < drawn.length; i++) {
                for (int j = 0; j < i; j++) {
                    subtract(drawn[i], drawn[j], dot(drawn[i], drawn[j]));
                }
                double norm = Math.sqrt(dot(drawn[i], drawn[i]));
                subtract(drawn[i], drawn[i], 1 - 1 / norm);
            }
            double[][] all = new double[rows][columns];
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    all[i][j] = wide ? drawn[i][j] : drawn[j][i];
                }
            }
            return all;
        }
    };

    /**
     * Which weights begin so.
     *
     * @param weights their names with {@code *} for any text
     * @param start how they begin
     */
    public record Rule(String weights, Start start) implements Serializable {}

    /** Numbers of all tensors of a stage, of which this is the first one's shape. */
    abstract double[][] rows(int rows, int columns, Shape shape, Random random);

    /** Draws tensors of one stage together, each a row where it is a vector. */
    List<float[]> draw(List<Shape> shapes, Random random) {
        Shape first = shapes.get(0);
        int columns =
                (int) (first.dimension() == 1 ? first.size() : first.slice(1).size());
        int rows =
                (int) shapes.stream().mapToLong(shape -> shape.size() / columns).sum();
        double[][] all = rows(rows, columns, first, random);
        List<float[]> drawn = new ArrayList<>();
        int at = 0;
        for (Shape shape : shapes) {
            float[] numbers = new float[(int) shape.size()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = (float) all[at + i / columns][i % columns];
            }
            at += numbers.length / columns;
            drawn.add(numbers);
        }
        return drawn;
    }

    private static double[][] normal(int rows, int columns, double deviation, Random random) {
        return IntStream.range(0, rows)
                .mapToObj(row -> IntStream.range(0, columns)
                        .mapToDouble(column -> deviation * random.nextGaussian())
                        .toArray())
                .toArray(double[][]::new);
    }

    private static double dot(double[] a, double[] b) {
        return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
    }

    private static void subtract(double[] from, double[] what, double times) {
        for (int i = 0; i < from.length; i++) {
            from[i] -= times * what[i];
        }
    }
}
