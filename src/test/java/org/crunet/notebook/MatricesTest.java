package org.crunet.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class MatricesTest {

    @Test
    void aMatrixAsLastExpressionIsATable() {
        try (var kernel = new RecordingKernel()) {
            Notebook.start();
            var shown = kernel.getRenderer().render(new int[][] {{1, 20}, {3, 4}});
            assertEquals("   0   1\n0  1  20\n1  3   4\nint[2][2]", RecordingKernel.data(shown, Output.TEXT));
            String html = RecordingKernel.data(shown, Output.HTML).toString();
            assertTrue(html.contains("<table>") && html.contains(">20</td>"), html);
        }
    }

    @Test
    void anArrayAsLastExpressionIsALine() {
        try (var kernel = new RecordingKernel()) {
            Notebook.start();
            var shown = kernel.getRenderer().render(new int[] {1, 2, 3});
            assertEquals("int[3]: 1, 2, 3", RecordingKernel.data(shown, Output.TEXT));
        }
    }

    @Test
    void numbersOfAllTypesReadWell() {
        assertEquals(
                "double[2]: 0.5000, 0.3333",
                Views.of(new double[] {0.5, 1 / 3.0}).text());
        assertEquals("double[1]: 1234.5", Views.of(new double[] {1234.5}).text());
        assertEquals("float[1]: 0.2500", Views.of(new float[] {0.25f}).text());
        assertEquals(
                "long[1]: 9007199254740993",
                Views.of(new long[] {9007199254740993L}).text());
        assertEquals("int[0]", Views.of(new int[0]).text());
    }

    @Test
    void rowsMayDifferInLength() {
        String text = Views.of(new double[][] {{0.5}, {1, 2}, null}).text();
        assertEquals("       0      1\n0  0.500\n1  1.000  2.000\n2\ndouble[3][2]", text);
        assertEquals("int[0][0]", Views.of(new int[0][]).text().strip());
    }

    @Test
    void aLongOneIsCut() {
        assertTrue(Views.of(new int[1000]).text().startsWith("int[1000]: 0, 0"));
        assertEquals(21, Views.of(new int[1000]).text().split(", ").length);
        String text = Views.of(new float[1000][300]).text();
        assertEquals(1 + 21 + 1, text.lines().count());
        assertTrue(text.lines().findFirst().orElseThrow().endsWith("299"), text);
        assertTrue(text.endsWith("float[1000][300], its middle is left out"), text);
    }
}
