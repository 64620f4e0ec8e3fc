package org.crunet.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.crunet.tensor.Loops;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** libtorch's LAPACK and EJML do the same. */
class LapackTest {

    static Stream<Lapack> both() {
        return Stream.concat(Lapack.nativeOne().stream(), Stream.of(new Lapack.Java()));
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
    void libtorchsIsFound() {
        assertTrue(Lapack.nativeOne().isPresent());
        assertNotEquals(Lapack.Java.class, Lapack.best().getClass());
    }

    private static Loops symmetric(int n, int rank) {
        Loops half = Loops.random(new Random(n), n, rank);
        return Loops.each(
                place -> {
                    double sum = 0;
                    for (int k = 0; k < rank; k++) {
                        sum += half.at(place[0], k) * half.at(place[1], k);
                    }
                    return sum;
                },
                n,
                n);
    }

    private static double[] rows(Loops matrix) {
        double[] rows = new double[matrix.size(1) * matrix.size(2)];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = matrix.at(i / matrix.size(2), i % matrix.size(2));
        }
        return rows;
    }

    @ParameterizedTest
    @MethodSource("both")
    void eigenvectorsDiagonalise(Lapack lapack) {
        for (int n : new int[] {1, 2, 3, 7, 30, 65}) {
            for (int rank : new int[] {n, Math.max(1, n / 2)}) {
                double[] matrix = rows(symmetric(n, rank));
                double[] before = matrix.clone();
                Lapack.Eigen eigen = lapack.eigen(matrix, n);
                assertArrayEquals(before, matrix, "the matrix stays as it is");
                double largest = eigen.values()[n - 1];
                for (int k = 0; k < n; k++) {
                    assertTrue(k == 0 || eigen.values()[k] >= eigen.values()[k - 1], "ascending");
                    double[] v = eigen.vectors()[k];
                    for (int i = 0; i < n; i++) {
                        double image = 0;
                        for (int j = 0; j < n; j++) {
                            image += matrix[i * n + j] * v[j];
                        }
                        assertEquals(eigen.values()[k] * v[i], image, 1e-12 * largest);
                    }
                    for (int other = 0; other < n; other++) {
                        double dot = 0;
                        for (int j = 0; j < n; j++) {
                            dot += v[j] * eigen.vectors()[other][j];
                        }
                        assertEquals(k == other ? 1 : 0, dot, 1e-12);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("both")
    void equationsAreSolvedByRows(Lapack lapack) {
        for (int n : new int[] {1, 2, 5, 40}) {
            for (int count : new int[] {1, 3, 50}) {
                double[] matrix = rows(symmetric(n, 2 * n));
                double[] expected = rows(Loops.random(new Random(1), count, n));
                double[] right = new double[count * n];
                for (int row = 0; row < count; row++) {
                    for (int j = 0; j < n; j++) {
                        for (int i = 0; i < n; i++) {
                            right[row * n + j] += expected[row * n + i] * matrix[i * n + j];
                        }
                    }
                }
                double[] matrixBefore = matrix.clone();
                double[] rightBefore = right.clone();
                double[] solved = lapack.solve(matrix, n, right).orElseThrow();
                assertArrayEquals(expected, solved, 1e-8);
                assertArrayEquals(matrixBefore, matrix);
                assertArrayEquals(rightBefore, right);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("both")
    void whatIsNotPositiveDefiniteIsSaid(Lapack lapack) {
        assertEquals(Optional.empty(), lapack.solve(new double[] {1, 2, 2, 1}, 2, new double[] {1, 1}));
        assertEquals(Optional.empty(), lapack.solve(new double[] {0}, 1, new double[] {1}));
        assertEquals(Optional.empty(), lapack.solve(new double[] {1, 1, 1, 1}, 2, new double[] {1, 1}));
    }
}
