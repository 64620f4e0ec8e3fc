package org.crunet.network;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.types.Shape;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

    /** Normal numbers of variance {@code 2 / fan-out}, each kernel by its own: its pixels times its filters. */
    FAN_OUT {
        @Override
        double[][] rows(int rows, int columns, Shape shape, Random random) {
            Shape kernel = shape.slice(Math.max(0, shape.dimension() - 4));
            double deviation = Math.sqrt(2.0 / (kernel.get(0) * kernel.slice(2).size()));
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
     * Orthonormal, all of a stage together: filters, or vectors of one length, as rows, one below the other; where there are
     * more rows than a row has numbers, the columns.
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

    /** Numbers of one tensor, or of all of a stage where they are drawn together. */
    abstract double[][] rows(int rows, int columns, Shape shape, Random random);

    /**
     * Draws the tensors of one stage, in their order.
     *
     * @throws IllegalArgumentException if one cannot begin so; the message has its name
     */
    List<float[]> draw(Map<String, Shape> weights, Random random) {
        String first = weights.keySet().iterator().next();
        weights.forEach((name, shape) -> {
            require(
                    this != FAN_OUT || !isVector(shape),
                    () -> "a vector has no fan-out to begin by: " + name + " " + shape);
            Shape other = weights.get(first);
            require(
                    this != ORTHOGONAL || columns(shape) == columns(other) && isVector(shape) == isVector(other),
                    () -> "rows of one length are orthogonal, or vectors of one length: " + first + " " + other
                            + " and " + name + " " + shape);
        });
        List<Shape> shapes = List.copyOf(weights.values());
        return this == ORTHOGONAL
                ? drawn(shapes, random)
                : shapes.stream()
                        .map(shape -> drawn(List.of(shape), random).get(0))
                        .toList();
    }

    private static boolean isVector(Shape shape) {
        return shape.dimension() == 1;
    }

    private static int columns(Shape shape) {
        return Math.toIntExact(shape.size() / (isVector(shape) ? 1 : shape.get(0)));
    }

    /** Draws tensors together, each a row where it is a vector. */
    private List<float[]> drawn(List<Shape> shapes, Random random) {
        int columns = columns(shapes.get(0));
        int rows = Math.toIntExact(shapes.stream().mapToLong(Shape::size).sum() / columns);
        double[][] all = rows(rows, columns, shapes.get(0), random);
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
